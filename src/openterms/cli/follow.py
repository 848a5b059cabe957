"""Become another program that ends when the one that started it does: `python -m openterms.cli.follow <pid> <command>`.

Run before the command rather than between fork and exec, where Python code can lose a signal meant for the parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Ask Linux for SIGTERM at the parent's end (`prctl(2)`); elsewhere a killed parent leaves the command behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
