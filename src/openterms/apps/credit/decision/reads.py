"""Credit cases as lists and pages show them, and decisions made again from what was kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from openterms.apps.credit.line.models import Line, LineChange
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit import decisions
from openterms.core.credit.authority import Need, Person, may_approve
from openterms.core.credit.policy import Policy

from .experience import committed
from .models import CaseState, CaseStep, CreditCase, Decision, StepKind
from .policies import policy_of
from .rights import (
    Weight,
    against_strangers,
    as_proposal,
    first_allowed,
    flags_of,
    hands_of,
    may_override,
    next_level,
    proposal_steps,
    weight,
)

BATCH = 500
CASES = """
SELECT c.id, c.currency, c.limit_minor, c.terms, c.until, c.source, c.state, c.queue, c.waits_for, c.due_at,
    c.answer_by, c.opened_at, c.closed_at, c.outcome AS closed_as, c.closed_minor, c.reason, c.customer_id,
    p.name, p.number, p.insolvent_on, p.paused_until, g.name AS group_name, u.name AS handler_name, d.outcome,
    d.suggested_minor, d.granted_minor
FROM credit_creditcase c
JOIN parties_customer p ON p.seller_id = c.seller_id AND p.id = c.customer_id
LEFT JOIN parties_group g ON g.id = p.group_id
LEFT JOIN tenancy_user u ON u.id = c.handler_id
LEFT JOIN LATERAL (SELECT outcome, suggested_minor, granted_minor FROM credit_decision
    WHERE case_id = c.id ORDER BY number DESC LIMIT 1) d ON true
WHERE c.seller_id = %(seller)s{where}
ORDER BY {order}
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are wanted; empty means all. `role` keeps those that wait for it, `handler` those of one person."""

    is_open: bool = True
    queue: str = ""
    role: str = ""
    handler: UUID | None = None
    source: str = ""
    customer: UUID | None = None
    late: bool = False


def cases(
    seller: Seller, wanted: CaseFilter, now: datetime, after: Sequence[Any] | None = None, limit: int = 51
) -> list[dict[str, Any]]:
    """Cases in order, from after a row's `key` on: open ones by their clock, ended ones latest first."""
    params: dict[str, Any] = {"seller": seller.id, "limit": limit, "now": now}
    column, beyond, direction = ("c.due_at", ">", "ASC") if wanted.is_open else ("c.closed_at", "<", "DESC")
    where = " AND c.state = 'open'" if wanted.is_open else " AND c.state <> 'open'"
    simple = {
        "queue": "c.queue = %(queue)s",
        "role": "%(role)s = ANY(c.waits_for)",
        "handler": "c.handler_id = %(handler)s",
        "source": "c.source = %(source)s",
        "customer": "c.customer_id = %(customer)s",
    }
    for name, condition in simple.items():
        if getattr(wanted, name):
            where += f" AND {condition}"
            params[name] = getattr(wanted, name)
    if wanted.late:
        where += " AND c.due_at <= %(now)s"
    if after and len(after) == 2:
        where += f" AND ({column}, c.id) {beyond} (%(after_0)s::timestamptz, %(after_1)s::uuid)"
        params |= {"after_0": after[0], "after_1": after[1]}
    found = rows(CASES.format(where=where, order=f"{column} {direction}, c.id {direction}"), params)
    for one in found:
        at = one["due_at"] if wanted.is_open else one["closed_at"]
        one["key"] = [at.isoformat(), str(one["id"])]
        one["is_late"] = one["state"] == CaseState.OPEN and one["due_at"] <= now
    return found


def queues(seller: Seller) -> list[str]:
    """The queues that open cases wait in."""
    found = CreditCase.objects.filter(seller=seller, state=CaseState.OPEN).values_list("queue", flat=True)
    return sorted(set(found.distinct()))


def find_case(seller: Seller, case_id: UUID) -> CreditCase | None:
    """A case with its customer, or nothing where the seller has none such."""
    found = CreditCase.objects.filter(seller=seller, id=case_id)
    return found.select_related("customer", "customer__group", "handler", "opened_by").first()


