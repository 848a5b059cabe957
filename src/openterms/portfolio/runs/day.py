"""The day over a whole book: who stands where, what is due next on which item, and in which order to work.

A pure reading: it writes nothing, and asking again gives the same plan. The app that starts it records what comes
of it. A handful of engine queries whatever the size of the book; no Python runs per row.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import ibis
import pyarrow as pa

from openterms.core.collecting.steps import severity
from openterms.core.collecting.strategies import Strategy
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table, Value, attach
from openterms.portfolio.book.movements import in_base, movements
from openterms.portfolio.book.position import claimed, item_states
from openterms.portfolio.measures.amounts import ageing_sums, total
from openterms.portfolio.measures.at_risk import at_risk_of, unpaid_rates
from openterms.portfolio.measures.behaviour import largest_exposure_of, paid_of
from openterms.portfolio.measures.exposure import exposure_of
from openterms.portfolio.measures.kpi import Kpi, kpi_of
from openterms.portfolio.rules.next_steps import OWED, step_facts
from openterms.portfolio.rules.priorities import Weights, per_minute, worth_of
from openterms.portfolio.rules.reviews import FIRED, Watched, activity, reviews_due
from openterms.portfolio.rules.segments import segment_facts
from openterms.portfolio.runs.court_work import court_worth, with_court
from openterms.portfolio.runs.outreach import Challenge, arms, by_arm, segments_by_arm

KPI_DAYS = 90
"""The day's key figures are about the 90 days that end with it."""

PHASES: tuple[str, ...] = (
    "items",
    "positions",
    "behaviour",
    "segments",
    "history",
    "steps",
    "risk",
    "worklist",
    "customers",
    "reviews",
    "results",
)

_STANDING = {
    "current": "current_minor",
    "1-30": "days_1_30_minor",
    "31-60": "days_31_60_minor",
    "61-90": "days_61_90_minor",
    "90+": "over_90_minor",
    "unapplied": "unapplied_minor",
    "total": "total_minor",
    "gross": "open_minor",
    "overdue": "overdue_minor",
    "contested": "contested_minor",
    "in_flight": "in_flight_minor",
    "planned": "planned_minor",
    "promised": "promised_minor",
}
"""Names of the ageing columns in the record (``standing``)."""

_STATE_COLUMNS = (
    "item_id",
    "customer_id",
    "kind",
    "issued_on",
    "due_on",
    "currency",
    "amount_minor",
    "base_minor",
    "open_minor",
    "open_base_minor",
    "last_settled_on",
    "first_cash_on",
    "written_off_minor",
    "is_debit",
)


_NO_REVIEWS = pa.table({name: pa.nulls(0) for name in FIRED})


@dataclass(frozen=True)
class DayPlan:
    """The plan of one day.

    ``customers``: one row per customer and currency with any item known: ``seller_id, customer_id, number,
    collector_id, currency, open_minor, current_minor, days_1_30_minor, days_31_60_minor, days_61_90_minor,
    over_90_minor, unapplied_minor, total_minor, overdue_minor, contested_minor, in_flight_minor, planned_minor,
    promised_minor, collectable_overdue_minor, at_risk_minor, open_items, overdue_items, oldest_due_on,
    days_overdue, paid_invoices, wadtp_cd, dbt_cd, dbt_trend_cd, dbt_sd_cd, share_late_bp, payment_index,
    largest_exposure_minor, months_known, broken_promises, segment, segment_rule, exposure_minor, limit_minor,
    headroom_minor, is_over_limit, step`` (empty when none is due).

    ``step_count``: how many items are owed a step; ``steps``: a row for each of them (see ``rules.next_steps``) where
    they were asked for, else none.

    ``worklist``: one row per customer and currency with a step, in working order: ``place, seller_id, customer_id,
    number, collector_id, currency, step, severity, reasons`` (JSON: a list of ``{"code", "params"}`` as in
    ``core.collecting.step_reasons``), ``amount_at_risk_minor, collectable_overdue_minor, moved_minor, waiting_minor,
    work_seconds, per_minute_base_minor`` (see ``core.collecting.priority``; the last in the seller's currency),
    ``items`` (ids: those owed by their day, severest first, then those owed once more) and ``items_again`` (how many
    those last ones are).

    ``totals``: one row per currency: the sums of ``customers`` and the key figures of the 90 days that end here.

    ``reviews``: what calls for a review of a credit line today, see ``rules.reviews.FIRED``; no rows unless asked for.
    """

    as_of: dt.date
    known_at: dt.datetime | None
    strategy: str
    customers: pa.Table
    step_count: int
    steps: pa.Table
    worklist: pa.Table
    totals: pa.Table
    reviews: pa.Table


