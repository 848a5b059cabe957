"""How well a seller bills: four parts from 0 to 100, what they do to the days until money comes, what to change.

Pure: counts and medians of a period go in. A part about which nothing is known has no score and does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide

WEIGHTS = {"completeness": 40, "errors": 30, "timing": 20, "frequency": 10}
"""What each part weighs in the score."""
WORST_ERROR_BP = 1_000
"""From this share of disputed and credited invoices on (basis points), the part on errors is 0."""
WORST_LAG_DAYS = 10
OFTEN_A_MONTH = 8
"""More invoices a month to one customer than this are better sent as one."""
WORST_OFTEN_BP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Invoices of one kind: how many, how many of them are paid, and the median of days from issue to payment."""

    invoices: int
    paid: int = 0
    days_to_pay: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """What a period's billing was. `groups` has `all`, `disputed`, `credited`, `undisturbed`, `month_end` (the last
    three days), `month_begin` (the first five), `no_purchase_order`; `lag_days` is the median from supply to issue,
    None where no supply is known; `checked` and `stopped` are the invoices issued here and those the audit would stop;
    `findings` counts the audit's findings by code; `often` are invoices to customers who get more than eight a month.
    """

    groups: Mapping[str, Group]
    lag_days: int | None = None
    lagging: int = 0
    """Invoices whose supply is known."""
    checked: int = 0
    stopped: int = 0
    findings: Mapping[str, int] = field(default_factory=dict)
    often: int = 0
    often_customers: int = 0
    waits_for_order: int = 0
    """Invoices to customers who want an order number that have none."""
    to_order_customers: int = 0
    """Invoices to customers who want an order number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The score from 0 to 100 (None where there is no invoice), its parts, and proposals, the most useful first."""

    score: int | None
    parts: Mapping[str, int | None]
    proposals: Sequence[Reason]


PROPOSALS = {
    "orders": Reason("billing_ask_for_orders", gettext_noop(
        "%(count)s invoices went without the order number that their customers ask for."),
        remedy=gettext_noop("Ask for it when the order comes, and refuse to ship without it.")),
    "complete": Reason("billing_complete", gettext_noop("%(count)s of %(checked)s invoices issued here would bounce."),
        remedy=gettext_noop("Look at each invoice's findings before it goes out; the commonest stand in `findings`.")),
    "errors": Reason("billing_fewer_errors", gettext_noop(
        "%(count)s invoices were contested or credited; they took %(days)s days to be paid, the others %(others)s."),
        remedy=gettext_noop("Look at the reasons of the disputes and mend the commonest at its source.")),
    "sooner": Reason("billing_sooner", gettext_noop(
        "Half of the invoices go out %(days)s days after supply or later."),
        remedy=gettext_noop("Issue on the day of supply: each day of delay is a day later that money comes.")),
    "first": Reason("billing_first_of_month", gettext_noop(
        "Invoices of the month's last days took %(days)s days to be paid, those of its first days %(others)s."),
        remedy=gettext_noop("Date monthly invoices on the first rather than on the last day.")),
    "together": Reason("billing_together", gettext_noop(
        "%(customers)s customers get more than %(most)s invoices a month, %(count)s in all."),
        remedy=gettext_noop("Offer them one invoice a week or a month.")),
}  # fmt: skip
NOTABLE_DAYS = 3
"""A difference of medians from which a proposal is made."""


def scored(billing: Billing) -> Scored:
    """The score of a period's billing, its parts and proposals."""
    whole = billing.groups["all"].invoices
    if not whole:
        return Scored(score=None, parts=dict.fromkeys(WEIGHTS), proposals=())
    wrong = billing.groups["disputed"].invoices + billing.groups["credited"].invoices
    parts: dict[str, int | None] = {
        "completeness": _complete(billing),
        "errors": _fallen(_share_bp(wrong, whole), WORST_ERROR_BP),
        "timing": None if billing.lag_days is None else _fallen(max(0, billing.lag_days), WORST_LAG_DAYS),
        "frequency": _fallen(_share_bp(billing.often, whole), WORST_OFTEN_BP),
    }
    known = {name: value for name, value in parts.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    total = sum(WEIGHTS[name] * value for name, value in known.items())
    return Scored(score=total // weight, parts=parts, proposals=tuple(_proposals(billing, wrong)))


def _complete(billing: Billing) -> int | None:
    """The share of invoices without a grave finding; what is not issued here is judged by its order number alone."""
    of, bad = billing.checked + billing.to_order_customers, billing.stopped + billing.waits_for_order
    return 100 - _share_bp(bad, of) // 100 if of else None


def _share_bp(part: int, whole: int) -> int:
    return divide(part * BASIS_POINTS, whole)


def _fallen(value: int, worst: int) -> int:
    """100 at nothing, 0 from the worst on."""
    return 100 - min(value, worst) * 100 // worst


def _proposals(billing: Billing, wrong: int) -> list[Reason]:
    groups, found = billing.groups, []
    if billing.waits_for_order:
        found.append(PROPOSALS["orders"].given(count=billing.waits_for_order))
    if billing.stopped:
        found.append(PROPOSALS["complete"].given(count=billing.stopped, checked=billing.checked))
    slow, usual = groups["disputed"].days_to_pay, groups["undisturbed"].days_to_pay
    if wrong and slow is not None and usual is not None and slow - usual >= NOTABLE_DAYS:
        found.append(PROPOSALS["errors"].given(count=wrong, days=slow, others=usual))
    if billing.lag_days is not None and billing.lag_days >= NOTABLE_DAYS:
        found.append(PROPOSALS["sooner"].given(days=billing.lag_days))
    late, early = groups["month_end"].days_to_pay, groups["month_begin"].days_to_pay
    if late is not None and early is not None and late - early >= NOTABLE_DAYS:
        found.append(PROPOSALS["first"].given(days=late, others=early))
    if billing.often_customers:
        found.append(
            PROPOSALS["together"].given(customers=billing.often_customers, most=OFTEN_A_MONTH, count=billing.often)
        )
    return found