@dataclass(frozen=True)
class CaseView:
    """Everything about a case on one screen. `outcome` is the last decision's; `exposure` the rows of `committed`;
    `weight` what the proposal (else what was decided or asked) comes to, None where it cannot be said (`why_not`)."""

    case: CreditCase
    decision: Decision
    policy: Policy
    version: PolicyVersion
    outcome: dict[str, Any]
    facts: dict[str, Any]
    decisions: list[Decision]
    steps: list[CaseStep]
    proposed: CaseStep | None
    approvals: list[CaseStep]
    line: Line | None
    exposure_minor: int
    weighed_minor: int | None
    weight: Weight | None
    why_not: BadInput | None
    earlier: Decision | None

    @property
    def need(self) -> Need | None:
        """Who must agree."""
        return self.weight.need if self.weight else None

    @property
    def changed(self) -> list[dict[str, Any]]:
        """What is known otherwise than at the customer's decision before: `name, before, after` (None: unknown)."""
        if self.earlier is None:
            return []
        before = json.loads(self.earlier.kept)["facts"]
        names = sorted(set(before) | set(self.facts))
        return [
            {"name": name, "before": before.get(name), "after": self.facts.get(name)}
            for name in names
            if before.get(name) != self.facts.get(name)
        ]


def case_view(seller: Seller, case: CreditCase, now: datetime) -> CaseView:
    """All that a case's page shows."""
    several = list(Decision.objects.filter(case=case).select_related("policy_version").order_by("-number"))
    decision = several[0]
    kept = json.loads(decision.kept)
    policy = policy_of(decision.policy_version)
    proposed, approvals = proposal_steps(case, decision)
    line = Line.objects.filter(seller=seller, customer=case.customer, currency=case.currency).first()
    own = [
        one["exposure_minor"] for one in committed(seller, case.customer, now)
        if one["customer_id"] == case.customer_id and one["currency"] == case.currency
    ]  # fmt: skip
    minor = _weighed(case, decision, proposed)
    found, why_not = None, None
    try:
        kind = proposed.kind if proposed else StepKind.RECOMMEND.value
        found = weight(seller, case.customer, case, policy, flags_of(kept["outcome"], kind), minor, now)
    except BadInput as error:
        why_not = error
    return CaseView(
        case=case,
        decision=decision,
        policy=policy,
        version=decision.policy_version,
        outcome=kept["outcome"],
        facts=kept["facts"],
        decisions=several,
        steps=list(CaseStep.objects.filter(case=case).order_by("-number")),
        proposed=proposed,
        approvals=approvals,
        line=line,
        exposure_minor=sum(own),
        weighed_minor=minor,
        weight=found,
        why_not=why_not,
        earlier=_earlier(case, decision),
    )


def _weighed(case: CreditCase, decision: Decision, proposed: CaseStep | None) -> int | None:
    for minor in (proposed.limit_minor if proposed else None, decision.granted_minor, case.limit_minor):
        if minor is not None:
            return minor
    return decision.suggested_minor


def _earlier(case: CreditCase, decision: Decision) -> Decision | None:
    several = Decision.objects.filter(
        seller_id=case.seller_id, customer_id=case.customer_id, currency=case.currency, id__lt=decision.id
    )
    return several.order_by("-id").first()


def refusals(seller: Seller, actor: Actor, view: CaseView, now: datetime) -> dict[str, list[Reason]]:
    """What would be refused to a person, act by act; an empty list where nothing stands in the way. The actions ask
    again when it comes to it."""
    on = local_date(now, seller.timezone)
    try:
        hands: tuple[Person, ...] = hands_of(seller, actor, on, is_locked=False)
    except Refused:
        hands = (Person(str(actor.user_id), actor.role or "", False),)
    person, against = first_allowed(hands, lambda one: against_strangers(one, view.policy))
    strange = [] if person else list(against)
    acts = ("recommend", "override", "approve", "reject", "escalate", "take", "withdraw")
    found = {name: list(strange) for name in acts}
    if strange:
        return found
    if view.proposed is None:
        found["approve"] = [NOTHING_YET]
    elif view.weight is not None:
        weighed = view.weight
        proposal = as_proposal(seller, view.policy, view.proposed, view.approvals, weighed.base_minor)
        _, against = first_allowed(hands, lambda one: may_approve(one, proposal, weighed.wide, on, "given later"))
        found["approve"] = list(against)
    if view.weight is not None:
        weighed = view.weight
        _, against = first_allowed(hands, lambda one: may_override(seller, one, weighed, on, "given later"))
        found["override"] = list(against)
        if next_level(view.policy, view.weight.need) is None:
            found["escalate"] = [HIGHEST]
    if view.outcome["outcome"] == "decline":
        found["recommend"] = [DECLINED]
    return found


