"""Which debts a sum of money settles: order, part payments, discounts earned, small differences (FACTBOOK 4.8, 7.5).

The proposal is a value; ``booking`` turns each share into postings. All items of one call are in one currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.receivables.kinds import ItemKind


class Waterfall(StrEnum):
    """The order in which debts are served where the payer named none; within a rank the oldest due date comes first."""

    COSTS_FIRST = "costs_first"  # costs, then interest, then principal: the legal default
    PRINCIPAL_FIRST = "principal_first"  # the amicable order
    OLDEST_DUE = "oldest_due"  # by due date alone, costs before interest before principal on one date


# A charity undertaking is not the seller's own money, so it waits until the seller is paid.
_RANKS = {ItemKind.LATE_FEE: 0, ItemKind.LATE_INTEREST: 1, ItemKind.INVOICE: 2, ItemKind.CHARITY: 3}
_PRINCIPAL_RANKS = {ItemKind.INVOICE: 0, ItemKind.LATE_FEE: 1, ItemKind.LATE_INTEREST: 2, ItemKind.CHARITY: 3}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A debt as the allocation sees it, in minor units.

    ``discount_minor`` is the cash discount still to be had (``discount_left``) when paid by ``discount_on``, inclusive.
    """

    item: UUID
    kind: ItemKind
    due_on: date
    open_minor: int
    number: str = ""
    discount_on: date | None = None
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest small difference given up: the lower of an amount and a share of what is open (TV-90)."""

    most_minor: int = 0
    most_bp: int = BASIS_POINTS

    def allows(self, short_minor: int, open_minor: int) -> bool:
        """Whether a shortfall is small enough. Exact: nothing is rounded in the payer's favour."""
        return short_minor <= self.most_minor and short_minor * BASIS_POINTS <= open_minor * self.most_bp


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """The seller's rules. ``grants_discount`` is off for credit notes: only money earns a cash discount."""

    waterfall: Waterfall = Waterfall.COSTS_FIRST
    tolerance: Tolerance = field(default_factory=Tolerance)
    grants_discount: bool = True
    discount_grace_days: int = 0


class Named(NamedTuple):
    """An item that the payer named, with the amount meant for it; None means as much as it takes."""

    item: UUID
    amount_minor: int | None = None


class Share(NamedTuple):
    """What one item gets. The three together never exceed its open amount; ``cash_minor`` comes out of the money."""

    item: UUID
    cash_minor: int
    discount_minor: int = 0
    difference_minor: int = 0

    @property
    def settled_minor(self) -> int:
        """By how much the item's open amount goes down."""
        return self.cash_minor + self.discount_minor + self.difference_minor


class ProposedAllocation(NamedTuple):
    """The shares, stated amounts first, and what stays unapplied. Cash of the shares + unapplied = the money."""

    shares: tuple[Share, ...]
    unapplied_minor: int


def in_order(items: Iterable[OpenItem], waterfall: Waterfall) -> list[OpenItem]:
    """Items in the order of a waterfall; number and identifier settle ties, so the order is always the same."""
    ranks = _PRINCIPAL_RANKS if waterfall is Waterfall.PRINCIPAL_FIRST else _RANKS

    def key(item: OpenItem) -> tuple[object, ...]:
        rank = ranks[item.kind]
        first = (item.due_on, rank) if waterfall is Waterfall.OLDEST_DUE else (rank, item.due_on)
        return (*first, item.number, item.item)

    return sorted(items, key=key)


def discount_left(discount_minor: int, amount_minor: int, credited_minor: int = 0, taken_minor: int = 0) -> int:
    """The cash discount still to be had on an item after credit notes (in proportion) and discounts already taken."""
    return max(0, divide(discount_minor * (amount_minor - credited_minor), amount_minor) - taken_minor)


