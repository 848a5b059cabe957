"""The words of the receivables ledger, as stored: kinds of items and settlements, accounts."""

from __future__ import annotations

from enum import StrEnum


class ItemKind(StrEnum):
    """What an open item is. Debit kinds are owed by the customer, credit kinds are owed to it."""

    INVOICE = "invoice"
    LATE_FEE = "late_fee"
    LATE_INTEREST = "late_interest"
    CHARITY = "charity"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"

    @property
    def is_debit(self) -> bool:
        """Whether the customer owes it."""
        return self in DEBIT_KINDS

    @property
    def sign(self) -> int:
        """+1 for debit kinds, -1 for credit kinds: the direction of the item's own control posting."""
        return 1 if self in DEBIT_KINDS else -1


DEBIT_KINDS = frozenset({ItemKind.INVOICE, ItemKind.LATE_FEE, ItemKind.LATE_INTEREST, ItemKind.CHARITY})
CREDIT_KINDS = frozenset({ItemKind.CREDIT_NOTE, ItemKind.RECEIPT})


class SettlementKind(StrEnum):
    """Why an item's open amount went down (or up again, for a reversal)."""

    CASH = "cash"
    CREDIT = "credit"
    DISCOUNT = "discount"
    SMALL_DIFFERENCE = "small_difference"
    REFUND = "refund"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"


class Account(StrEnum):
    """The accounts that postings name. The first four are control accounts: their postings carry an item."""

    RECEIVABLE_TRADE = "receivable_trade"
    RECEIVABLE_INTEREST = "receivable_interest"
    RECEIVABLE_CHARITY = "receivable_charity"
    UNAPPLIED_CASH = "unapplied_cash"
    BANK = "bank"
    REVENUE = "revenue"
    VAT_OUTPUT = "vat_output"
    SALES_RETURNS = "sales_returns"
    DISCOUNTS_ALLOWED = "discounts_allowed"
    SMALL_DIFFERENCES = "small_differences"
    LATE_FEE_INCOME = "late_fee_income"
    INTEREST_INCOME = "interest_income"
    CHARITY_PAYABLE = "charity_payable"
    FX_CLEARING = "fx_clearing"
    FX_DIFFERENCE = "fx_difference"
    OPENING_BALANCE = "opening_balance"
    BANK_CHARGES = "bank_charges"
    LOSS_ALLOWANCE = "loss_allowance"
    CREDIT_LOSSES = "credit_losses"
    BAD_DEBTS = "bad_debts"
    VAT_BAD_DEBTS = "vat_bad_debts"
    RECOVERIES = "recoveries"
    COLLECTION_FEES = "collection_fees"
    AGENCY_PAYABLE = "agency_payable"
    COURT_COSTS = "court_costs"


CONTROL_ACCOUNTS = {
    ItemKind.INVOICE: Account.RECEIVABLE_TRADE,
    ItemKind.CREDIT_NOTE: Account.RECEIVABLE_TRADE,
    ItemKind.LATE_FEE: Account.RECEIVABLE_TRADE,
    ItemKind.LATE_INTEREST: Account.RECEIVABLE_INTEREST,
    ItemKind.CHARITY: Account.RECEIVABLE_CHARITY,
    ItemKind.RECEIPT: Account.UNAPPLIED_CASH,
}
"""The control account whose balance is the sum of the open items of a kind."""