def plan_day(
    book: Book,
    as_of: dt.date,
    strategy: Strategy,
    known_at: dt.datetime | None = None,
    progress: Callable[[str], None] = lambda phase: None,
    with_steps: bool = False,
    watched: Watched | None = None,
    weights: Weights | None = None,
    meanwhile: Callable[[pa.Table, pa.Table], None] = lambda customers, reviews: None,
    challenge: Challenge | None = None,
    missed: pa.Table | None = None,
) -> DayPlan:
    """Plan one day of everything in the book. ``progress`` is told each of ``PHASES`` as it begins.

    ``with_steps`` also brings the step of every item, as many rows as there are items to act on; ``watched`` asks which
    credit lines are to be looked at again. ``weights`` is what the seller's record says of the worth of work, and
    ``challenge`` the strategy of an experiment with its customers; ``missed`` what ``court_work`` tells.
    ``meanwhile`` is given the plan's ``customers`` and ``reviews`` and runs, in the caller's thread, while another one
    puts the worklist in order; it must not touch the book.
    """
    engine = book.engine
    weights = weights or Weights()
    with engine.scratch() as keep:
        with engine.scratch() as keep_briefly:
            progress("items")
            states = keep_briefly(item_states(book, as_of, known_at).select(*_STATE_COLUMNS))
            progress("positions")
            rows = keep(claimed(book, states, as_of, known_at))
            progress("behaviour")
            paid = keep(paid_of(states, as_of, engine))
            progress("segments")
            facts = segment_facts(book, states, paid, as_of, known_at)
            segments = keep(segments_by_arm(book, facts, strategy, challenge))
            active = keep(activity(states, as_of, watched.spans, engine)) if watched else None
        progress("history")
        aged = keep(_aged(rows))
        moves = keep(movements(book, as_of, known_at))
        highest = keep(largest_exposure_of(moves))
        rates = keep(unpaid_rates(in_base(moves), as_of, engine, segments))
        progress("steps")
        steps = keep(arms(book, step_facts(book, rows, segments, as_of, known_at), strategy, challenge))
        progress("risk")
        risk = keep(at_risk_of(rows, rates, engine, segments))
        progress("worklist")
        work = keep(by_arm(book, steps, strategy, challenge, lambda mine, one: _worklist(mine, one, engine)))
        progress("customers")
        standing = keep(_standing(aged, paid, highest, segments, risk))
        customers = keep(_customers(book, standing, exposure_of(book, rows, as_of, known_at), work))
        progress("reviews")
        due = reviews_due(book, watched, customers, rows, active, as_of) if watched else None
        fired = _NO_REVIEWS if due is None else book.collect(due.order_by(*FIRED[:2], "place", "measure"))
        progress("results")
        planned = book.collect(customers.order_by("number", "customer_id", "currency"))
        worth = court_worth(worth_of(book, rows, rates, segments, weights, as_of, known_at), missed, rates, book)
        ordered = _ordered(book, with_court(work, missed, engine), risk, worth, weights)
        with ThreadPoolExecutor(1) as other:
            rest = other.submit(_rest, book, steps, with_steps, ordered, customers, moves, aged, as_of)
            meanwhile(planned, fired)
            return DayPlan(as_of, known_at, strategy.code, planned, *rest.result(), fired)


