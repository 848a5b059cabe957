"""Losses, promises kept and disputes, as ratios (FACTBOOK 1.8-1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from openterms.core.base.numbers import Number, exact, percent, quotient
from openterms.core.collecting.promises import PromiseTally


def bad_debt_pct(write_offs: Number, recoveries: Number, credit_sales: Number) -> Decimal | None:
    """(Write-offs - recoveries) / credit sales of the same period, in percent. None without sales.

    Not to be mixed up with allowance / receivables, which is a coverage ratio. Source: FACTBOOK 1.8 (TV-16).
    """
    return percent(exact(write_offs) - exact(recoveries), credit_sales)


@dataclass(frozen=True, slots=True)
class PromiseRatios:
    """Shares 0-1 of decided promises: by number, by amount of those kept, by amount received; None without any."""

    by_count: Decimal | None
    by_amount_kept: Decimal | None
    by_amount_received: Decimal | None


def promises_kept(tally: PromiseTally) -> PromiseRatios:
    """The promise-kept ratio three ways, from ``collecting.promises.tally``. Source: FACTBOOK 1.9 (TV-17)."""
    return PromiseRatios(
        quotient(tally.kept, tally.decided),
        quotient(tally.kept_minor, tally.promised_minor),
        quotient(tally.received_minor, tally.promised_minor),
    )


def dispute_rate_pct(disputed: Number, issued: Number) -> Decimal | None:
    """Invoices (number or amount) of a cohort with at least one dispute / invoices issued in it, in percent.

    None where none was issued. Source: FACTBOOK 1.10 (TV-18).
    """
    return percent(disputed, issued)
