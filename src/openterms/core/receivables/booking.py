"""The postings of every kind of entry (FACTBOOK 12), as pure functions.

Every function gives the balanced lines of one entry, debit positive. Amounts given are positive minor units; which side
they fall on is the function's business. An entry may join several bookings: add the tuples, and hand the item from one
to the next by ``BookedItem.after``. Customers' money always enters through ``unapplied_cash`` and leaves it by
allocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount, split
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.receivables.kinds import CONTROL_ACCOUNTS, CREDIT_KINDS, DEBIT_KINDS, Account, ItemKind
from openterms.core.receivables.postings import (
    BaseRate,
    BookedItem,
    Effect,
    NewItem,
    Posting,
    Postings,
    difference,
    entry,
    imbalance,
)

__all__ = [
    "BaseRate",
    "BookedItem",
    "Effect",
    "NewItem",
    "Posting",
    "Postings",
    "TaxedLine",
    "allocate",
    "allocate_across",
    "bank_return",
    "cash_discount",
    "charge_credit",
    "charity",
    "credit_note",
    "discount_vat",
    "imbalance",
    "invoice",
    "late_fee",
    "late_interest",
    "opening",
    "receipt",
    "refund",
    "reverse",
    "small_difference",
]


class TaxedLine(NamedTuple):
    """Net and VAT of one VAT rate on a document, in minor units. Either may be negative; the document's sum may not."""

    net_minor: int
    vat_minor: int = 0


def invoice(items: Sequence[NewItem], lines: Iterable[TaxedLine], rate: BaseRate) -> Postings:
    """An invoice: its instalments against revenue and VAT (TV-108, TV-123).

    The base amount is rounded once, for the whole document, and split over items and over accounts without remainder.
    ``BadInput`` unless items and lines have the same positive sum.
    """
    net, vat = _sums(lines)
    total = _document_total(items, net + vat, rate.currency)
    base = rate.to_base(total)
    return entry(
        *_controls(ItemKind.INVOICE, items, base, rate.currency),
        *_contra((Account.REVENUE, net), (Account.VAT_OUTPUT, vat), base=-base, sign=-1, currency=rate.currency),
    )


def credit_note(item: NewItem, lines: Iterable[TaxedLine], rate: BaseRate) -> Postings:
    """A credit note: sales returns and VAT against the customer (TV-109). It stays open until it is allocated."""
    net, vat = _sums(lines)
    total = _document_total([item], net + vat, rate.currency)
    base = rate.to_base(total)
    return entry(
        *_contra((Account.SALES_RETURNS, net), (Account.VAT_OUTPUT, vat), base=base, sign=1, currency=rate.currency),
        *_controls(ItemKind.CREDIT_NOTE, [item], base, rate.currency),
    )


def receipt(
    item: NewItem, rate: BaseRate, charges_minor: int = 0, charged_to: Account = Account.BANK_CHARGES
) -> Postings:
    """Money that came in, unapplied (TV-112); ``charges_minor`` of it was kept on the way at the seller's cost.

    The bank kept them, or an agency its fee (``collection_fees``, TV-128).
    """
    total = _document_total([item], item.amount_minor, rate.currency)
    if not 0 <= charges_minor <= total:
        raise _bad_amount(charges_minor, total, rate.currency)
    base = rate.to_base(total)
    arrived = (Account.BANK, total - charges_minor)
    return entry(
        *_contra(arrived, (charged_to, charges_minor), base=base, sign=1, currency=rate.currency),
        *_controls(ItemKind.RECEIPT, [item], base, rate.currency),
    )


def late_fee(item: NewItem, rate: BaseRate) -> Postings:
    """A fixed sum for recovery costs, outside the scope of VAT (TV-119)."""
    return _opened(ItemKind.LATE_FEE, item, Account.LATE_FEE_INCOME, rate)


def late_interest(item: NewItem, rate: BaseRate) -> Postings:
    """Late interest charged, on its own control account so that it outlives the principal (TV-120)."""
    return _opened(ItemKind.LATE_INTEREST, item, Account.INTEREST_INCOME, rate)


def charity(item: NewItem, rate: BaseRate) -> Postings:
    """A late-payment undertaking to charity: owed by the customer, owed on in full, never income (TV-121)."""
    return _opened(ItemKind.CHARITY, item, Account.CHARITY_PAYABLE, rate)


