from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.calendar import EVERY_DAY
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_minor
from openterms.core.receivables.allocation import (
    AllocationRules,
    Named,
    OpenItem,
    Share,
    Tolerance,
    Waterfall,
    discount_earned,
    discount_left,
    in_order,
    propose_allocation,
)
from openterms.core.receivables.kinds import DEBIT_KINDS, ItemKind
from openterms.core.receivables.terms import parse_terms
from tests.shared import vector

INVOICE, FEE, INTEREST, CHARITY = ItemKind.INVOICE, ItemKind.LATE_FEE, ItemKind.LATE_INTEREST, ItemKind.CHARITY
TODAY = date(2026, 6, 25)
PLAIN = AllocationRules()
TOLERANT = AllocationRules(tolerance=Tolerance(500, 50))  # the lower of 5.00 and 0.5 %


def debt(number: int, open_minor: int, kind: ItemKind = INVOICE, due: int = 0, discount: int = 0) -> OpenItem:
    discount_on = TODAY if discount else None
    due_on = date(2026, 1, 1) + timedelta(days=due)
    return OpenItem(UUID(int=number), kind, due_on, open_minor, f"I{number}", discount_on, discount)


def cash(shares: tuple[Share, ...]) -> dict[int, int]:
    return {share.item.int: share.cash_minor for share in shares}


def test_costs_interest_principal_tv_56() -> None:
    tv = vector(56)
    names = {"costs": FEE, "interest": INTEREST, "principal": INVOICE}
    items = [debt(n, 100 * tv["inputs"]["due"][name], kind) for n, (name, kind) in enumerate(names.items(), 1)]
    made = propose_allocation(100 * tv["inputs"]["payment"], list(reversed(items)), TODAY, PLAIN)
    allocated = {name: cash(made.shares).get(n, 0) / 100 for n, name in enumerate(names, 1)}
    assert allocated | {"unapplied": made.unapplied_minor / 100} == tv["expected"]["allocated"]
    assert items[2].open_minor - made.shares[2].settled_minor == 100 * tv["expected"]["principal_left"]


@pytest.mark.parametrize("case", range(5))
def test_tolerance_short_pay_and_overpay_tv_90(case: int) -> None:
    tv = vector(90)
    item = debt(1, to_minor(str(tv["inputs"]["open"]), "EUR"))
    made = propose_allocation(to_minor(str(tv["inputs"]["paid"][case]), "EUR"), [item], TODAY, TOLERANT)
    (share,) = made.shares
    expected = tv["expected"][case]
    assert (share.difference_minor, item.open_minor - share.settled_minor, made.unapplied_minor) == (
        round(100 * expected["write_off"]),
        round(100 * expected["residual"]),
        round(100 * expected["unapplied"]),
    )


@pytest.mark.parametrize("case", range(2))
def test_discount_earned_and_unearned_tv_91(case: int) -> None:
    tv = vector(91)
    gross = to_minor(str(tv["inputs"]["gross"]), "EUR")
    (part,) = parse_terms("2/10 net 30").schedule(date.fromisoformat(tv["inputs"]["invoice"]), gross, EVERY_DAY)
    item = OpenItem(UUID(int=1), INVOICE, part.due_on, gross, "I1", part.discount_on, part.discount_minor)
    paid_on = date.fromisoformat(tv["inputs"]["paid_on"][case])
    rules = AllocationRules(discount_grace_days=tv["inputs"]["grace_days"])
    (share,) = propose_allocation(to_minor(str(tv["inputs"]["paid"]), "EUR"), [item], paid_on, rules).shares
    expected = tv["expected"][case]
    assert (discount_earned(item, paid_on, rules) > 0) is expected["earned"]
    assert share.discount_minor == round(100 * expected["discount"])
    assert gross - share.settled_minor == round(100 * expected["residual"])


