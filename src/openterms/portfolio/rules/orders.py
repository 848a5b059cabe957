"""Orders answered over columns: ``core.credit.orders.authorise`` for a table of orders at once.

Each check of the core is a column of its own, in the core's order; exemptions and overrides take checks away; what is
left decides. Source: FACTBOOK 7.7.
"""

from __future__ import annotations

import functools
import operator

import ibis

from openterms.core.base.rounding import BASIS_POINTS
from openterms.core.credit import order_reasons as why
from openterms.core.credit.orders import EXEMPTIBLE, LIMITING, OVERRIDABLE, LineState, Rules, Status
from openterms.portfolio.book.engines import Engine, Table, Value

CHECKS: tuple[str, ...] = tuple(
    reason.code
    for reason in (
        why.SUSPENDED, why.INSOLVENT, why.CURRENCY_WITHOUT_LINE, why.NO_LIMIT_SET, why.LINE_CANCELLED,
        why.LINE_SUSPENDED, why.LINE_NOT_BEGUN, why.LINE_EXPIRED, why.GROUP_CANCELLED, why.GROUP_SUSPENDED,
        why.GROUP_EXPIRED, why.ON_HOLD, why.OVERDUE, why.PURCHASER_MAY_NOT, why.PURCHASER_LIMIT, why.PURCHASER_BUDGET,
        why.PURCHASE_ORDER_MISSING, why.BELOW_LEAST, why.OVER_LIMIT, why.OVER_GROUP_LIMIT,
    )
)  # fmt: skip
"""Codes of the checks in the order in which their reasons stand."""

FAULTS: tuple[str, ...] = (why.OVERRIDE_OTHER_ORDER.code, why.OVERRIDE_EXPIRED.code, why.OVERRIDE_TOO_SMALL.code)
"""Why an override does not hold, in order."""

ANSWER: tuple[str, ...] = ("status", "approved_minor", "reasons", "overridden")


def authorised(orders: Table, rules: Rules, engine: Engine) -> Table:
    """``orders`` with the answer of ``rules``, each on what was seen when it was asked.

    Columns in: those of ``book.orders.ORDERS`` (more may be there); ``overdue_minor`` and ``days_overdue`` are of items
    overdue for more than ``rules.overdue_days``. Grain: one order. Columns out: ``orders`` and ``status`` (``Status``),
    ``approved_minor``, ``reasons`` and ``overridden`` (codes in order with a space between; empty without any).
    """
    rows = orders.mutate(credit_minor=orders.asked_minor - orders.prepaid_minor)
    rows = engine.stage(rows.mutate(**{f"fails_{code}": check for code, check in _checks(rows, rules).items()}))
    rows = engine.stage(rows.mutate(**_overrides(rows)))
    stands = {code: _standing(rows, code) for code in CHECKS}
    rows = rows.mutate(
        **{f"stands_{code}": value for code, value in stands.items()},
        overridden=_codes({code: rows[f"fails_{code}"] & ~stands[code] for code in CHECKS if code in OVERRIDABLE}),
    )
    rows = engine.stage(rows)
    failing = {code: rows[f"stands_{code}"] for code in CHECKS}
    faulty = {code: rows[f"fault_{code}"] for code in FAULTS}
    approves, part, spare = _outcome(rows, rules, failing)
    judged = ~_any([value for code, value in failing.items() if code not in rules.referred])
    answered = rows.mutate(
        status=ibis.cases(
            (approves, Status.APPROVED.value),
            (part, Status.PARTLY_APPROVED.value),
            (judged, Status.REFERRED.value),
            else_=Status.DECLINED.value,
        ),
        approved_minor=ibis.cases((approves, rows.credit_minor), (part, spare), else_=0).cast("int64"),
        reasons=_codes({**failing, **faulty}),
    )
    return engine.stage(answered.select(*orders.columns, *ANSWER))


def without_limits(orders: Table, rules: Rules, engine: Engine) -> Table:
    """``orders`` with what does not hang on headroom, for orders whose exposures no limit allows. Grain: one order.

    Columns out: ``orders`` and ``is_clean`` (nothing else stands against it), ``own_binds`` and ``group_binds``
    (whether a limit that is too small stands against it: it is set, and neither exempt nor set aside).
    """
    rows = orders.mutate(credit_minor=orders.asked_minor - orders.prepaid_minor)
    rows = engine.stage(rows.mutate(**{f"fails_{code}": check for code, check in _checks(rows, rules).items()}))
    rows = engine.stage(rows.mutate(**_overrides(rows)))
    judged = rows.mutate(
        is_clean=~_any([_standing(rows, code) for code in CHECKS if code not in LIMITING]),
        own_binds=_standing(rows, why.OVER_LIMIT.code),
        group_binds=_standing(rows, why.OVER_GROUP_LIMIT.code),
    )
    return engine.stage(judged.select(*orders.columns, "is_clean", "own_binds", "group_binds"))