def charge_credit(kind: ItemKind, item: NewItem, rate: BaseRate) -> Postings:
    """A credit note that gives up a charge of a kind: it takes back what the charge booked, income or charity's due.

    Allocate it to the charge. ``BadInput`` for anything but a late fee, late interest or a charity undertaking.
    """
    contra = {
        ItemKind.LATE_FEE: Account.LATE_FEE_INCOME,
        ItemKind.LATE_INTEREST: Account.INTEREST_INCOME,
        ItemKind.CHARITY: Account.CHARITY_PAYABLE,
    }.get(kind)
    if contra is None:
        kinds = frozenset({ItemKind.LATE_FEE, ItemKind.LATE_INTEREST, ItemKind.CHARITY})
        raise BadInput(
            gettext_noop("an item of kind %(kind)s does not belong on this side"),
            where=str(item.item),
            remedy=gettext_noop("give one of: %(kinds)s"),
            params={"kind": kind.value, "kinds": ", ".join(sorted(kinds))},
        )
    return _opened(ItemKind.CREDIT_NOTE, item, contra, rate)


def opening(kind: ItemKind, item: NewItem, rate: BaseRate) -> Postings:
    """An item brought over from another system at what is open of it: invoice, credit, receipt or charge."""
    return _opened(kind, item, Account.OPENING_BALANCE, rate)


def allocate(credit: BookedItem, debit: BookedItem, amount_minor: int) -> Postings:
    """A receipt or a credit note settles a debit item of the same currency (TV-111, TV-113).

    Both give up base amounts at their own rates; what differs is realised on ``fx_difference`` (TV-125 without the
    month-end remeasurement). ``BadInput`` when an amount is not open or the kinds or currencies do not fit.
    """
    _expect(credit, CREDIT_KINDS)
    _expect(debit, DEBIT_KINDS)
    if credit.currency != debit.currency:
        raise BadInput(
            gettext_noop("%(credit)s cannot settle %(debit)s directly"),
            where=str(debit.item),
            remedy=gettext_noop("say how much of each currency is settled"),
            params={"credit": credit.currency, "debit": debit.currency},
        )
    given, taken = credit.control(amount_minor), debit.control(amount_minor)
    return entry(given, taken, difference(debit.currency, -given.base_minor - taken.base_minor))


def allocate_across(credit: BookedItem, debit: BookedItem, credit_minor: int, debit_minor: int) -> Postings:
    """A receipt or a credit note in one currency settles a debit item in another.

    Each currency is closed through ``fx_clearing`` at the base value the credit item gives up, so that account is zero
    in base after every entry; the difference to the debit item's base value is realised on ``fx_difference``.
    """
    if credit.currency == debit.currency:
        if credit_minor != debit_minor:
            raise _bad_amount(debit_minor, credit_minor, debit.currency)
        return allocate(credit, debit, debit_minor)
    _expect(credit, CREDIT_KINDS)
    _expect(debit, DEBIT_KINDS)
    given, taken = credit.control(credit_minor), debit.control(debit_minor)
    return entry(
        given,
        Posting(Account.FX_CLEARING, -credit_minor, credit.currency, -given.base_minor),
        Posting(Account.FX_CLEARING, debit_minor, debit.currency, given.base_minor),
        taken,
        difference(debit.currency, -given.base_minor - taken.base_minor),
    )


def cash_discount(debit: BookedItem, amount_minor: int, vat_minor: int = 0) -> Postings:
    """A cash discount taken on a debit item (TV-114).

    ``vat_minor`` of it corrects the VAT, where the national rule says so (``discount_vat`` gives the share); with 0 the
    whole discount is the seller's cost.
    """
    _expect(debit, DEBIT_KINDS)
    if not 0 <= vat_minor <= amount_minor:
        raise _bad_amount(vat_minor, amount_minor, debit.currency)
    taken = debit.control(amount_minor)
    allowed = (Account.DISCOUNTS_ALLOWED, amount_minor - vat_minor)
    vat = (Account.VAT_OUTPUT, vat_minor)
    return entry(*_contra(allowed, vat, base=-taken.base_minor, sign=1, currency=debit.currency), taken)


def discount_vat(discount_minor: int, vat_minor: int, gross_minor: int) -> int:
    """The VAT inside a discount, in the proportion of the document: 24 of 1,200 with VAT 200 holds 4 (TV-114)."""
    return divide(discount_minor * vat_minor, gross_minor)


def small_difference(debit: BookedItem, amount_minor: int) -> Postings:
    """A short payment within tolerance is given up (TV-129). Overpayments stay unapplied, they are never income."""
    _expect(debit, DEBIT_KINDS)
    taken = debit.control(amount_minor)
    return entry(Posting(Account.SMALL_DIFFERENCES, amount_minor, debit.currency, -taken.base_minor), taken)


