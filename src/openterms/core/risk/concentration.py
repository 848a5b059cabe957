"""How much hangs on few customers (FACTBOOK 1.13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from openterms.core.base.numbers import Number, exact, quotient

HHI_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Concentration:
    """``hhi`` 0-10,000 (10,000 x the sum of squared shares); ``effective_n`` = 10,000 / HHI; ``groups`` counted.

    Four digits; None where nobody owes anything.
    """

    hhi: Decimal | None
    effective_n: Decimal | None
    groups: int


def concentration(balances: Iterable[Number]) -> Concentration:
    """The Herfindahl index over gross balances, one for each group of customers (by ultimate parent).

    Groups with a credit balance, or none, are left out. Source: FACTBOOK 1.13 (TV-23).
    """
    # Whole numbers are added as they are: a book has a balance for every customer.
    known = (balance if isinstance(balance, int) else exact(balance) for balance in balances)
    owed = [balance for balance in known if balance > 0]
    total, squares = sum(owed), sum(balance * balance for balance in owed)
    return Concentration(quotient(squares, total * total, HHI_WHOLE), quotient(total * total, squares), len(owed))


def top_share(balances: Iterable[Number], n: int) -> Decimal | None:
    """The share, 0-1, of the ``n`` largest groups in all gross balances; None where nobody owes. FACTBOOK 1.13."""
    owed = sorted((balance for balance in map(exact, balances) if balance > 0), reverse=True)
    return quotient(sum(owed[:n]), sum(owed))
