"""The facts a credit policy may speak of: what each means, its unit, its range, and where it comes from.

Money is in minor units of the policy's currency (``*_minor``), shares in hundredths of a percent (``*_bp``), ratios
in hundredths (``*_c``), days beyond terms in hundredths of a day (``*_cd``). Every fact may be missing, which is not
the same as zero. Facts of the last group are not given: the decision itself makes them, in the order of
``MADE_FACTS``, and a part of the policy may speak only of those made before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from openterms.core.base.expressions import Fact, code, flag, vocabulary, whole
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.collecting.segments import LONGEST_CD, SEGMENTS

MOST_MINOR = 10**14
"""The greatest amount a policy speaks of; times 10,000 it still has room in 64 bits."""

MOST_C = 10**9
MOST_COUNT = 10**6
MOST_DAYS = 40_000
MOST_BP = 10_000


def _money(name: str, meaning: str, source: str, lo: int = 0) -> Fact:
    return whole(name, lo, MOST_MINOR, meaning, "minor", source)


def _count(name: str, meaning: str, source: str) -> Fact:
    return whole(name, 0, MOST_COUNT, meaning, "", source)


def _days(name: str, meaning: str, source: str, lo: int = 0) -> Fact:
    return whole(name, lo, MOST_DAYS, meaning, "days", source)


def _months(name: str, meaning: str, source: str) -> Fact:
    return whole(name, 0, 12_000, meaning, "months", source)


def _share(name: str, meaning: str, source: str) -> Fact:
    return whole(name, 0, MOST_BP, meaning, "bp", source)


def _ratio(name: str, meaning: str, source: str, lo: int = -MOST_C) -> Fact:
    return whole(name, lo, MOST_C, meaning, "c", source)


_REQUEST = (
    _money("requested_limit_minor", "the limit asked for", "application"),
    whole("requested_terms_days", 0, 10_000, "the longest time to pay in the terms asked for", "days", "application"),
    _money("expected_purchases_minor", "what the customer expects to buy in a year, tax included", "application"),
    _money("first_order_minor", "the order that waits for the answer", "application"),
    _money("deposit_minor", "cash held or offered as a deposit", "application"),
    _money("guarantee_minor", "amount of a parent's or bank's guarantee, held or offered", "application"),
    flag("promissory_note", "signed promissory notes are held or offered, one for each invoice", "application"),
    flag("direct_debit", "a direct debit mandate is held or offered", "application"),
    flag("card_on_file", "a card is stored that may be charged when an invoice is not paid", "application"),
    _count("form_seconds", "how long the form took to fill, in seconds", "application"),
)

_IDENTITY = (
    code("country", (), "country of the register, two letters", "parties"),
    code("legal_form", ("sole_trader", "partnership", "limited", "public", "state", "other"), "", "parties"),
    code("sector", (), "the seller's own sector code", "parties"),
    _months("months_trading", "since the business was registered", "register"),
    _months("months_customer", "since the first invoice of this seller", "receivables"),
    code("register_status", ("active", "dormant", "closing", "closed", "not_found"), "in the register", "register"),
    flag("sanctions_hit", "a match with a sanctions list was confirmed or is not cleared", "screening"),
    flag("insolvent", "an insolvency is recorded", "parties"),
    _count("judgments", "court judgments not paid, last 36 months", "register"),
    _money("judgments_minor", "amount of those judgments", "register"),
    _count("director_changes", "directors or owners changed, last 12 months", "register"),
    flag("accounts_late", "yearly accounts are past their filing date", "register"),
    flag("fraud_flag", "a fraud signal is open", "screening"),
    _days("mail_domain_days", "age of the mail domain", "screening"),
    flag("free_mail", "the applicant writes from a free mail service", "screening"),
    flag("bank_name_differs", "the bank account's holder is another name", "screening"),
    flag("shared_with_defaulted", "a director, phone or bank account is shared with a defaulted customer", "screening"),
    _count("applications_24h", "applications from the same device, phone or account, 24 hours", "screening"),
)

_BUREAU = (
    whole("bureau_score", 0, 1_000, "the bureau's score, higher is better", "", "bureau"),
    _money("bureau_limit_minor", "the limit the bureau recommends", "bureau"),
    _days("bureau_dbt_days", "days beyond terms as the bureau sees them", "bureau", -MOST_DAYS),
    whole("payment_index", 0, 100, "payment index, 80 is prompt (FACTBOOK 1.12)", "", "bureau"),
    _days("bureau_age_days", "age of the bureau's report", "bureau"),
    _money("insurer_limit_minor", "what the credit insurer covers for this customer", "insurer"),
)

_STATEMENTS = (
    _months("statements_age_months", "age of the newest yearly statements", "statements"),
    code("statements_kind", ("audited", "reviewed", "own"), "who stands behind them", "statements"),
    _money("total_assets_minor", "total assets", "statements"),
    _money("revenue_minor", "sales of the last year", "statements"),
    _money("tangible_net_worth_minor", "equity less goodwill and other intangibles", "statements", -MOST_MINOR),
    _money("working_capital_minor", "current assets less current liabilities", "statements", -MOST_MINOR),
    _money("net_income_minor", "profit of the last year", "statements", -MOST_MINOR),
    _ratio("current_ratio_c", "current assets over current liabilities (FACTBOOK 2.3)", "statements", 0),
    _ratio("quick_ratio_c", "the same without stock", "statements"),
    _ratio("debt_to_equity_c", "liabilities over equity; missing where equity is negative", "statements", 0),
    _ratio("interest_cover_c", "profit before interest and tax over interest", "statements"),
    _ratio("altman_z_c", "Altman Z, the form that fits the business (FACTBOOK 2.1)", "statements"),
    _share("ohlson_bp", "Ohlson's probability of failure (FACTBOOK 2.2)", "statements"),
    flag("negative_equity", "liabilities exceed assets", "statements"),
)

_REFERENCES = (
    _count("references_given", "trade references that answered", "references"),
    _count("references_prompt", "of these, paid within terms plus 10 days", "references"),
    _money("best_reference_minor", "highest recent credit at a reference paid within terms plus 10", "references"),
    code("bank_reference", ("good", "fair", "poor"), "the bank's answer", "references"),
)

_EXPERIENCE = (
    code("segment", SEGMENTS, "how the customer pays, in one word", "standing"),
    _count("paid_invoices", "invoices fully paid, last 12 months", "standing"),
    whole("dbt_mean_cd", -LONGEST_CD, LONGEST_CD, "days beyond terms, mean by amount", "cd", "standing"),
    whole("dbt_trend_cd", -LONGEST_CD, LONGEST_CD, "days beyond terms, later half less earlier", "cd", "standing"),
    _days("days_overdue", "of the oldest collectable item; 0 where nothing is overdue", "standing"),
    _money("overdue_minor", "collectable and overdue", "standing"),
    _count("broken_promises", "promises broken, last 12 months", "standing"),
    _count("returned_payments", "payments taken back by the bank, last 12 months", "standing"),
    _share("disputed_share_bp", "share of what was invoiced that was disputed", "standing"),
    flag("written_off_before", "an item of this customer was written off", "receivables"),
    _money("exposure_minor", "what could be lost now", "exposure"),
    _money("covered_minor", "what a guarantee or a credit insurer would bear of that", "cover"),
    _money("uncovered_minor", "what stays with us of it", "cover"),
    _money("group_exposure_minor", "the same of the other customers of its group; 0 where it has none", "exposure"),
    _money("highest_exposure_minor", "highest exposure of the last 12 months that was paid", "exposure"),
    _money("current_limit_minor", "the limit in force", "line"),
    whole("utilisation_bp", 0, 10**6, "exposure over limit", "bp", "exposure"),
    _days("days_highly_used", "days in a row with 90 % of the limit used or more", "exposure"),
    _money("yearly_sales_minor", "the seller's own sales of the last year, all customers", "receivables"),
    _ratio("order_spike_c", "the newest order over the median of the last twelve", "receivables", 0),
)

MADE_FACTS = vocabulary(
    whole("score", -MOST_COUNT, MOST_COUNT, "points of the scorecard", "points", "decision"),
    _share("pd_bp", "the probability of default that goes with the score", "decision"),
    code("risk_class", (), "one of the policy's risk classes", "decision"),
    whole("offered_terms_days", 0, 10_000, "the longest time to pay that the risk class offers", "days", "decision"),
    _money("suggested_limit_minor", "the limit by the policy's methods, capped and rounded down", "decision"),
    _count("limit_methods", "methods that gave a figure", "decision"),
    _money("granted_minor", "the lower of suggested and asked for", "decision"),
    whole("exposure_after_minor", 0, 2 * MOST_MINOR, "granted, and the exposure of the group", "minor", "decision"),
)
"""What the decision makes, in this order; a policy names them without declaring them."""

CREDIT_FACTS: Mapping[str, Fact] = vocabulary(*_REQUEST, *_IDENTITY, *_BUREAU, *_STATEMENTS, *_REFERENCES, *_EXPERIENCE)
"""Every fact a policy may use, by name. A policy may declare more of its own."""

Direction = Literal["lower", "higher", "true"]


@dataclass(frozen=True, slots=True)
class Changeable:
    """That a customer can change a fact, which way helps, and how to ask for it.

    ``words`` is a message with ``%(to)s`` for the value to reach (amounts and shares as people read them) where the
    fact is a number.
    """

    fact: str
    direction: Direction
    words: str


def _changeable(*entries: tuple[str, Direction, str]) -> Mapping[str, Changeable]:
    return {fact: Changeable(fact, direction, words) for fact, direction, words in entries}


CHANGEABLE = _changeable(
    ("requested_limit_minor", "lower", _("ask for a limit of %(to)s or less")),
    ("requested_terms_days", "lower", _("ask for terms of %(to)s days or fewer")),
    ("first_order_minor", "lower", _("begin with an order of %(to)s or less")),
    ("deposit_minor", "higher", _("pay a deposit of %(to)s")),
    ("guarantee_minor", "higher", _("bring a guarantee for %(to)s")),
    ("promissory_note", "true", _("sign a promissory note for each invoice")),
    ("direct_debit", "true", _("give a direct debit mandate")),
    ("card_on_file", "true", _("store a card with us")),
    ("statements_age_months", "lower", _("send yearly statements not older than %(to)s months")),
    ("references_given", "higher", _("name trade references, so that %(to)s have answered")),
    ("overdue_minor", "lower", _("pay what is overdue, down to %(to)s")),
    ("days_overdue", "lower", _("pay every invoice that is more than %(to)s days overdue")),
    ("judgments", "lower", _("show that judgments are paid, so that at most %(to)s remain")),
    ("judgments_minor", "lower", _("pay judgments, down to %(to)s")),
)
"""What a customer can change by itself; counterfactuals look at nothing else."""
