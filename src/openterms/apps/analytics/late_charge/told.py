"""The explanations of late charges for a whole book, line by line: read at once, handed out item by item."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from openterms.core.receivables.late_charge_law import ChargeTerms
from openterms.core.receivables.late_charges import Line
from openterms.core.receivables.reference_rates import Rates
from openterms.portfolio.book.book import Book
from openterms.portfolio.rules.late_charge_lines import CHARGED, late_charge_lines


class Told:
    """The lines of late items, kept as columns in order of item: a million items have some millions of lines."""

    def __init__(
        self, book: Book, late: pa.Table, as_of: date, terms: Mapping[tuple[str, str], ChargeTerms], rates: Rates
    ) -> None:
        columns = {"charged_item": late["item"], "charged_through": late["charged_through"]}
        charged = pa.table({name: columns[name].cast(kind) for name, kind in CHARGED.items()})
        charged = charged.filter(charged["charged_through"].is_valid())
        lines = late_charge_lines(book, as_of, terms, rates, charged)
        lines = lines.mutate(item=lines.item_id.cast("string")).drop("item_id")
        self.rows = book.engine.collect(lines.order_by("item", "starts_on"))
        self.items: list[str] = self.rows["item"].to_pylist()

    def of(self, item: str, charged_minor: int) -> tuple[int, tuple[Line, ...]]:
        """An item's correction of what was charged before (minor units), and the lines after that."""
        first = bisect_left(self.items, item)
        last = bisect_left(self.items, item + "~")
        told = self.rows.slice(first, last - first).to_pylist()
        if not told:
            return 0, ()
        before = sum(one["amount_minor"] for one in told if one["is_charged"])
        return before - charged_minor, tuple(
            Line(
                one["starts_on"], one["ends_on"], one["days"], one["principal_minor"], one["rate_bp"],
                one["amount_minor"],
            )
            for one in told
            if not one["is_charged"]
        )  # fmt: skip
