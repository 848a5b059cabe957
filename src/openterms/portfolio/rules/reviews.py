"""Which credit lines are to be looked at again today, by which triggers, over a whole book.

The meaning is that of ``core.credit.reviews``, which asks the same of one line. Everything is a handful of joins and
sums by customer; nothing runs per row, and what is not known fires nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ibis
import pyarrow as pa

from openterms.core.base.expressions import Expression, Type
from openterms.core.credit.policy_parts import Reviews, Trigger, Watch
from openterms.core.credit.reviews import CADENCE, CONDITION
from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Engine, Table, Value, attach
from openterms.portfolio.book.promises import BROKEN_STATES, promises_at
from openterms.portfolio.book.tables import Column, TableSpec
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.rules.compile import compile_node

KEYS = ("customer_id", "currency")
_CUSTOMER = Column("customer_id", "uuid", "the debtor")
_CURRENCY = Column("currency", "text", "currency of the line")
LINES = TableSpec(
    "watched_lines",
    "one line in force",
    (
        _CUSTOMER,
        _CURRENCY,
        Column("looked_on", "date", "day of the last decision or review"),
        Column("every_months", "count", "cadence by the decision, under the policy in force", nullable=True),
        Column("limit_minor", "minor", "the limit; null where it is unlimited", nullable=True),
        Column("risk_class", "text", "class by the last decision", nullable=True),
        Column("suggested_limit_minor", "minor", "limit that the policy's methods found then", nullable=True),
        Column("ordered_on", "date", "day of the last order on credit", nullable=True),
    ),
)
BUREAU = TableSpec(
    "watched_bureau",
    "one customer with a report: the newest that says so beside the one before of the same bureau",
    (
        _CUSTOMER,
        Column("currency", "text", "currency of the recommended limits; null: none", nullable=True),
        Column("received_on", "date", "day on which the newest came"),
        Column("score", "minor", "", nullable=True),
        Column("score_before", "minor", "", nullable=True),
        Column("limit_minor", "minor", "", nullable=True),
        Column("limit_before_minor", "minor", "", nullable=True),
    ),
)
LAPSING = TableSpec(
    "watched_lapsing",
    "one document or cover",
    (_CUSTOMER, Column("kind", "text", "what it is"), Column("until", "date", "last day; null: no end", nullable=True)),
)
CLOSED = TableSpec(
    "watched_closed",
    "one trigger of a line's reviews that were closed",
    (_CUSTOMER, _CURRENCY, Column("trigger", "text", "its code"), Column("closed_on", "date", "last of them")),
)
FIRED: tuple[str, ...] = (
    "customer_id", "currency", "trigger", "place", "act", "within_days", "measure", "before", "after", "threshold",
)  # fmt: skip
"""Columns of what fired. Grain: one figure of one trigger of one line."""
FROM_DAY: Mapping[str, str] = {
    "overdue_minor": "collectable_overdue_minor",
    "paid_invoices": "paid_invoices",
    "dbt_mean_cd": "dbt_cd",
    "dbt_trend_cd": "dbt_trend_cd",
    "share_late_bp": "share_late_bp",
    "broken_promises": "broken_promises",
    "segment": "segment",
    "months_customer": "months_known",
}
"""Facts that the day's own figures say, by their columns."""
KNOWN: tuple[str, ...] = (
    *FROM_DAY, "days_overdue", "exposure_minor", "current_limit_minor", "utilisation_bp", "insolvent", "country",
    "risk_class", "suggested_limit_minor",
)  # fmt: skip
"""Every fact that conditions of reviews find without anybody having given it."""
_SQL: Mapping[Type, str] = {"int": "int64", "bool": "boolean", "text": "string"}


@dataclass(frozen=True)
class Watched:
    """What a day's reviews need beside the book. ``reviews`` are those of the policies in force, by currency.

    ``given``: a row for each line with facts that people gave, ``customer_id, currency`` and a column for each.
    """

    reviews: Mapping[str, Reviews]
    lines: pa.Table
    bureau: pa.Table
    documents: pa.Table
    covers: pa.Table
    closed: pa.Table
    given: pa.Table

    @property
    def spans(self) -> tuple[int, ...]:
        """The different numbers of days over which payments are compared."""
        return tuple(sorted({watch.days or 0 for watch in self.watches("behaviour")}))

    def watches(self, kind: str) -> Iterator[Watch]:
        """The watches of a kind in all policies."""
        for several in self.reviews.values():
            for one in several.triggers:
                if one.watch is not None and one.watch.kind == kind:
                    yield one.watch


