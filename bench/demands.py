"""How long letters of demand take to set as PDF/A: `python -m bench.demands [COUNT]`."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from openterms.formats.paper.demand import Demand, Interest, Line, demand_paper
from openterms.formats.paper.parts import Letterhead, Words
from openterms.formats.paper.typesetting import pdf

WORDS = Words(page="Page {page} of {pages}", gaps="")
START = date(2026, 1, 1)


def letter(at: int) -> bytes:
    """One letter of five invoices, every other one Arabic."""
    lines = [
        Line(
            number=f"I-{at}-{one}", issued_on=START, due_on=START + timedelta(days=30 + one), amount_minor=123_456,
            paid_minor=23_456, claimed_minor=100_000,
        )
        for one in range(5)
    ]  # fmt: skip
    demand = Demand(
        number=f"DL-{at:05d}", language="ar" if at % 2 else "en", on=START + timedelta(days=120),
        deadline_on=START + timedelta(days=134), currency="EUR", customer_number=f"C-{at}", lines=lines,
        pay_to=["IBAN GB33BUKB20201555555555"], signer="Max Vale", plan_contact="us@seller.example",
        contract="our terms of 2025", consequences=["agency", "court"],
        interest=Interest(minor=4_200, rate_bp=1_015, basis="2011/7/EU", since=START, daily_minor=139),
        lump_sum_minor=20_000, cites=["2011/7/EU"],
    )  # fmt: skip
    head = Letterhead(name="Seller Ltd", lines=["2 Quay", "Dover"])
    return pdf(demand_paper(demand, head, [f"Customer {at}", "1 Mill Road", "Leeds"], WORDS, "a4"))


def main(count: int = 1_000) -> None:
    """Set so many letters, two at a time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        size = sum(len(one) for one in pool.map(letter, range(count)))
    sys.stdout.write(f"{count} letters, {size >> 10} KiB, {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