@pytest.mark.parametrize(("waterfall", "order"), [
    (Waterfall.COSTS_FIRST, [5, 3, 2, 1, 4]),
    (Waterfall.PRINCIPAL_FIRST, [2, 1, 5, 3, 4]),
    (Waterfall.OLDEST_DUE, [4, 2, 5, 3, 1]),
])  # fmt: skip
def test_waterfalls(waterfall: Waterfall, order: list[int]) -> None:
    items = [
        debt(1, 10, INVOICE, due=30),
        debt(2, 10, INVOICE, due=10),
        debt(3, 10, INTEREST, due=20),
        debt(4, 10, CHARITY, due=0),
        debt(5, 10, FEE, due=20),
    ]
    assert [item.item.int for item in in_order(items, waterfall)] == order
    made = propose_allocation(25, items, TODAY, AllocationRules(waterfall))
    assert cash(made.shares) == dict(zip(order, (10, 10, 5), strict=False))


def test_named_items_come_first_and_the_rest_flows_on_or_stays() -> None:
    items = [debt(1, 100, due=0), debt(2, 100, due=5), debt(3, 100, due=9)]
    named = [Named(UUID(int=3), 60), Named(UUID(int=2))]
    flows = propose_allocation(200, items, TODAY, PLAIN, named)
    assert (cash(flows.shares), flows.unapplied_minor) == ({3: 60, 2: 100, 1: 40}, 0)
    stays = propose_allocation(200, items, TODAY, PLAIN, named, is_named_only=True)
    assert (cash(stays.shares), stays.unapplied_minor) == ({3: 60, 2: 100}, 40)
    too_much = propose_allocation(200, items, TODAY, PLAIN, [Named(UUID(int=3), 150)], is_named_only=True)
    assert (cash(too_much.shares), too_much.unapplied_minor) == ({3: 100}, 100)


def test_discounts_stretch_over_several_invoices() -> None:
    items = [debt(1, 100_000, discount=2_000), debt(2, 100_000, discount=2_000)]
    made = propose_allocation(196_000, items, TODAY, PLAIN)
    assert made == (tuple(Share(item.item, 98_000, 2_000) for item in items), 0)


@pytest.mark.parametrize(("paid", "share", "unapplied"), [
    (98_000, (98_000, 2_000, 0), 0),
    (99_000, (99_000, 1_000, 0), 0),  # kept back half of the discount
    (100_000, (100_000, 0, 0), 0),  # did not take it
    (100_500, (100_000, 0, 0), 500),
    (97_600, (97_600, 2_000, 400), 0),  # earned within tolerance
    (97_499, (97_499, 0, 0), 0),  # a part payment earns nothing
])  # fmt: skip
def test_a_discount_is_given_as_far_as_it_was_taken(paid: int, share: tuple[int, ...], unapplied: int) -> None:
    made = propose_allocation(paid, [debt(1, 100_000, discount=2_000)], TODAY, TOLERANT)
    assert (made.shares[0][1:], made.unapplied_minor) == (share, unapplied)


def test_a_stated_amount_decides_the_discount_of_its_item() -> None:
    items = [debt(1, 100_000, discount=2_000), debt(2, 50_000)]
    taken = propose_allocation(160_000, items, TODAY, PLAIN, [Named(UUID(int=1), 98_000)])
    assert taken == ((Share(UUID(int=1), 98_000, 2_000), Share(UUID(int=2), 50_000)), 12_000)
    not_taken = propose_allocation(160_000, items, TODAY, PLAIN, [Named(UUID(int=1), 100_000)])
    assert not_taken.shares[0] == Share(UUID(int=1), 100_000)


def test_only_money_in_time_earns_a_discount() -> None:
    item = debt(1, 100_000, discount=2_000)
    assert discount_earned(item, TODAY, PLAIN) == 2_000
    assert discount_earned(item, TODAY + timedelta(days=1), PLAIN) == 0
    assert discount_earned(item, TODAY + timedelta(days=1), AllocationRules(discount_grace_days=1)) == 2_000
    assert discount_earned(item, TODAY, AllocationRules(grants_discount=False)) == 0
    assert discount_earned(debt(1, 2_000, discount=2_000), TODAY, PLAIN) == 0


