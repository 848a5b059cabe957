"""Payer segments for a whole book: the facts of ``core.collecting.segments`` as columns, and the same rules over
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis

from openterms.core.base.expressions import Type
from openterms.core.collecting.segments import SEGMENT_FACTS, UNCLASSIFIED, SegmentRule
from openterms.portfolio.book.book import Book, day, known, known_touches
from openterms.portfolio.book.engines import Engine, Table, Value, attach
from openterms.portfolio.book.position import item_states
from openterms.portfolio.book.promises import BROKEN_STATES, promises_at
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.measures.behaviour import WINDOW_DAYS, paid_of
from openterms.portfolio.rules.compile import compile_node

QUERY_OUTCOMES: tuple[str, ...] = ("not_received", "copy_requested", "po_requested")
"""Touches in which the customer asked for a copy of an invoice or for a purchase-order number."""

REMINDER_STEPS: tuple[str, ...] = ("courtesy", "reminder", "call", "firm_letter", "final_notice")
"""Touches after which a payment counts as prompted."""

PROMPTED_DAYS = 3

_COLUMN_TYPES: dict[Type, str] = {"int": "int64", "bool": "boolean", "text": "string"}


def segments(book: Book, as_of: dt.date, rules: Sequence[SegmentRule], known_at: dt.datetime | None = None) -> Table:
    """The payer segment of everybody. Grain: one customer and currency with any item known.

    Columns: ``customer_id, currency``, the facts of ``SEGMENT_FACTS``, ``segment`` and ``segment_rule`` (the reason
    text of the rule that fired, empty for ``unclassified``). Source: FACTBOOK 10.
    """
    states = item_states(book, as_of, known_at)
    facts = segment_facts(book, states, paid_of(states, as_of, book.engine), as_of, known_at)
    return segmented(facts, rules, book.engine)


def segmented(facts: Table, rules: Sequence[SegmentRule], engine: Engine) -> Table:
    """``facts`` with ``segment`` and ``segment_rule``: the first rule that is true, exactly as ``core``'s
    ``segment_of``."""
    columns = {name: facts[name] for name in SEGMENT_FACTS}
    fired = [(compile_node(rule.when.tree, columns, engine), rule) for rule in rules]
    if not fired:
        return facts.mutate(segment=ibis.literal(UNCLASSIFIED), segment_rule=ibis.literal(""))
    return facts.mutate(
        segment=ibis.cases(*((holds, rule.segment) for holds, rule in fired), else_=UNCLASSIFIED),
        segment_rule=ibis.cases(*((holds, rule.reason) for holds, rule in fired), else_=""),
    )


def segment_facts(book: Book, states: Table, paid: Table, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """The facts of ``SEGMENT_FACTS`` as columns, over the 365 days that end at ``as_of``.

    ``states`` are ``item_states``, ``paid`` is ``behaviour.paid_of`` of them. Grain: one customer and currency.
    What each fact counts: *disputed*: contested slices (even if since resolved) of invoices issued in the window,
    by amount; *partial payments*: invoices, never contested, whose first cash left a rest open after the due date;
    *broken promises*: state broken or part kept since a day in the window; *copy or PO requests*: such touches per
    invoice issued; *paid after reminder*: reminders on an item (the window's, at least 3 days old) that it was
    settled within 3 days of.
    """
    engine = book.engine
    facts = paid.select(
        "customer_id",
        "currency",
        "paid_invoices",
        dbt_trend_cd=paid.dbt_trend_cd,
        dbt_mean_cd=paid.dbt_cd,
        dbt_sd_cd=paid.dbt_sd_cd,
    )
    keys = ("customer_id", "currency")
    facts = attach(
        facts,
        (_insolvent(book, as_of), keys[:1]),
        (_invoiced(book, states, as_of, known_at), keys),
        (_broken(book, as_of, known_at), keys),
        (_requests(book, as_of, known_at), keys[:1]),
        (_prompted(book, states, as_of, known_at), keys),
    )
    requested = ibis.least(engine.divide(facts.requests.fill_null(0) * 10_000, facts.invoices), 10_000)
    columns: dict[str, Value] = {
        "insolvent": facts.insolvent.fill_null(False),
        "disputed_share_bp": engine.proportion(facts.disputed, facts.invoiced, ibis.literal(10_000)),
        "partial_payments": facts.partial.fill_null(0),
        "broken_promises": facts.broken.fill_null(0),
        "copy_or_po_requests_share_bp": requested,
        "paid_after_reminder_share_bp": engine.divide(facts.prompted * 10_000, facts.reminders),
    }
    named = {name: columns[name] if name in columns else facts[name] for name in SEGMENT_FACTS}
    typed = {name: value.cast(_COLUMN_TYPES[SEGMENT_FACTS[name].type]) for name, value in named.items()}
    return facts.select("customer_id", "currency", **typed)


def _insolvent(book: Book, as_of: dt.date) -> Table:
    return book.customers.select("customer_id", insolvent=book.customers.insolvent_on <= day(as_of))


def _invoiced(book: Book, states: Table, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """Invoices of the window: their number and amount, the amount disputed, and how many were paid in parts."""
    claims = known(book.claims, known_at)
    claims = claims.filter((claims.kind == "contested") & (claims.starts_on <= day(as_of)))
    contested = claims.group_by("item_id").agg(contested=total(claims.amount_minor))
    since = day(as_of - dt.timedelta(days=WINDOW_DAYS))
    invoices = states.filter((states.kind == "invoice") & ((states.issued_on > since) | (states.first_cash_on > since)))
    invoices = invoices.select(
        "item_id",
        "customer_id",
        "currency",
        "amount_minor",
        in_window=invoices.issued_on > since,
        partial=(invoices.first_cash_on > since)
        & (invoices.open_minor == 0).ifelse(
            (invoices.last_settled_on > invoices.first_cash_on) & (invoices.last_settled_on > invoices.due_on),
            invoices.due_on < day(as_of),
        ),
    )
    rows = attach(invoices, (contested, ("item_id",)))
    return rows.group_by("customer_id", "currency").agg(
        invoices=rows.in_window.sum().cast("int64"),
        invoiced=total(rows.amount_minor, rows.in_window),
        disputed=total(ibis.least(rows.contested.fill_null(0), rows.amount_minor), rows.in_window),
        partial=(rows.partial.fill_null(False) & rows.contested.isnull()).sum().cast("int64"),
    )


def _broken(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    promises = promises_at(book, as_of, known_at)
    promises = promises.filter(
        promises.state.isin(BROKEN_STATES) & (promises.state_on > day(as_of - dt.timedelta(days=WINDOW_DAYS)))
    )
    return promises.group_by("customer_id", "currency").agg(broken=promises.count())


def _requests(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    touches = _touches(book, as_of, known_at)
    touches = touches.filter(touches.kind.isin(QUERY_OUTCOMES))
    return touches.group_by("customer_id").agg(requests=touches.count())


def _prompted(book: Book, states: Table, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    touches = _touches(book, as_of, known_at)
    touches = touches.filter(
        touches.kind.isin(REMINDER_STEPS)
        & touches.item_id.notnull()
        & (touches.touched_on <= day(as_of - dt.timedelta(days=PROMPTED_DAYS)))
    )
    reminders = touches.select("item_id", "touched_on")
    was_paid = (states.open_minor == 0) & (states.written_off_minor == 0)
    paid = states.select(
        "item_id", "customer_id", "currency", settled_on=was_paid.ifelse(states.last_settled_on, None)
    )
    rows = paid.inner_join(reminders, "item_id")
    after = rows.settled_on.delta(rows.touched_on, unit="day")
    rows = rows.mutate(counts=(after >= 0).fill_null(True), prompted=after.between(0, PROMPTED_DAYS).fill_null(False))
    return rows.group_by("customer_id", "currency").agg(
        reminders=rows.counts.sum().cast("int64"), prompted=rows.prompted.sum().cast("int64")
    )


def _touches(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    touches = known_touches(book, known_at)
    return touches.filter(
        (touches.touched_on <= day(as_of)) & (touches.touched_on > day(as_of - dt.timedelta(days=WINDOW_DAYS)))
    )