def asked_facts(reviews: Iterable[Reviews]) -> dict[str, Type]:
    """The facts that conditions of reviews speak of and the book does not say: somebody must have given them."""
    found: dict[str, Type] = {}
    for several in reviews:
        conditions = [one.when for one in several.cadence] + [one.when for one in several.triggers if one.when]
        for condition in conditions:
            found |= {fact.name: fact.type for fact in condition.facts if fact.name not in KNOWN}
    return found


def activity(states: Table, as_of: dt.date, spans: Iterable[int], engine: Engine) -> Table:
    """How invoices were paid in each span of days and in as many before, and when the last one was issued.

    ``states`` are ``position.item_states``. Grain: one customer and currency with an invoice. Columns:
    ``invoiced_on``, and for each span ``n`` and each of ``recent`` and ``former``: ``<part>_<n>_minor, _beyond,
    _late, _count``.
    """
    rows = states.filter(states.kind == "invoice")
    paid = (rows.open_minor == 0) & (rows.written_off_minor == 0) & rows.last_settled_on.notnull()
    beyond = rows.last_settled_on.delta(rows.due_on, unit="day").cast("int64")
    sums: dict[str, Value] = {"invoiced_on": rows.issued_on.max()}
    for n in spans:
        middle, start = day(as_of - dt.timedelta(days=n)), day(as_of - dt.timedelta(days=2 * n))
        for part, since, through in (("recent", middle, day(as_of)), ("former", start, middle)):
            inside = (paid & (rows.last_settled_on > since) & (rows.last_settled_on <= through)).fill_null(False)
            sums[f"{part}_{n}_minor"] = total(rows.amount_minor, inside)
            sums[f"{part}_{n}_beyond"] = engine.wide_sum(rows.amount_minor * beyond, inside)
            sums[f"{part}_{n}_late"] = (beyond > 0).sum(where=inside).fill_null(0)
            sums[f"{part}_{n}_count"] = inside.sum().fill_null(0)
    for n in spans:
        for part in ("recent", "former"):
            mean = engine.divide(sums[f"{part}_{n}_beyond"] * 100, sums.pop(f"{part}_{n}_minor"))
            sums[f"{part}_{n}_beyond"] = mean.cast("int64")
            late = engine.divide(sums[f"{part}_{n}_late"] * 10_000, sums.pop(f"{part}_{n}_count"))
            sums[f"{part}_{n}_late"] = late.cast("int64")
    return rows.group_by(*KEYS).agg(**sums)


def reviews_due(
    book: Book, watched: Watched, customers: Table, rows: Table, active: Table, as_of: dt.date
) -> Table | None:
    """What calls for a review today; None where no policy is in force. Grain and columns: ``FIRED``.

    ``customers`` are those of the day's plan, ``rows`` its positions, ``active`` what ``activity`` says. ``place`` is
    the trigger's in its policy, from 1; the cadence has 0. Lines of nothing are not looked at.
    """
    engine = book.engine
    lines = _lines(book, watched, customers, rows, active, as_of)
    found = []
    for currency, reviews in watched.reviews.items():
        found.append(_cadence(lines.filter(lines.currency == currency), reviews, as_of, engine))
        for place, trigger in enumerate(reviews.triggers, 1):
            closed = lines[f"closed_{trigger.code}"] > day(as_of - dt.timedelta(days=trigger.quiet_days))
            open_to = (lines.currency == currency) & ~closed.fill_null(False)
            for name, before, after, threshold, fires in _fires(lines, trigger, engine):
                rows_fired = lines.filter(open_to & fires.fill_null(False))
                found.append(_told(rows_fired, trigger, place, name, before, after, threshold))
    return ibis.union(*found) if len(found) > 1 else (found[0] if found else None)


Fires = Iterator[tuple[str, str | None, str | None, int | None, Value]]


