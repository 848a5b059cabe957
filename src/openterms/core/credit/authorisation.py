"""The life of an order authorisation: headroom held for one order until it is captured, released or expires.

A value with pure steps: each gives the next value, or raises Refused with every reason. Held is given back to the
headroom at once by release, by expiry and by the final capture; what is captured becomes an invoice. Amounts are minor
units of the order's currency. Source: FACTBOOK 7.7 (TV-93, TV-94).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import basis_points
from openterms.core.credit import order_reasons as why
from openterms.core.credit.exposure import NOTHING_LEFT, Headroom
from openterms.core.credit.orders import (
    Answer,
    Override,
    Purchaser,
    Request,
    Rules,
    Standing,
    Status,
    authorise,
    overdue_beyond,
)

__all__ = [
    "Answer",
    "Authorisation",
    "Override",
    "Purchaser",
    "Request",
    "Rules",
    "Shipped",
    "Standing",
    "State",
    "Status",
    "authorise",
    "begin",
    "overdue_beyond",
    "revise",
]


class State(StrEnum):
    """Where an authorisation stands. Only the first two hold anything.

    ``captured``: nothing is held any more and something was captured; ``released``: given back before any capture;
    ``expired``: time gave back what was held.
    """

    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REFERRED = "referred"
    DECLINED = "declined"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


LIVE = frozenset({State.APPROVED, State.PARTLY_APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Headroom held for an order.

    ``released_minor`` is all that was given back, ``lapsed_minor`` the part of it that expiry gave back. It is valid on
    ``[authorised_at, valid_until)`` and can be extended to ``most_until``. As far as captures stay within what is
    authorised, ``held + captured + released = authorised``; never is ``held + captured`` above what is authorised and
    not deliberately released, with ``tolerance_bp`` of that. BadInput for amounts that break this.
    """

    order: str
    currency: str
    state: State
    authorised_minor: int
    authorised_at: datetime
    valid_until: datetime
    most_until: datetime
    captured_minor: int = 0
    released_minor: int = 0
    lapsed_minor: int = 0
    tolerance_bp: int = 0
    allows_partial_capture: bool = True

    def __post_init__(self) -> None:
        fits = (
            min(self.authorised_minor, self.captured_minor, self.tolerance_bp) >= 0
            and 0 <= self.lapsed_minor <= self.released_minor <= self.authorised_minor
            and self.captured_minor <= self.most_captured_minor
            and self.captured_minor + self.held_minor <= self.most_captured_minor
            and self.authorised_at <= self.valid_until <= self.most_until
        )
        if not fits:
            raise BadInput(
                gettext_noop("the amounts or the dates of this authorisation cannot be"),
                f"authorisation of {self.order}",
                gettext_noop("held and captured are within what is authorised"),
            )

    @property
    def granted_minor(self) -> int:
        """What the order may come to: authorised less what was deliberately released. Expiry does not lessen it."""
        return self.authorised_minor - self.released_minor + self.lapsed_minor

    @property
    def most_captured_minor(self) -> int:
        """What all captures may come to: what is granted, and the tolerance on it."""
        return self.granted_minor + basis_points(self.granted_minor, self.tolerance_bp)

    @property
    def held_minor(self) -> int:
        """What reduces the headroom now, by the last step taken. Ask ``held_at`` when time has passed since."""
        if self.state not in LIVE:
            return 0
        return max(self.authorised_minor - self.captured_minor - self.released_minor, 0)

    def held_at(self, now: datetime) -> int:
        """What reduces the headroom at an instant: nothing from ``valid_until`` on, whether or not expiry was noted."""
        return self.held_minor if now < self.valid_until else 0

    def capture(self, minor: int, now: datetime, headroom: Headroom = NOTHING_LEFT) -> Authorisation:
        """Turn held headroom into what is to be invoiced.

        More than is held is captured only within the tolerance, and only where the line's ``headroom`` (which counts
        what is held here) allows the rest. Where partial captures are not allowed, the first one releases what it
        leaves. Refused: expired, nothing to hold, captured before where that is once, beyond what may be captured,
        above the limit. FACTBOOK 7.7 (TV-93, TV-94).
        """
        _positive(minor)
        reasons = self._stopped(now, (*LIVE, State.CAPTURED))
        if not self.allows_partial_capture and self.captured_minor:
            reasons.append(why.CAPTURED_ONCE)
        left, beyond = self.most_captured_minor - self.captured_minor, max(minor - self.held_minor, 0)
        if not reasons and minor > left:
            reasons.append(why.CAPTURE_BEYOND.given(asked_minor=minor, left_minor=left, currency=self.currency))
        elif not reasons and beyond and not headroom.allows(beyond):
            reasons.append(why.TOLERANCE_OVER_LIMIT.given(beyond_minor=beyond, currency=self.currency))
        if reasons:
            raise Refused(reasons)
        after = replace(self, captured_minor=self.captured_minor + minor)
        return after._settled() if self.allows_partial_capture else after._given_back(after.held_minor)

    def ship(self, minor: int, now: datetime, reason: str) -> Shipped:
        """Capture for goods that have left already, in whatever state: shipped goods can always be invoiced.

        What is still granted is captured, lapsed or not; the rest is invoiced without an authorisation. A person's
        override, so it needs a reason: BadInput without one. FACTBOOK 7.7.
        """
        _positive(minor)
        if not reason.strip():
            raise BadInput(
                gettext_noop("an override needs a reason"), "reason", gettext_noop("say why it is right all the same")
            )
        before = self.expire(now)
        captured = min(minor, max(before.granted_minor - before.captured_minor, 0))
        revived = min(captured, before.lapsed_minor)
        after = replace(
            before,
            captured_minor=before.captured_minor + captured,
            released_minor=before.released_minor - revived,
            lapsed_minor=before.lapsed_minor - revived,
        )
        return Shipped(after._settled() if captured else before, captured, minor - captured)

    def release(self, now: datetime, minor: int | None = None) -> Authorisation:
        """Give back what is held, or a part of it. Refused: nothing is held, or less than that."""
        if minor is not None:
            _positive(minor)
        reasons = self._stopped(now, LIVE)
        if not reasons and minor is not None and minor > self.held_minor:
            reasons.append(
                why.RELEASE_BEYOND.given(asked_minor=minor, held_minor=self.held_minor, currency=self.currency)
            )
        if reasons:
            raise Refused(reasons)
        return self._given_back(self.held_minor if minor is None else minor)

    def extend(self, until: datetime, now: datetime) -> Authorisation:
        """Hold for longer. Refused: nothing is held any more, or longer than ``most_until``. BadInput: no later."""
        if until <= self.valid_until:
            raise BadInput(
                gettext_noop("an extension ends later than before"), "until", gettext_noop("give a later instant")
            )
        reasons = self._stopped(now, LIVE)
        if until > self.most_until:
            reasons.append(why.EXTENSION_TOO_LONG.given(day=self.most_until.date().isoformat()))
        if reasons:
            raise Refused(reasons)
        return replace(self, valid_until=until)

    def expire(self, now: datetime) -> Authorisation:
        """Note that time has given back what was held; unchanged while it is valid, or where nothing is held (TV-94).

        What holds nothing from the start (a prepaid order) expires too, giving back nothing.
        """
        if self.state not in LIVE or now < self.valid_until:
            return self
        return replace(
            self,
            state=State.EXPIRED,
            released_minor=self.released_minor + self.held_minor,
            lapsed_minor=self.lapsed_minor + self.held_minor,
        )

    def _stopped(self, now: datetime, states: frozenset[State] | tuple[State, ...]) -> list[Reason]:
        if self.state is State.EXPIRED or (self.state in states and now >= self.valid_until):
            return [why.EXPIRED.given(day=self.valid_until.date().isoformat())]
        return [] if self.state in states else [why.NOT_LIVE.given(state=self.state.value)]

    def _given_back(self, minor: int) -> Authorisation:
        return replace(self, released_minor=self.released_minor + minor)._settled()

    def _settled(self) -> Authorisation:
        """The same with the state that follows once nothing is held any more."""
        if self.state not in LIVE or self.held_minor:
            return self
        return replace(self, state=State.CAPTURED if self.captured_minor else State.RELEASED)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What became of goods invoiced after shipping: captured here, and beyond what was granted."""

    authorisation: Authorisation
    captured_minor: int
    beyond_minor: int


def begin(request: Request, answer: Answer, rules: Rules) -> Authorisation:
    """The authorisation that follows from an answer; it holds what was approved, from the instant of the request."""
    return Authorisation(
        order=request.order,
        currency=request.currency,
        state=State(answer.status.value),
        authorised_minor=answer.approved_minor,
        authorised_at=request.at,
        valid_until=request.at + timedelta(days=rules.valid_days),
        most_until=request.at + timedelta(days=rules.most_valid_days),
        tolerance_bp=rules.tolerance_bp,
        allows_partial_capture=rules.allows_partial_capture,
    )


def revise(
    authorisation: Authorisation, request: Request, standing: Standing, rules: Rules
) -> tuple[Authorisation, Answer]:
    """An order's amount changes: ``request`` is the whole order as it shall be.

    Down is a partial release; what was partly approved and now fits is approved. Up is an authorisation of the
    increase, decided again: it comes in full, or the authorisation stays as it is and the answer says why. ``standing``
    counts what is held here. Refused: nothing is held any more, or the order would come below what is captured.
    BadInput for another order or currency. FACTBOOK 7.7.
    """
    if (request.order, request.currency) != (authorisation.order, authorisation.currency):
        raise BadInput(
            gettext_noop("this is another order, or another currency"),
            f"authorisation of {authorisation.order}",
            gettext_noop("authorise the order anew"),
        )
    reasons = authorisation._stopped(request.at, (*LIVE, State.CAPTURED))
    wanted, granted = request.credit_minor, authorisation.granted_minor
    if not reasons and wanted < authorisation.captured_minor:
        reasons.append(
            why.BELOW_CAPTURED.given(
                order_minor=wanted, captured_minor=authorisation.captured_minor, currency=request.currency
            )
        )
    if reasons:
        raise Refused(reasons)
    if wanted <= granted:
        less = min(granted - wanted, authorisation.held_minor)
        return replace(authorisation, state=State.APPROVED)._given_back(less), Answer(Status.APPROVED, wanted)
    more = replace(request, minor=request.minor - granted, already_minor=granted, accepts_part=False)
    answer = authorise(more, standing, rules)
    if answer.status is not Status.APPROVED:
        return authorisation, answer
    total = authorisation.authorised_minor + more.credit_minor
    return replace(authorisation, state=State.APPROVED, authorised_minor=total)._settled(), answer


def _positive(minor: int) -> None:
    if minor <= 0:
        raise BadInput(gettext_noop("this amount is above zero"), "amount", gettext_noop("give one minor unit or more"))
