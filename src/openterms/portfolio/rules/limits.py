"""Score, class and limit over columns: the first half of a decision, as ``core.credit.programme`` makes it.

Columns are added in the order in which a decision makes them, and each is staged, so that what is made from it does not
write it out again. All numbers are 64-bit. Source: FACTBOOK 2.4, 2.6.
"""

from __future__ import annotations

import functools
import operator

import ibis
import pyarrow as pa

from openterms.core.base.expressions import Expression
from openterms.core.credit import limits
from openterms.core.credit.facts import MOST_MINOR
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import Card, LimitMethod
from openterms.core.credit.policy_reading import LIMIT_FACTS
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.tables import Column, TableSpec
from openterms.portfolio.rules.compile import compile_node

CHANCES = TableSpec(
    "chances",
    "one score of one scorecard",
    (
        Column("card", "text", "code of the scorecard"),
        Column("points", "minor", "the score"),
        Column("chance_bp", "minor", "the probability of default that it stands for"),
    ),
)
_SHARES = (
    limits.TANGIBLE_NET_WORTH,
    limits.WORKING_CAPITAL,
    limits.BUREAU,
    limits.INSURER,
    limits.CONCENTRATION,
)


def read(rows: Table, expression: Expression, engine: Engine) -> Value:
    """A condition over the columns that have its facts' names."""
    return compile_node(expression.tree, {name: rows[name] for name in expression.names}, engine)


def true(rows: Table, expression: Expression, engine: Engine) -> Value:
    """Whether a condition is known to be true; never null."""
    return read(rows, expression, engine).fill_null(False)


def scored(rows: Table, policy: Policy, engine: Engine) -> Table:
    """``rows`` with ``scorecard`` (empty where none fits), ``score`` and ``pd_bp``. Columns in: the given facts."""
    if not policy.scorecards:
        nothing = ibis.null("int64")
        return engine.stage(rows.mutate(scorecard=ibis.literal(""), score=nothing, pd_bp=nothing))
    fits = [(true(rows, card.when, engine), card) for card in policy.scorecards]
    rows = engine.stage(
        rows.mutate(
            scorecard=ibis.cases(*((fit, card.scorecard.code) for fit, card in fits), else_=""),
            score=ibis.cases(*((fit, _points(rows, card, engine)) for fit, card in fits)).cast("int64"),
        )
    )
    chances = _chances(rows, policy, engine)
    joined = rows.left_join(chances, [rows.scorecard == chances.card, rows.score == chances.points])
    return engine.stage(joined.select(*(rows[name] for name in rows.columns), pd_bp=chances.chance_bp))


def _points(rows: Table, card: Card, engine: Engine) -> Value:
    """The sum over attributes of the first bin that is known to be true."""
    points = []
    for attribute, conditions in zip(card.scorecard.attributes, card.scorecard.conditions, strict=True):
        bins = [
            (true(rows, when, engine), ibis.literal(bin_.points, "int64"))
            for bin_, when in zip(attribute.bins, conditions, strict=True)
        ]
        points.append(ibis.cases(*bins, else_=ibis.literal(attribute.otherwise, "int64")))
    return functools.reduce(operator.add, points)


def _chances(rows: Table, policy: Policy, engine: Engine) -> Table:
    """The probability of each score that occurs: a few hundred, worked out exactly by the core."""
    found = engine.collect(rows.filter(rows.score.notnull()).select("scorecard", "score").distinct()).to_pylist()
    scales = {card.scorecard.code: card.scorecard.scale for card in policy.scorecards}
    return engine.register(
        CHANCES,
        pa.table(
            {
                "card": pa.array([one["scorecard"] for one in found], pa.string()),
                "points": pa.array([one["score"] for one in found], pa.int64()),
                "chance_bp": pa.array([scales[one["scorecard"]].pd_bp(one["score"]) for one in found], pa.int64()),
            }
        ),
    )


def classed(rows: Table, policy: Policy, engine: Engine) -> Table:
    """``rows`` with ``risk_class`` (null where none fits), ``offered_terms_days`` and ``cap_minor``."""
    fits = [(true(rows, one.when, engine), one) for one in policy.risk_classes]
    rows = engine.stage(rows.mutate(risk_class=ibis.cases(*((fit, one.name) for fit, one in fits))))
    days = [(rows.risk_class == one.name, one.longest_days) for _, one in fits if one.terms]
    caps = [(rows.risk_class == one.name, one.cap_minor) for _, one in fits if one.cap_minor is not None]
    none = ibis.null("int64")
    return engine.stage(
        rows.mutate(
            offered_terms_days=ibis.cases(*days).cast("int64") if days else none,
            cap_minor=ibis.cases(*caps).cast("int64") if caps else none,
        )
    )


