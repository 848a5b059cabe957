"""The steps of an item over time: those that lie ahead unless it is paid, and those that a strategy would have taken.

``walk`` asks the rule of ``next_step`` on every day on which its answer can change, takes the step that is owed, and
goes on. Taking it is assumed to succeed on the day; nothing is assumed to come of it. ``ahead`` puts the steps of a
customer's items together, a row for each day and step.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from openterms.core.base.expressions import Value
from openterms.core.collecting.next_step import TakenStep
from openterms.core.collecting.steps import CONTACT_TOUCHES, STEPS, StepRule
from openterms.core.collecting.strategies import Strategy

T = TypeVar("T")

HORIZON_DAYS = 120
"""How far the timeline looks ahead."""

MOST_ITEMS = 500
"""Items of one customer that are looked at; who asks says how many more there are."""


@dataclass(frozen=True, slots=True)
class Course:
    """One debit item over time.

    ``collectable`` are days and what is collectable from each on, in order; ``segments`` likewise, the customer's
    payer segment; ``together`` likewise, what is collectable from the customer in the currency (empty: as of the item).
    ``broken_on`` are days on which a promise on it counted as broken; ``paused`` days from and through which dunning
    rests. ``taken`` are the steps on record.
    """

    item_id: str
    currency: str
    due_on: date
    collectable: Sequence[tuple[date, int]]
    segments: Sequence[tuple[date, str]] = ((date.min, "unclassified"),)
    together: Sequence[tuple[date, int]] = ()
    taken: tuple[TakenStep, ...] = ()
    broken_on: tuple[date, ...] = ()
    paused: tuple[tuple[date, date], ...] = ()
    insolvent_on: date | None = None
    contacts: Mapping[str, date] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that is taken on a day, on how much, in which segment."""

    on: date
    rule: StepRule
    collectable_minor: int
    segment: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happens on a day unless paid: a step on ``items`` in one currency, how, and by whom.

    ``minor`` is what is collectable of them; ``level`` the strategy's name for how far this has gone.
    """

    on: date
    step: str
    level: str
    currency: str
    minor: int
    items: tuple[str, ...]
    channels: tuple[str, ...]
    by: str
    is_legal: bool


def at(course: Sequence[tuple[date, T]], on: date, before: T) -> T:
    """The value that holds on a day; ``before`` where the course begins later."""
    place = bisect_right(course, on, key=lambda pair: pair[0])
    return course[place - 1][1] if place else before


def walk(course: Course, strategy: Strategy, first: date, last: date) -> list[Taken]:
    """The steps that a strategy takes on an item from one day through another, in order."""
    taken = {one.step: one.on for one in sorted(course.taken, key=lambda one: one.on)}
    readers = [(rule, rule.owed.reader()) for rule in strategy.severest_first]
    found: list[Taken] = []
    on: date | None = first
    while on is not None and on <= last:
        values = _values(course, taken, on)
        rule = next((rule for rule, reads in readers if reads(values) is True), None)
        if rule is not None:
            taken[rule.step] = on
            found.append(Taken(on, rule, at(course.collectable, on, 0), at(course.segments, on, "unclassified")))
        on = _next_day(course, strategy, taken, on)
    return found


def _values(course: Course, taken: Mapping[str, date], on: date) -> dict[str, Value]:
    """The facts of ``STEP_FACTS`` on a day."""
    collectable = at(course.collectable, on, 0)
    call = taken.get("call")
    values: dict[str, Value] = {
        "days_overdue": (on - course.due_on).days,
        "collectable_minor": collectable,
        "currency": course.currency,
        "segment": at(course.segments, on, "unclassified"),
        "paused": any(start <= on <= end for start, end in course.paused),
        "insolvent": course.insolvent_on is not None and course.insolvent_on <= on,
        "broken_promise_since_call": any(
            broke <= on and (call is None or call < broke) for broke in course.broken_on
        ),
        "customer_collectable_minor": at(course.together, on, 0) if course.together else collectable,
    }
    for touch in CONTACT_TOUCHES:
        came = course.contacts.get(touch)
        values[f"days_since_{touch}"] = (on - came).days if came is not None and came <= on else None
    for step in STEPS:
        values[f"took_{step}"] = step in taken
        values[f"days_since_{step}"] = (on - taken[step]).days if step in taken else None
    return values


def _next_day(course: Course, strategy: Strategy, taken: Mapping[str, date], on: date) -> date | None:
    """The next day on which another answer is possible; None where no step is left."""
    severest = max((STEPS.index(step) for step in taken), default=-1)
    rules = [rule for rule in strategy.steps if STEPS.index(rule.step) > severest or rule.again.source != "False"]
    if not rules:
        return None
    days: set[date] = set()
    for rule in rules:
        numbers = {rule.after_days, rule.large_after_days, *rule.by_segment.values()}
        days.update(course.due_on + timedelta(days=number) for number in numbers if number is not None)
        days.update(taken[step] + timedelta(days=wait) for step, wait in rule.after_step.items() if step in taken)
        if rule.condition.source != "True":
            days.add(on + timedelta(days=1))
    if strategy.ladder.days_between and taken:
        days.add(max(taken.values()) + timedelta(days=strategy.ladder.days_between))
    days.update(_change_after(course.collectable, on) + _change_after(course.segments, on))
    least = strategy.ladder.material_minor.get(course.currency)
    if least is not None and at(course.together, on, 0) < least:
        days.update(_change_after(course.together, on))
    days.update(end + timedelta(days=1) for _, end in course.paused)
    days.update(course.broken_on)
    days.update(came + timedelta(days=1) for came in taken.values())
    return min((day for day in days if day > on), default=None)


def _change_after(course: Sequence[tuple[date, object]], on: date) -> list[date]:
    """The first day after one on which a course changes, if there is one."""
    place = bisect_right(course, on, key=lambda pair: pair[0])
    return [course[place][0]] if place < len(course) else []


def ahead(courses: Sequence[Course], strategy: Strategy, as_of: date, days: int = HORIZON_DAYS) -> list[Ahead]:
    """What happens when, unless paid, from a day on: one row for each day, step and currency, soonest first."""
    gathered: dict[tuple[date, str, str], list[tuple[str, Taken]]] = {}
    for course in courses[:MOST_ITEMS]:
        for one in walk(course, strategy, as_of, as_of + timedelta(days=days)):
            gathered.setdefault((one.on, one.rule.step, course.currency), []).append((course.item_id, one))
    found = []
    for (on, step, currency), rows in sorted(gathered.items(), key=lambda pair: (pair[0][0], -STEPS.index(pair[0][1]))):
        rule, minor = rows[0][1].rule, sum(one.collectable_minor for _, one in rows)
        is_large = any(rule.is_large(currency, one.collectable_minor) for _, one in rows)
        how = rule.carried_out(rows[0][1].segment, is_large)
        items = tuple(item for item, _ in rows)
        found.append(Ahead(on, step, rule.level, currency, minor, items, how.channels, how.by, rule.is_legal))
    return found
