"""`openterms check`: what must always hold, verified on the database as it is (invariants 1 to 5 and 8 to 10)."""

from __future__ import annotations

from datetime import date

from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash

from . import ledger
from .decisions import decisions
from .findings import Finding
from .lines import lines
from .matters import matters
from .separation import separation

__all__ = ["Finding", "check_seller"]


def check_seller(seller: Seller, today: date | None = None) -> list[Finding]:
    """Every finding about a seller, good or bad, in order of invariants. Reads under the seller's context.

    `today` (default: now at the seller) is the last of the days on which balances are compared.
    """
    day = today or clock.today(seller.timezone)
    with joined_by_hash():
        return [
            *ledger.entries(seller),
            *ledger.balances(seller, day),
            *ledger.claims(seller),
            *lines(seller),
            *ledger.customers(seller),
            *decisions(seller),
            *matters(seller),
            *separation(),
        ]
