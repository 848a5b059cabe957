"""A changed strategy against the present one over a stretch of the past.

Every item that was open in the period is walked under both (``core.collecting.timeline``): the steps on record before
the period are given, every later one is the simulation's own. What customers paid, disputed and promised is taken as it
happened, and a promise broke on the day it broke: what a changed letter would have changed about that cannot be known.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openterms.core.collecting.next_step import TakenStep
from openterms.core.collecting.steps import STEPS
from openterms.core.collecting.strategies import Strategy
from openterms.core.collecting.timeline import Course, walk
from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.position import item_states
from openterms.portfolio.book.promises import BROKEN_STATES
from openterms.portfolio.book.tables import DEBIT_KINDS
from openterms.portfolio.measures.behaviour import paid_of
from openterms.portfolio.rules.segments import segment_facts, segmented

MINUTES = {"message": 0, "call": 8, "task": 5, "legal": 30}
"""What a person needs for one customer's step, in minutes: a convention, to be put beside your own."""

CANNOT_KNOW = (
    "whether anybody would have paid sooner or later: payments, disputes and promises stand as they happened",
    "whether calls would have been made on the day: every step is taken when it is owed",
    "what customers would have opened or answered: conditions on that see what was on record before the period",
    "what the guard would have refused: quiet hours, caps and pauses are left out",
)

Pair = tuple[str, str]
Progress = Callable[[str], None]


@dataclass
class Tally:
    """What a strategy did: by month, and the first day on which each customer heard of it."""

    months: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    first: dict[str, dt.date] = field(default_factory=dict)
    seen: set[tuple[str, dt.date, str]] = field(default_factory=set)

    def add(self, customer_id: str, on: dt.date, kind: str) -> None:
        """One step: a customer is told once a day, by each kind."""
        month = self.months[f"{on:%Y-%m}"]
        month["steps"] += 1
        if (customer_id, on, kind) not in self.seen:
            self.seen.add((customer_id, on, kind))
            month[kind] += 1
            month["minutes"] += MINUTES[kind]
        if on < self.first.get(customer_id, dt.date.max):
            self.first[customer_id] = on

    def plain(self) -> dict[str, Any]:
        """As JSON: totals, and each month in order."""
        names = ("steps", "message", "call", "task", "legal", "minutes")
        months: list[dict[str, Any]] = [
            {"month": month, **{name: counts[name] for name in names}} for month, counts in sorted(self.months.items())
        ]
        totals = {name: sum(counts[name] for counts in self.months.values()) for name in names}
        return {"totals": totals | {"customers": len(self.first)}, "months": months}


def simulate(
    book: Book, first: dt.date, last: dt.date, present: Strategy, changed: Strategy, progress: Progress = lambda _: None
) -> dict[str, Any]:
    """What each of two strategies would have done from one day through another, and for whom it differs.

    Grain of the counts: a customer, a day and a kind (message, call, task of a person, legal proposal). Segments are
    those of each month's first day under either strategy's own rules.
    """
    progress("reading")
    courses = _courses(book, first, last)
    tallies = []
    for strategy in (present, changed):
        progress("segments")
        segments = _segments(book, first, last, strategy)
        progress("walking")
        tallies.append(_tally(courses, segments, strategy, first, last))
    before, after = tallies
    both = before.first.keys() & after.first.keys()
    return {
        "from": first, "to": last, "items": len(courses),
        "present": before.plain(), "changed": after.plain(),
        "customers": {
            "earlier": sum(after.first[one] < before.first[one] for one in both),
            "later": sum(after.first[one] > before.first[one] for one in both),
            "same": sum(after.first[one] == before.first[one] for one in both),
            "only_present": len(before.first.keys() - both), "only_changed": len(after.first.keys() - both),
        },
        "minutes_each": dict(MINUTES), "cannot_know": list(CANNOT_KNOW),
    }  # fmt: skip


def _tally(
    courses: Sequence[tuple[str, Course]], segments: Mapping[Pair, Sequence[tuple[dt.date, str]]], strategy: Strategy,
    first: dt.date, last: dt.date,
) -> Tally:  # fmt: skip
    tally = Tally()
    for customer_id, course in courses:
        known = segments.get((customer_id, course.currency))
        walked = Course(**{name: getattr(course, name) for name in Course.__slots__} | {"segments": known or ()})
        start = max(first, min(on for on, _ in course.collectable))
        for one in walk(walked, strategy, start, last):
            how = one.rule.carried_out(one.segment, one.rule.is_large(course.currency, one.collectable_minor))
            kind = "legal" if one.rule.is_legal else "message" if how.is_message else "task"
            tally.add(customer_id, one.on, "call" if kind == "task" and "phone" in how.channels else kind)
    return tally