def discount_earned(item: OpenItem, paid_on: date, rules: AllocationRules) -> int:
    """The discount that a payment of the rest would earn: all of it up to the last day and any grace, else 0 (TV-91).

    A discount that covers all that is open is none: there is no payment left that could earn it.
    """
    if not rules.grants_discount or item.discount_on is None or item.discount_minor >= item.open_minor:
        return 0
    last_day = item.discount_on + timedelta(days=rules.discount_grace_days)
    return item.discount_minor if paid_on <= last_day else 0


def propose_allocation(
    amount_minor: int,
    items: Sequence[OpenItem],
    paid_on: date,
    rules: AllocationRules,
    named: Sequence[Named] = (),
    is_named_only: bool = False,
) -> ProposedAllocation:
    """How a sum in minor units, paid on a date, is spread over debts of one currency.

    The items that the payer named come first, in the order named; the rest follows the waterfall unless
    ``is_named_only``. A discount is given where the payment earns it in full or within tolerance, and only as far as
    the payer kept the money back: what would be left over pays for discounts first. A shortfall within tolerance is
    given up; a larger one stays open. What no item takes stays unapplied. ``BadInput`` for an unknown or twice named
    item, or for amounts that are not positive.
    """
    known = {item.item: item for item in items}
    _check(amount_minor, known, named)
    left = amount_minor
    meant: list[Share] = []
    free: list[Share] = []
    for item, stated in _queue(known, rules, named, is_named_only):
        if not left:
            break
        offer = left if stated is None else min(stated, left)
        share = _share(item, offer, paid_on, rules)
        if stated is not None:
            (share,), _ = _pay_for_discounts([share], offer - share.cash_minor)
        if share.cash_minor:
            (free if stated is None else meant).append(share)
            left -= share.cash_minor
    free, left = _pay_for_discounts(free, left)
    return ProposedAllocation((*meant, *free), left)


def _check(amount_minor: int, known: Mapping[UUID, OpenItem], named: Sequence[Named]) -> None:
    if amount_minor <= 0 or any(each.amount_minor is not None and each.amount_minor <= 0 for each in named):
        raise BadInput(
            gettext_noop("an amount to allocate is not positive"), remedy=gettext_noop("give an amount above zero")
        )
    seen: set[UUID] = set()
    for each in named:
        if each.item not in known:
            raise BadInput(
                gettext_noop("this item is not open"), str(each.item), gettext_noop("name an open item of the customer")
            )
        if each.item in seen:
            raise BadInput(
                gettext_noop("this item is named twice"),
                str(each.item),
                gettext_noop("name it once, with the whole amount"),
            )
        seen.add(each.item)


def _queue(
    known: Mapping[UUID, OpenItem], rules: AllocationRules, named: Sequence[Named], is_named_only: bool
) -> Iterator[tuple[OpenItem, int | None]]:
    """Items with the amount stated for them: the named ones, then the others in waterfall order."""
    for each in named:
        yield known[each.item], each.amount_minor
    if not is_named_only:
        already = {each.item for each in named}
        others = (item for item in known.values() if item.item not in already)
        for item in in_order(others, rules.waterfall):
            yield item, None


def _share(item: OpenItem, offer: int, paid_on: date, rules: AllocationRules) -> Share:
    """What an item takes of the money offered to it."""
    discount = discount_earned(item, paid_on, rules)
    needed = item.open_minor - discount
    if offer >= needed:
        return Share(item.item, needed, discount)
    if offer > 0 and rules.tolerance.allows(needed - offer, item.open_minor):
        return Share(item.item, offer, discount, needed - offer)
    return Share(item.item, offer)


def _pay_for_discounts(shares: Iterable[Share], left: int) -> tuple[list[Share], int]:
    """Money that would be left over pays for discounts first, in order: the payer did not take them."""
    paid = []
    for share in shares:
        back = min(share.discount_minor, left)
        left -= back
        paid.append(share._replace(cash_minor=share.cash_minor + back, discount_minor=share.discount_minor - back))
    return paid, left
