"""The parts together: terms make instalments, money is proposed to them, and what is proposed is booked to zero."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.calendar import BusinessCalendar
from openterms.core.receivables.allocation import (
    AllocationRules,
    OpenItem,
    ProposedAllocation,
    Share,
    Tolerance,
    propose_allocation,
)
from openterms.core.receivables.booking import (
    BaseRate,
    BookedItem,
    NewItem,
    Postings,
    TaxedLine,
    allocate,
    cash_discount,
    imbalance,
    invoice,
    receipt,
    small_difference,
)
from openterms.core.receivables.kinds import Account, ItemKind
from openterms.core.receivables.schedules import Instalment
from openterms.core.receivables.terms import parse_terms

ISSUED = date(2026, 6, 15)
MONEY = UUID(int=1_000)


def bill(terms: str, total: int, rate: BaseRate) -> tuple[Postings, list[BookedItem], list[OpenItem]]:
    parts = parse_terms(terms).schedule(ISSUED, total, BusinessCalendar())
    new = [NewItem(UUID(int=number), part.amount_minor) for number, part in enumerate(parts, 1)]
    made = invoice(new, [TaxedLine(total - total // 6, total // 6)], rate)
    bases = {line.item: line.base_minor for line in made}
    booked = [
        BookedItem(item.item, ItemKind.INVOICE, rate.currency, item.amount_minor, bases[item.item]) for item in new
    ]
    return made, booked, [open_item(item, part) for item, part in zip(new, parts, strict=True)]


def open_item(item: NewItem, part: Instalment) -> OpenItem:
    return OpenItem(
        item.item, ItemKind.INVOICE, part.due_on, part.amount_minor, "", part.discount_on, part.discount_minor
    )


def post(proposed: ProposedAllocation, money: BookedItem, debts: dict[UUID, BookedItem]) -> tuple[Postings, BookedItem]:
    made: Postings = ()
    for share in proposed.shares:
        lines = allocate(money, debts[share.item], share.cash_minor)
        money, debts[share.item] = money.after(lines), debts[share.item].after(lines)
        made += lines
        made += give_up(share, debts)
    return made, money


def give_up(share: Share, debts: dict[UUID, BookedItem]) -> Postings:
    made: Postings = ()
    if share.discount_minor:
        made += cash_discount(debts[share.item], share.discount_minor, share.discount_minor // 6)
        debts[share.item] = debts[share.item].after(made)
    if share.difference_minor:
        lines = small_difference(debts[share.item], share.difference_minor)
        debts[share.item] = debts[share.item].after(lines)
        made += lines
    return made


@given(
    st.sampled_from(["2/10 net 30", "1/3 at 30, 1/3 at 60, 1/3 at 90", "eom+15 following", "50% at 0, 50% at 1m"]),
    st.integers(12, 10**9),
    st.integers(1, 10**9),
    st.decimals("0.01", "99", places=4),
    st.decimals("0.01", "99", places=4),
)
def test_the_control_accounts_hold_what_is_open(
    terms: str, total: int, paid: int, billed_at: Decimal, paid_at: Decimal
) -> None:
    rate = BaseRate("USD", "EUR", billed_at)
    billed, booked, items = bill(terms, total, rate)
    debts = {item.item: item for item in booked}
    came = receipt(NewItem(MONEY, paid), BaseRate("USD", "EUR", paid_at))
    money = BookedItem(MONEY, ItemKind.RECEIPT, "USD", paid, -came[-1].base_minor)
    rules = AllocationRules(tolerance=Tolerance(500, 50))
    proposed = propose_allocation(paid, items, date(2026, 6, 25), rules)
    matched, money = post(proposed, money, debts)

    assert not imbalance(billed + came + matched)
    assert money.open_minor == proposed.unapplied_minor
    control: Counter[Account] = Counter()
    control_base: Counter[Account] = Counter()
    for line in billed + came + matched:
        control[line.account] += line.amount_minor
        control_base[line.account] += line.base_minor
    assert control[Account.RECEIVABLE_TRADE] == sum(item.open_minor for item in debts.values())
    assert control_base[Account.RECEIVABLE_TRADE] == sum(item.base_open_minor for item in debts.values())
    assert control[Account.UNAPPLIED_CASH] == -money.open_minor
    assert control_base[Account.UNAPPLIED_CASH] == -money.base_open_minor
