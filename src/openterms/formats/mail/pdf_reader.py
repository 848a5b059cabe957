"""A process that reads one PDF from its input and writes its text: little memory, few seconds, then it is gone."""

from __future__ import annotations

import io
import resource
import sys

MOST_MEMORY, MOST_SECONDS, MOST_PAGES = 768 * 2**20, 10, 20


def main() -> int:
    """Write the text of the first pages. Whatever goes wrong ends the process and nothing else."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(sys.stdin.buffer.read(20 * 2**20)), strict=False)
    for page in reader.pages[:MOST_PAGES]:
        sys.stdout.buffer.write((page.extract_text() or "").encode("utf-8", "replace") + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