NOTHING_YET = Reason(
    "nothing_proposed_yet",
    gettext_noop("Nothing is recommended yet, so there is nothing to approve."),
)
HIGHEST = Reason("with_the_highest", gettext_noop("It is with the highest authority already."))
DECLINED = Reason(
    "policy_declines",
    gettext_noop("The policy declines this; only an override sets that aside."),
)


@dataclass(frozen=True)
class Replay:
    """A decision made again. `differences` name the places at which the answer is another one; none when it replays."""

    decision: Decision
    again: str
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether the same answer comes out."""
        return not self.differences


def find_decision(seller: Seller, decision_id: UUID) -> Decision:
    """A decision by its id, or the last one of a case by the case's. Errors: the seller has none such."""
    several = Decision.objects.filter(seller=seller).select_related("policy_version", "customer", "case")
    found = several.filter(id=decision_id).first() or several.filter(case_id=decision_id).order_by("-number").first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no decision %(id)s"),
            "decision",
            gettext_noop("Give the id of a decision or of its case"),
            {"id": str(decision_id)},
        )
    return found


def replay(decision: Decision) -> Replay:
    """Make a decision again from its facts under its own policy version; nothing else is looked at."""
    policy = policy_of(decision.policy_version)
    try:
        again = decisions.replay(decision.kept, policy)
    except BadInput as error:
        return Replay(decision, "", (str(error),))
    if again == decision.kept and decision.policy_hash == policy.hash:
        return Replay(decision, again, ())
    found = list(_differences(json.loads(decision.kept), json.loads(again)))
    return Replay(decision, again, tuple(found) or ("policy_hash",))


def _differences(kept: Any, again: Any, place: str = "") -> Iterator[str]:
    if isinstance(kept, Mapping) and isinstance(again, Mapping):
        for name in sorted(set(kept) | set(again)):
            yield from _differences(kept.get(name), again.get(name), f"{place}.{name}" if place else name)
    elif kept != again:
        yield place


def replay_all(seller: Seller) -> Iterator[Replay]:
    """Every decision of a seller made again, in order, in batches; memory stays flat."""
    last: UUID | None = None
    while True:
        several = Decision.objects.filter(seller=seller).select_related("policy_version")
        several = several.defer("policy_version__text")  # each is read once
        batch = list((several.filter(id__gt=last) if last else several).order_by("id")[:BATCH])
        for decision in batch:
            yield replay(decision)
        if len(batch) < BATCH:
            return
        last = batch[-1].id


def decisions_of(seller: Seller, customer: Customer, limit: int = 10) -> list[dict[str, Any]]:
    """The latest cases of a customer with what became of them, newest first."""
    several = CreditCase.objects.filter(seller=seller, customer=customer).order_by("-opened_at", "-id")[:limit]
    return [
        {
            "id": case.id, "state": case.state, "currency": case.currency, "limit_minor": case.limit_minor,
            "outcome": case.outcome, "closed_minor": case.closed_minor, "opened_at": case.opened_at,
            "closed_at": case.closed_at,
        }
        for case in several
    ]  # fmt: skip


def decided_under(version: PolicyVersion, most: int) -> list[Decision]:
    """What a policy version answered to cases, the latest first, up to `most`; each with its case and customer."""
    found = Decision.objects.filter(seller_id=version.seller_id, policy_version=version)
    return list(found.select_related("case__customer").order_by("-id")[:most])


def line_changes(case: CreditCase, limit: int = 8) -> list[LineChange]:
    """The latest changes of the line that a case is about, newest first."""
    several = LineChange.objects.filter(
        seller_id=case.seller_id, customer_id=case.customer_id, currency=case.currency
    ).select_related("actor")
    return list(several.order_by("-valid_from", "-id")[:limit])
