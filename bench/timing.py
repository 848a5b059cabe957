"""Taking time: medians, things measured in turn, and children with their peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

MOST_SECONDS = 1_800


def seconds(do: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def interleaved(times: int, **calls: Callable[[], Any]) -> dict[str, float]:
    """Median seconds of each call. They take turns, so that a busy moment falls on all of them."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            taken[name].append(seconds(call))
    return {name: median(values) for name, values in taken.items()}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Child:
    """A process that ended well: seconds, peak resident MiB, standard output."""

    seconds: float
    peak_mib: float
    output: str


def run(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
    """Run Python with arguments; raises where it fails."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True
    ) as child:
        watch = threading.Timer(MOST_SECONDS, child.kill)
        watch.start()
        output = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        watch.cancel()
    taken = time.perf_counter() - start
    if child.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {child.returncode}: {output[-2000:]}")
    return Child(taken, used.ru_maxrss / 1024, output)


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
