from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.receivables.booking import (
    BaseRate,
    BookedItem,
    NewItem,
    Posting,
    Postings,
    TaxedLine,
    allocate,
    allocate_across,
    bank_return,
    cash_discount,
    charity,
    credit_note,
    discount_vat,
    imbalance,
    invoice,
    late_fee,
    late_interest,
    opening,
    receipt,
    refund,
    reverse,
    small_difference,
)
from openterms.core.receivables.kinds import Account, ItemKind
from openterms.core.receivables.postings import entry
from tests.shared import vector

EUR = BaseRate.same("EUR")
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)

LEDGER_NAMES = {
    "AR control": "receivable_trade",
    "AR control (EUR)": "receivable_trade",
    "AR interest receivable": "receivable_interest",
    "AR late-payment donation": "receivable_charity",
    "Bank": "bank",
    "Bank (EUR)": "bank",
    "Bank charges": "bank_charges",
    "Charity payable (liability)": "charity_payable",
    "Customer deposits (liability)": "unapplied_cash",
    "Discounts allowed": "discounts_allowed",
    "FX gain": "fx_difference",
    "Interest income": "interest_income",
    "Late-payment compensation income": "late_fee_income",
    "Revenue": "revenue",
    "Sales returns and allowances": "sales_returns",
    "Small differences expense": "small_differences",
    "Unapplied cash (liability / contra AR)": "unapplied_cash",
    "VAT output": "vat_output",
}


def expected(number: int) -> dict[str, int]:
    lines = vector(number)["expected"]["entries"]
    return {LEDGER_NAMES[line["account"]]: round(100 * (line["debit"] - line["credit"])) for line in lines}


def by_account(postings: Iterable[Posting]) -> dict[str, int]:
    """Base amounts per account, without the accounts that end at zero."""
    sums: Counter[str] = Counter()
    for line in postings:
        sums[line.account.value] += line.base_minor
    return {account: minor for account, minor in sums.items() if minor}


def booked(kind: ItemKind, amount: int, base: int | None = None, currency: str = "EUR", item: UUID = A) -> BookedItem:
    return BookedItem(item, kind, currency, amount, amount if base is None else base)


INVOICE, RECEIPT, NOTE = ItemKind.INVOICE, ItemKind.RECEIPT, ItemKind.CREDIT_NOTE


def test_invoice_tv_108() -> None:
    made = invoice([NewItem(A, 120_000)], [TaxedLine(100_000, 20_000)], EUR)
    assert by_account(made) == expected(108)
    assert made[0] == (Account.RECEIVABLE_TRADE, 120_000, "EUR", 120_000, A)


def test_credit_note_tv_109() -> None:
    assert by_account(credit_note(NewItem(A, 12_000), [TaxedLine(10_000, 2_000)], EUR)) == expected(109)


def test_deposit_tv_110() -> None:
    assert by_account(receipt(NewItem(A, 50_000), EUR)) == expected(110)


def test_receipt_matched_to_an_invoice_tv_111() -> None:
    came = receipt(NewItem(B, 120_000), EUR)
    matched = allocate(booked(RECEIPT, 120_000, item=B), booked(INVOICE, 120_000), 120_000)
    assert by_account(came + matched) == expected(111)


def test_unidentified_receipt_tv_112() -> None:
    assert by_account(receipt(NewItem(A, 70_000), EUR)) == expected(112)


def test_allocation_of_unapplied_cash_tv_113() -> None:
    assert by_account(allocate(booked(RECEIPT, 70_000, item=B), booked(INVOICE, 120_000), 70_000)) == expected(113)


