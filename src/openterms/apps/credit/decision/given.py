"""What was told about a customer: statements, and facts with their source and day. And all facts of a case together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openterms.apps.credit.bureau.reads import facts_from_reports
from openterms.apps.credit.cover.reads import SOURCE as COVER
from openterms.apps.credit.cover.reads import facts_from_cover
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.core.credit.failure import Kind, distress
from openterms.core.credit.policy import Policy
from openterms.core.credit.statements import Statement, hundredths, ratios

from .experience import exchanged, experience
from .models import CreditCase, FinancialStatement, GivenFact

FOR_CASE = (
    "requested_limit_minor", "requested_terms_days", "expected_purchases_minor", "first_order_minor", "form_seconds",
    "applications_24h",
)  # fmt: skip
"""Facts that speak of one request and of no later one."""
ASKED = ("requested_limit_minor", "requested_terms_days")
"""Facts that the request itself says."""
RECORD, STANDING, STATEMENTS, REQUEST = "record", "standing", "statements", "request"
"""Where facts come from that nobody gave."""
FROM_STANDING = ("segment", "broken_promises")


@dataclass(frozen=True)
class Given:
    """A fact as somebody gives it: amounts in minor units of the case's currency."""

    name: str
    value: int | bool | str
    source: str
    as_of: date


@dataclass(frozen=True)
class Gathered:
    """All facts known for a decision, and of each where it comes from and of which day it is."""

    facts: dict[str, Value]
    sources: dict[str, dict[str, str]]


def checked(given: Iterable[Given], policy: Policy, today: date) -> list[Given]:
    """The facts given, each one that the product or the policy knows, in its range, with a source and no day to come.

    Errors: any that is not, by its name.
    """
    found = list(given)
    for one in found:
        fact = policy.facts.get(one.name) or CREDIT_FACTS.get(one.name)
        if fact is None or one.name in ASKED:
            raise BadInput(
                gettext_noop("There is no fact %(name)s to give"),
                "facts",
                gettext_noop("Use the names of the policy's facts; the limit and terms asked for are the request's"),
                {"name": one.name[:60]},
            )
        fact.check(one.value)
        if not one.source.strip() or one.as_of > today:
            raise BadInput(
                gettext_noop("The fact %(name)s has no source, or a day to come"),
                "facts",
                gettext_noop("Say where it comes from and of which day it is"),
                {"name": one.name},
            )
    return found


def gather(
    seller: Seller, customer: Customer, currency: str, policy: Policy, case: CreditCase | None, on: date, now: datetime
) -> Gathered:
    """Every fact of the policy that is known: what was given last, bureaus' reports, the statements, the record.

    A fact that nobody knows is left out. Cover in force goes before what a bureau told. Given facts
    win, because a person knew better.
    """
    found = Gathered({}, {})
    record = experience(seller, customer, currency, on, now)
    _take(found, policy, record, {name: (STANDING if name in FROM_STANDING else RECORD, on) for name in record})
    newest = newest_statement(seller, customer, on)
    if newest is not None:
        told = statement_facts(seller, newest, currency, on)
        _take(found, policy, told, dict.fromkeys(told, (STATEMENTS, newest.ends_on)))
    reports = facts_from_reports(seller, customer, on, currency)
    told = {name: value for name, (value, _, _) in reports.items()}
    _take(found, policy, told, {name: (source, as_of) for name, (_, source, as_of) in reports.items()})
    exposed = record.get("exposure_minor")
    held = facts_from_cover(seller, customer, currency, exposed if isinstance(exposed, int) else None, on)
    _take(
        found, policy, {name: value for name, (value, _) in held.items()},
        {name: (COVER, as_of) for name, (_, as_of) in held.items()},
    )  # fmt: skip
    several = given_facts(seller, customer, currency, case)
    dated = [*((name, as_of) for name, (_, _, as_of) in reports.items()), *((one.name, one.as_of) for one in several)]
    bureau = [as_of for name, as_of in dated if name.startswith("bureau_")]
    values: dict[str, Value] = {"bureau_age_days": (on - max(bureau)).days} if bureau else {}
    places = {"bureau_age_days": ("bureau", max(bureau))} if bureau else {}
    for one in several:
        values[one.name], places[one.name] = one.value, (one.source, one.as_of)
    _take(found, policy, values, places)
    return found


