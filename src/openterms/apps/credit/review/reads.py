"""Reviews as the list shows them, and one with everything that has changed since the line was decided last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from openterms.apps.credit.decision.experience import committed
from openterms.apps.credit.decision.given import Gathered, gather
from openterms.apps.credit.decision.models import CaseState, CreditCase, Decision
from openterms.apps.credit.decision.policies import policy_of
from openterms.apps.credit.decision.rights import Weight
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.credit.policy.reads import policy_on
from openterms.apps.parties.models import Attachment
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows
from openterms.core.base.errors import BadInput
from openterms.core.credit.policy import Policy

from .actions import present_weight
from .models import Review, ReviewStep

LIST = """
SELECT v.id, v.currency, v.opened_on, v.due_on, v.act, v.triggers, v.reasons, v.state, v.ended_as, v.closed_at,
    v.closed_on, v.case_id, v.customer_id, p.name, p.number, p.insolvent_on, p.paused_until, g.name AS group_name,
    l.limit_minor, l.is_unlimited
FROM credit_review v
JOIN parties_customer p ON p.seller_id = v.seller_id AND p.id = v.customer_id
LEFT JOIN parties_group g ON g.id = p.group_id
LEFT JOIN credit_line l ON l.seller_id = v.seller_id AND l.customer_id = v.customer_id AND l.currency = v.currency
WHERE v.seller_id = %(seller)s{where}
ORDER BY {order}
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class ReviewFilter:
    """Which reviews are wanted; empty means all. `ended_as` is asked of those that have ended."""

    is_open: bool = True
    trigger: str = ""
    act: str = ""
    ended_as: str = ""
    late: bool = False
    customer: UUID | None = None


def reviews(
    seller: Seller, wanted: ReviewFilter, today: date, after: Sequence[Any] | None = None, limit: int = 51
) -> list[dict[str, Any]]:
    """Reviews in order, from after a row's `key` on: open ones by the day they are due, ended ones latest first."""
    params: dict[str, Any] = {"seller": seller.id, "limit": limit, "today": today}
    where = " AND v.state = 'open'" if wanted.is_open else " AND v.state = 'closed'"
    simple = {
        "trigger": "%(trigger)s = ANY(v.triggers)",
        "act": "v.act = %(act)s",
        "ended_as": "v.ended_as = %(ended_as)s",
        "customer": "v.customer_id = %(customer)s",
    }
    for name, condition in simple.items():
        if getattr(wanted, name):
            where += f" AND {condition}"
            params[name] = getattr(wanted, name)
    if wanted.late:
        where += " AND v.due_on < %(today)s"
    column, kind, beyond, way = ("v.due_on", "date", ">", "ASC")
    if not wanted.is_open:
        column, kind, beyond, way = ("v.closed_at", "timestamptz", "<", "DESC")
    if after and len(after) == 2:
        where += f" AND ({column}, v.id) {beyond} (%(after_0)s::{kind}, %(after_1)s::uuid)"
        params |= {"after_0": after[0], "after_1": after[1]}
    found = rows(LIST.format(where=where, order=f"{column} {way}, v.id {way}"), params)
    for one in found:
        at = one["due_on"] if wanted.is_open else one["closed_at"]
        one["key"] = [at.isoformat(), str(one["id"])]
        one["is_late"] = one["state"] == "open" and one["due_on"] < today
        one["reasons"] = json.loads(one["reasons"]) if isinstance(one["reasons"], str) else one["reasons"]
    return found


def triggers(seller: Seller) -> list[str]:
    """The codes that open reviews hold as reasons."""
    found = rows(
        "SELECT DISTINCT t FROM credit_review CROSS JOIN LATERAL unnest(triggers) t"
        " WHERE seller_id = %(seller)s AND state = 'open' ORDER BY t",
        {"seller": seller.id},
    )
    return [one["t"] for one in found]


def policies_of(seller: Seller, today: date) -> dict[str, Policy]:
    """The policies in force by currency, of the currencies in which there are lines: their words name triggers."""
    currencies = Line.objects.filter(seller=seller).values_list("currency", flat=True).distinct()
    found = {one: policy_on(seller, one, today) for one in sorted(set(currencies))}
    return {currency: policy_of(version) for currency, version in found.items() if version is not None}