@pytest.mark.parametrize("vat_adjusted", [True, False])
def test_receipt_with_discount_tv_114(vat_adjusted: bool) -> None:
    open_invoice = booked(INVOICE, 120_000)
    came = receipt(NewItem(B, 117_600), EUR)
    matched = allocate(booked(RECEIPT, 117_600, item=B), open_invoice, 117_600)
    vat = discount_vat(2_400, 20_000, 120_000) if vat_adjusted else 0
    taken = cash_discount(open_invoice.after(matched), 2_400, vat)
    wanted = expected(114)
    if not vat_adjusted:
        wanted["discounts_allowed"] += wanted.pop("vat_output")
    assert by_account(came + matched + taken) == wanted
    assert open_invoice.after(matched).after(taken).open_minor == 0


def test_charges_tv_119_120_121() -> None:
    assert by_account(late_fee(NewItem(A, 4_000), EUR)) == expected(119)
    assert by_account(late_interest(NewItem(A, 8_342), EUR)) == expected(120)
    assert by_account(charity(NewItem(A, 10_000), EUR)) == expected(121)


def test_invoice_in_dollars_tv_123() -> None:
    made = invoice([NewItem(A, 1_000_000)], [TaxedLine(1_000_000)], BaseRate("USD", "EUR", Decimal("0.92")))
    assert by_account(made) == expected(123)
    assert [line.amount_minor for line in made] == [1_000_000, -1_000_000]


def test_receipt_at_another_rate_tv_125() -> None:
    """Booked after remeasurement to 0.90 as the vector says, and without remeasurement at the invoice's own rate."""
    came = receipt(NewItem(B, 1_000_000), BaseRate("USD", "EUR", Decimal("0.95")))
    money = booked(RECEIPT, 1_000_000, 950_000, "USD", item=B)
    remeasured = allocate(money, booked(INVOICE, 1_000_000, 900_000, "USD"), 1_000_000)
    assert by_account(came + remeasured) == expected(125)
    realised = allocate(money, booked(INVOICE, 1_000_000, 920_000, "USD"), 1_000_000)
    assert realised[-1] == (Account.FX_DIFFERENCE, 0, "USD", -30_000, None)


def test_small_difference_tv_129() -> None:
    open_invoice = booked(INVOICE, 100_000)
    came = receipt(NewItem(B, 99_500), EUR)
    matched = allocate(booked(RECEIPT, 99_500, item=B), open_invoice, 99_500)
    given_up = small_difference(open_invoice.after(matched), 500)
    assert by_account(came + matched + given_up) == expected(129)


def test_returned_direct_debit_tv_130() -> None:
    open_invoice, money = booked(INVOICE, 120_000), booked(RECEIPT, 120_000, item=B)
    matched = allocate(money, open_invoice, 120_000)
    undone = reverse(matched)
    money_again = money.after(matched).after(undone)
    taken_back = bank_return(money_again, 120_000, EUR, charges_minor=1_500)
    assert by_account(undone + taken_back) == expected(130)
    assert open_invoice.after(matched).after(undone) == replace(open_invoice, base_settled_minor=0)
    assert money_again.effect(taken_back) == (120_000, 120_000)


def test_instalments_share_the_base_amount_without_remainder() -> None:
    rate = BaseRate("USD", "EUR", Decimal("0.923456"))
    items = [NewItem(A, 33_333), NewItem(B, 33_333), NewItem(C, 33_334)]
    made = invoice(items, [TaxedLine(50_000, 10_000), TaxedLine(38_000, 2_000)], rate)
    assert sum(line.base_minor for line in made if line.item) == rate.to_base(100_000) == 92_346
    assert {line.account: line.amount_minor for line in made if not line.item} == {
        Account.REVENUE: -88_000,
        Account.VAT_OUTPUT: -12_000,
    }
    assert not imbalance(made)


def test_openings_stand_against_the_opening_balance() -> None:
    for kind in ItemKind:
        control, contra = opening(kind, NewItem(A, 500), EUR)
        assert (control.amount_minor, control.item) == (kind.sign * 500, A)
        assert contra == (Account.OPENING_BALANCE, -kind.sign * 500, "EUR", -kind.sign * 500, None)