def _take(
    found: Gathered, policy: Policy, facts: Mapping[str, Value], places: Mapping[str, tuple[str, date]]
) -> None:
    for name, value in facts.items():
        if name in policy.facts and value is not None:
            found.facts[name] = value
            source, as_of = places[name]
            found.sources[name] = {"source": source, "as_of": as_of.isoformat()}


def given_facts(seller: Seller, customer: Customer, currency: str, case: CreditCase | None) -> list[GivenFact]:
    """The last fact given of each name, for the customer or for this case; those of other cases are passed over."""
    found: dict[str, GivenFact] = {}
    rows = GivenFact.objects.filter(seller=seller, customer=customer, currency=currency).order_by("as_of", "id")
    for one in rows:
        if one.case_id is None or (case is not None and one.case_id == case.id):
            found[one.name] = one
    return list(found.values())


def newest_statement(seller: Seller, customer: Customer, on: date) -> FinancialStatement | None:
    """The statement of the latest period that has ended; of several for one period the one that came last."""
    several = FinancialStatement.objects.filter(seller=seller, customer=customer, ends_on__lte=on)
    return several.order_by("-ends_on", "-id").first()


def newest_statements(seller: Seller, on: date) -> Iterator[FinancialStatement]:
    """Of every customer with statements the one that `newest_statement` gives, a few thousand at a time."""
    several = FinancialStatement.objects.filter(seller=seller, ends_on__lte=on)
    wanted = several.order_by("customer_id", "-ends_on", "-id").distinct("customer_id")
    return wanted.iterator(chunk_size=5_000)


def statement_of(kept: FinancialStatement) -> Statement:
    """The core's value of a row. Errors: figures that cannot be, by field."""
    unknown = sorted(set(kept.figures) - set(FIGURES))
    if unknown:
        raise BadInput(
            gettext_noop("a statement has no figure %(name)s"),
            unknown[0],
            gettext_noop("use the names of the figures"),
            {"name": unknown[0][:60]},
        )
    return Statement(ends_on=kept.ends_on, currency=kept.currency, months=kept.months, **kept.figures)


FIGURES = tuple(name for name in Statement.__dataclass_fields__ if name.endswith("_minor"))
"""The names of a statement's figures."""


def statement_facts(seller: Seller, kept: FinancialStatement, currency: str, on: date) -> dict[str, Value]:
    """What a statement says, as facts: amounts in the case's currency, ratios, Altman's Z. FACTBOOK 2.1, 2.3.

    Amounts are left out where no exchange rate is known; scores where the statement is too old for them.
    """
    told = statement_of(kept)
    found = ratios(told)
    amounts: dict[str, Any] = {
        "total_assets_minor": told.total_assets_minor,
        "revenue_minor": told.yearly(told.sales_minor),
        "net_income_minor": told.yearly(told.net_income_minor),
        "tangible_net_worth_minor": found.tangible_net_worth_minor,
        "working_capital_minor": found.working_capital_minor,
    }
    months = 12 * (on.year - told.ends_on.year) + on.month - told.ends_on.month - (on.day < told.ends_on.day)
    scored = distress(told, on, Kind(kept.business), kept.is_listed, kept.is_emerging)
    facts: dict[str, Value] = {
        "statements_age_months": max(months, 0),
        "statements_kind": kept.kind or None,
        "current_ratio_c": hundredths(found.current),
        "quick_ratio_c": hundredths(found.quick),
        "debt_to_equity_c": hundredths(found.debt_to_equity),
        "interest_cover_c": hundredths(found.interest_cover),
        "altman_z_c": scored.altman.z.hundredths if scored.altman else None,
        "negative_equity": None if told.equity_minor is None else told.equity_minor < 0,
    }
    for name, minor in amounts.items():
        if minor is None:
            continue
        try:
            whole = divide(minor.numerator, minor.denominator)
            facts[name] = exchanged(seller, whole, kept.currency, currency, on)
        except BadInput:
            continue
    return facts
