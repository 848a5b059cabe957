"""What is known of a customer from outside: facts of the newest valid reports, and what each product could add."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.standing.models import Standing
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain
from openterms.core.base.expressions import Value
from openterms.core.base.money import convert
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.core.credit.information import Chance, could_change
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import Policy
from openterms.formats.bureau.report import Subject

from .fetching import ADAPTERS
from .models import BureauAccount, BureauPurchase, BureauReportRow

FILE_AGE_DAYS = 180
"""How long a report that came by file is good."""

Known = dict[str, tuple[Value, str, date]]


def facts_from_reports(seller: Seller, customer: Customer, on: date, currency: str = "") -> Known:
    """The facts that reports tell of a customer on a day: name -> (value, source, day of the report).

    Reports that had come by then and are not older than their account's age rule; of two that tell a fact, the newer.
    Amounts are in minor units of `currency` (the customer's if empty), by the seller's rates of the day; an amount
    without a rate stays unknown. Months go on from the report's day. `bureau_age_days` is the age of the newest report
    that gave a figure of a bureau.
    """
    return facts_of(reports_of(seller, customer), customer, on, currency)


def facts_of(reports: Iterable[BureauReportRow], customer: Customer, on: date, currency: str = "") -> Known:
    """`facts_from_reports` of reports at hand, the newest first."""
    seller, wanted = customer.seller, currency or customer.currency
    found: Known = {}
    for row in reports:
        if not counts(row, on):
            continue
        source = f"{row.bureau} {row.product}"
        for figure in row.figures:
            name = figure["fact"]
            if name in found or figure["value"] is None or name not in CREDIT_FACTS:
                continue
            value = _as_of(figure, row.as_of, on, seller, wanted)
            if value is not None:
                found[name] = (value, source, row.as_of)
                if CREDIT_FACTS[name].source == "bureau":
                    found.setdefault("bureau_age_days", ((on - row.as_of).days, source, row.as_of))
    return found


def counts(row: BureauReportRow, on: date) -> bool:
    """Whether a report had come by a day and is not too old on it."""
    return max(row.received_on, row.as_of) <= on and is_valid(row, on)


def is_valid(row: BureauReportRow, on: date) -> bool:
    """Whether a report is not older than its account's age rule on a day."""
    most = row.account.age_days if row.account else FILE_AGE_DAYS
    return row.as_of + timedelta(days=most) >= on


def _as_of(figure: Mapping[str, Any], told: date, on: date, seller: Seller, currency: str) -> Value:
    """A figure as a fact's value on a later day, in a currency."""
    value, fact = figure["value"], CREDIT_FACTS[figure["fact"]]
    if fact.unit == "months" and isinstance(value, int):
        months = (on.year - told.year) * 12 + on.month - told.month
        value = min(value + months - (on.day < told.day), fact.hi)
    if fact.unit == "minor" and isinstance(value, int) and figure.get("currency") != currency:
        value = _converted(value, figure.get("currency") or "", currency, seller, on)
    try:
        fact.check(value)
    except BadInput:
        return None
    return value  # type: ignore[no-any-return]


def _converted(minor: int, source: str, target: str, seller: Seller, on: date) -> int | None:
    try:
        into, out_of = base_rate(seller, source, on), base_rate(seller, target, on)
    except BadInput:
        return None
    return convert(minor, source, target, into.per_unit / out_of.per_unit)


def reports_of(seller: Seller, customer: Customer, most: int = 200) -> Sequence[BureauReportRow]:
    """The reports on a customer without their text, the newest first."""
    found = BureauReportRow.objects.filter(seller=seller, customer=customer).select_related("account").defer("raw")
    return found.order_by("-as_of", "-received_at", "-id")[:most]


def without_report(seller: Seller, customer: Customer, on: date) -> Sequence[BureauPurchase]:
    """Purchases of a customer that are under way (`reserved`), and those of a day that gave no report (`failed`,
    `spent`), the newest first.
    """
    failed = Q(bought_on=on, state__in=("failed", "spent"))
    found = BureauPurchase.objects.filter(Q(state="reserved") | failed, seller=seller, customer=customer)
    return found.select_related("account").order_by("-id")[:10]


def accounts(seller: Seller) -> QuerySet[BureauAccount]:
    """The seller's accounts in use, cheapest first."""
    return BureauAccount.objects.filter(seller=seller, is_active=True).order_by("cost_minor", "code")


def find_account(seller: Seller, code: str) -> BureauAccount:
    """An account by its code. Errors: the seller has none such."""
    found = BureauAccount.objects.filter(seller=seller, code=code).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no bureau account %(code)s"), "account",
            gettext_noop("`openterms bureau list` lists them"), {"code": code},
        )  # fmt: skip
    return found


def subject_of(customer: Customer) -> Subject:
    """The customer as a bureau is asked about it: identifiers and the registered address, else the first there is."""
    identifiers = {one.scheme: one.value for one in customer.identifier_set.order_by("-id")}
    sites = sorted(customer.site_set.all(), key=lambda site: (site.purpose != "registered", str(site.id)))
    site = sites[0] if sites else None
    return Subject(
        customer.name,
        identifiers,
        customer.country,
        site.street if site else "",
        site.postcode if site else "",
        site.city if site else "",
        site.region if site else "",
    )


def brings(account: BureauAccount) -> Mapping[str, Domain]:
    """What an account's product could tell, with the values it can have; the age of a new report among it."""
    told = ADAPTERS[account.adapter].brings(account.product)
    age = {"bureau_age_days": Domain(lo=0, hi=account.age_days)}
    return {**told, **(age if any(CREDIT_FACTS[name].source == "bureau" for name in told) else {})}


def policy_in_force(seller: Seller, currency: str, on: date) -> Policy | None:
    """The published policy of a currency on a day; None where there is none."""
    found = policy_on(seller, currency, on)
    return parsed(found) if found else None


def own_facts(customer: Customer) -> dict[str, Value]:
    """What our own record says by itself, before anybody gathers more: country, form, insolvency, how it pays us."""
    found: dict[str, Value] = {"country": customer.country or None, "insolvent": customer.insolvent_on is not None}
    if customer.is_sole_trader:
        found["legal_form"] = "sole_trader"
    standing = Standing.objects.filter(
        seller_id=customer.seller_id, customer=customer, currency=customer.currency
    ).first()  # fmt: skip
    if standing is not None and standing.paid_invoices:
        found |= {"paid_invoices": standing.paid_invoices, "dbt_mean_cd": standing.dbt_cd}
        found |= {"dbt_trend_cd": standing.dbt_trend_cd, "broken_promises": standing.broken_promises}
    return {name: value for name, value in found.items() if value is not None}


def news(account: BureauAccount, told: Collection[str], facts: Mapping[str, Value]) -> dict[str, Domain]:
    """What an account's report would tell that is not known yet, neither by a report nor otherwise.

    What our own record says of itself (`parties`) is no news to us, but a bureau may know better.
    """
    return {
        name: domain
        for name, domain in brings(account).items()
        if name not in told and (facts.get(name) is None or CREDIT_FACTS[name].source == "parties")
    }


def worth(
    account: BureauAccount, told: Known, policy: Policy, facts: Mapping[str, Value], request: Request | None,
    is_complete: bool,
) -> Chance:  # fmt: skip
    """Whether an account's report could change the decision on `facts`, which hold what reports have `told` already.

    Where they are not all that will be known of the case (`is_complete` False), every other fact is open.
    """
    known = {name: value for name, value in facts.items() if name in policy.facts}
    others = frozenset() if is_complete else frozenset(policy.facts)
    return could_change(known, policy, request, news(account, told, facts), others)