def test_credit_notes_and_discounts_taken_shrink_the_discount() -> None:
    assert discount_left(2_000, 100_000) == 2_000
    assert discount_left(2_000, 100_000, credited_minor=50_000) == 1_000
    assert discount_left(2_000, 100_000, credited_minor=50_000, taken_minor=1_500) == 0


def test_a_tolerance_is_exact_and_needs_money() -> None:
    assert Tolerance(500, 50).allows(500, 100_000)
    assert not Tolerance(500, 50).allows(500, 99_999)
    assert not Tolerance().allows(1, 100_000)
    generous = AllocationRules(tolerance=Tolerance(10**6))
    made = propose_allocation(100, [debt(1, 100), debt(2, 100, due=1)], TODAY, generous)
    assert cash(made.shares) == {1: 100}


@pytest.mark.parametrize(("amount", "named", "says"), [
    (0, [], "not positive"),
    (5, [Named(UUID(int=1), 0)], "not positive"),
    (5, [Named(UUID(int=9))], "this item is not open (name an open item of the customer)"),
    (5, [Named(UUID(int=1)), Named(UUID(int=1))], "named twice"),
])  # fmt: skip
def test_bad_instructions_are_refused(amount: int, named: list[Named], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        propose_allocation(amount, [debt(1, 100)], TODAY, PLAIN, named)
    assert says in str(caught.value)


def test_a_customer_with_tens_of_thousands_of_items_is_one_pass() -> None:
    items = [debt(number, 100, due=number % 365) for number in range(1, 30_001)]
    made = propose_allocation(100 * 29_999 + 40, items, TODAY, TOLERANT)
    assert (len(made.shares), made.shares[-1].cash_minor, made.unapplied_minor) == (30_000, 40, 0)


@st.composite
def open_items(draw: st.DrawFn) -> list[OpenItem]:
    def item(number: int) -> OpenItem:
        open_minor = draw(st.integers(1, 10**6))
        discount = draw(st.integers(0, open_minor // 10)) if draw(st.booleans()) else 0
        return debt(number, open_minor, draw(st.sampled_from(sorted(DEBIT_KINDS))), draw(st.integers(0, 60)), discount)

    return [item(number) for number in range(1, draw(st.integers(0, 8)) + 1)]


RULES = st.builds(
    AllocationRules,
    st.sampled_from(list(Waterfall)),
    st.builds(Tolerance, st.integers(0, 1_000), st.integers(0, 10_000)),
    st.booleans(),
)


@given(
    st.integers(1, 10**7),
    open_items(),
    RULES,
    st.integers(-3, 3),
    st.lists(
        st.tuples(st.integers(0, 7), st.none() | st.integers(1, 10**6)), max_size=5, unique_by=lambda pair: pair[0]
    ),
    st.booleans(),
)
def test_allocation_conserves_money(
    amount: int,
    items: list[OpenItem],
    rules: AllocationRules,
    late: int,
    wishes: list[tuple[int, int | None]],
    only: bool,
) -> None:
    named = [Named(items[place].item, stated) for place, stated in wishes if place < len(items)]
    made = propose_allocation(amount, items, TODAY + timedelta(days=late), rules, named, only)
    by_id = {item.item: item for item in items}
    assert sum(share.cash_minor for share in made.shares) + made.unapplied_minor == amount
    assert made.unapplied_minor >= 0
    assert len({share.item for share in made.shares}) == len(made.shares)
    for share in made.shares:
        item = by_id[share.item]
        assert share.cash_minor > 0
        assert share.settled_minor <= item.open_minor
        assert 0 <= share.discount_minor <= (item.discount_minor if late <= 0 and rules.grants_discount else 0)
        assert share.difference_minor == 0 or rules.tolerance.allows(share.difference_minor, item.open_minor)
        if share.discount_minor or share.difference_minor:
            assert share.settled_minor == item.open_minor
    if made.unapplied_minor and not only and not any(stated for _, stated in wishes):
        assert {share.item for share in made.shares} == set(by_id)
    assert propose_allocation(amount, items[::-1], TODAY + timedelta(days=late), rules, named, only) == made