def _lines(book: Book, watched: Watched, customers: Table, rows: Table, active: Table, as_of: dt.date) -> Table:
    """The lines with everything that a trigger may ask for, kept once. Grain: one line."""
    engine = book.engine
    bare = engine.register(LINES, watched.lines)
    bare = bare.filter(bare.limit_minor.isnull() | (bare.limit_minor > 0))
    day_facts = customers.select(*KEYS, "exposure_minor", **{name: customers[one] for name, one in FROM_DAY.items()})
    late = rows.filter(rows.is_debit & (rows.days_overdue > 0) & (rows.collectable_minor > 0))
    oldest = late.group_by(*KEYS).agg(days_overdue=late.days_overdue.max().cast("int64"))
    own = book.customers.select("customer_id", "country", insolvent=book.customers.insolvent_on <= day(as_of))
    told = engine.register(BUREAU, watched.bureau)
    told = told.rename(told_currency="currency", told_limit="limit_minor", told_before="limit_before_minor")
    beside = [day_facts, oldest, active, _given(watched, engine), _closed(watched, engine),
              _broken(book, bare, watched, as_of)]  # fmt: skip
    for kind, several in (("documents", watched.documents), ("cover", watched.covers)):
        if aheads := sorted({one.ahead_days or 0 for one in watched.watches(kind)}):
            beside.append(_lapsing(bare, several, kind, aheads, as_of, engine))
    lines = attach(bare, *((one, KEYS) for one in beside), (own, KEYS[:1]), (told, KEYS[:1]))
    exposure = ibis.greatest(lines.exposure_minor.fill_null(0), 0)
    used = engine.proportion(exposure, lines.limit_minor, ibis.literal(10_000))
    last = ibis.greatest(lines.looked_on, ibis.coalesce(lines.invoiced_on, lines.looked_on),
                         ibis.coalesce(lines.ordered_on, lines.looked_on))  # fmt: skip
    return engine.materialise(
        lines.mutate(
            exposure_minor=exposure,
            utilisation_bp=ibis.least(used, 10**6),
            used_bp=used,
            idle_days=day(as_of).delta(last, unit="day").cast("int64"),
            since_look=day(as_of).delta(lines.looked_on, unit="day").cast("int64"),
            current_limit_minor=lines.limit_minor,
            days_overdue=lines.days_overdue.fill_null(0),
            overdue_minor=lines.overdue_minor.fill_null(0),
            country=lines.country.nullif(""),
            insolvent=lines.insolvent.fill_null(False),
        )
    )


def _given(watched: Watched, engine: Engine) -> Table:
    kinds = {"int": "minor", "bool": "yes_no", "text": "text"}
    asked = asked_facts(watched.reviews.values())
    columns = (Column(name, kinds[kind], "", nullable=True) for name, kind in asked.items())
    return engine.register(TableSpec("watched_given", "one line", (_CUSTOMER, _CURRENCY, *columns)), watched.given)


def _closed(watched: Watched, engine: Engine) -> Table:
    """When a review with each trigger was closed last: a column for each trigger's code. Grain: one line."""
    closed = engine.register(CLOSED, watched.closed)
    codes = sorted({one.code for several in watched.reviews.values() for one in several.triggers})
    last = {f"closed_{code}": closed.closed_on.max(where=closed.trigger == code) for code in codes}
    return closed.group_by(*KEYS).agg(rows_closed=closed.count(), **last)


def _broken(book: Book, lines: Table, watched: Watched, as_of: dt.date) -> Table:
    """How many promises broke in the last days and after the last look, a column for each number of days."""
    promises = promises_at(book, as_of)
    broken = promises.filter(promises.state.isin(BROKEN_STATES))
    held = lines.select(line_customer=lines.customer_id, line_currency=lines.currency, looked_on=lines.looked_on)
    same = [broken.customer_id == held.line_customer, broken.currency == held.line_currency]
    pairs = broken.inner_join(held, [*same, broken.state_on > held.looked_on])
    counts = {
        f"broken_{n}": (pairs.state_on > day(as_of - dt.timedelta(days=n))).sum().cast("int64")
        for n in sorted({one.days or 0 for one in watched.watches("promises")})
    }
    return pairs.group_by(*KEYS).agg(rows_broken=pairs.count(), **counts)


def _lapsing(
    lines: Table, several: pa.Table, name: str, aheads: Iterable[int], as_of: dt.date, engine: Engine
) -> Table:
    """Kinds of documents or covers of which the last one ends within so many days: how many, and days left."""
    papers = engine.register(LAPSING, several)
    ends = papers.group_by("customer_id", "kind").agg(until=papers.until.max(), endless=papers.until.isnull().any())
    ends = ends.filter(~ends.endless)
    held = lines.select("currency", "looked_on", line_customer=lines.customer_id)
    pairs = ends.inner_join(held, [ends.customer_id == held.line_customer, ends.until >= held.looked_on])
    sums: dict[str, Value] = {f"rows_{name}": pairs.count()}
    for ahead in aheads:
        soon = pairs.until < day(as_of + dt.timedelta(days=ahead))
        sums[f"{name}_{ahead}_ending"] = soon.sum().cast("int64")
        sums[f"{name}_{ahead}_left"] = pairs.until.min(where=soon).delta(day(as_of), unit="day").cast("int64")
    return pairs.group_by(*KEYS).agg(**sums)


