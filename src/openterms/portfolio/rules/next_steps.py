"""The next dunning step of every open item: ``core.collecting.next_step`` over columns.

The facts of ``STEP_FACTS`` become columns; each rung's ``owed`` expression is compiled as it stands; the severest rung
that is true is the item's step, and the severest step among a customer's items is the customer's.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator

import ibis

from openterms.core.collecting.segments import UNCLASSIFIED
from openterms.core.collecting.steps import CONTACT_TOUCHES, REGULAR_PARTS, STEP_FACTS, STEPS, StepRule, severity
from openterms.core.collecting.strategies import Strategy
from openterms.portfolio.book.book import Book, day, instant, known, known_touches
from openterms.portfolio.book.engines import Engine, Table, Value, attach
from openterms.portfolio.book.position import positions
from openterms.portfolio.book.promises import BROKEN_STATES, promises_at
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.rules.compile import compile_node

OWED = "step_owed"
OWED_AGAIN = "step_owed_again"
"""Why an item gets its step; the codes of ``core.collecting.step_reasons``."""


def next_steps(
    book: Book,
    as_of: dt.date,
    strategy: Strategy,
    segments: Table,
    known_at: dt.datetime | None = None,
) -> Table:
    """The step every open item is owed. Grain: one item that is owed a step.

    ``segments``: ``customer_id, currency, segment``. Columns: ``item_id, customer_id, currency, due_on, days_overdue,
    collectable_minor, segment, step, severity`` (0 = mildest), ``cause`` (``step_owed`` or ``step_owed_again``) and
    ``cause_day`` (the day after due from which the step is taken in the segment).
    """
    facts = step_facts(book, positions(book, as_of, known_at), segments, as_of, known_at)
    return stepped(facts, strategy, book.engine)


def stepped(facts: Table, strategy: Strategy, engine: Engine) -> Table:
    """``next_steps`` of facts at hand: the first rule that is true, severest first, exactly as ``core``'s
    ``next_step``."""
    columns = {name: facts[name] for name in STEP_FACTS}
    owed = [(compile_node(rule.owed.tree, columns, engine), rule) for rule in strategy.severest_first]
    rows = facts.mutate(step=ibis.cases(*((holds, rule.step) for holds, rule in owed)))
    rows = rows.filter(rows.step.notnull())
    regular = {rule.step: _regular(rule, {name: rows[name] for name in STEP_FACTS}, engine) for _, rule in owed}
    by_step = [(rows.step == rule.step, rule) for _, rule in owed]
    return rows.select(
        "item_id",
        "customer_id",
        "currency",
        "due_on",
        "days_overdue",
        "collectable_minor",
        "segment",
        "step",
        severity=ibis.cases(*((is_step, severity(rule.step)) for is_step, rule in by_step)).cast("int64"),
        cause=ibis.cases(
            *((is_step & regular[rule.step].fill_null(False), OWED) for is_step, rule in by_step), else_=OWED_AGAIN
        ),
        cause_day=ibis.cases(*((is_step, _day(rule, rows)) for is_step, rule in by_step)).cast("int64"),
    )


def _regular(rule: StepRule, columns: dict[str, Value], engine: Engine) -> Value:
    """Whether the step is owed by its day, and not only because something happened again."""
    parts = [compile_node(getattr(rule, name).tree, columns, engine) for name in REGULAR_PARTS]
    return functools.reduce(operator.and_, parts)


def _day(rule: StepRule, rows: Table) -> Value:
    """``StepRule.day_for``: the segment's own day, else that of large items, else the usual one."""
    usual = ibis.literal(rule.after_days)
    large = [
        (rows.currency == currency) & (rows.collectable_minor >= minor) for currency, minor in rule.large_minor.items()
    ]
    if large and rule.large_after_days is not None:
        usual = functools.reduce(operator.or_, large).ifelse(ibis.literal(rule.large_after_days), usual)
    own = [(rows.segment == name, ibis.literal(by_segment or 0)) for name, by_segment in rule.by_segment.items()]
    return ibis.cases(*own, else_=usual) if own else usual


