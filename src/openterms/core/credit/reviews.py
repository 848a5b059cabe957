"""When a credit line is looked at again: by its cadence, and by triggers that something has changed.

One line of one customer. A review comes at the end of its cadence, or when a trigger of the policy fires: a condition
over the facts of the day, or a watch on a bureau, the payment behaviour, the use of the limit, promises, orders,
documents or cover. Source: FACTBOOK 8.4.

Amounts are minor units, shares basis points, days beyond terms hundredths of a day. What is not known fires nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from openterms.core.base.expressions import Value
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.credit.evaluation import asked_terms, given_values, run
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import Reviews, Trigger, Watch
from openterms.core.credit.programme import prepare

CADENCE = "cadence"
"""The code of the reason that time brings."""
CONDITION = "condition"
"""The name of the figure of a condition that speaks of no fact."""


@dataclass(frozen=True, slots=True)
class Payment:
    """An invoice that was paid in full: on which day, how many days after it was due (negative: before), how much."""

    paid_on: date
    days_beyond: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BureauChange:
    """What the newest report says beside the one before of the same bureau; None where either says nothing."""

    received_on: date
    score: int | None = None
    score_before: int | None = None
    limit_minor: int | None = None
    limit_before_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Lapsing:
    """A document or a cover of a kind, good through ``until`` (None: without an end)."""

    kind: str
    until: date | None


@dataclass(frozen=True, kw_only=True)
class WatchedLine:
    """What is known of a line on a day.

    ``looked_on`` is the day of the last decision or review. ``active_on``: the day of the last invoice or order.
    ``broken_on``: the days since which promises count as broken. ``facts`` are those that conditions may ask for.
    ``closed``: when a review with a trigger among its reasons was closed last, by the trigger's code.
    """

    as_of: date
    looked_on: date
    limit_minor: int | None
    exposure_minor: int = 0
    payments: tuple[Payment, ...] = ()
    bureau: BureauChange | None = None
    active_on: date | None = None
    broken_on: tuple[date, ...] = ()
    documents: tuple[Lapsing, ...] = ()
    covers: tuple[Lapsing, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    closed: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that fired a trigger: what it was, what it is, and from which value on the trigger fires.

    None where nothing was before, or where the condition itself is the threshold.
    """

    name: str
    before: int | None
    after: int | None
    threshold: int | None


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired, with what it proposes, within how many days, and its figures."""

    trigger: str
    act: str
    within_days: int
    figures: tuple[Figure, ...]


def next_on(looked_on: date, every_months: int) -> date:
    """The day of the next review: so many months later, on the month's last day where it has no such day."""
    months = looked_on.year * 12 + looked_on.month - 1 + every_months
    year, month = divmod(months, 12)
    return date(year, month + 1, min(looked_on.day, monthrange(year, month + 1)[1]))


def every_months(reviews: Reviews, facts: Mapping[str, Value]) -> int | None:
    """The cadence of a line: the first that is known to be true; None where none is. Absent facts are missing."""
    for one in reviews.cadence:
        if one.when.holds({name: facts.get(name) for name in one.when.names}):
            return one.every_months
    return None


def fired(reviews: Reviews, line: WatchedLine) -> tuple[Fired, ...]:
    """The triggers that call for a review of a line, in the policy's order; the cadence is not among them."""
    found = []
    for trigger in reviews.triggers:
        closed_on = line.closed.get(trigger.code)
        if closed_on is not None and line.as_of < closed_on + timedelta(days=trigger.quiet_days):
            continue
        figures = _figures(trigger, line)
        if figures:
            found.append(Fired(trigger.code, trigger.act, trigger.within_days, tuple(figures)))
    return tuple(found)


def may_renew(policy: Policy, facts: Mapping[str, Value], request: Request) -> bool:
    """Whether the policy lets a line be renewed without a person, over the facts that the decision saw.

    The decision itself, and who may take it, are asked elsewhere. Errors as ``decide``.
    """
    if policy.reviews.renew_when is None:
        return False
    programme = prepare(policy)
    values = given_values(programme, facts, request)
    run(programme, values, asked_terms(request.terms))
    return policy.reviews.renew_when.holds(values)


def _figures(trigger: Trigger, line: WatchedLine) -> list[Figure]:
    """The figures that fire a trigger; empty where it does not."""
    if trigger.watch is not None:
        return _WATCHES[trigger.watch.kind](trigger.watch, line)
    assert trigger.when is not None
    values = {name: line.facts.get(name) for name in trigger.when.names}
    if not trigger.when.holds(values):
        return []
    numbers = {name: None if isinstance(value, str) or value is None else int(value) for name, value in values.items()}
    return [Figure(name, None, value, None) for name, value in (numbers or {CONDITION: None}).items()]


