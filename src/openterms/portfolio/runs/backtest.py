"""The back-test of a policy's rules for orders: every order of a period answered again on what was seen of it then.

An order that is answered otherwise changes the exposure that the next one finds, see ``following``. What would
have been saved is told from what later happened, see ``later``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from openterms.core.credit.orders import Rules, Status
from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.position import item_states
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.rules.orders import ANSWER, authorised
from openterms.portfolio.runs.following import followed

LATE_DAYS = 90
"""What is open for more days past its due date counts as lost."""

WRITTEN_OFF = "write_off"
"""Settlements of this kind gave an item up."""

Row = dict[str, Any]


@dataclass(frozen=True)
class OrdersSummary:
    """What a back-test of orders found. Amounts are minor units of the orders' currency.

    ``totals`` by name; ``flips`` by answer before and after with the first reason; ``workload`` of people by reason;
    ``months`` in order; ``customers`` that are affected, the largest change first, at most as many as were asked for of
    ``totals["customers"]``.
    """

    totals: Mapping[str, int]
    flips: Sequence[Row]
    workload: Sequence[Row]
    months: Sequence[Row]
    customers: Sequence[Row]


def later(book: Book, as_of: dt.date) -> Table:
    """What became of invoices by a day. Grain: one customer, currency and day of issue with anything bad.

    ``lost_minor``: written off, and open where it is more than 90 days overdue or the customer is insolvent by the day;
    ``slow_minor``: paid, and more than 90 days after it was due.
    """
    states = item_states(book, as_of)
    states = states.filter(states.kind == "invoice")
    given_up = book.settlements.filter(book.settlements.kind == WRITTEN_OFF)
    given_up = given_up.group_by(of_item="item_id").agg(given_up_minor=total(given_up.amount_minor))
    states = states.left_join(given_up, states.item_id == given_up.of_item).drop("of_item")
    gone = book.customers.filter(book.customers.insolvent_on <= day(as_of)).select(of_customer="customer_id")
    states = states.left_join(gone, states.customer_id == gone.of_customer)
    overdue = day(as_of).delta(states.due_on, unit="day")
    paid_after = states.last_settled_on.delta(states.due_on, unit="day")
    is_lost = (overdue > LATE_DAYS) | states.of_customer.notnull()
    given = states.given_up_minor.fill_null(0)
    rows = states.mutate(
        lost_minor=is_lost.ifelse(states.open_minor, 0) + given,
        slow_minor=(paid_after > LATE_DAYS).fill_null(False).ifelse(states.settled_minor - given, 0),
    )
    rows = rows.filter((rows.lost_minor > 0) | (rows.slow_minor > 0))
    return rows.group_by("customer_id", "currency", "issued_on").agg(
        lost_minor=total(rows.lost_minor), slow_minor=total(rows.slow_minor)
    )


def answered_twice(
    orders: Table, before: Rules | None, after: Rules, engine: Engine, held_days: int | None = None
) -> Table:
    """Orders with the answer before and after. Grain: one order.

    With ``held_days`` each rule book is followed through the orders, see ``following.followed``; without, each order
    stands alone on what was seen when it came.

    ``before`` None takes what was answered then. The columns ``overdue_minor`` and ``days_overdue`` are those of the
    rules' own days where there are columns ``overdue_<n>_minor`` and ``oldest_<n>_days`` for them. Columns: ``order_id,
    customer_id, ordered_on, asked_minor`` and, each as ``before_…`` and ``after_…``, ``status, minor, reasons``.
    """
    if before is None:
        was = {"before_status": orders.answered_status, "before_minor": orders.answered_minor,
               "before_reasons": orders.answered_reasons.fill_null("")}  # fmt: skip
        first = orders.mutate(**was)
    else:
        orders = orders.mutate(seen_minor=orders.exposure_minor, seen_group_minor=orders.group_exposure_minor)
        first = _under(orders, before, engine, held_days)
        first = first.rename(before_status="status", before_minor="approved_minor", before_reasons="reasons")
        first = first.drop("overridden")
        first = first.mutate(exposure_minor=first.seen_minor, group_exposure_minor=first.seen_group_minor)
    second = _under(engine.stage(first), after, engine, held_days)
    names = dict(zip(ANSWER, ("after_status", "after_minor", "after_reasons"), strict=False))
    return second.select(
        "order_id",
        "customer_id",
        "ordered_on",
        "asked_minor",
        "before_status",
        "before_minor",
        "before_reasons",
        **{new: second[old] for old, new in names.items()},
    )


def _under(orders: Table, rules: Rules, engine: Engine, held_days: int | None) -> Table:
    """The orders answered by a rule book, one after the other or each alone."""
    orders = engine.stage(of_days(orders, rules))
    if held_days is not None:
        orders = followed(orders, rules, engine, held_days)
    return authorised(orders, rules, engine)


def of_days(orders: Table, rules: Rules) -> Table:
    """The orders with what was overdue for more than the rules' own days, where that is known for them."""
    days = rules.overdue_days
    if days is None or f"overdue_{days}_minor" not in orders.columns:
        return orders
    return orders.mutate(overdue_minor=orders[f"overdue_{days}_minor"], days_overdue=orders[f"oldest_{days}_days"])


