"""The postings of what is lost and what it costs to chase it (FACTBOOK 12), as pure functions beside ``booking``.

Amounts given are positive minor units; every function gives the balanced lines of one entry.
"""

from __future__ import annotations

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.receivables.kinds import Account, ItemKind
from openterms.core.receivables.postings import BaseRate, BookedItem, Posting, Postings, entry

AGAINST = (Account.LOSS_ALLOWANCE, Account.BAD_DEBTS)
"""What a write-off uses up: the allowance that was raised for it, or the year's result directly."""


def write_off(debit: BookedItem, amount_minor: int, vat_minor: int, against: Account) -> Postings:
    """A debt leaves the books, the claim on the debtor stays (TV-116, TV-117).

    ``vat_minor`` of it comes back as relief. An undertaking to charity is not owed on any more instead: it was never
    income, so giving it up is no loss. ``BadInput`` when more than is open, or VAT beyond the amount.
    """
    if not 0 <= vat_minor <= amount_minor:
        raise _out_of_range(vat_minor, amount_minor, debit.currency)
    if not debit.kind.is_debit:
        raise BadInput(gettext_noop("Only what is owed can be written off"), str(debit.item))
    taken = debit.control(amount_minor)
    base = -taken.base_minor
    if debit.kind is ItemKind.CHARITY:
        return entry(Posting(Account.CHARITY_PAYABLE, amount_minor, debit.currency, base), taken)
    base_vat = divide(base * vat_minor, amount_minor)
    return entry(
        Posting(against, amount_minor - vat_minor, debit.currency, base - base_vat),
        Posting(Account.VAT_BAD_DEBTS, vat_minor, debit.currency, base_vat),
        taken,
    )


def recovery(credit: BookedItem, amount_minor: int, vat_minor: int) -> Postings:
    """Money on a debt that was written off: income, not the old invoice again (TV-118).

    It entered as a receipt. ``vat_minor`` of it repays relief that was claimed.
    """
    if credit.kind is not ItemKind.RECEIPT:
        raise BadInput(gettext_noop("Only money that came in can be a recovery"), str(credit.item))
    if not 0 <= vat_minor <= amount_minor:
        raise _out_of_range(vat_minor, amount_minor, credit.currency)
    given = credit.control(amount_minor)
    base_vat = divide(given.base_minor * vat_minor, amount_minor)
    return entry(
        given,
        Posting(Account.RECOVERIES, vat_minor - amount_minor, credit.currency, base_vat - given.base_minor),
        Posting(Account.VAT_OUTPUT, -vat_minor, credit.currency, -base_vat),
    )


def allowance(amount_minor: int, rate: BaseRate) -> Postings:
    """The allowance for credit losses is raised (TV-115); a negative amount lowers it."""
    base = rate.to_base(amount_minor)
    return _pair(Account.CREDIT_LOSSES, Account.LOSS_ALLOWANCE, amount_minor, base, rate.currency)


def agency_fee(amount_minor: int, rate: BaseRate) -> Postings:
    """An agency earned its fee on money that the debtor paid to us directly: owed to the agency."""
    return _pair(
        Account.COLLECTION_FEES, Account.AGENCY_PAYABLE, amount_minor, rate.to_base(amount_minor), rate.currency
    )


def agency_paid(amount_minor: int, rate: BaseRate) -> Postings:
    """What is owed to an agency is paid."""
    return _pair(Account.AGENCY_PAYABLE, Account.BANK, amount_minor, rate.to_base(amount_minor), rate.currency)


def court_cost(amount_minor: int, rate: BaseRate) -> Postings:
    """A court's fee or a lawyer's bill, paid."""
    return _pair(Account.COURT_COSTS, Account.BANK, amount_minor, rate.to_base(amount_minor), rate.currency)


def _pair(debit: Account, credit: Account, minor: int, base: int, currency: str) -> Postings:
    return entry(Posting(debit, minor, currency, base), Posting(credit, -minor, currency, -base))


def _out_of_range(given_minor: int, most_minor: int, currency: str) -> BadInput:
    return BadInput(
        gettext_noop("%(amount)s is out of range"),
        remedy=gettext_noop("give an amount from 0 to %(most)s"),
        params={"amount": format_amount(given_minor, currency), "most": format_amount(most_minor, currency)},
    )