def test_bank_charges_kept_from_a_receipt() -> None:
    made = receipt(NewItem(A, 100_000), EUR, charges_minor=1_200)
    assert by_account(made) == {"bank": 98_800, "bank_charges": 1_200, "unapplied_cash": -100_000}


def test_a_credit_note_is_allocated_within_the_trade_control_account() -> None:
    made = allocate(booked(NOTE, 12_000, item=B), booked(INVOICE, 120_000), 12_000)
    assert by_account(made) == {}
    assert [(line.amount_minor, line.item) for line in made] == [(12_000, B), (-12_000, A)]


def test_an_allocation_across_currencies_goes_through_clearing() -> None:
    money = booked(RECEIPT, 100_000, 92_000, "USD", item=B)
    made = allocate_across(money, booked(INVOICE, 90_000, item=A), 100_000, 90_000)
    assert not imbalance(made)
    clearing = [line[1:4] for line in made if line.account is Account.FX_CLEARING]
    assert clearing == [(-100_000, "USD", -92_000), (90_000, "EUR", 92_000)]
    assert made[-1] == (Account.FX_DIFFERENCE, 0, "EUR", -2_000, None)


def test_across_in_one_currency_is_a_plain_allocation() -> None:
    money, debt = booked(RECEIPT, 500, item=B), booked(INVOICE, 500)
    assert allocate_across(money, debt, 200, 200) == allocate(money, debt, 200)
    with pytest.raises(BadInput, match="out of range"):
        allocate_across(money, debt, 200, 199)


def test_a_refund_realises_the_difference_since_the_money_came() -> None:
    note = booked(NOTE, 100_000, 92_000, "USD")
    made = refund(note, 50_000, BaseRate("USD", "EUR", Decimal("0.95")))
    assert by_account(made) == {"receivable_trade": 46_000, "bank": -47_500, "fx_difference": 1_500}


def test_what_cannot_be_booked_is_refused() -> None:
    debt, money = booked(INVOICE, 1_000), booked(RECEIPT, 2_000, item=B)
    for amount in (0, -1, 1_001):
        with pytest.raises(BadInput, match="give a positive amount of at most"):
            allocate(money, debt, amount)
    with pytest.raises(BadInput, match="does not belong on this side"):
        allocate(debt, money, 1)
    with pytest.raises(BadInput, match="does not belong on this side"):
        small_difference(money, 1)  # an overpayment never becomes income
    with pytest.raises(BadInput, match="USD cannot settle EUR"):
        allocate(booked(RECEIPT, 1, currency="USD"), debt, 1)
    with pytest.raises(BadInput, match=r"items of 10\.00 do not make a document of 10\.01"):
        invoice([NewItem(A, 1_000)], [TaxedLine(1_001)], EUR)
    with pytest.raises(BadInput):
        receipt(NewItem(A, -5), EUR)
    with pytest.raises(BadInput, match="out of range"):
        receipt(NewItem(A, 5), EUR, charges_minor=6)
    with pytest.raises(BadInput, match="out of range"):
        cash_discount(debt, 10, 11)
    with pytest.raises(BadInput, match="out of range"):
        bank_return(money, 10, EUR, charges_minor=-1)
    with pytest.raises(BadInput, match="is not a rate"):
        BaseRate("EUR", "EUR", Decimal("1.1"))
    with pytest.raises(ValueError, match="USD does not fit"):
        refund(money, 10, BaseRate("USD", "EUR", Decimal("0.9")))


def test_an_entry_that_does_not_balance_is_a_fault() -> None:
    line = Posting(Account.BANK, 5, "EUR", 5)
    with pytest.raises(ValueError, match="does not balance"):
        entry(line)
    assert imbalance([line, Posting(Account.REVENUE, -5, "USD", -5)]) == {"EUR": 5, "USD": -5}
    nothing: Postings = entry(Posting(Account.BANK, 0, "EUR", 0))
    assert nothing == ()
