"""`python -m bench [--size N] [--only NAME] [--json FILE]`: measure speed and size, and say which targets are met."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from . import (
    ageing,
    backtesting,
    day,
    deciding,
    demands,
    documents,
    growth,
    guarding,
    importing,
    matching,
    ordering,
    outreach,
    pages,
    sending,
)
from .figures import Figure, load, write_json
from .place import ready, temporary_home
from .timing import run

BENCHES = (
    "import", "ageing", "day", "pages", "deciding", "ordering", "outreach", "sending", "demands", "documents",
    "backtest", "guard", "growth", "matching",
)  # fmt: skip


def main() -> int:
    """Run the benches, each in a process of its own. Returns 1 where a target was missed."""
    arguments = _arguments()
    if arguments.pages_of:
        ready()
        seller_id, _, email = arguments.pages_of.partition(":")
        return _answer(pages.visit(seller_id, email))
    if arguments.child:
        ready()
        return _answer(_measure(arguments.child, arguments.size, json.loads(arguments.known)))
    figures: list[Figure] = []
    known: dict[str, float] = {}
    print(f"{arguments.size:,} invoices; {load()} at the start", flush=True)
    with temporary_home():
        for name in arguments.only or BENCHES:
            command = ["-m", "bench", "--child", name, "--size", str(arguments.size), "--known", json.dumps(known)]
            found = [Figure(**row) for row in json.loads(run(command).output.strip().splitlines()[-1])]
            for figure in found:
                print(figure.line(), flush=True)
            figures += found
            known |= _known(name, found)
    if arguments.json:
        write_json(arguments.json, arguments.size, figures)
    missed = [figure for figure in figures if figure.holds is False]
    print(f"{load()} at the end; {len(missed)} of {sum(f.holds is not None for f in figures)} targets missed")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="how many invoices")
    parser.add_argument("--only", action="append", choices=BENCHES, help="one bench; may be given more than once")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--child", choices=BENCHES, help=argparse.SUPPRESS)
    parser.add_argument("--known", default="{}", help=argparse.SUPPRESS)
    parser.add_argument("--pages-of", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, size: int, known: dict[str, float]) -> list[Figure]:
    if name == "growth":
        return growth.measure(size, known)
    benches = {
        "ageing": ageing, "backtest": backtesting, "day": day, "deciding": deciding, "demands": demands,
        "documents": documents,
        "guard": guarding, "import": importing, "ordering": ordering, "outreach": outreach, "pages": pages,
        "matching": matching, "sending": sending,
    }  # fmt: skip
    return benches[name].measure(size)


def _known(name: str, figures: list[Figure]) -> dict[str, float]:
    """What the growth bench need not measure again."""
    found = {figure.name: figure.value for figure in figures}
    return {name: found["seconds"] - found.get("seconds of one row", 0)} if "seconds" in found else {}


def _answer(figures: list[Figure]) -> int:
    json.dump([asdict(figure) for figure in figures], sys.stdout)
    sys.stdout.write("\n")
    return 0


sys.exit(main())