def _cadence(lines: Table, reviews: Reviews, as_of: dt.date, engine: Engine) -> Table:
    """Lines whose cadence has run out."""
    found = [(read(lines, one.when, engine).fill_null(False), one.every_months) for one in reviews.cadence]
    rules = ibis.cases(*((holds, months) for holds, months in found)) if found else ibis.null("int64")
    months = ibis.coalesce(lines.every_months.cast("int64"), rules.cast("int64"))
    due_on = (lines.looked_on + months.as_interval("M")).cast("date")
    cadence = Trigger(CADENCE, None, "review", reviews.within_days, {})
    due = lines.filter((due_on <= day(as_of)).fill_null(False))
    return _told(due, cadence, 0, "days_since_look", None, "since_look", None)


def read(lines: Table, condition: Expression, engine: Engine) -> Value:
    """A condition over lines; facts without a column are missing."""
    columns = {
        fact.name: lines[fact.name].cast(_SQL[fact.type]) if fact.name in lines.columns else ibis.null(_SQL[fact.type])
        for fact in condition.facts
    }
    return compile_node(condition.tree, columns, engine)


def _fires(lines: Table, trigger: Trigger, engine: Engine) -> Fires:
    """For each figure of a trigger: its name, the columns of what was and what is, the threshold, and when it fires."""
    watch = trigger.watch
    if watch is None:
        assert trigger.when is not None
        fires = read(lines, trigger.when, engine)
        for fact in trigger.when.facts:
            is_number = fact.type != "text" and fact.name in lines.columns
            yield fact.name, None, fact.name if is_number else None, None, fires
        if not trigger.when.facts:
            yield CONDITION, None, None, None, fires
        return
    match watch.kind:
        case "bureau":
            yield from _bureau(lines, watch)
        case "behaviour":
            yield from _behaviour(lines, watch)
        case "utilisation":
            yield "utilisation_bp", None, "used_bp", watch.above_bp, lines.used_bp >= watch.above_bp
        case "promises":
            column = f"broken_{watch.days}"
            yield "broken_promises", None, column, watch.times, lines[column] >= watch.times
        case "dormant":
            yield "idle_days", None, "idle_days", watch.days, lines.idle_days >= watch.days
        case _:
            column, name = f"{watch.kind}_{watch.ahead_days}", "covers" if watch.kind == "cover" else watch.kind
            fires = lines[f"{column}_ending"] > 0
            yield f"{name}_ending", None, f"{column}_ending", 1, fires
            yield f"{name}_days_left", None, f"{column}_left", watch.ahead_days, fires


def _bureau(lines: Table, watch: Watch) -> Fires:
    is_news = lines.received_on > lines.looked_on
    if watch.score_drop is not None:
        fires = is_news & (lines.score_before - lines.score >= watch.score_drop)
        yield "bureau_score", "score_before", "score", watch.score_drop, fires
    if watch.limit_drop_bp is not None:
        then, now = lines.told_before, lines.told_limit
        drop = (then - now) * 10_000 >= watch.limit_drop_bp * then
        fires = is_news & (lines.told_currency == lines.currency) & (then > now) & drop
        yield "bureau_limit_minor", "told_before", "told_limit", watch.limit_drop_bp, fires


def _behaviour(lines: Table, watch: Watch) -> Fires:
    for name, part, threshold in (
        ("dbt_cd", "beyond", watch.slower_cd),
        ("share_late_bp", "late", watch.late_rise_bp),
    ):
        if threshold is not None:
            before, after = f"former_{watch.days}_{part}", f"recent_{watch.days}_{part}"
            yield name, before, after, threshold, lines[after] - lines[before] >= threshold


def _told(
    rows: Table, trigger: Trigger, place: int, name: str, before: str | None, after: str | None, threshold: int | None
) -> Table:
    """One figure of a trigger as rows of ``FIRED``."""
    whole = functools.partial(ibis.literal, type="int64")
    return rows.select(
        *KEYS,
        trigger=ibis.literal(trigger.code),
        place=whole(place),
        act=ibis.literal(trigger.act),
        within_days=whole(trigger.within_days),
        measure=ibis.literal(name),
        before=rows[before].cast("int64") if before else ibis.null("int64"),
        after=rows[after].cast("int64") if after else ibis.null("int64"),
        threshold=whole(threshold) if threshold is not None else ibis.null("int64"),
    )
