"""Whatever is booked balances, and an item's base amount is used up exactly when its amount is."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openterms.core.receivables.booking import (
    BaseRate,
    BookedItem,
    NewItem,
    Postings,
    TaxedLine,
    allocate,
    allocate_across,
    cash_discount,
    credit_note,
    imbalance,
    invoice,
    opening,
    receipt,
    refund,
    reverse,
    small_difference,
)
from openterms.core.receivables.kinds import ItemKind

AMOUNTS = st.integers(1, 10**13)
RATES = st.decimals("0.0001", "9999", places=6).map(lambda rate: BaseRate("USD", "EUR", rate))
CUTS = st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=12)


def ids(count: int) -> list[UUID]:
    return [UUID(int=number) for number in range(1, count + 1)]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=4), st.integers(1, 6), RATES)
def test_documents_balance(lines: list[tuple[int, int]], count: int, rate: BaseRate) -> None:
    taxed = [TaxedLine(*line) for line in lines]
    total = sum(map(sum, lines))
    count = min(count, total)
    parts = [total - count + 1] + [1] * (count - 1)
    items = [NewItem(item, part) for item, part in zip(ids(count), parts, strict=True)]
    whole = NewItem(UUID(int=99), total)
    for made in (invoice(items, taxed, rate), credit_note(whole, taxed, rate), receipt(whole, rate, total // 3)):
        assert not imbalance(made)
        assert abs(sum(line.base_minor for line in made if line.item)) == rate.to_base(total)
    for kind in ItemKind:
        assert not imbalance(opening(kind, whole, rate))


def take(item: BookedItem, minor: int, step: int) -> Postings:
    if step % 3 == 0:
        return small_difference(item, minor)
    if step % 3 == 1:
        return cash_discount(item, minor, minor // 6)
    money = BookedItem(UUID(int=50), ItemKind.RECEIPT, "USD", minor, minor * 9 // 10)
    return allocate(money, item, minor)


@given(AMOUNTS, st.integers(0, 10**13), CUTS)
def test_parts_and_reversals_use_up_the_base_amount_exactly(
    amount: int, base: int, cuts: list[tuple[int, bool]]
) -> None:
    item = BookedItem(UUID(int=1), ItemKind.INVOICE, "USD", amount, base)
    straight = item
    done: list[Postings] = []
    for step, (percent, take_back) in enumerate(cuts):
        minor = max(1, item.open_minor * percent // 100)
        if item.open_minor:
            made = take(item, minor, step)
            assert not imbalance(made)
            assert item.effect(made).amount_minor == minor
            assert item.effect(made).base_minor >= 0
            item = item.after(made)
            done.append(made)
        if take_back and done:
            item = item.after(reverse(done.pop(step % len(done))))
        assert 0 <= item.base_open_minor <= base
    if item.open_minor:
        item = item.after(small_difference(item, item.open_minor))
    assert (item.open_minor, item.base_open_minor) == (0, 0)
    assert straight.base_released(amount) == base


@given(AMOUNTS, st.integers(0, 10**13), st.integers(1, 99))
def test_a_part_without_reversals_follows_the_running_position_alone(amount: int, base: int, percent: int) -> None:
    item = BookedItem(UUID(int=1), ItemKind.INVOICE, "USD", amount, base)
    first = max(1, amount * percent // 100)
    moved = item.after(small_difference(item, first))
    told = BookedItem(UUID(int=1), ItemKind.INVOICE, "USD", amount, base, settled_minor=first)
    assert moved.base_open_minor == told.base_open_minor


@given(AMOUNTS, AMOUNTS, st.integers(0, 10**13), st.integers(0, 10**13), RATES)
def test_other_currencies_and_refunds_balance(given_: int, taken: int, base1: int, base2: int, rate: BaseRate) -> None:
    money = BookedItem(UUID(int=1), ItemKind.RECEIPT, "USD", given_, base1)
    debt = BookedItem(UUID(int=2), ItemKind.LATE_INTEREST, "KWD", taken, base2)
    made = allocate_across(money, debt, given_, taken)
    assert not imbalance(made)
    assert (money.after(made).open_minor, debt.after(made).base_open_minor) == (0, 0)
    assert not imbalance(made + reverse(made))
    assert not imbalance(refund(money, given_, rate))