def refund(credit: BookedItem, amount_minor: int, rate: BaseRate) -> Postings:
    """Money of a receipt or a credit note is paid back at today's ``rate``; a difference in base is realised."""
    _expect(credit, CREDIT_KINDS)
    return _paid_out(credit, amount_minor, rate)


def bank_return(receipt_item: BookedItem, amount_minor: int, rate: BaseRate, charges_minor: int = 0) -> Postings:
    """The bank takes a receipt back and may charge for it (TV-130).

    Reverse the receipt's allocations first (``reverse``), so that the original items are open again with their own due
    dates. The receipt's settlement is of kind ``refund``.
    """
    _expect(receipt_item, frozenset({ItemKind.RECEIPT}))
    if charges_minor < 0:
        raise _bad_amount(charges_minor, amount_minor, rate.currency)
    base = rate.to_base(charges_minor)
    return entry(
        *_paid_out(receipt_item, amount_minor, rate),
        Posting(Account.BANK_CHARGES, charges_minor, rate.currency, base),
        Posting(Account.BANK, -charges_minor, rate.currency, -base),
    )


def reverse(postings: Iterable[Posting]) -> Postings:
    """The exact opposite of an entry: how an allocation, or anything else, is taken back. Nothing is edited."""
    return entry(
        *(line._replace(amount_minor=-line.amount_minor, base_minor=-line.base_minor) for line in postings),
    )


def _sums(lines: Iterable[TaxedLine]) -> tuple[int, int]:
    net = vat = 0
    for line in lines:
        net += line.net_minor
        vat += line.vat_minor
    return net, vat


def _document_total(items: Sequence[NewItem], lines_minor: int, currency: str) -> int:
    total = sum(item.amount_minor for item in items)
    if total != lines_minor or any(item.amount_minor <= 0 for item in items) or not items:
        raise BadInput(
            gettext_noop("items of %(items)s do not make a document of %(lines)s"),
            remedy=gettext_noop("give positive items that sum to the document's net and VAT"),
            params={"items": format_amount(total, currency), "lines": format_amount(lines_minor, currency)},
        )
    return total


def _controls(kind: ItemKind, items: Sequence[NewItem], base: int, currency: str) -> list[Posting]:
    """One control posting for each new item; the document's base amount is split in proportion."""
    account, sign = CONTROL_ACCOUNTS[kind], kind.sign
    bases = split(base, [item.amount_minor for item in items])
    return [
        Posting(account, sign * item.amount_minor, currency, sign * part, item.item)
        for item, part in zip(items, bases, strict=True)
    ]


def _contra(
    first: tuple[Account, int], second: tuple[Account, int], *, base: int, sign: int, currency: str
) -> Postings:
    """Two lines that share a signed base amount in proportion to their amounts; the first takes the rounding."""
    total = first[1] + second[1]
    base_second = divide(base * second[1], total)
    return (
        Posting(first[0], sign * first[1], currency, base - base_second),
        Posting(second[0], sign * second[1], currency, base_second),
    )


def _opened(kind: ItemKind, item: NewItem, contra: Account, rate: BaseRate) -> Postings:
    total = _document_total([item], item.amount_minor, rate.currency)
    (control,) = _controls(kind, [item], rate.to_base(total), rate.currency)
    return entry(control, Posting(contra, -control.amount_minor, rate.currency, -control.base_minor))


def _paid_out(credit: BookedItem, amount_minor: int, rate: BaseRate) -> Postings:
    if rate.currency != credit.currency:
        raise ValueError(f"a rate of {rate.currency} does not fit an item in {credit.currency}")
    given = credit.control(amount_minor)
    base = rate.to_base(amount_minor)
    return entry(
        given,
        Posting(Account.BANK, -amount_minor, credit.currency, -base),
        difference(credit.currency, base - given.base_minor),
    )


def _expect(item: BookedItem, kinds: frozenset[ItemKind]) -> None:
    if item.kind not in kinds:
        raise BadInput(
            gettext_noop("an item of kind %(kind)s does not belong on this side"),
            where=str(item.item),
            remedy=gettext_noop("give one of: %(kinds)s"),
            params={"kind": item.kind.value, "kinds": ", ".join(sorted(kinds))},
        )


def _bad_amount(given_minor: int, most_minor: int, currency: str) -> BadInput:
    return BadInput(
        gettext_noop("%(amount)s is out of range"),
        remedy=gettext_noop("give an amount from 0 to %(most)s"),
        params={"amount": format_amount(given_minor, currency), "most": format_amount(most_minor, currency)},
    )
