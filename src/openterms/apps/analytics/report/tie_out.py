"""The tie-out: what the reports say against what the ledger's accounts say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openterms.apps.receivables.ledger.reads import Balance, control_balances
from openterms.apps.tenancy.models import Seller

from .receivables import ageing


@dataclass(frozen=True, slots=True)
class TieOut:
    """One currency: the report's net total, the ledger's balance of the same, and the difference, in minor units."""

    currency: str
    gross_minor: int
    unapplied_minor: int
    total_minor: int
    receivable_minor: int
    unapplied_cash_minor: int

    @property
    def ledger_minor(self) -> int:
        """Receivables control accounts and unapplied cash together (debit positive)."""
        return self.receivable_minor + self.unapplied_cash_minor

    @property
    def difference_minor(self) -> int:
        """Report less ledger; anything but 0 is a fault of the books."""
        return self.total_minor - self.ledger_minor

    @property
    def is_tied(self) -> bool:
        """Whether report and ledger agree to the last minor unit."""
        return self.difference_minor == 0


def tie_out(
    seller: Seller,
    as_of: date,
    known_at: datetime | None = None,
    totals: Iterable[Mapping[str, Any]] | None = None,
) -> list[TieOut]:
    """Every currency that the ageing or the ledger knows, compared. `totals` are the ageing's where they are at hand.

    Ageing buckets and unallocated credit notes = receivables control accounts; unallocated receipts = unapplied cash;
    so the net total = both together (DESIGN 5, invariant 2).
    """
    if totals is None:
        totals = ageing(seller, as_of, known_at).totals
    reported = {row["currency"]: row for row in totals}
    booked = control_balances(seller.id, as_of, known_at)
    found = []
    for currency in sorted({*reported, *booked}):
        row = reported.get(currency, {"total": 0, "unapplied": 0})
        balance = booked.get(currency, Balance(currency, 0, 0, 0))
        tie = TieOut(
            currency=currency,
            gross_minor=row["total"] - row["unapplied"],
            unapplied_minor=row["unapplied"],
            total_minor=row["total"],
            receivable_minor=balance.receivable_minor,
            unapplied_cash_minor=balance.unapplied_cash_minor,
        )
        if tie.total_minor or tie.ledger_minor or currency in reported:
            found.append(tie)
    return found
