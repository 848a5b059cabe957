"""Who may decide a case: the exposure that it comes to, the band of the policy that covers it, the person's authority.

Bands compare what the customer and its group could owe in all after the change, never the increment (FACTBOOK 8.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from openterms.apps.credit.delegation.reads import held_by
from openterms.apps.credit.line.models import Line
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import (
    AUTOMATIC,
    Approval,
    Band,
    Heightened,
    Increase,
    Need,
    Permission,
    Person,
    Proposal,
    exposure_as_one,
    may_approve,
    needed,
)
from openterms.core.credit.outcomes import GROUP_UNKNOWN
from openterms.core.credit.policy import Policy

from .experience import committed, exchanged
from .models import PROPOSALS, CaseState, CaseStep, CreditCase, Decision, StepKind

PROPOSERS = ("analyst", "credit_manager")
"""Roles that prepare a case, beside those that the policy lets decide."""
OPENERS = ("analyst", "credit_manager", "sales", "sales_director", "cfo", "board")
"""Roles that may ask for credit on a customer's behalf, or for a review."""

NOT_A_PERSON = Reason(
    "not_a_person",
    gettext_noop("A case is decided by a person of the seller."),
    remedy=gettext_noop("Sign in and decide it there."),
)
ROLE_PREPARES_NOT = Reason(
    "role_does_not_prepare",
    gettext_noop("A person with the role %(role)s does not work on credit cases."),
    remedy=gettext_noop("Ask one of: %(roles)s."),
)
NOT_ACTIVE = Reason(
    "person_not_active",
    gettext_noop("This person does not work for the seller any more."),
    remedy=gettext_noop("Ask somebody who does."),
)


@dataclass(frozen=True)
class Weight:
    """What a proposal comes to: what could be owed after it in the case's currency and in the seller's (None: no end),
    and who must agree: `need` names the band's own roles, `wide` those of higher bands too, who may as well."""

    exposure_minor: int | None
    base_minor: int | None
    need: Need
    wide: Need

    def written(self) -> dict[str, Any]:
        """The need as it is kept with a step."""
        return asdict(self.need) | {"roles": list(self.need.roles), "second": list(self.need.second)}


def hands_of(seller: Seller, actor: Actor, on: date, is_locked: bool = True) -> tuple[Person, ...]:
    """The acting person as themselves first, then once for everybody whose authority they hold by delegation on a day:
    in that person's role, with no more than was given and no more than that person has now.

    All are locked until the transaction ends, save for a page that only shows (`is_locked` False), so that who is let
    go or given less half-way decides nothing. Refused: the product itself, a key, who is no member; busy.
    """
    if actor.user_id is None:
        raise Refused([NOT_A_PERSON])
    held = held_by(seller, actor.user_id, on)
    several = Membership.objects.select_related("user")
    with locking():
        several = several.select_for_update(of=("self",), no_key=True) if is_locked else several
        wanted = [actor.user_id, *(one.giver_id for one in held)]
        members = {one.user_id: one for one in several.filter(seller=seller, user_id__in=wanted).order_by("id")}
    me = members.get(actor.user_id)
    if me is None:
        raise Refused([NOT_ACTIVE])
    found = [_as_person(me)]
    for one in held_by(seller, actor.user_id, on) if held else ():  # as they are now that nobody changes them
        giver = members.get(one.giver_id)
        if giver is None or not (giver.is_active and giver.user.is_active):
            continue
        money = min(one.authority_minor, giver.authority_minor)
        found.append(
            Person(str(me.user_id), giver.role, found[0].is_active, acts_for=str(giver.user_id), authority_minor=money)
        )
    return tuple(found)


def _as_person(member: Membership) -> Person:
    is_active = member.is_active and member.user.is_active
    return Person(str(member.user_id), member.role, is_active, authority_minor=member.authority_minor)


def first_allowed(
    hands: Iterable[Person], asked: Callable[[Person], Permission]
) -> tuple[Person | None, Sequence[Reason]]:
    """The first of a person's hands that may do something; none, with the reasons against the first, where none may."""
    against: Sequence[Reason] = ()
    for person in hands:
        permission = asked(person)
        if permission.is_given:
            return person, ()
        against = against or permission.reasons
    return None, against


def deciders(policy: Policy) -> tuple[str, ...]:
    """Every role that the policy lets decide on something, in the order of its bands."""
    named = (role for band in policy.authority.bands for role in (*band.roles, *band.second))
    return tuple(dict.fromkeys(role for role in named if role != AUTOMATIC))


def against_strangers(person: Person, policy: Policy) -> Permission:
    """What keeps a person from having any part in credit cases."""
    found = [] if person.is_active else [NOT_ACTIVE]
    known = tuple(dict.fromkeys((*PROPOSERS, *deciders(policy))))
    if person.role not in known:
        found.append(ROLE_PREPARES_NOT.given(role=person.role, roles=", ".join(known)))
    return Permission(tuple(found))


def weight(
    seller: Seller,
    customer: Customer,
    case: CreditCase,
    policy: Policy,
    flags: Iterable[str],
    limit_minor: int | None,
    now: datetime,
) -> Weight:
    """What a limit comes to and who must agree, by persons: the automatic band is not for cases that a person decides.

    Counted are the new limit, the customer's lines in other currencies, those of the rest of its group (limit or
    exposure, whichever is more), and what other open cases of the group ask for within 30 days. Errors: no exchange
    rate for a currency of theirs.
    """
    on = local_date(now, seller.timezone)
    # What waits is read before what is in force, so that nothing slips from one to the other unseen.
    waiting = _waiting(seller, customer, case, on)
    exposure = could_owe(seller, customer, case.currency, limit_minor, on, now)
    if exposure is not None:
        exposure = exposure_as_one(exposure, waiting, on)
    base = None if exposure is None else base_rate(seller, case.currency, on).to_base(exposure)
    need = person_need(policy, exposure, tuple(flags), case.level)
    return Weight(exposure, base, need, _widened(policy, need))