def waiting(seller: Seller, today: date) -> dict[str, int]:
    """How many reviews are `open`, and how many of these are `late`: past the day by which they were due."""
    found = row(
        "SELECT count(*) AS open, count(*) FILTER (WHERE due_on < %(today)s) AS late FROM credit_review"
        " WHERE seller_id = %(seller)s AND state = 'open'",
        {"seller": seller.id, "today": today},
    )
    return found or {"open": 0, "late": 0}


def find_review(seller: Seller, review_id: UUID) -> Review | None:
    """A review with its customer, or nothing where the seller has none such."""
    found = Review.objects.filter(seller=seller, id=review_id)
    return found.select_related("customer", "customer__group", "policy_version", "case").first()


@dataclass(frozen=True)
class ReviewView:
    """Everything about a review on one screen.

    `decided` is the last decision of a case that was decided, `before` the facts that it saw; `now` those of today,
    under `version`, the policy in force. `expired` are the documents that have run out or are about to. `weight` says
    whose authority covers the present limit, None where it cannot be said (`why_not`).
    """

    review: Review
    line: Line | None
    exposure_minor: int
    version: PolicyVersion
    policy: Policy
    decided: Decision | None
    before: dict[str, Any]
    now: Gathered
    expired: list[Attachment]
    steps: list[ReviewStep]
    case: CreditCase | None
    weight: Weight | None
    why_not: BadInput | None

    @property
    def changed(self) -> list[dict[str, Any]]:
        """What is known otherwise than at the last decision: `name, before, after, difference` (of numbers)."""
        after = self.now.facts
        return [
            {"name": name, "before": self.before.get(name), "after": after.get(name),
             "difference": _difference(self.before.get(name), after.get(name))}
            for name in self.policy.facts
            if self.before.get(name) != after.get(name)
        ]  # fmt: skip


def review_view(seller: Seller, review: Review, now: datetime) -> ReviewView:
    """All that a review's page shows. A review that has ended shows what is known now, too."""
    today = local_date(now, seller.timezone)
    version = policy_on(seller, review.currency, today) or review.policy_version
    policy = policy_of(version)
    decided = (
        Decision.objects.filter(
            seller=seller, customer_id=review.customer_id, currency=review.currency, case__state=CaseState.DECIDED
        )
        .exclude(case_id=review.case_id if review.state == "closed" else None)
        .select_related("case", "policy_version")
        .order_by("-id")
        .first()
    )
    line = Line.objects.filter(seller=seller, customer_id=review.customer_id, currency=review.currency).first()
    found, why_not = None, None
    try:
        found = present_weight(seller, review, now)
    except BadInput as error:
        why_not = error
    own = [one["exposure_minor"] for one in committed(seller, review.customer, now)
           if one["customer_id"] == review.customer_id and one["currency"] == review.currency]  # fmt: skip
    return ReviewView(
        review=review,
        line=line,
        exposure_minor=sum(own),
        version=version,
        policy=policy,
        decided=decided,
        before=json.loads(decided.kept)["facts"] if decided else {},
        now=gather(seller, review.customer, review.currency, policy, None, today, now),
        expired=_expired(seller, review, today),
        steps=list(ReviewStep.objects.filter(review=review).select_related("person").order_by("-number")),
        case=review.case,
        weight=found,
        why_not=why_not,
    )


def _expired(seller: Seller, review: Review, today: date) -> list[Attachment]:
    """Documents that have run out, or do so within the days that the policy looks ahead; the earliest first."""
    ahead = [one.watch.ahead_days or 0 for one in policy_of(review.policy_version).reviews.triggers
             if one.watch is not None and one.watch.kind == "documents"]  # fmt: skip
    horizon = date.fromordinal(today.toordinal() + max(ahead, default=0))
    found = Attachment.objects.filter(seller=seller, customer_id=review.customer_id, valid_until__lt=horizon)
    return list(found.order_by("valid_until", "id")[:50])


def _difference(before: Any, after: Any) -> int | None:
    if isinstance(before, bool) or isinstance(after, bool) or not isinstance(before, int):
        return None
    return after - before if isinstance(after, int) else None


def line_of(review: Review) -> Line | None:
    """The line that a review is about."""
    return Line.objects.filter(
        seller_id=review.seller_id, customer_id=review.customer_id, currency=review.currency
    ).first()  # fmt: skip
