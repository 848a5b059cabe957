"""The ways in which a receipt may be applied: by the numbers it names, by its payer, by sums of the payer's items.

An amount alone is never enough: without a number and without a known payer there is no candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openterms.core.cash.payers import Payers
from openterms.core.cash.references import Numbers
from openterms.core.cash.subsets import subsets_of
from openterms.core.cash.values import Candidate, Features, Fit, Item, Known, Payer, Receipt, Reference, Share
from openterms.core.receivables.allocation import Tolerance

LATE_DISCOUNT_DAYS = 10
MOST_CANDIDATES = 6
_WEAKEST = (Reference.NONE, Reference.PARTIAL, Reference.DAMAGED, Reference.EXACT)
_LEAST_KNOWN = (Known.UNKNOWN, Known.GROUP, Known.LIKE, Known.NAME, Known.ALIAS, Known.ACCOUNT)


class Rules(NamedTuple):
    """The seller's policy: the small difference given up, and days after the discount's end in which it is allowed."""

    tolerance: Tolerance = Tolerance()
    discount_grace_days: int = 0


class Book:
    """The open items of a seller and its customers as payers, ready to be asked for one receipt after another."""

    def __init__(self, items: Iterable[Item], payers: Sequence[Payer], rules: Rules | None = None) -> None:
        self.items = sorted(items, key=lambda one: (one.due_on, one.number, one.item))
        self.numbers = Numbers(self.items)
        self.payers = Payers(payers)
        self.rules = rules or Rules()
        self.of_customer: dict[tuple[str, str], list[int]] = {}
        for position, item in enumerate(self.items):
            self.of_customer.setdefault((item.customer, item.currency), []).append(position)

    def candidates(self, receipt: Receipt) -> list[Candidate]:
        """Every way worth showing, without probabilities. Nothing where neither a number nor the payer is known."""
        known = self.payers.of(receipt.payer, receipt.payer_account)
        own = {at for customer in known for at in self._mine(customer, receipt)}
        named = {
            at: how for at, how in self.numbers.found_in(receipt.words, own).items()
            if self.items[at].currency == receipt.currency
        }  # fmt: skip
        found = self._by_numbers(receipt, named, known)
        if not any(one.features.fit not in (Fit.SHORT, Fit.OVER) for one in found):
            for strength in (set(known.values()) - {Known.GROUP}, {Known.GROUP}):
                customers = [customer for customer in known if known[customer] in strength]
                found += self._by_payer(receipt, customers, known, named)
        unique = {frozenset(share.item for share in one.shares): one for one in reversed(found)}
        return list(reversed(unique.values()))[:MOST_CANDIDATES]

    def _mine(self, customer: str, receipt: Receipt) -> Sequence[int]:
        return self.of_customer.get((customer, receipt.currency), ())

    def _by_numbers(
        self, receipt: Receipt, named: dict[int, Reference], known: dict[str, Known]
    ) -> list[Candidate]:
        if not named:
            return []
        positions = sorted(named)
        found = [self._applied(receipt, positions, named, known, 0)]
        strong = [at for at in positions if named[at] is not Reference.PARTIAL]
        if strong and len(strong) < len(positions):
            found.append(self._applied(receipt, strong, named, known, 0))
        if found[0].features.fit is Fit.OVER:
            found += self._filled(receipt, positions, named, known)
        elif found[0].features.fit is Fit.SHORT and len(positions) > 1:
            sums = subsets_of([self.items[at].minor for at in positions], receipt.minor)
            for one in sums.solutions:
                chosen = [positions[at] for at in one]
                found.append(self._applied(receipt, chosen, named, known, len(sums.solutions) - 1))
        return found

    def _filled(
        self, receipt: Receipt, positions: list[int], named: dict[int, Reference], known: dict[str, Known]
    ) -> list[Candidate]:
        """What is over, given to further items of the same customers that come to it exactly."""
        left = receipt.minor - sum(self.items[at].minor for at in positions)
        customers = {self.items[at].customer for at in positions}
        others = [at for one in sorted(customers) for at in self._mine(one, receipt) if at not in named]
        sums = subsets_of([self.items[at].minor for at in others], left)
        return [
            self._applied(receipt, [*positions, *(others[at] for at in one)], named, known, max(1, len(sums.solutions)))
            for one in sums.solutions
        ]

    def _by_payer(
        self, receipt: Receipt, customers: Sequence[str], known: dict[str, Known], named: dict[int, Reference]
    ) -> list[Candidate]:
        """Single items first, to the amount or less the discount; then sums. What fits equally well are rivals, and so
        is an item of the payer's that it named and the set leaves out. A number that hits a stranger's item is taken
        for damaged."""
        own = [at for customer in customers for at in self._mine(customer, receipt)]
        if not own:
            return []
        single = [at for at in own if self._fit([at], receipt) in (Fit.EXACT, Fit.DISCOUNT)]
        if single:
            sets, is_complete = [[at] for at in single[:3]], True
        else:
            sums = subsets_of([self.items[at].minor for at in own], receipt.minor)
            sets, is_complete = [[own[at] for at in one] for one in sums.solutions], sums.is_complete
        if not sets:
            sets = [[at] for at in own if self._fit([at], receipt) in (Fit.TOLERANCE, Fit.LATE_DISCOUNT)][:3]
        rivals = min(3, len(sets) - 1 + (not is_complete))
        meant = {at for at in named if self.items[at].customer in known}
        return [self._applied(receipt, one, named, known, rivals + bool(meant - set(one))) for one in sets]

    def _discounts(self, positions: Sequence[int], receipt: Receipt, grace: int) -> int:
        return sum(
            item.discount_minor for item in (self.items[at] for at in positions)
            if item.discount_on is not None and (receipt.on - item.discount_on).days <= grace
        )  # fmt: skip

    def _fit(self, positions: Sequence[int], receipt: Receipt) -> Fit:
        total = sum(self.items[at].minor for at in positions)
        short = total - receipt.minor
        if short <= 0:
            return Fit.EXACT if short == 0 else Fit.OVER
        grace = self.rules.discount_grace_days
        if short == self._discounts(positions, receipt, grace):
            return Fit.DISCOUNT
        if self.rules.tolerance.allows(short, total):
            return Fit.TOLERANCE
        if short == self._discounts(positions, receipt, grace + LATE_DISCOUNT_DAYS):
            return Fit.LATE_DISCOUNT
        return Fit.SHORT

    def _applied(
        self, receipt: Receipt, positions: Sequence[int], named: dict[int, Reference], known: dict[str, Known],
        rivals: int,
    ) -> Candidate:
        """The shares of a set: whole items in the order of their due dates, the last as far as the money goes."""
        fit = self._fit(positions, receipt)
        left, shares = receipt.minor, []
        gap = sum(self.items[at].minor for at in positions) - receipt.minor
        for at in sorted(positions):
            item = self.items[at]
            discount = difference = 0
            if fit is Fit.DISCOUNT and self._discounts([at], receipt, self.rules.discount_grace_days):
                discount = item.discount_minor
            if fit is Fit.TOLERANCE:
                difference = min(gap, item.minor)
                gap -= difference
            cash = min(left, item.minor - discount - difference)
            if cash + discount + difference > 0:
                shares.append(Share(item.item, cash, discount, difference))
            left -= cash
        features = Features(
            min((named.get(at, Reference.NONE) for at in positions), key=_WEAKEST.index),
            min((known.get(self.items[at].customer, Known.UNKNOWN) for at in positions), key=_LEAST_KNOWN.index),
            fit, min(3, rivals), min(2, len(positions)),
        )  # fmt: skip
        return Candidate(tuple(shares), features, left)