def _segments(
    book: Book, first: dt.date, last: dt.date, strategy: Strategy
) -> dict[Pair, list[tuple[dt.date, str]]]:
    """The payer segment of everybody on the first day of each month, as far as it changed."""
    found: dict[Pair, list[tuple[dt.date, str]]] = defaultdict(list)
    on = first
    while on <= last:
        states = item_states(book, on)
        facts = segment_facts(book, states, paid_of(states, on, book.engine), on)
        table = segmented(facts, strategy.segments, book.engine).select("customer_id", "currency", "segment")
        for one in book.collect(table).to_pylist():
            known = found[one["customer_id"], one["currency"]]
            if not known or known[-1][1] != one["segment"]:
                known.append((on if known else dt.date.min, one["segment"]))
        on = (on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return found


def _courses(book: Book, first: dt.date, last: dt.date) -> list[tuple[str, Course]]:
    """Every debit item that was open in the period, with its customer: what was collectable of it from each day on."""
    items = book.items
    wanted = items.filter(
        items.kind.isin(DEBIT_KINDS)
        & (items.issued_on <= day(last))
        & (items.settled_on.isnull() | (items.settled_on >= day(first)))
    )
    rows = book.rows(wanted.select("item_id", "customer_id", "currency", "issued_on", "due_on", "amount_minor"))
    settled = _by_item(book.rows(book.settlements.semi_join(wanted, "item_id")
                                 .select("item_id", "settled_on", "amount_minor")))  # fmt: skip
    claims = _by_item(book.rows(book.claims.semi_join(wanted, "item_id")
                                .select("item_id", "amount_minor", "starts_on", "ends_on")))  # fmt: skip
    touches = book.touches.filter(book.touches.kind.isin(STEPS) & (book.touches.touched_on < day(first)))
    taken = _by_item(book.rows(touches.semi_join(wanted, "item_id").select("item_id", "kind", "touched_on")))
    broken = _broken(book)
    insolvent = {one["customer_id"]: one["insolvent_on"]
                 for one in book.rows(book.customers.select("customer_id", "insolvent_on"))}  # fmt: skip
    found = []
    for one in rows:
        item = one["item_id"]
        found.append((one["customer_id"], Course(
            item, one["currency"], one["due_on"], _collectable(one, settled.get(item, ()), claims.get(item, ())),
            taken=tuple(TakenStep(step["kind"], step["touched_on"]) for step in taken.get(item, ())),
            broken_on=tuple(broken.get(item, ())), insolvent_on=insolvent.get(one["customer_id"]),
        )))  # fmt: skip
    return _together(found)


def _collectable(
    item: Mapping[str, Any], settled: Iterable[Mapping[str, Any]], claims: Iterable[Mapping[str, Any]]
) -> list[tuple[dt.date, int]]:
    """What was collectable of an item, from each day on which that changed."""
    changes: Counter[dt.date] = Counter()
    held: Counter[dt.date] = Counter()
    for one in settled:
        changes[max(one["settled_on"], item["issued_on"])] -= one["amount_minor"]
    for one in claims:
        held[max(one["starts_on"], item["issued_on"])] += one["amount_minor"]
        if one["ends_on"] is not None:
            held[max(one["ends_on"], item["issued_on"])] -= one["amount_minor"]
    left, claimed = item["amount_minor"], 0
    course = []
    for on in sorted({item["issued_on"], *changes, *held}):
        left, claimed = left + changes[on], claimed + held[on]
        course.append((on, max(0, left - max(claimed, 0))))
    return course


def _together(courses: Sequence[tuple[str, Course]]) -> list[tuple[str, Course]]:
    """The courses with what was collectable from their customer in their currency."""
    moves: dict[Pair, Counter[dt.date]] = defaultdict(Counter)
    for customer_id, course in courses:
        before = 0
        for on, minor in course.collectable:
            moves[customer_id, course.currency][on] += minor - before
            before = minor
    sums: dict[Pair, list[tuple[dt.date, int]]] = {}
    for pair, changes in moves.items():
        total, found = 0, []
        for on in sorted(changes):
            total += changes[on]
            found.append((on, total))
        sums[pair] = found
    return [
        (customer_id, Course(**{name: getattr(course, name) for name in Course.__slots__}
                             | {"together": sums[customer_id, course.currency]}))
        for customer_id, course in courses
    ]  # fmt: skip


def _broken(book: Book) -> dict[str, list[dt.date]]:
    """Days on which promises on an item counted as broken."""
    claims = book.claims.filter(book.claims.kind == "promised")
    claims = claims.select("item_id", "customer_id", made_on=claims.starts_on)
    promises = book.promises.filter(book.promises.state.isin(BROKEN_STATES))
    joined = claims.inner_join(promises.select("customer_id", "made_on", "state_on"), ["customer_id", "made_on"])
    found: dict[str, list[dt.date]] = defaultdict(list)
    for one in book.rows(joined.select("item_id", "state_on")):
        found[one["item_id"]].append(one["state_on"])
    return found


def _by_item(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in rows:
        found[one["item_id"]].append(one)
    return found
