"""What speaks against a step of a policy version: roles, four eyes, authority, dates, what lint finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.lint import Finding, lint
from openterms.core.credit.policy import Policy

from .models import PolicyVersion, State
from .reads import parsed

AUTHORS = ("credit_manager", "analyst")
"""Who drafts, edits and submits."""
PUBLISHERS = ("credit_manager",)
"""Who approves, and takes back what was approved."""
AUTOMATIC = "automatic"

NO_PERSON = Reason(
    "no_person",
    gettext_noop("A policy is changed by a person, not by a program."),
    "",
    gettext_noop("Sign in, or name the person."),
)
NOT_HERE = Reason(
    "not_here",
    gettext_noop("%(name)s does not work here any more."),
    "",
    gettext_noop("Ask somebody who does."),
)
NO_AUTHOR = Reason(
    "no_author",
    gettext_noop("The role of %(name)s does not write policies."),
    "",
    gettext_noop("Ask a credit manager or a credit analyst."),
)
NO_PUBLISHER = Reason(
    "no_publisher",
    gettext_noop("The role of %(name)s does not approve policies."),
    "",
    gettext_noop("Ask a credit manager."),
)
OWN_WORK = Reason(
    "own_work",
    gettext_noop("Nobody approves a policy that they wrote or submitted."),
    "",
    gettext_noop("Ask another credit manager."),
)
BEYOND = Reason(
    "grants_too_much",
    gettext_noop("It lets %(limit)s %(currency)s be granted without a person: more than this person may grant."),
    "",
    gettext_noop("Ask somebody with an authority of at least that amount, or lower the automatic band."),
)
BEYOND_ALL = Reason(
    "grants_anything",
    gettext_noop("It lets any amount be granted without a person."),
    "",
    gettext_noop("Give the automatic band an upper amount."),
)
NO_RATE = Reason(
    "no_rate",
    gettext_noop("There is no exchange rate for %(currency)s, so nobody's authority can be compared with it."),
    "",
    gettext_noop("Set a rate for the currency."),
)
NOT_SUBMITTED = Reason(
    "not_submitted",
    gettext_noop("Only a submitted version is published; this one is not."),
    "",
    gettext_noop("Submit it first."),
)
DAY_PAST = Reason(
    "day_past",
    gettext_noop("A policy does not begin in the past, on %(day)s."),
    "",
    gettext_noop("Give %(today)s or a later day."),
)
DAY_TAKEN = Reason(
    "day_taken",
    gettext_noop("%(other)s begins on %(day)s for %(currency)s already."),
    "",
    gettext_noop("Give another day, or withdraw that version first."),
)
FOUND_WRONG = Reason(
    "found_wrong",
    gettext_noop("Lint finds something wrong: %(count)s, the first at %(place)s."),
    "",
    gettext_noop("Correct what lint finds wrong."),
)


class FoundWrong(Refused):
    """Refused because lint finds something wrong; `findings` are all of them, doubtful ones too."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__([wrong_reason(findings)])


def wrong(findings: Sequence[Finding]) -> list[Finding]:
    """Those that keep a policy from being submitted."""
    return [one for one in findings if one.severity == "wrong"]


def wrong_reason(findings: Sequence[Finding]) -> Reason:
    """The reason that stands for all that is wrong."""
    found = wrong(findings)
    return FOUND_WRONG.given(count=len(found), place=found[0].place)


def refuse_wrong(policy: Policy) -> None:
    """Refused, with every finding, while lint finds something wrong."""
    findings = lint(policy)
    if wrong(findings):
        raise FoundWrong(findings)


def against_person(actor: Actor, membership: Membership | None, roles: Sequence[str]) -> Reason | None:
    """What keeps a person from a step that `roles` take: gone, or in another role. None where nothing does."""
    if actor.user_id is None:
        return NO_PERSON
    if membership is None or not membership.is_active or not membership.user.is_active:
        return NOT_HERE.given(name=actor.name)
    if membership.role not in roles:
        return (NO_PUBLISHER if roles == PUBLISHERS else NO_AUTHOR).given(name=actor.name)
    return None


def against_publishing(
    seller: Seller, version: PolicyVersion, actor: Actor, membership: Membership | None, begins: date, today: date
) -> Iterator[Reason]:
    """Everything that keeps a person from publishing a version from a day on, in order; lint is asked apart."""
    if version.state != State.SUBMITTED:
        yield NOT_SUBMITTED
    missing = against_person(actor, membership, PUBLISHERS)
    if missing:
        yield missing
    if actor.user_id in (*version.written_by, version.drafted_by_id, version.submitted_by_id):
        yield OWN_WORK
    if membership is not None and not missing and version.is_readable:
        yield from _beyond(seller, parsed(version), membership, today)
    if begins < today:
        yield DAY_PAST.given(day=begins.isoformat(), today=today.isoformat())
    other = PolicyVersion.objects.filter(
        seller=seller, currency=version.currency, effective_from=begins, state=State.PUBLISHED
    ).first()
    if other is not None:
        yield DAY_TAKEN.given(other=other.label, day=begins.isoformat(), currency=version.currency)


def granted_alone(policy: Policy) -> int | None:
    """The greatest exposure that the policy lets be granted without a person, in its minor units; None: any."""
    bands = [band for band in policy.authority.bands if AUTOMATIC in band.roles]
    if any(band.most_minor is None for band in bands):
        return None
    return max((band.most_minor or 0 for band in bands), default=0)


def _beyond(seller: Seller, policy: Policy, membership: Membership, today: date) -> Iterator[Reason]:
    most = granted_alone(policy)
    if most is None:
        yield BEYOND_ALL
    elif most:
        try:
            in_base = base_rate(seller, policy.currency, today).to_base(most)
        except BadInput:
            yield NO_RATE.given(currency=policy.currency)
            return
        if in_base > membership.authority_minor:
            yield BEYOND.given(limit=format_amount(most, policy.currency), currency=policy.currency)