def could_owe(
    seller: Seller, customer: Customer, currency: str, limit_minor: int | None, on: date, now: datetime
) -> int | None:
    """What the customer and its group could owe in all with this limit in this currency; None without an end."""
    total = limit_minor or 0
    for one in committed(seller, customer, now):
        if one["is_unlimited"]:
            if one["customer_id"] == customer.id and one["currency"] == currency:
                continue  # it is this line that gets an end
            return None
        minor = one["exposure_minor"]
        if one["customer_id"] == customer.id and one["currency"] == currency:
            total += max(minor - (limit_minor or 0), 0)
            continue
        total += exchanged(seller, max(minor, one["limit_minor"] or 0), one["currency"], currency, on)
    return total


def _waiting(seller: Seller, customer: Customer, case: CreditCase, on: date) -> list[Increase]:
    """What other open cases of the customer and its group ask for on top of what is there, in the case's currency."""
    several = CreditCase.objects.filter(seller=seller, state=CaseState.OPEN, limit_minor__isnull=False)
    if customer.group_id is not None:
        several = several.filter(customer__group_id=customer.group_id)
    else:
        several = several.filter(customer=customer)
    others = list(several.exclude(id=case.id))
    lines = {
        (line.customer_id, line.currency): line.limit_minor or 0
        for line in Line.objects.filter(seller=seller, customer_id__in=[other.customer_id for other in others])
    }
    found = []
    for other in others:
        more = (other.limit_minor or 0) - lines.get((other.customer_id, other.currency), 0)
        asked_on = local_date(other.opened_at, seller.timezone)
        found.append(Increase(asked_on, exchanged(seller, max(more, 0), other.currency, case.currency, on), False))
    return found


def person_need(policy: Policy, exposure_minor: int | None, flags: tuple[str, ...], level: int) -> Need:
    """Who must agree when a person decides: the band of the exposure, one higher for flags, never an automatic one,
    and no lower than `level`."""
    bands = policy.authority.bands
    need = needed(bands, exposure_minor, flags)
    if need.is_nobodys:
        return need
    first = next((at for at, band in enumerate(bands) if AUTOMATIC not in band.roles), None)
    if first is None:
        return Need((), (), len(bands))
    at = max(need.level, level, first)
    if at >= len(bands):
        return Need((), (), len(bands))
    return need if at == need.level else _of_band(bands[at], at, need.is_reason_mandatory)


def _widened(policy: Policy, need: Need) -> Need:
    """A need that whoever decides on more meets too."""
    higher = (role for band in policy.authority.bands[need.level + 1 :] for role in band.roles)
    return need if need.is_nobodys else replace(need, roles=tuple(dict.fromkeys((*need.roles, *higher))))


def next_level(policy: Policy, need: Need) -> int | None:
    """The band above a need's; None where it is the highest."""
    return need.level + 1 if not need.is_nobodys and need.level + 1 < len(policy.authority.bands) else None


def _of_band(band: Band, at: int, is_reason_mandatory: bool) -> Need:
    return Need(band.roles, band.second, at, is_reason_mandatory)


def flags_of(outcome: dict[str, Any], kind: str) -> tuple[str, ...]:
    """What lifts a proposal one band: the policy's flags, and an override of a decline. The group is known here."""
    found = [flag for flag in outcome["flags"] if flag != GROUP_UNKNOWN]
    if kind == StepKind.OVERRIDE and outcome["outcome"] == "decline":
        found.append(Heightened.OVERRIDE_OF_DECLINE.value)
    return tuple(found)


def proposal_steps(case: CreditCase, decision: Decision | None) -> tuple[CaseStep | None, list[CaseStep]]:
    """The proposal that stands, and the approvals given to it: those after the last decision."""
    steps = list(CaseStep.objects.filter(case=case, decision=decision).order_by("number")) if decision else []
    proposed = next((step for step in reversed(steps) if step.kind in PROPOSALS), None)
    if proposed is None:
        return None, []
    return proposed, [step for step in steps if step.kind == StepKind.APPROVE and step.number > proposed.number]


def as_proposal(
    seller: Seller, policy: Policy, proposed: CaseStep, approvals: list[CaseStep], base_minor: int | None
) -> Proposal:
    """The core's value of a proposal: authority is compared in the seller's currency."""
    return Proposal(
        proposer=_then(proposed),
        exposure_minor=base_minor,
        currency=seller.currency,
        approvals=tuple(
            Approval(_then(step), local_date(step.at, seller.timezone), step.reason) for step in approvals
        ),
        approval_days=policy.authority.approval_days,
    )


def _then(step: CaseStep) -> Person:
    """Who took a step, with the role and authority of that moment."""
    for_whom = str(step.acts_for_id) if step.acts_for_id else None
    return Person(str(step.person_id), step.role, acts_for=for_whom, authority_minor=step.authority_minor)


def may_override(seller: Seller, person: Person, found: Weight, on: date, reason: str) -> Permission:
    """Whether a person may set the policy's answer aside for this: the role and money that approving it would take."""
    nobody = Proposal(proposer=Person("", ""), exposure_minor=found.base_minor, currency=seller.currency)
    return may_approve(person, nobody, found.wide, on, reason)
