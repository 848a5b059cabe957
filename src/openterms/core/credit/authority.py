"""Who may decide on how much: bands of total exposure, four eyes, and what goes one level higher (FACTBOOK 8.2).

A band compares what the customer's group could owe in all after the change, never the increment. Amounts are minor
units of the seller's currency. Persons are opaque ids; an API key acts as the person who made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import BASIS_POINTS

AUTOMATIC = "automatic"
"""The role of a band in which the rules decide without a person."""

APPROVAL_DAYS = 30
"""An approval holds for so many days after its own (FACTBOOK 8.2)."""

SPLITTING_DAYS = 30
"""Requests this close together count as one (FACTBOOK 8.2)."""


class Heightened(StrEnum):
    """What takes a decision one level higher, however many of them there are (FACTBOOK 8.2)."""

    INSOLVENCY_SIGN = "insolvency_sign"
    SANCTIONS_HIT = "sanctions_hit"
    FRAUD_FLAG = "fraud_flag"
    OVERRIDE_OF_DECLINE = "override_of_decline"
    LONG_TERMS = "long_terms"
    ABOVE_INSURED = "above_insured"


@dataclass(frozen=True, slots=True)
class Band:
    """Up to ``most_minor`` (included; None has no end) one of ``roles`` decides, with one of ``second`` where any."""

    most_minor: int | None
    roles: tuple[str, ...]
    second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Whose approval is needed: one of ``roles``, and another person of ``second`` where that is not empty.

    ``level`` counts the bands from 0; no roles at all means that nobody in the policy may decide.
    ``is_reason_mandatory`` where something took it higher.
    """

    roles: tuple[str, ...]
    second: tuple[str, ...]
    level: int
    is_reason_mandatory: bool = False

    @property
    def is_automatic(self) -> bool:
        """Whether the rules may decide alone."""
        return AUTOMATIC in self.roles

    @property
    def is_nobodys(self) -> bool:
        """Whether no band covers it."""
        return not self.roles


def check_bands(bands: Sequence[Band]) -> None:
    """BadInput unless bands rise strictly, at most the last has no end, each has a role, and none automatic is above
    one of persons.
    """
    ends = [band.most_minor for band in bands]
    finite = [end for end in ends if end is not None]
    automatic = [AUTOMATIC in band.roles for band in bands]
    rising = all(first < second for first, second in pairwise(finite))
    if not bands or None in ends[:-1] or not rising or not all(band.roles for band in bands):
        raise BadInput(
            gettext_noop("bands of authority rise, each with a role, and only the last has no end"),
            "authority",
            gettext_noop("order them by amount and name who decides"),
        )
    if automatic != sorted(automatic, reverse=True):
        raise BadInput(
            gettext_noop("rules alone do not decide above persons"),
            "authority",
            gettext_noop("put the automatic band first"),
        )


def needed(
    bands: Sequence[Band],
    exposure_minor: int | None,
    flags: Collection[str] = (),
    is_concentrated: bool = False,
) -> Need:
    """Who must decide on a total exposure after the change.

    ``exposure_minor`` None is an unlimited one, which only a band without an end covers. Any of ``flags`` (codes of
    ``Heightened``, or of the seller's own policy) takes the decision one level higher, where there is one, and past
    automatic bands to a person; ``is_concentrated`` (more than the seller's share of its receivables) takes it to the
    highest. BadInput for bands that ``check_bands`` refuses.
    Source: FACTBOOK 8.2 (TV-96).
    """
    check_bands(bands)
    level = next((number for number, band in enumerate(bands) if _covers(band, exposure_minor)), len(bands))
    if level == len(bands):
        return Need((), (), level)
    if is_concentrated:
        level = len(bands) - 1
    if flags:
        persons = [number for number in range(level, len(bands)) if AUTOMATIC not in bands[number].roles]
        if not persons:
            return Need((), (), len(bands))
        level = max(min(level + 1, len(bands) - 1), persons[0])
    band = bands[level]
    return Need(band.roles, band.second, level, bool(flags) or is_concentrated)


def _covers(band: Band, exposure_minor: int | None) -> bool:
    return band.most_minor is None or (exposure_minor is not None and exposure_minor <= band.most_minor)