def _rest(
    book: Book, steps: Table, with_steps: bool, ordered: Table, customers: Table, moves: Table, aged: Table,
    as_of: dt.date,
) -> tuple[int, pa.Table, pa.Table, pa.Table]:  # fmt: skip
    """What of a plan stands by itself: how many steps, the steps, the worklist, the totals."""
    figures = kpi_of(book, moves, aged, as_of - dt.timedelta(days=KPI_DAYS - 1), as_of)
    return (
        book.rows(steps.aggregate(count=steps.count()))[0]["count"],
        book.collect(steps if with_steps else steps.limit(0)),
        book.collect(ordered),
        _totals(book.collect(_sums(customers)), figures),
    )


def _aged(rows: Table) -> Table:
    """``ageing_of`` positions, with counts. Grain: one customer and currency with anything open."""
    overdue = rows.is_debit & (rows.days_overdue > 0)
    return rows.group_by("customer_id", "currency").agg(
        **ageing_sums(rows),
        open_items=rows.count(),
        overdue_items=overdue.sum().cast("int64"),
        oldest_due_on=rows.due_on.min(where=rows.is_debit),
        days_overdue=ibis.greatest(rows.days_overdue.max(where=rows.is_debit), 0),
    )


def _standing(aged: Table, paid: Table, highest: Table, segments: Table, risk: Table) -> Table:
    """Ageing, behaviour, segment and risk side by side. Grain: one customer and currency."""
    keys = ("customer_id", "currency")
    renamed = aged.rename({column: name for name, column in _STANDING.items()})
    told = segments.select(*keys, "broken_promises", "segment", "segment_rule")
    result = attach(paid, (renamed, keys), (told, keys), (risk, keys), (highest, keys))
    whole = (
        *_STANDING.values(),
        "open_items",
        "overdue_items",
        "days_overdue",
        "collectable_overdue_minor",
        "at_risk_minor",
        "largest_exposure_minor",
    )
    return result.mutate(**{name: result[name].fill_null(0) for name in whole})


def _customers(book: Book, standing: Table, limits: Table, work: Table) -> Table:
    keys = ("customer_id", "currency")
    limited = limits.select(*keys, "exposure_minor", "limit_minor", "headroom_minor", "is_over_limit")
    result = attach(standing, (limited, keys), (work.select(*keys, "step"), keys))
    named = book.customers.select("seller_id", "customer_id", "number", "collector_id").inner_join(
        result, "customer_id"
    )
    return named.mutate(
        step=named.step.fill_null(""),
        exposure_minor=named.exposure_minor.fill_null(0),
        is_over_limit=named.is_over_limit.fill_null(False),
    ).drop("wadtp", "dbt", "share_late")


