"""How a customer pays, in one word: the payer segment, by ordered rules over what its history shows.

The first rule that is True names the segment; where none is, the customer is ``unclassified``. Rules and thresholds
belong to the strategy document (``standard.yaml`` holds starting values, to be calibrated on a seller's own data), so
``portfolio.rules`` compiles the very expressions that are read here. Source: FACTBOOK 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openterms.core.base.expressions import Expression, Value, flag, vocabulary, whole

SEGMENTS = (
    "insolvent",
    "too_new",
    "disputing",
    "cash_strapped",
    "prompt",
    "admin_slow",
    "forgetful",
    "strategic",
    "unclassified",
)
"""All segments, in the order of FACTBOOK 10's rules."""

UNCLASSIFIED = "unclassified"

LONGEST_CD = 400_000_000
"""Any span between two dates, in hundredths of a day."""

SEGMENT_FACTS = vocabulary(
    flag("insolvent", "an insolvency is recorded for the customer", "customers"),
    whole("paid_invoices", 0, 10**9, "invoices fully settled in the window", "items", "settlements"),
    whole("disputed_share_bp", 0, 10_000, "share of the amount invoiced that was disputed", "bp", "claims"),
    whole(
        "partial_payments", 0, 10**9, "invoices paid in part, with a rest left open past due", "items", "settlements"
    ),
    whole("broken_promises", 0, 10**9, "promises broken or kept in part in the window", "promises", "promises"),
    whole(
        "dbt_trend_cd", -LONGEST_CD, LONGEST_CD, "days beyond terms, later half less earlier half", "cd", "settlements"
    ),
    whole("dbt_mean_cd", -LONGEST_CD, LONGEST_CD, "days beyond terms, mean by amount", "cd", "settlements"),
    whole("dbt_sd_cd", 0, LONGEST_CD, "days beyond terms, standard deviation", "cd", "settlements"),
    whole("copy_or_po_requests_share_bp", 0, 10_000, "invoices for which a copy or a PO was asked", "bp", "touches"),
    whole("paid_after_reminder_share_bp", 0, 10_000, "reminders followed by payment in 3 days", "bp", "touches"),
)
"""What a segment rule may speak of; any of them may be missing. ``cd`` = 1/100 of a day, ``bp`` = 1/100 of 1 %."""


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """``segment`` when ``when`` is True; ``reason`` says in staff's words what was seen."""

    segment: str
    when: Expression
    reason: str


def segment_of(values: Mapping[str, Value], rules: Sequence[SegmentRule]) -> tuple[str, SegmentRule | None]:
    """The segment and the rule that fired, or ``("unclassified", None)``.

    ``values`` has one entry for each of ``SEGMENT_FACTS`` the rules speak of, None where unknown; ``rules`` in order of
    precedence, usually ``strategy.segments``. A rule that cannot be decided does not fire. Raises BadInput for values
    outside their range. Source: FACTBOOK 10 (TV-103).
    """
    for rule in rules:
        if rule.when.holds(values):
            return rule.segment, rule
    return UNCLASSIFIED, None