def step_facts(book: Book, rows: Table, segments: Table, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """The facts of ``STEP_FACTS`` as columns. Grain: one open item of the debit side.

    ``rows`` are ``positions``. Steps recorded after ``as_of`` count as taken, so that running a past day again repeats
    nothing. Columns: ``item_id, customer_id, due_on`` and the facts.
    """
    items = rows.filter(rows.is_debit).select(
        "item_id", "customer_id", "currency", "due_on", "days_overdue", "collectable_minor"
    )
    customers = book.customers
    flags = customers.select(
        "customer_id",
        paused=(customers.paused_until >= day(as_of)).fill_null(False),
        insolvent=(customers.insolvent_on <= day(as_of)).fill_null(False),
    )
    together = items.group_by("customer_id", "currency").agg(customer_collectable_minor=total(items.collectable_minor))
    facts = attach(
        items,
        (flags, ("customer_id",)),
        (segments.select("customer_id", "currency", "segment"), ("customer_id", "currency")),
        (_item_pauses(book, as_of, known_at), ("item_id",)),
        (_taken(book, known_at), ("item_id",)),
        (_broken_on(book, as_of, known_at), ("item_id",)),
        (_contacts(book, as_of, known_at), ("customer_id",)),
        (together, ("customer_id", "currency")),
    )
    today = day(as_of)
    last_call = facts.last_call
    return facts.select(
        "item_id",
        "customer_id",
        "currency",
        "due_on",
        "days_overdue",
        "collectable_minor",
        "insolvent",
        "customer_collectable_minor",
        paused=facts.paused | facts.item_paused.fill_null(False),
        **{f"days_since_{touch}": today.delta(facts[f"last_{touch}"], unit="day") for touch in CONTACT_TOUCHES},
        segment=facts.segment.fill_null(UNCLASSIFIED),
        broken_promise_since_call=(facts.broken_on.notnull() & (last_call.isnull() | (last_call < facts.broken_on))),
        **{f"took_{step}": facts[f"last_{step}"].notnull() for step in STEPS},
        **{f"days_since_{step}": today.delta(facts[f"last_{step}"], unit="day") for step in STEPS},
    )


def _taken(book: Book, known_at: dt.datetime | None) -> Table:
    """The last date on which each step was recorded on an item. Grain: one item."""
    touches = known_touches(book, known_at)
    touches = touches.filter(touches.item_id.notnull() & touches.kind.isin(STEPS))
    last = {f"last_{step}": touches.touched_on.max(where=touches.kind == step) for step in STEPS}
    return touches.group_by("item_id").agg(**last)


def _item_pauses(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """Items that a pause of their own holds on ``as_of``, ``item_paused`` true. Grain: one item."""
    pauses = known(book.pauses, known_at)
    pauses = pauses.filter((pauses.starts_on <= day(as_of)) & (pauses.until >= day(as_of)))
    over = pauses.ended_on <= day(as_of)
    if known_at is not None:
        over = over & (pauses.ended_recorded_at.isnull() | (pauses.ended_recorded_at <= instant(known_at)))
    holding = pauses.filter(~over.fill_null(False))
    return holding.group_by("item_id").agg(item_paused=holding.count() > 0)


def _contacts(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """The last day by ``as_of`` of each thing that came back from messages. Grain: one customer."""
    touches = known_touches(book, known_at)
    touches = touches.filter(touches.kind.isin(CONTACT_TOUCHES) & (touches.touched_on <= day(as_of)))
    last = {f"last_{touch}": touches.touched_on.max(where=touches.kind == touch) for touch in CONTACT_TOUCHES}
    return touches.group_by("customer_id").agg(**last)


def _broken_on(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """The day the latest broken promise on an item counted as broken. Grain: one item.

    A promise claims its items from the day it is made; that day and the customer tie a claim to its promise.
    """
    claims = known(book.claims, known_at)
    claims = claims.filter(claims.kind == "promised").select("item_id", "customer_id", made_on=claims.starts_on)
    promises = promises_at(book, as_of, known_at)
    broken = promises.filter(promises.state.isin(BROKEN_STATES)).select("customer_id", "made_on", "state_on")
    joined = claims.inner_join(broken, ["customer_id", "made_on"])
    return joined.group_by("item_id").agg(broken_on=joined.state_on.max())