def is_concentrated(exposure_minor: int, receivables_minor: int, share_bp: int = 1_000) -> bool:
    """Whether an exposure is more than a share, usually 10 %, of all that is owed to the seller. FACTBOOK 8.2."""
    return exposure_minor * BASIS_POINTS > receivables_minor * share_bp


@dataclass(frozen=True, slots=True)
class Increase:
    """An earlier request of the same group: its day, how much more exposure it asked for (minor units), and whether
    it is in force, so that the exposure asked about includes it.
    """

    asked_on: date
    minor: int
    is_in_force: bool


def exposure_as_one(exposure_minor: int, earlier: Iterable[Increase], on: date, days: int = SPLITTING_DAYS) -> int:
    """The exposure to compare: with what was asked for within ``days`` before ``on`` and is not in force yet.

    Splitting a request does not move it into a lower band. FACTBOOK 8.2.
    """
    pending = (
        one.minor
        for one in earlier
        if not one.is_in_force and one.minor > 0 and on - timedelta(days=days) <= one.asked_on <= on
    )
    return exposure_minor + sum(pending)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: an id, the role acted in, and for whom where by delegation.

    ``authority_minor`` is how much this person may grant alone, None where only the role counts.
    """

    id: str
    role: str
    is_active: bool = True
    acts_for: str | None = None
    authority_minor: int | None = None

    @property
    def hands(self) -> frozenset[str]:
        """Everybody whose will this may be: the person, and who delegated to it."""
        return frozenset(one for one in (self.id, self.acts_for) if one is not None)


@dataclass(frozen=True, slots=True)
class Approval:
    """A yes that was given: by whom, on which day, with which reason."""

    by: Person
    on: date
    reason: str = ""


INACTIVE_APPROVER = Reason(
    "approver_is_inactive",
    gettext_noop("This person is not active any more."),
    remedy=gettext_noop("Ask somebody who is."),
)
OWN_REQUEST = Reason(
    "own_request",
    gettext_noop("Nobody approves a request of their own."),
    remedy=gettext_noop("Ask another person with the authority."),
)
OWN_BY_DELEGATION = Reason(
    "own_request_by_delegation",
    gettext_noop("A request is not approved by somebody who acts for its proposer, or for whom the proposer acted."),
    remedy=gettext_noop("Ask a person who has no part in the request."),
)
NOBODYS = Reason(
    "nobody_has_authority",
    gettext_noop("The policy gives nobody the authority for this exposure."),
    remedy=gettext_noop("Ask for less, or change the policy's bands."),
)
ROLE_DECIDES_NOT = Reason(
    "role_does_not_decide",
    gettext_noop("At this exposure the role %(role)s does not decide; needed: %(roles)s."),
    remedy=gettext_noop("Ask a person with one of these roles."),
)
BEYOND_OWN_AUTHORITY = Reason(
    "beyond_own_authority",
    gettext_noop("%(exposure_minor)s is more than this person may grant: %(authority_minor)s."),
    remedy=gettext_noop("Ask a person with more authority."),
)
EVIDENCE_UNSEEN = Reason(
    "evidence_not_seen",
    gettext_noop("The evidence has not been opened."),
    remedy=gettext_noop("Open the facts and documents of the request first."),
)
REASON_MISSING = Reason(
    "approval_without_reason",
    gettext_noop("This approval needs a reason."),
    remedy=gettext_noop("Say why it is right all the same."),
)
APPROVED_BEFORE = Reason(
    "approved_before",
    gettext_noop("This person has approved the request already; the second approval is another's."),
    remedy=gettext_noop("Ask a second person: %(roles)s."),
)
APPROVAL_EXPIRED = Reason(
    "approval_expired",
    gettext_noop("An approval of %(day)s has expired; approvals hold for %(days)s days."),
    remedy=gettext_noop("Ask for a new approval."),
)
APPROVAL_MISSING = Reason(
    "approval_missing",
    gettext_noop("An approval is missing: %(roles)s."),
    remedy=gettext_noop("Ask a person with one of these roles."),
)
SECOND_MISSING = Reason(
    "second_approval_missing",
    gettext_noop("A second approval is missing: %(roles)s."),
    remedy=gettext_noop("Ask a second person with one of these roles."),
)


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes, or no with every reason in order."""

    reasons: tuple[Reason, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether the answer is yes."""
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is to be approved: who proposed it, the exposure it comes to (minor units of ``currency``; None without an
    end), and the approvals given so far.
    """

    proposer: Person
    exposure_minor: int | None
    currency: str
    approvals: tuple[Approval, ...] = ()
    approval_days: int = APPROVAL_DAYS
    """For how many days after its own an approval holds."""


def may_approve(
    actor: Person, proposal: Proposal, need: Need, on: date, reason: str = "", has_seen_evidence: bool = True
) -> Permission:
    """Whether this person may approve a proposal on a day, with all that speaks against it.

    Refused: who is not active; the proposer, also through delegation either way; a role that the need does not name; a
    person's own authority exceeded; evidence not opened; a mandatory reason left out; the same person twice, with
    approvals that have expired not counting. Source: FACTBOOK 8.2.
    """
    found = []
    if not actor.is_active:
        found.append(INACTIVE_APPROVER)
    if actor.id == proposal.proposer.id:
        found.append(OWN_REQUEST)
    elif actor.hands & proposal.proposer.hands:
        found.append(OWN_BY_DELEGATION)
    if need.is_nobodys:
        found.append(NOBODYS)
    elif actor.role not in (*need.roles, *need.second):
        found.append(ROLE_DECIDES_NOT.given(role=actor.role, roles=_listed((*need.roles, *need.second))))
    if not _is_within(actor, proposal.exposure_minor) and actor.role not in need.second:
        found.append(
            BEYOND_OWN_AUTHORITY.given(
                exposure_minor="∞" if proposal.exposure_minor is None else proposal.exposure_minor,
                authority_minor=actor.authority_minor or 0,
                currency=proposal.currency,
            )
        )
    if not has_seen_evidence:
        found.append(EVIDENCE_UNSEEN)
    if need.is_reason_mandatory and not reason.strip():
        found.append(REASON_MISSING)
    if any(actor.hands & one.by.hands for one in live_approvals(proposal, on)):
        found.append(APPROVED_BEFORE.given(roles=_listed(need.second or need.roles)))
    return Permission(tuple(found))


def is_approved(proposal: Proposal, need: Need, on: date) -> Permission:
    """Whether the approvals given suffice on a day, with what is missing or has expired.

    Only approvals that could be given today count, each by itself; the second is another person's. An automatic need
    has what it needs. Source: FACTBOOK 8.2.
    """
    if need.is_automatic:
        return Permission()
    if need.is_nobodys:
        return Permission((NOBODYS,))
    alone = Proposal(proposer=proposal.proposer, exposure_minor=proposal.exposure_minor, currency=proposal.currency)
    live = [
        one.by
        for one in live_approvals(proposal, on)
        if may_approve(one.by, alone, need, on, one.reason).is_given
    ]
    firsts = [person for person in live if person.role in need.roles and _is_within(person, proposal.exposure_minor)]
    found = [
        APPROVAL_EXPIRED.given(day=one.on.isoformat(), days=proposal.approval_days)
        for one in proposal.approvals
        if has_expired(one, on, proposal.approval_days)
    ]
    if not firsts:
        found.append(APPROVAL_MISSING.given(roles=_listed(need.roles)))
    if need.second and not any(
        second.role in need.second and not first.hands & second.hands for first in firsts for second in live
    ):
        found.append(SECOND_MISSING.given(roles=_listed(need.second)))
    complete = firsts and not any(one.code == SECOND_MISSING.code for one in found)
    return Permission() if complete else Permission(tuple(found))


def live_approvals(proposal: Proposal, on: date) -> tuple[Approval, ...]:
    """The approvals that still hold on a day."""
    return tuple(one for one in proposal.approvals if not has_expired(one, on, proposal.approval_days))


def has_expired(approval: Approval, on: date, days: int = APPROVAL_DAYS) -> bool:
    """Whether an approval holds no longer: more than ``days`` after its own day. FACTBOOK 8.2."""
    return on > approval.on + timedelta(days=days)


def _is_within(actor: Person, exposure_minor: int | None) -> bool:
    if actor.authority_minor is None:
        return True
    return exposure_minor is not None and exposure_minor <= actor.authority_minor


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(roles))