def summary(
    answered: Table, bad: Table, customers: Table, engine: Engine, most_customers: int = 1_000
) -> OrdersSummary:
    """What ``answered_twice`` comes to.

    ``bad`` is ``later``; ``customers`` has ``customer_id, number, name``. A loss is counted for a customer up to what
    is not sold to it any more, and only of invoices issued from the first such order on.
    """
    with engine.scratch() as keep:
        rows = keep(_compared(answered))
        by_customer = keep(_affected(rows, bad))
        totals = engine.collect(rows.aggregate(**_totals(rows))).to_pylist()[0]
        totals |= engine.collect(by_customer.aggregate(**_losses(by_customer))).to_pylist()[0]
        return OrdersSummary(
            totals=totals,
            flips=engine.collect(_flips(rows)).to_pylist(),
            workload=engine.collect(_workload(rows)).to_pylist(),
            months=engine.collect(_months(rows)).to_pylist(),
            customers=engine.collect(_named(by_customer, customers, most_customers)).to_pylist(),
        )


def _compared(answered: Table) -> Table:
    is_flip = (answered.before_status != answered.after_status) | (answered.before_minor != answered.after_minor)
    change = answered.after_minor - answered.before_minor
    after, before = _first(answered.after_reasons), _first(answered.before_reasons)
    return answered.mutate(
        is_flip=is_flip,
        less_minor=(change < 0).ifelse(-change, 0),
        more_minor=(change > 0).ifelse(change, 0),
        before_reason=before,
        after_reason=after,
        reason=ibis.cases((change > 0, before), (after != "", after), else_=before),
    )


def _first(reasons: Value) -> Value:
    """The first of codes with a space between."""
    return reasons.split(" ")[0].fill_null("")


def _totals(rows: Table) -> dict[str, Value]:
    def count(where: Value) -> Value:
        return where.sum().fill_null(0).cast("int64")

    referred = Status.REFERRED.value
    return {
        "orders": rows.count().cast("int64"),
        "asked_minor": total(rows.asked_minor),
        "flips": count(rows.is_flip),
        "approved_before_minor": total(rows.before_minor),
        "approved_after_minor": total(rows.after_minor),
        "kept_minor": total(ibis.least(rows.before_minor, rows.after_minor)),
        "less_minor": total(rows.less_minor),
        "more_minor": total(rows.more_minor),
        "less_orders": count(rows.less_minor > 0),
        "more_orders": count(rows.more_minor > 0),
        "referred_before": count(rows.before_status == referred),
        "referred_after": count(rows.after_status == referred),
    }


