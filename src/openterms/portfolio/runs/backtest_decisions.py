"""The back-test of a policy's decisions: every stored case decided again on the facts that it saw.

Cases come as a table of facts: ``case_id, customer_id, decided_on`` and a column for each fact by its name, with
``asked_terms`` where terms were asked for, and, for what was decided then, ``answered_outcome, answered_rule,
answered_queue, answered_limit_minor``. Amounts are minor units of the policies' currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis

from openterms.core.credit.policy import Policy
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.rules.decisions import decided
from openterms.portfolio.runs.backtest import Row

KEYS = ("case_id", "customer_id", "decided_on")
_SAID = ("outcome", "rule", "queue", "limit_minor", "is_automatic")


@dataclass(frozen=True)
class DecisionsSummary:
    """What a back-test of decisions found.

    ``totals`` by name: limits are those of each customer's newest case. ``flips`` by outcome before and after with the
    rule; ``workload`` of people by queue; ``customers`` with another limit, the largest change first.
    """

    totals: Mapping[str, int]
    flips: Sequence[Row]
    workload: Sequence[Row]
    customers: Sequence[Row]


def decided_twice(cases: Table, before: Policy | None, after: Policy, engine: Engine) -> Table:
    """Cases with the answer before and after. Grain: one case.

    ``before`` None takes what was decided then. Columns: ``KEYS`` and, each as ``before_…`` and ``after_…``, ``outcome,
    rule, queue, limit_minor, is_automatic`` (for what was decided then: unknown). Errors as ``decided``.
    """
    answers = [name for name in cases.columns if name.startswith("answered_")]
    if before is None:
        old = cases.select(
            *KEYS,
            **{name: cases[f"answered_{name}"] for name in _SAID[:-1]},
            is_automatic=ibis.null("boolean"),
        )
    else:
        old = decided(cases.drop(*answers), before, engine).select(*KEYS, *_SAID)
    new = decided(cases.drop(*answers), after, engine).select("case_id", *_SAID)
    old, new = engine.materialise(old), engine.materialise(new)
    new = new.rename(of_case="case_id")
    joined = old.inner_join(new, old.case_id == new.of_case)
    return joined.select(
        *(old[name] for name in KEYS),
        **{f"before_{name}": old[name] for name in _SAID},
        **{f"after_{name}": new[name] for name in _SAID},
    )


def decisions_summary(
    answered: Table, customers: Table, engine: Engine, most_customers: int = 1_000
) -> DecisionsSummary:
    """What ``decided_twice`` comes to; ``customers`` has ``customer_id, number, name``."""
    limits = {way: answered[f"{way}_limit_minor"].fill_null(0) for way in ("before", "after")}
    is_flip = (answered.before_outcome != answered.after_outcome) | (limits["before"] != limits["after"])
    newest = ibis.window(group_by="customer_id", order_by=[ibis.desc("decided_on"), ibis.desc("case_id")])
    with engine.scratch() as keep:
        rows = keep(answered.mutate(is_flip=is_flip, place=ibis.row_number().over(newest)))
        last = rows.filter(rows.place == 0)
        sums = {f"limit_{way}_minor": total(last[f"{way}_limit_minor"].fill_null(0)) for way in ("before", "after")}
        totals = engine.collect(rows.aggregate(**_totals(rows))).to_pylist()[0]
        totals |= engine.collect(last.aggregate(**sums)).to_pylist()[0]
        return DecisionsSummary(
            totals=totals,
            flips=engine.collect(_flips(rows)).to_pylist(),
            workload=engine.collect(_workload(rows)).to_pylist(),
            customers=engine.collect(_changed(last, customers, most_customers)).to_pylist(),
        )


def _totals(rows: Table) -> dict[str, Value]:
    def count(where: Value) -> Value:
        return where.sum().fill_null(0).cast("int64")

    return {
        "decisions": rows.count().cast("int64"),
        "flips": count(rows.is_flip),
        "granted_before": count(rows.before_outcome.isin(["approve", "counter_offer"])),
        "granted_after": count(rows.after_outcome.isin(["approve", "counter_offer"])),
        "referred_before": count(rows.before_outcome == "refer"),
        "referred_after": count(rows.after_outcome == "refer"),
        "by_people_before": count(~rows.before_is_automatic & (rows.before_outcome != "decline")),
        "by_people_after": count(~rows.after_is_automatic & (rows.after_outcome != "decline")),
    }


def _flips(rows: Table) -> Table:
    rows = rows.filter(rows.is_flip)
    found = rows.group_by(before="before_outcome", after="after_outcome", reason="after_rule").agg(
        decisions=rows.count().cast("int64"),
        customers=rows.customer_id.nunique().cast("int64"),
        change_minor=total(rows.after_limit_minor.fill_null(0) - rows.before_limit_minor.fill_null(0)),
    )
    return found.order_by(ibis.desc("decisions"), "before", "after", "reason")


def _workload(rows: Table) -> Table:
    """Cases that a person looks at, by queue, before and after."""
    parts = [
        rows.filter(rows[f"{way}_outcome"] == "refer").select(
            queue=rows[f"{way}_queue"],
            before=ibis.literal(int(way == "before")),
            after=ibis.literal(int(way == "after")),
        )
        for way in ("before", "after")
    ]
    both = ibis.union(*parts)
    found = both.group_by("queue").agg(before=total(both.before), after=total(both.after))
    return found.order_by(ibis.desc("after"), ibis.desc("before"), "queue")


def _changed(last: Table, customers: Table, most: int) -> Table:
    """Customers whose newest case ends with another outcome or limit."""
    rows = last.filter(last.is_flip)
    names = customers.select("number", "name", of_customer="customer_id")
    found = rows.left_join(names, rows.customer_id == names.of_customer)
    before, after = found.before_limit_minor.fill_null(0), found.after_limit_minor.fill_null(0)
    found = found.select(
        "customer_id", "number", "name", "before_outcome", "after_outcome", "after_rule", "before_limit_minor",
        "after_limit_minor", change_minor=after - before,
    )  # fmt: skip
    return found.order_by(ibis.desc(found.change_minor.abs()), "number").limit(most)