def _checks(rows: Table, rules: Rules) -> dict[str, Value]:
    """Whether each check fails, by its code; never null. Documents that are free of a check do not fail it."""
    on_credit = rows.credit_minor > 0
    same = (rows.line_currency == rows.currency).fill_null(False)
    is_set = rows.is_unlimited | rows.limit_minor.notnull()
    whole = rows.already_minor + rows.asked_minor
    wanted = rows.needs_purchase_order
    if rules.purchase_order_from_minor is not None:
        wanted = wanted | (whole >= rules.purchase_order_from_minor)
    person = rows.has_purchaser
    of_group = on_credit & rows.has_group_limit
    period = rows.used_minor + whole
    found = {
        why.SUSPENDED.code: rows.is_suspended,
        why.INSOLVENT.code: on_credit & rows.is_insolvent,
        why.CURRENCY_WITHOUT_LINE.code: on_credit & ~same,
        why.NO_LIMIT_SET.code: on_credit & same & ~is_set,
        why.LINE_CANCELLED.code: on_credit & same & (rows.line_state == LineState.CANCELLED.value),
        why.LINE_SUSPENDED.code: on_credit & same & (rows.line_state == LineState.SUSPENDED.value),
        why.LINE_NOT_BEGUN.code: on_credit & same & (rows.ordered_on < rows.line_from),
        why.LINE_EXPIRED.code: on_credit & same & (rows.ordered_on > rows.line_until),
        why.GROUP_CANCELLED.code: of_group & (rows.group_state == LineState.CANCELLED.value),
        why.GROUP_SUSPENDED.code: of_group & (rows.group_state == LineState.SUSPENDED.value),
        why.GROUP_EXPIRED.code: of_group & (rows.ordered_on > rows.group_until),
        why.ON_HOLD.code: on_credit & (rows.holds != ""),
        why.OVERDUE.code: on_credit & _overdue(rows, rules),
        why.PURCHASER_MAY_NOT.code: person & ~rows.may_order,
        why.PURCHASER_LIMIT.code: person & (whole > rows.most_per_order_minor),
        why.PURCHASER_BUDGET.code: person & (period > rows.most_per_period_minor),
        why.PURCHASE_ORDER_MISSING.code: wanted & ~rows.has_purchase_order,
        why.BELOW_LEAST.code: on_credit & (whole < rules.least_minor),
        why.OVER_LIMIT.code: on_credit & same & is_set & _beyond(rows, "limit_minor", "is_unlimited", "exposure_minor"),
        why.OVER_GROUP_LIMIT.code: of_group
        & (
            ~(rows.group_is_unlimited | rows.group_limit_minor.notnull())
            | _beyond(rows, "group_limit_minor", "group_is_unlimited", "group_exposure_minor")
        ),
    }
    free = {
        code: sorted(name for name, codes in rules.exemptions.items() if code in codes) for code in sorted(EXEMPTIBLE)
    }
    checked = {}
    for code in CHECKS:
        value = found[code].fill_null(False)
        checked[code] = value & ~rows.document.isin(free[code]) if free.get(code) else value
    return checked


def _overdue(rows: Table, rules: Rules) -> Value:
    """Overdue stops orders only when all three thresholds are passed."""
    if rules.overdue_days is None:
        return ibis.literal(False)
    return (
        (rows.days_overdue > rules.overdue_days)
        & (rows.overdue_minor > rules.overdue_minor)
        & (rows.overdue_minor * BASIS_POINTS > rules.materiality_bp * rows.open_minor)
    )


def _beyond(rows: Table, limit: str, unlimited: str, exposure: str) -> Value:
    """Whether a limit that is set leaves less than what is asked on credit."""
    left = rows[limit] - rows[exposure]
    return (~rows[unlimited] & ((rows.credit_minor > left) | (left < 0))).fill_null(False)


def _overrides(rows: Table) -> dict[str, Value]:
    """Whether an override holds (``override_holds``), and where it does not, why (``fault_<code>``)."""
    given = rows.override_order.notnull() & _any([rows[f"fails_{code}"] for code in CHECKS])
    faults = (
        rows.override_order != rows.order_ref,
        rows.ordered_at >= rows.override_expires_at,
        rows.already_minor + rows.credit_minor > rows.override_most_minor,
    )
    named = {f"fault_{code}": given & fault.fill_null(False) for code, fault in zip(FAULTS, faults, strict=True)}
    return named | {"override_holds": given & ~_any(list(named.values()))}


def _standing(rows: Table, code: str) -> Value:
    fails = rows[f"fails_{code}"]
    if code not in OVERRIDABLE:
        return fails
    named = (ibis.literal(" ") + rows.override_codes + ibis.literal(" ")).contains(f" {code} ").fill_null(False)
    return fails & ~(rows.override_holds & named)


def _outcome(rows: Table, rules: Rules, failing: dict[str, Value]) -> tuple[Value, Value, Value]:
    """Whether all of it is approved, whether a part, and how much that is."""
    approves = ~_any(list(failing.values()))
    over, over_group = failing[why.OVER_LIMIT.code], failing[why.OVER_GROUP_LIMIT.code]
    own = _spare(rows, "limit_minor", "exposure_minor")
    group = _spare(rows, "group_limit_minor", "group_exposure_minor")
    spare = ibis.cases((over & over_group, ibis.least(own, group)), (over, own), (over_group, group), else_=0)
    if not rules.allows_part_approval:
        return approves, ibis.literal(False), spare
    others = _any([value for code, value in failing.items() if code not in LIMITING])
    part = ~approves & rows.accepts_part & ~others & (spare > 0) & (rows.already_minor + spare >= rules.least_minor)
    return approves, part, spare


def _spare(rows: Table, limit: str, exposure: str) -> Value:
    """What a limit that is too small still allows: zero or more."""
    left = (rows[limit] - rows[exposure]).fill_null(0)
    return (left > 0).ifelse(left, 0)


def _any(values: list[Value]) -> Value:
    return functools.reduce(operator.or_, values)


def _codes(given: dict[str, Value]) -> Value:
    """The codes of the conditions that are true, in order, with a space between."""
    words = [value.ifelse(f"{code} ", "") for code, value in given.items()]
    return functools.reduce(operator.add, words).strip()