def suggested(rows: Table, policy: Policy, engine: Engine) -> Table:
    """``rows`` with the limit and the facts made of it.

    ``figure_<n>`` of each method; ``limit_found_minor`` (as ``Suggestion.limit_minor``), ``bound_by`` (empty without a
    limit); ``limit_methods, suggested_limit_minor, granted_minor, exposure_after_minor``. Columns in: the given facts,
    ``classed``.
    """
    methods, rules = policy.limits.methods, policy.limits
    rows = engine.stage(
        rows.mutate(**{f"figure_{n}": _figure(rows, one, engine).cast("int64") for n, one in enumerate(methods)})
    )
    figures = [rows[f"figure_{n}"] for n in range(len(methods))]
    begins = true(rows, rules.starter.when, engine) if rules.starter else ibis.literal(False)
    rows = engine.stage(
        rows.mutate(
            limit_methods=functools.reduce(operator.add, [one.notnull().cast("int64") for one in figures]),
            least_minor=ibis.least(*figures) if len(figures) > 1 else figures[0],
            begins=begins,
        )
    )
    enough = (rows.limit_methods >= rules.least_methods) | rows.begins | (rows.least_minor == 0).fill_null(False)
    starter = rules.starter.limit_minor if rules.starter else 0
    by_figure = [(rows[f"figure_{n}"] == rows.least_minor, one.name) for n, one in enumerate(methods)]
    starts = rows.begins & (rows.least_minor.isnull() | (rows.least_minor > starter))
    rows = engine.stage(
        rows.mutate(
            bound_minor=ibis.cases((starts, starter), else_=rows.least_minor).cast("int64"),
            bound_name=ibis.cases((starts, limits.STARTER), *by_figure, else_=""),
            is_enough=enough,
        )
    )
    capped = rows.cap_minor.notnull() & (rows.bound_minor.isnull() | (rows.cap_minor < rows.bound_minor))
    found = capped.ifelse(rows.cap_minor, rows.bound_minor)
    step = rules.round_down_minor
    rounded = found - found % ibis.literal(step, "int64") if step > 1 else found
    known = rows.is_enough & found.notnull()
    rows = engine.stage(
        rows.mutate(
            limit_found_minor=known.ifelse(rounded, ibis.null("int64")).cast("int64"),
            bound_by=ibis.cases((~known, ""), (capped, limits.CAP), else_=rows.bound_name),
        )
    )
    clamped = (rows.limit_found_minor > MOST_MINOR).ifelse(MOST_MINOR, rows.limit_found_minor)
    rows = engine.stage(rows.mutate(suggested_limit_minor=clamped.cast("int64")))
    below = (rows.requested_limit_minor < rows.suggested_limit_minor).fill_null(False)
    rows = engine.stage(
        rows.mutate(
            granted_minor=below.ifelse(rows.requested_limit_minor, rows.suggested_limit_minor).cast("int64"),
        )
    )
    return engine.stage(rows.mutate(exposure_after_minor=rows.granted_minor + rows.group_exposure_minor))


def _figure(rows: Table, method: LimitMethod, engine: Engine) -> Value:
    """A method's figure; null where it cannot say. The arithmetic is that of ``core.credit.limits``."""
    figure = _plain_figure(rows, method, engine)
    if method.when.source == "True":
        return figure
    return true(rows, method.when, engine).ifelse(figure, ibis.null("int64"))


def _plain_figure(rows: Table, method: LimitMethod, engine: Engine) -> Value:
    if method.formula is not None:
        formula = read(rows, method.formula, engine)
        return (formula < 0).ifelse(0, formula)
    (name,) = LIMIT_FACTS[method.kind]
    minor = (rows[name] < 0).ifelse(0, rows[name])
    if method.kind in _SHARES:
        return engine.basis_points(minor, ibis.literal(method.share_bp or 0, "int64"))
    if method.kind == limits.NEED:
        offered, asked = rows.offered_terms_days, rows.requested_terms_days
        days = (asked < offered).fill_null(False).ifelse(asked, offered)
        return engine.divide(minor * (days + (method.buffer_days or 0)), ibis.literal(limits.YEAR_DAYS, "int64"))
    return engine.divide(minor * (method.multiple_c or 0), ibis.literal(limits.WHOLE_C, "int64"))