def _worklist(steps: Table, strategy: Strategy, engine: Engine) -> Table:
    """The severest step of each customer and currency, its reasons and its items.

    Severity, whether the step is owed by its day, and the days overdue are packed into one whole number, so that its
    largest value names the item to speak of without depending on the order of rows.
    """
    span = 10_000_000
    owed = (steps.cause == OWED).cast("int64")
    rows = steps.mutate(weight=(steps.severity * 2 + owed) * span + steps.days_overdue + span // 2)
    order = [ibis.desc(rows.severity), rows.due_on, rows.item_id]
    grouped = rows.group_by("customer_id", "currency").agg(
        weight=rows.weight.max(),
        cause_day=rows.cause_day.argmax(rows.severity),
        by_day_items=rows.item_id.collect(where=rows.cause == OWED, order_by=order),
        again_items=rows.item_id.collect(where=rows.cause != OWED, order_by=order),
    )
    lead = engine.truncating_divide(grouped.weight, ibis.literal(span, type="int64"))
    place = engine.truncating_divide(lead, ibis.literal(2, type="int64")).cast("int64")
    grouped = grouped.mutate(
        severity=place,
        by_day=lead - 2 * place == 1,
        lead_days=(grouped.weight - lead * span - span // 2).cast("int64"),
    )
    return grouped.select(
        "customer_id",
        "currency",
        "severity",
        items=_items(grouped),
        items_again=grouped.again_items.length().fill_null(0),
        step=_step_name(grouped, strategy),
        reasons=_reasons(grouped, strategy),
    )


def _items(grouped: Table) -> Value:
    by_day, again = grouped.by_day_items, grouped.again_items
    both = ibis.cases((by_day.isnull(), again), (again.isnull(), by_day), else_=by_day.concat(again))
    return both.cast("array<string>")


def _step_name(grouped: Table, strategy: Strategy) -> Value:
    return ibis.cases(*((grouped.severity == severity(rule.step), rule.step) for rule in strategy.steps))


def _reasons(grouped: Table, strategy: Strategy) -> Value:
    """The leading reason as JSON; its parts are codes and whole numbers, so that nothing needs escaping but the
    sources."""
    branches = []
    for rule in strategy.steps:
        is_step = grouped.severity == severity(rule.step)
        start = f'[{{"code": "step_owed", "params": {{"step": "{rule.step}", "day": '
        by_day = (
            ibis.literal(start)
            + grouped.cause_day.cast("string")
            + ', "days_overdue": '
            + grouped.lead_days.cast("string")
            + "}}]"
        )
        again = [{"code": "step_owed_again", "params": {"step": rule.step, "because": rule.because}}]
        branches.append((is_step, grouped.by_day.ifelse(by_day, json.dumps(again))))
    return ibis.cases(*branches)


def _ordered(book: Book, work: Table, risk: Table, worth: Table, weights: Weights) -> Table:
    """The worklist in working order: most money moved a minute first, then most at risk, the severer step, the number.
    """
    keys = ("customer_id", "currency")
    rows = per_minute(attach(work, (risk, keys), (worth, keys)), weights, book.engine)
    named = book.customers.select("seller_id", "customer_id", "number", "collector_id").inner_join(rows, "customer_id")
    at_risk = named.at_risk_minor.fill_null(0)
    named = named.mutate(
        amount_at_risk_minor=at_risk, collectable_overdue_minor=named.collectable_overdue_minor.fill_null(0)
    ).drop("at_risk_minor")
    order = [
        ibis.desc(named.per_minute_base_minor),
        ibis.desc(named.amount_at_risk_minor),
        ibis.desc(named.severity),
        named.number,
        named.currency,
        named.customer_id,
    ]
    placed = named.mutate(place=ibis.row_number().over(ibis.window(order_by=order)) + 1)
    return placed.select(
        "place",
        "seller_id",
        "customer_id",
        "number",
        "collector_id",
        "currency",
        "step",
        "severity",
        "reasons",
        "amount_at_risk_minor",
        "collectable_overdue_minor",
        "moved_minor",
        "waiting_minor",
        "work_seconds",
        "per_minute_base_minor",
        "items",
        "items_again",
    ).order_by("place")


def _sums(customers: Table) -> Table:
    """``customers`` summed up by currency."""
    amounts = (*_STANDING.values(), "collectable_overdue_minor", "at_risk_minor", "open_items", "overdue_items")
    rows = customers
    return rows.group_by("currency").agg(
        **{name: total(rows[name]) for name in amounts},
        customers=(rows.open_items > 0).sum().cast("int64"),
        customers_overdue=(rows.overdue_minor > 0).sum().cast("int64"),
        customers_over_limit=rows.is_over_limit.sum().cast("int64"),
        steps=(rows.step != "").sum().cast("int64"),
    )


def _totals(sums: pa.Table, figures: tuple[Kpi, ...]) -> pa.Table:
    by_currency = {figure.currency: figure.figures() for figure in figures}
    rows = [{**row, **by_currency.get(row["currency"], {})} for row in sums.to_pylist()]
    names = list(dict.fromkeys([*sums.column_names, *(name for row in rows for name in row)]))
    return pa.table({name: [row.get(name) for row in rows] for name in names}).sort_by("currency")
