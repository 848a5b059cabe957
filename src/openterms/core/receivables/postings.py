"""What a booking is made of: postings, the items they move, and the rate into the seller's currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from openterms.core.base.errors import BadInput
from openterms.core.base.money import convert, format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.receivables.kinds import CONTROL_ACCOUNTS, Account, ItemKind


class Posting(NamedTuple):
    """One line of an entry: debit positive, credit negative.

    ``amount_minor`` is in ``currency`` (the document's), ``base_minor`` in the seller's. ``item`` is the open item that
    the line moves; it is set on control accounts and None elsewhere.
    """

    account: Account
    amount_minor: int
    currency: str
    base_minor: int
    item: UUID | None = None


Postings = tuple[Posting, ...]


class Effect(NamedTuple):
    """What postings settle of one item, as positive amounts (negative for a reversal): a settlement row."""

    amount_minor: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A dated rate read for a posting: one unit of ``currency`` is ``per_unit`` of ``base``, the seller's currency."""

    currency: str
    base: str
    per_unit: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.per_unit <= 0 or (self.currency == self.base and self.per_unit != 1):
            raise BadInput(
                gettext_noop("%(rate)s is not a rate from %(currency)s to %(base)s"),
                remedy=gettext_noop("give the positive price of one %(currency)s in %(base)s; 1 for the same currency"),
                params={"rate": str(self.per_unit), "currency": self.currency, "base": self.base},
            )

    @classmethod
    def same(cls, currency: str) -> BaseRate:
        """The rate of a seller's own currency."""
        return cls(currency, currency)

    def to_base(self, minor: int) -> int:
        """Minor units of ``currency`` as minor units of ``base``, rounded half up once."""
        return minor if self.currency == self.base else convert(minor, self.currency, self.base, self.per_unit)


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item about to be booked: its identifier and its positive amount in minor units."""

    item: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BookedItem:
    """An item as the ledger has it. All amounts are positive, for credit kinds too.

    ``settled_minor`` and ``base_settled_minor`` are the sums over its settlements (reversals negative). Without
    ``base_settled_minor`` the item is taken to have had no reversals, and the value follows from ``settled_minor``.
    """

    item: UUID
    kind: ItemKind
    currency: str
    amount_minor: int
    base_minor: int
    settled_minor: int = 0
    base_settled_minor: int | None = None

    @property
    def open_minor(self) -> int:
        """What is not settled yet, in document currency."""
        return self.amount_minor - self.settled_minor

    @property
    def base_open_minor(self) -> int:
        """What is not settled yet, in base currency at the item's own rate."""
        return self.base_minor - self._base_settled()

    def base_released(self, minor: int) -> int:
        """The base amount that goes with settling ``minor`` more.

        ``half_up(base * settled_after / amount) - base settled before``: parts depend on the running position alone and
        sum exactly to the item's base amount. Earlier reversals may leave a unit of rounding behind; the next part
        takes it back, never below zero nor beyond what is left.
        """
        before = self._base_settled()
        due = divide(self.base_minor * (self.settled_minor + minor), self.amount_minor) - before
        return max(0, min(due, self.base_minor - before))

    def control(self, minor: int) -> Posting:
        """The control posting that settles ``minor`` of this item. ``BadInput`` unless 0 < minor <= open."""
        if not 0 < minor <= self.open_minor:
            raise BadInput(
                gettext_noop("%(amount)s cannot be settled"),
                where=str(self.item),
                remedy=gettext_noop("give a positive amount of at most %(open)s, which is what is open"),
                params={
                    "amount": format_amount(minor, self.currency),
                    "open": format_amount(self.open_minor, self.currency),
                },
            )
        sign = -self.kind.sign
        base = self.base_released(minor)
        return Posting(CONTROL_ACCOUNTS[self.kind], sign * minor, self.currency, sign * base, self.item)

    def effect(self, postings: Iterable[Posting]) -> Effect:
        """What ``postings`` settle of this item: the amounts of its settlement row."""
        mine = [posting for posting in postings if posting.item == self.item]
        sign = -self.kind.sign
        return Effect(sign * sum(line.amount_minor for line in mine), sign * sum(line.base_minor for line in mine))

    def after(self, postings: Iterable[Posting]) -> BookedItem:
        """This item once ``postings`` are booked: the input of the next booking in the same entry."""
        effect = self.effect(postings)
        return replace(
            self,
            settled_minor=self.settled_minor + effect.amount_minor,
            base_settled_minor=self._base_settled() + effect.base_minor,
        )

    def _base_settled(self) -> int:
        if self.base_settled_minor is not None:
            return self.base_settled_minor
        return divide(self.base_minor * self.settled_minor, self.amount_minor)


def imbalance(postings: Iterable[Posting]) -> Mapping[str, int]:
    """What an entry lacks to balance: per document currency, and under ``""`` in base. Empty when it balances."""
    sums: Counter[str] = Counter()
    for line in postings:
        sums[line.currency] += line.amount_minor
        sums[""] += line.base_minor
    return {currency: minor for currency, minor in sums.items() if minor}


def entry(*postings: Posting) -> Postings:
    """The lines of one entry without empty ones. ``ValueError`` when they do not balance: a fault of the caller."""
    lacking = imbalance(postings)
    if lacking:
        raise ValueError(f"an entry does not balance: {dict(lacking)}")
    return tuple(line for line in postings if line.amount_minor or line.base_minor)


def difference(currency: str, base_minor: int) -> Posting:
    """The realised exchange difference that closes an entry in base: amount 0, loss positive, gain negative."""
    return Posting(Account.FX_DIFFERENCE, 0, currency, base_minor)