def _bureau(watch: Watch, line: WatchedLine) -> list[Figure]:
    """The newest report came after the last look, and is worse than the one before."""
    told, found = line.bureau, []
    if told is None or told.received_on <= line.looked_on:
        return []
    now, then = told.score, told.score_before
    if watch.score_drop is not None and now is not None and then is not None and then - now >= watch.score_drop:
        found.append(Figure("bureau_score", then, now, watch.score_drop))
    now, then = told.limit_minor, told.limit_before_minor
    if watch.limit_drop_bp is None or now is None or not then or then <= now:
        return found
    if (then - now) * BASIS_POINTS >= watch.limit_drop_bp * then:
        found.append(Figure("bureau_limit_minor", then, now, watch.limit_drop_bp))
    return found


def _behaviour(watch: Watch, line: WatchedLine) -> list[Figure]:
    """Payments of the last days against those of as many days before; both must have some."""
    days = timedelta(days=watch.days or 0)
    middle, start = line.as_of - days, line.as_of - 2 * days
    recent = [one for one in line.payments if middle < one.paid_on <= line.as_of]
    former = [one for one in line.payments if start < one.paid_on <= middle]
    if not recent or not former:
        return []
    found = []
    for name, measure, threshold in (
        ("dbt_cd", _beyond_cd, watch.slower_cd),
        ("share_late_bp", _late_bp, watch.late_rise_bp),
    ):
        before, after = measure(former), measure(recent)
        if threshold is not None and after - before >= threshold:
            found.append(Figure(name, before, after, threshold))
    return found


def _beyond_cd(paid: Iterable[Payment]) -> int:
    """Days beyond terms weighted by amount. Source: FACTBOOK 1.11."""
    pairs = [(one.amount_minor * one.days_beyond, one.amount_minor) for one in paid]
    return divide(sum(weighted for weighted, _ in pairs) * 100, sum(amount for _, amount in pairs))


def _late_bp(paid: Iterable[Payment]) -> int:
    several = list(paid)
    return divide(sum(one.days_beyond > 0 for one in several) * BASIS_POINTS, len(several))


def _utilisation(watch: Watch, line: WatchedLine) -> list[Figure]:
    if not line.limit_minor or watch.above_bp is None:
        return []
    used = divide(max(line.exposure_minor, 0) * BASIS_POINTS, line.limit_minor)
    return [Figure("utilisation_bp", None, used, watch.above_bp)] if used >= watch.above_bp else []


def _promises(watch: Watch, line: WatchedLine) -> list[Figure]:
    """Promises that broke in the last days, and after the last look."""
    since = max(line.looked_on, line.as_of - timedelta(days=watch.days or 0))
    count = sum(since < day <= line.as_of for day in line.broken_on)
    times = watch.times or 1
    return [Figure("broken_promises", None, count, times)] if count >= times else []


def _dormant(watch: Watch, line: WatchedLine) -> list[Figure]:
    """Neither an invoice nor an order, and no look either, for so many days."""
    last = line.looked_on if line.active_on is None else max(line.active_on, line.looked_on)
    idle, days = (line.as_of - last).days, watch.days or 0
    return [Figure("idle_days", None, idle, days)] if idle >= days else []


def _documents(watch: Watch, line: WatchedLine) -> list[Figure]:
    return _lapsing(line.documents, "documents", watch, line)


def _cover(watch: Watch, line: WatchedLine) -> list[Figure]:
    return _lapsing(line.covers, "covers", watch, line)


def _lapsing(several: Iterable[Lapsing], name: str, watch: Watch, line: WatchedLine) -> list[Figure]:
    """Kinds of which the last one ends soon, or has ended since the last look: how many, and days left of the first."""
    ends: dict[str, date | None] = {}
    for one in several:
        last = ends.get(one.kind, one.until)
        ends[one.kind] = None if last is None or one.until is None else max(last, one.until)
    horizon = line.as_of + timedelta(days=watch.ahead_days or 0)
    due = [until for until in ends.values() if until is not None and line.looked_on <= until < horizon]
    if not due:
        return []
    left = (min(due) - line.as_of).days
    return [Figure(f"{name}_ending", None, len(due), 1), Figure(f"{name}_days_left", None, left, watch.ahead_days)]


_WATCHES: Mapping[str, Callable[[Watch, WatchedLine], list[Figure]]] = {
    "bureau": _bureau,
    "behaviour": _behaviour,
    "utilisation": _utilisation,
    "promises": _promises,
    "dormant": _dormant,
    "documents": _documents,
    "cover": _cover,
}
