"""Whether an order may be sold on credit: all that speaks against it, in order (FACTBOOK 7.7).

Amounts are minor units of the order's currency. The standing is the debtor's (with its group), whoever ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import BASIS_POINTS
from openterms.core.credit import order_reasons as why
from openterms.core.credit.exposure import NOTHING_SET, Headroom

EXEMPTIBLE = frozenset(
    reason.code for reason in (why.ON_HOLD, why.OVERDUE, why.PURCHASE_ORDER_MISSING, why.BELOW_LEAST)
)
"""Checks that a kind of document may be free of. The limit is not among them."""

_JUDGED = (
    why.LINE_SUSPENDED, why.LINE_EXPIRED, why.GROUP_SUSPENDED, why.GROUP_EXPIRED, why.OVER_LIMIT, why.OVER_GROUP_LIMIT,
)  # fmt: skip
OVERRIDABLE = EXEMPTIBLE | {reason.code for reason in _JUDGED}
"""Reasons that a person may override for one order. What the customer rules (its purchasers) is not among them."""

LIMITING = frozenset({why.OVER_LIMIT.code, why.OVER_GROUP_LIMIT.code})

REFERRED = frozenset(reason.code for reason in (why.ON_HOLD, why.OVERDUE, why.NO_LIMIT_SET, *_JUDGED))
"""Reasons that a person usually looks at instead of a refusal."""


class LineState(StrEnum):
    """What a line is open for: orders, no new ones for now, or none ever."""

    OPEN = "open"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """What is answered to an order."""

    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REFERRED = "referred"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The seller's rules for orders on credit.

    ``tolerance_bp`` is how much more than authorised may be captured. An authorisation holds ``valid_days``, and is
    extended to ``most_valid_days`` at most. Orders stop for overdue only when all three thresholds are passed: items
    overdue for more than ``overdue_days`` (None: overdue never stops orders), together more than ``overdue_minor``, and
    more than ``materiality_bp`` of what is open. Orders from ``purchase_order_from_minor`` on need a purchase-order
    number (None: none does). ``exemptions`` frees kinds of documents of some of ``EXEMPTIBLE``; ``referred`` are the
    reasons that a person looks at when nothing else speaks against the order. BadInput, with the place.
    """

    tolerance_bp: int = 0
    valid_days: int = 14
    most_valid_days: int = 30
    allows_partial_capture: bool = True
    allows_part_approval: bool = False
    overdue_days: int | None = None
    overdue_minor: int = 0
    materiality_bp: int = 0
    least_minor: int = 0
    purchase_order_from_minor: int | None = None
    exemptions: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    referred: frozenset[str] = REFERRED

    def __post_init__(self) -> None:
        for document, codes in self.exemptions.items():
            if not codes <= EXEMPTIBLE:
                raise BadInput(
                    gettext_noop("no document is free of %(codes)s"),
                    f"exemptions, {document}",
                    gettext_noop("choose from %(choices)s"),
                    {"codes": _listed(codes - EXEMPTIBLE), "choices": _listed(EXEMPTIBLE)},
                )
        if not 1 <= self.valid_days <= self.most_valid_days:
            raise BadInput(
                gettext_noop("an authorisation holds for a day or more, and no longer than it can be extended"),
                "valid_days",
                gettext_noop("give such as 14 days, extended to 30"),
            )
        names = ("tolerance_bp", "overdue_days", "overdue_minor", "materiality_bp", "least_minor")
        for name in (*names, "purchase_order_from_minor"):
            if (getattr(self, name) or 0) < 0:
                raise BadInput(gettext_noop("this is not below zero"), name, gettext_noop("give zero or more"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchaser:
    """Who orders, and the limits that the customer set for this person; None where it set none.

    ``used_minor`` is what the person ordered in the period, without this order.
    """

    may_order: bool = True
    most_per_order_minor: int | None = None
    most_per_period_minor: int | None = None
    used_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's decision against the rules: for one order, up to an amount for the whole of it, until an instant.

    ``codes`` are the reasons it overrides; those outside ``OVERRIDABLE`` stay. The authority for it is checked where it
    is given. BadInput without a reason.
    """

    order: str
    most_minor: int
    expires_at: datetime
    by: str
    reason: str
    codes: frozenset[str] = OVERRIDABLE

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise BadInput(
                gettext_noop("an override needs a reason"), "override", gettext_noop("say why it is right all the same")
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An order that asks for credit.

    ``minor`` is asked for now, of which ``prepaid_minor`` is paid in advance; ``already_minor`` of the same order is
    authorised before. ``at`` is the instant, ``on`` the seller's day. ``document`` is its kind (``order``, or such as
    ``warranty``). ``accepts_part`` where a part of the amount would help. BadInput for amounts that cannot be.
    """

    order: str
    minor: int
    currency: str
    at: datetime
    on: date
    prepaid_minor: int = 0
    already_minor: int = 0
    document: str = "order"
    purchase_order: str = ""
    purchaser: Purchaser | None = None
    accepts_part: bool = False
    override: Override | None = None

    def __post_init__(self) -> None:
        exponent(self.currency)
        if self.minor <= 0 or not 0 <= self.prepaid_minor <= self.minor or self.already_minor < 0:
            raise BadInput(
                gettext_noop("an order asks for more than nothing and is prepaid no more than in full"),
                "amount",
                gettext_noop("give an amount above zero"),
            )

    @property
    def credit_minor(self) -> int:
        """What would be owed: the amount less what is prepaid."""
        return self.minor - self.prepaid_minor

    @property
    def order_minor(self) -> int:
        """The whole order, with what is authorised before."""
        return self.already_minor + self.minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the debtor stands at the moment of the order, its group with it.

    ``line_currency`` is the currency of the line asked about, None where there is none; it holds from ``line_from``
    through ``line_until`` (None: no end), and is in ``line_state`` since
    ``line_state_on``. ``headroom`` counts everything held for other orders and for this one.
    ``group_headroom`` is None where the group has no limit of its own; its line is in ``group_state`` since
    ``group_state_on`` and holds through ``group_until``. ``overdue_minor`` is collectable and overdue for
    more than ``Rules.overdue_days``, ``days_overdue`` that of the oldest such item, ``open_minor`` everything open; all
    amounts are in the line's currency.
    ``needs_purchase_order`` where the customer wants a number on every order.
    """

    line_currency: str | None = None
    line_from: date | None = None
    line_until: date | None = None
    line_state: LineState = LineState.OPEN
    line_state_on: date | None = None
    headroom: Headroom = NOTHING_SET
    group_headroom: Headroom | None = None
    group_state: LineState = LineState.OPEN
    group_state_on: date | None = None
    group_until: date | None = None
    is_suspended: bool = False
    is_insolvent: bool = False
    holds: tuple[str, ...] = ()
    overdue_minor: int = 0
    days_overdue: int = 0
    open_minor: int = 0
    needs_purchase_order: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``approved_minor`` may be sold on credit: all that was asked, a part, or nothing (also where all is prepaid).

    ``reasons`` are those that stand, in order, the first to be shown; a part approved keeps the reason for the rest.
    ``overridden`` are those that a person set aside for this order.
    """

    status: Status
    approved_minor: int
    reasons: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()

    @property
    def is_approved(self) -> bool:
        """Whether the order goes ahead, be it in part."""
        return self.status in (Status.APPROVED, Status.PARTLY_APPROVED)


def overdue_beyond(items: Iterable[tuple[int, int]], days: int) -> tuple[int, int]:
    """What is overdue for more than ``days``, and the most days, from ``(days overdue, collectable minor)`` items.

    ``(0, 0)`` where nothing is. For ``Standing.overdue_minor`` and ``Standing.days_overdue``.
    """
    late = [(since, minor) for since, minor in items if since > days and minor > 0]
    return sum(minor for _, minor in late), max((since for since, _ in late), default=0)


def authorise(request: Request, standing: Standing, rules: Rules) -> Answer:
    """Whether an order may be sold on credit, and how much of it.

    Every failing check gives its reason; those that the kind of document is free of, or that a valid override of this
    order sets aside, do not stand. Prepaid orders use no limit and pass the checks of credit, not those of who may
    order. With nothing against it the order is approved; a part is approved where only the limit stands against it and
    seller and buyer take parts; else it is referred, or declined as soon as one reason is not for a person to judge.
    Source: FACTBOOK 7.7; DESIGN 5.4.
    """
    free = rules.exemptions.get(request.document, frozenset())
    failing = [reason for reason in _failing(request, standing, rules) if reason.code not in free]
    failing, overridden, faults = _overriding(request, failing)
    if not failing:
        return Answer(Status.APPROVED, request.credit_minor, (), overridden)
    codes, reasons = {reason.code for reason in failing}, (*failing, *faults)
    if rules.allows_part_approval and request.accepts_part and codes <= LIMITING:
        spare = _spare(standing, codes)
        if spare > 0 and request.already_minor + spare >= rules.least_minor:
            return Answer(Status.PARTLY_APPROVED, spare, reasons, overridden)
    status = Status.REFERRED if codes <= rules.referred else Status.DECLINED
    return Answer(status, 0, reasons, overridden)


def _failing(request: Request, standing: Standing, rules: Rules) -> Iterator[Reason]:
    on_credit = request.credit_minor > 0
    if standing.is_suspended:
        yield why.SUSPENDED
    if on_credit:
        yield from _line(request, standing)
        yield from _group(request, standing)
        yield from _paying(request, standing, rules)
    yield from _purchaser(request)
    yield from _document(request, standing, rules)
    if on_credit:
        yield from _size(request, standing, rules)


def _line(request: Request, standing: Standing) -> Iterator[Reason]:
    if standing.is_insolvent:
        yield why.INSOLVENT
    if standing.line_currency != request.currency:
        yield why.CURRENCY_WITHOUT_LINE.given(currency=request.currency)
        return
    if not standing.headroom.limit.is_set:
        yield why.NO_LIMIT_SET
    since = standing.line_state_on.isoformat() if standing.line_state_on else ""
    if standing.line_state is LineState.CANCELLED:
        yield why.LINE_CANCELLED.given(day=since)
    if standing.line_state is LineState.SUSPENDED:
        yield why.LINE_SUSPENDED.given(day=since)
    if standing.line_from is not None and request.on < standing.line_from:
        yield why.LINE_NOT_BEGUN.given(day=standing.line_from.isoformat())
    if standing.line_until is not None and request.on > standing.line_until:
        yield why.LINE_EXPIRED.given(day=standing.line_until.isoformat())


def _group(request: Request, standing: Standing) -> Iterator[Reason]:
    """What the line of the group is open for. Without one there is nothing to ask."""
    if standing.group_headroom is None:
        return
    since = standing.group_state_on.isoformat() if standing.group_state_on else ""
    if standing.group_state is LineState.CANCELLED:
        yield why.GROUP_CANCELLED.given(day=since)
    if standing.group_state is LineState.SUSPENDED:
        yield why.GROUP_SUSPENDED.given(day=since)
    if standing.group_until is not None and request.on > standing.group_until:
        yield why.GROUP_EXPIRED.given(day=standing.group_until.isoformat())


def _paying(request: Request, standing: Standing, rules: Rules) -> Iterator[Reason]:
    if standing.holds:
        yield why.ON_HOLD.given(causes=", ".join(standing.holds))
    if (
        rules.overdue_days is not None
        and standing.days_overdue > rules.overdue_days
        and standing.overdue_minor > rules.overdue_minor
        and standing.overdue_minor * BASIS_POINTS > rules.materiality_bp * standing.open_minor
    ):
        yield why.OVERDUE.given(
            overdue_minor=standing.overdue_minor,
            days=rules.overdue_days,
            days_overdue=standing.days_overdue,
            currency=standing.line_currency or request.currency,
        )


def _purchaser(request: Request) -> Iterator[Reason]:
    person = request.purchaser
    if person is None:
        return
    if not person.may_order:
        yield why.PURCHASER_MAY_NOT
    most, period = person.most_per_order_minor, person.most_per_period_minor
    if most is not None and request.order_minor > most:
        yield why.PURCHASER_LIMIT.given(order_minor=request.order_minor, limit_minor=most, currency=request.currency)
    if period is not None and person.used_minor + request.order_minor > period:
        yield why.PURCHASER_BUDGET.given(
            order_minor=request.order_minor, left_minor=max(period - person.used_minor, 0), currency=request.currency
        )


def _document(request: Request, standing: Standing, rules: Rules) -> Iterator[Reason]:
    least = rules.purchase_order_from_minor
    wanted = standing.needs_purchase_order or (least is not None and request.order_minor >= least)
    if wanted and not request.purchase_order.strip():
        yield why.PURCHASE_ORDER_MISSING


def _size(request: Request, standing: Standing, rules: Rules) -> Iterator[Reason]:
    if request.order_minor < rules.least_minor:
        yield why.BELOW_LEAST.given(
            order_minor=request.order_minor, least_minor=rules.least_minor, currency=request.currency
        )
    if standing.line_currency == request.currency and standing.headroom.limit.is_set:
        yield from _over(why.OVER_LIMIT, standing.headroom, request)
    if standing.group_headroom is not None:
        yield from _over(why.OVER_GROUP_LIMIT, standing.group_headroom, request)


def _over(reason: Reason, headroom: Headroom, request: Request) -> Iterator[Reason]:
    if not headroom.allows(request.credit_minor):
        yield reason.given(
            needed_minor=request.credit_minor,
            headroom_minor=headroom.minor or 0,
            spare_minor=headroom.spare_minor or 0,
            currency=request.currency,
        )


def _spare(standing: Standing, codes: set[str]) -> int:
    """What the limits that are too small still allow."""
    rooms = {why.OVER_LIMIT.code: standing.headroom, why.OVER_GROUP_LIMIT.code: standing.group_headroom}
    spares = [room.spare_minor for code, room in rooms.items() if code in codes and room is not None]
    return min((spare for spare in spares if spare is not None), default=0)


def _overriding(request: Request, failing: list[Reason]) -> tuple[list[Reason], tuple[Reason, ...], tuple[Reason, ...]]:
    """What still stands, what the override sets aside, and why it does not where it does not hold."""
    override = request.override
    if override is None or not failing:
        return failing, (), ()
    faults = []
    if override.order != request.order:
        faults.append(why.OVERRIDE_OTHER_ORDER.given(order=override.order))
    if request.at >= override.expires_at:
        faults.append(why.OVERRIDE_EXPIRED.given(day=override.expires_at.date().isoformat()))
    whole = request.already_minor + request.credit_minor
    if whole > override.most_minor:
        faults.append(
            why.OVERRIDE_TOO_SMALL.given(order_minor=whole, most_minor=override.most_minor, currency=request.currency)
        )
    if faults:
        return failing, (), tuple(faults)
    codes = override.codes & OVERRIDABLE
    aside = tuple(reason for reason in failing if reason.code in codes)
    return [reason for reason in failing if reason.code not in codes], aside, ()


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))
