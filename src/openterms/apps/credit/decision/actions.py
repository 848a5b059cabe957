"""Open credit cases and let the policy decide them. What people do about a case is in `acts`.

Every action locks the case first and the acting person's membership second.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from openterms.apps.credit.line.actions import Change, change_line
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.offer.actions import Offered, make_offer
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.parties.actions import change_customer
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.calendar import BusinessCalendar
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit import decisions
from openterms.core.credit.authority import AUTOMATIC, needed
from openterms.core.credit.outcomes import DEFAULT_QUEUE, Request
from openterms.core.receivables.terms import parse_terms

from .events import CaseEnded
from .given import FIGURES, FOR_CASE, Given, checked, gather, statement_of
from .models import CHANGING, CaseState, CaseStep, CreditCase, Decision, FinancialStatement, GivenFact, Source
from .policies import in_force, policy_of
from .rights import OPENERS, PROPOSERS, could_owe

STEP_DAYS = 5
"""Working days in which whoever has a case acts, before it goes to the next authority (FACTBOOK 8.4)."""

CASE_OPEN = Reason(
    "case_is_open",
    gettext_noop("A credit case of this customer in %(currency)s is open already."),
    remedy=gettext_noop("Decide or withdraw that one first."),
)
CASE_CLOSED = Reason(
    "case_is_closed",
    gettext_noop("This case is decided or withdrawn already."),
    remedy=gettext_noop("Open a new one."),
)
CLOSED_AS = {
    "approved": gettext_noop("%(name)s has approved this case; the limit is set."),
    "declined": gettext_noop("%(name)s has declined this case."),
}
CASE_WITHDRAWN = gettext_noop("%(name)s has withdrawn this case.")
NO_OPENER = Reason(
    "role_opens_no_case",
    gettext_noop("A person with the role %(role)s does not open credit cases."),
    remedy=gettext_noop("Ask a credit analyst."),
)


@dataclass(frozen=True, kw_only=True)
class CaseRequest:
    """What is asked: a limit in minor units of a currency (None: whatever is right), payment terms in their notation
    (empty: the usual ones), the last day of a temporary limit (None: a lasting one), and why."""

    currency: str
    limit_minor: int | None = None
    terms: str = ""
    until: date | None = None
    reason: str = ""


def open_case(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    request: CaseRequest,
    facts_given: Sequence[Given],
    now: datetime,
    source: str = Source.REQUEST,
    source_ref: str = "",
) -> CreditCase:
    """Open a case with what was given for it, and let the policy decide it at once, all in one transaction.

    What the policy lets the rules decide alone is in force afterwards; everything else waits in a queue. Refused: a
    role that opens none, a case of the customer and currency that is open; busy. Errors: no policy in force for the
    currency, terms, amounts or facts that cannot be.
    """
    today = local_date(now, seller.timezone)
    terms = _checked(request, today)
    if actor.role is not None and actor.role not in OPENERS:
        raise Refused([NO_OPENER.given(role=actor.role)])
    version = in_force(seller, request.currency, today)
    policy = policy_of(version)
    facts = checked(facts_given, policy, today)
    with transaction.atomic():
        case = CreditCase(
            seller=seller,
            customer=customer,
            currency=request.currency,
            limit_minor=request.limit_minor,
            terms=terms,
            until=request.until,
            reason=request.reason.strip()[:500],
            source=source,
            source_ref=source_ref,
            opened_by_id=actor.user_id,
            opened_at=now,
            answer_by=today + timedelta(days=policy.told.within_days),
            queue=DEFAULT_QUEUE,
            due_at=step_due(seller, now, today + timedelta(days=policy.told.within_days)),
        )
        try:
            with transaction.atomic(), locking():
                case.save(force_insert=True)
        except IntegrityError as error:
            raise Refused([CASE_OPEN.given(currency=request.currency)]) from error
        _keep(case, actor, facts)
        record(
            seller.id, actor, "case_opened", "case", case.id, now, customer.id,
            {"limit_minor": case.limit_minor, "currency": case.currency, "terms": case.terms, "source": source,
             "until": case.until.isoformat() if case.until else None, "reason": case.reason},
        )  # fmt: skip
        _decide(seller, actor, case, version, now)
    return case


def decide_case(seller: Seller, actor: Actor, case_id: UUID, now: datetime) -> Decision:
    """Let the policy in force decide an open case again, with the facts of today; an earlier proposal falls.

    Refused: a case that is closed; busy. Errors: no policy in force.
    """
    if actor.role is not None and actor.role not in OPENERS:
        raise Refused([NO_OPENER.given(role=actor.role)])
    with transaction.atomic():
        case = locked_case(seller, case_id)
        version = in_force(seller, case.currency, local_date(now, seller.timezone))
        return _decide(seller, actor, case, version, now)


def add_facts(seller: Seller, actor: Actor, case_id: UUID, given: Sequence[Given], now: datetime) -> list[GivenFact]:
    """Keep facts that were given for an open case: those about one request with it, the others with the customer.

    Refused: a case that is closed; busy. Errors: a fact that nobody knows, out of its range or without a source.
    """
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        case = locked_case(seller, case_id)
        policy = policy_of(in_force(seller, case.currency, today))
        kept = _keep(case, actor, checked(given, policy, today))
        record(
            seller.id, actor, "case_facts_given", "case", case.id, now, case.customer_id,
            {"facts": [one.name for one in kept]},
        )  # fmt: skip
    return kept


def record_statement(
    seller: Seller, actor: Actor, statement: FinancialStatement, now: datetime
) -> FinancialStatement:
    """Keep what a customer reported for a period; a correction is another one. Errors: figures that cannot be, a period
    that has not ended, nothing reported."""
    today = local_date(now, seller.timezone)
    statement_of(statement)
    if statement.ends_on > today or not any(statement.figures.get(name) is not None for name in FIGURES):
        raise BadInput(
            gettext_noop("A financial statement says something about a period that has ended"),
            "ends_on",
            gettext_noop("Give the last day of the period, and at least one figure"),
        )
    with transaction.atomic():
        statement.seller, statement.actor_id = seller, actor.user_id
        statement.save(force_insert=True)
        record(
            seller.id, actor, "statement_recorded", "statement", statement.id, now, statement.customer_id,
            {"ends_on": statement.ends_on.isoformat(), "currency": statement.currency, "months": statement.months},
        )  # fmt: skip
    return statement


def locked_case(seller: Seller, case_id: UUID) -> CreditCase:
    """An open case, locked until the transaction ends. Refused: closed already; busy. Errors: there is none such."""
    with locking():
        case = CreditCase.objects.select_for_update(of=("self",)).filter(seller=seller, id=case_id).first()
    if case is None:
        raise BadInput(gettext_noop("There is no such credit case"), "case", gettext_noop("Give the id of a case"))
    if case.state != CaseState.OPEN:
        raise Refused([_closed(case)])
    return case


def _closed(case: CreditCase) -> Reason:
    """Who ended it and how, for whoever came second."""
    last = CaseStep.objects.filter(case=case).order_by("-number").first()
    if last is None:
        return CASE_CLOSED
    return replace(CASE_CLOSED, staff=CLOSED_AS.get(case.outcome, CASE_WITHDRAWN)).given(name=last.person_name)


def step_due(seller: Seller, now: datetime, answer_by: date) -> datetime:
    """The last second of the last day in which whoever has a case acts, as an instant.

    Some working days from now, and no later than the day by which the customer is answered, while that is to come.
    """
    today = local_date(now, seller.timezone)
    day = BusinessCalendar.of(seller.weekend).add_business_days(today, STEP_DAYS)
    if today <= answer_by < day:
        day = answer_by
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(seller.timezone))


def grant(
    seller: Seller,
    actor: Actor,
    case: CreditCase,
    decision: Decision,
    limit_minor: int,
    terms: str,
    until: date | None,
    reason: str,
    now: datetime,
    answer_by: date | None = None,
) -> None:
    """Close a locked case as approved, and do to the line what it says, in the caller's transaction.

    Payment terms become the customer's where the case asked for some and the change lasts. With `answer_by` all of it
    is offered instead, and holds once the customer has accepted.
    """
    customer = Customer.objects.get(id=case.customer_id)
    change = Change(
        limit_minor=limit_minor,
        reason=reason,
        valid_from=local_date(now, seller.timezone),
        until=until,
        decision_id=decision.id,
    )
    if answer_by is not None:
        offered = Offered(
            limit_minor=limit_minor, currency=case.currency, answer_by=answer_by, reason=reason, until=until,
            terms=terms if case.terms and until is None else "", decision_id=decision.id,
        )  # fmt: skip
        make_offer(seller, actor, customer, offered, now)
    else:
        change_line(seller, actor, customer, case.currency, change, now)
    if answer_by is None and case.terms and terms and until is None and customer.terms != terms:
        change_customer(customer, actor, {"terms": terms}, now)
    case.outcome, case.closed_minor, case.closed_terms = "approved", limit_minor, terms
    close(case, CaseState.DECIDED, actor, now)
    record(
        seller.id, actor, "case_approved", "case", case.id, now, case.customer_id,
        {"limit_minor": limit_minor, "currency": case.currency, "terms": terms, "decision": str(decision.id),
         "until": until.isoformat() if until else None},
    )  # fmt: skip


def close(case: CreditCase, state: str, actor: Actor, now: datetime) -> None:
    """End a locked case, and announce it."""
    case.state, case.closed_at, case.waits_for, case.handler_id = state, now, [], None
    keep(case)
    announce(CaseEnded(case, actor, now))


def keep(case: CreditCase) -> None:
    """Write what may change of a locked case."""
    case.save(update_fields=CHANGING)


def _checked(request: CaseRequest, today: date) -> str:
    """The terms asked for in their one notation. Errors: what cannot be asked."""
    exponent(request.currency)
    if request.limit_minor is not None and request.limit_minor < 0:
        raise BadInput(
            gettext_noop("A limit is zero or more"), "limit", gettext_noop("Give an amount such as 1000.00")
        )
    if request.until is not None and (request.until < today or request.limit_minor is None):
        raise BadInput(
            gettext_noop("A temporary limit is an amount, and ends today or later"),
            "until",
            gettext_noop("Give the amount and a last day from today on"),
        )
    return str(parse_terms(request.terms)) if request.terms.strip() else ""


def _keep(case: CreditCase, actor: Actor, facts: Sequence[Given]) -> list[GivenFact]:
    return [
        GivenFact.objects.create(
            seller_id=case.seller_id,
            customer_id=case.customer_id,
            case_id=case.id if one.name in FOR_CASE else None,
            currency=case.currency,
            name=one.name,
            value=one.value,
            source=one.source.strip()[:80],
            as_of=one.as_of,
            actor_id=actor.user_id,
        )
        for one in facts
    ]


def _decide(seller: Seller, actor: Actor, case: CreditCase, version: PolicyVersion, now: datetime) -> Decision:
    """Ask the policy about a locked case, keep its answer, and do what it may do alone."""
    on, policy = local_date(now, seller.timezone), policy_of(version)
    customer = Customer.objects.get(id=case.customer_id)
    known = gather(seller, customer, case.currency, policy, case, on, now)
    kept = decisions.record(known.facts, policy, Request(case.limit_minor, case.terms))
    outcome: dict[str, Any] = json.loads(kept)["outcome"]
    decision = Decision.objects.create(
        seller=seller,
        case=case,
        customer=customer,
        currency=case.currency,
        number=Decision.objects.filter(case=case).count() + 1,
        policy_version=version,
        policy_hash=policy.hash,
        kept=kept,
        sources=known.sources,
        outcome=outcome["outcome"],
        rule=outcome["rule"],
        suggested_minor=outcome["suggestion"]["limit_minor"],
        granted_minor=outcome["limit_minor"],
        decided_at=now,
        actor_id=actor.user_id,
    )
    case.queue = outcome["queue"] or DEFAULT_QUEUE
    case.level, case.can_escalate, case.waits_for = 0, True, list(PROPOSERS)
    case.due_at = step_due(seller, now, case.answer_by)
    keep(case)
    record(
        seller.id, actor, "case_decided", "case", case.id, now, customer.id,
        {"decision": str(decision.id), "outcome": decision.outcome, "rule": decision.rule, "queue": outcome["queue"],
         "policy": version.label, "hash": policy.hash, "limit_minor": decision.granted_minor,
         "currency": case.currency},
    )  # fmt: skip
    if _decides_alone(seller, customer, case, policy.authority.bands, outcome, now):
        reason = gettext_noop("Granted by the rules of the credit policy.")
        grant(seller, SYSTEM, case, decision, outcome["limit_minor"], outcome["terms"], case.until, reason, now)
    return decision


def _decides_alone(
    seller: Seller, customer: Customer, case: CreditCase, bands: Any, outcome: dict[str, Any], now: datetime
) -> bool:
    """Whether the rules may do it without a person: an approval in an automatic band that takes nothing away.

    Counted is what the group could owe in all, which is more than what it owes now.
    """
    need, limit = outcome["authority"], outcome["limit_minor"]
    if outcome["outcome"] != "approve" or need is None or AUTOMATIC not in need["roles"] or outcome["flags"]:
        return False
    line = Line.objects.filter(seller=seller, customer=customer, currency=case.currency).first()
    if line is not None and (line.is_unlimited or limit < (line.limit_minor or 0)):
        return False
    on = local_date(now, seller.timezone)
    try:
        exposure = could_owe(seller, customer, case.currency, limit, on, now)
    except BadInput:
        return False
    return needed(bands, exposure).is_automatic
