"""The seller's key figures: the sums come from columns, the formulas from ``core.risk.measures`` (FACTBOOK 1.1-1.6,
1.13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from openterms.core.risk import measures as formulas
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Table
from openterms.portfolio.book.movements import movements
from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.ageing import ageing_of
from openterms.portfolio.measures.amounts import spoken_in
from openterms.portfolio.measures.flows import Flows, flows

_COMMON = (
    "amounts include VAT as invoiced; net credit sales = invoices less credit notes issued in the period; what was "
    "written off in the period was not paid: it stays in the amounts at the end"
)

BASIS: Mapping[str, str] = MappingProxyType(
    {
        "dso": f"gross open items at the end / net credit sales of the period x its days; "
        f"unapplied not netted; {_COMMON}",
        "dso_countback": "gross open items at the end exhausted by net credit sales month by month, calendar days; "
        "the newest month ends with the period",
        "bpdso": "open items not past due at the end / net credit sales of the period x its days",
        "add": "dso less bpdso = overdue open items / net credit sales x days",
        "cei_pct": "(opening + net credit sales - closing total) / (opening + net credit sales - closing current) "
        "x 100; opening and closing total net of unapplied; sales of the whole period; what was written off in it "
        "was not collected",
        "turnover": "net credit sales of the period / mean of opening and closing balance (net); times in the period",
        "pct_current": "not past due / gross open items x 100, at the end",
        "pct_over_90": "more than 90 days past due / gross open items x 100, at the end",
        "hhi": "10,000 x sum of squared shares of gross open items per obligor group (ultimate parent), "
        "groups on credit left out, at the end",
    }
)
"""What each figure is made of, stated next to it."""


@dataclass(frozen=True)
class Kpi:
    """The key figures of one currency for a period; null (None) where undefined. Days and per cents have four
    decimals."""

    flows: Flows
    dso: Decimal | None
    dso_countback: Decimal | None
    dso_countback_exhausted: bool
    bpdso: Decimal | None
    add: Decimal | None
    cei_pct: Decimal | None
    turnover: Decimal | None
    pct_current: Decimal | None
    pct_over_90: Decimal | None
    hhi: Decimal | None

    @property
    def currency(self) -> str:
        """The currency of the amounts behind the figures."""
        return self.flows.currency

    def figures(self) -> dict[str, Any]:
        """The figures by name (those of ``BASIS`` and ``dso_countback_exhausted``)."""
        return {name: getattr(self, name) for name in (*BASIS, "dso_countback_exhausted")}


def kpi(
    book: Book,
    start: dt.date,
    end: dt.date,
    known_at: dt.datetime | None = None,
    base: bool | str = False,
) -> tuple[Kpi, ...]:
    """The key figures of the period ``start..end`` (both days included), one for each currency in order of its code.

    With ``base`` (the seller's currency code, or true) there is at most one, in that currency at booked rates.
    ``BASIS`` states what each is made of. Raises ``ValueError`` when the period ends before it starts. Source:
    FACTBOOK 1.
    """
    if end < start:
        raise ValueError(f"the period ends on {end}, before it starts on {start}")
    with book.engine.scratch() as keep:
        aged = keep(ageing_of(spoken_in(positions(book, end, known_at), book.engine, base)))
        return kpi_of(book, movements(book, end, known_at, base), aged, start, end)


def kpi_of(book: Book, moves: Table, aged: Table, start: dt.date, end: dt.date) -> tuple[Kpi, ...]:
    """``kpi`` from movements up to ``end`` and the ageing by customer at ``end`` (``ageing_of``) that are at hand."""
    return tuple(_of(sums) for sums in flows(book, moves, aged, start, end))


def _of(sums: Flows) -> Kpi:
    gross, current, sales = sums.gross_minor, sums.current_minor, sums.sales_minor
    unpaid, closing = gross + sums.written_off_minor, sums.closing_minor + sums.written_off_minor
    counted = formulas.dso_countback(unpaid, sums.months)
    return Kpi(
        flows=sums,
        dso=formulas.dso(unpaid, sales, sums.days),
        dso_countback=counted.days,
        dso_countback_exhausted=counted.exhausted,
        bpdso=formulas.bpdso(current, sales, sums.days),
        add=formulas.add_days(unpaid, current, sales, sums.days),
        cei_pct=formulas.cei_pct(sums.opening_minor, sales, closing, current),
        turnover=formulas.turnover(sales, sums.opening_minor, sums.closing_minor),
        pct_current=formulas.percent(current, gross),
        pct_over_90=formulas.percent(sums.over_90_minor, gross),
        hhi=formulas.concentration(sums.group_balances).hhi,
    )