def _affected(rows: Table, bad: Table) -> Table:
    """Customers with an order answered otherwise, and what was lost on them from the first such order on."""
    rows = rows.filter(rows.is_flip)
    by_customer = rows.group_by("customer_id").agg(
        flips=rows.count().cast("int64"),
        less_minor=total(rows.less_minor),
        more_minor=total(rows.more_minor),
        first_less=rows.ordered_on.min(where=rows.less_minor > 0),
        first_more=rows.ordered_on.min(where=rows.more_minor > 0),
        reason=rows.reason.mode(),
    )
    bad = bad.rename(of_customer="customer_id")
    pairs = by_customer.inner_join(bad, by_customer.customer_id == bad.of_customer)
    since_less, since_more = pairs.issued_on >= pairs.first_less, pairs.issued_on >= pairs.first_more
    sums = pairs.group_by(of_customer="customer_id").agg(
        lost_since_less=total(pairs.lost_minor, since_less),
        lost_since_more=total(pairs.lost_minor, since_more),
        slow_since_less=total(pairs.slow_minor, since_less),
    )
    joined = by_customer.left_join(sums, by_customer.customer_id == sums.of_customer)
    return joined.select(
        "customer_id",
        "flips",
        "less_minor",
        "more_minor",
        "reason",
        avoided_minor=ibis.least(joined.less_minor, joined.lost_since_less.fill_null(0)),
        risked_minor=ibis.least(joined.more_minor, joined.lost_since_more.fill_null(0)),
        slow_minor=ibis.least(joined.less_minor, joined.slow_since_less.fill_null(0)),
    )


def _losses(by_customer: Table) -> dict[str, Value]:
    named = ("avoided_minor", "risked_minor", "slow_minor")
    return {"customers": by_customer.count().cast("int64")} | {name: total(by_customer[name]) for name in named}


def _flips(rows: Table) -> Table:
    rows = rows.filter(rows.is_flip)
    found = rows.group_by(before="before_status", after="after_status", reason="reason").agg(
        orders=rows.count().cast("int64"),
        customers=rows.customer_id.nunique().cast("int64"),
        asked_minor=total(rows.asked_minor),
        change_minor=total(rows.after_minor - rows.before_minor),
    )
    return found.order_by(ibis.desc("orders"), "before", "after", "reason")


def _workload(rows: Table) -> Table:
    """Orders that a person looks at, by the first reason, before and after."""
    referred = Status.REFERRED.value
    ways = (("before", rows.before_status, rows.before_reason), ("after", rows.after_status, rows.after_reason))
    parts = [
        rows.filter(status == referred).select(
            reason=reason, before=ibis.literal(int(way == "before")), after=ibis.literal(int(way == "after"))
        )
        for way, status, reason in ways
    ]
    both = ibis.union(*parts)
    found = both.group_by("reason").agg(before=total(both.before), after=total(both.after))
    return found.order_by(ibis.desc("after"), ibis.desc("before"), "reason")


def _months(rows: Table) -> Table:
    referred = Status.REFERRED.value
    months = rows.mutate(month=rows.ordered_on.strftime("%Y-%m"))
    found = months.group_by("month").agg(
        orders=months.count().cast("int64"),
        before_minor=total(months.before_minor),
        after_minor=total(months.after_minor),
        referred_before=(months.before_status == referred).sum().cast("int64"),
        referred_after=(months.after_status == referred).sum().cast("int64"),
    )
    return found.order_by("month")


def _named(by_customer: Table, customers: Table, most: int) -> Table:
    names = customers.select("number", "name", of_customer="customer_id")
    found = by_customer.left_join(names, by_customer.customer_id == names.of_customer).drop("of_customer")
    found = found.mutate(change_minor=found.more_minor - found.less_minor)
    return found.order_by(ibis.desc(found.less_minor + found.more_minor), "number").limit(most)
