"""Open the reviews that a day asks for, set-wise, and renew by the policy what may be renewed without a person.

A line with an open review gets new reasons, not a second review. Running the day again finds nothing new to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.models import CaseState, Decision, Source
from openterms.apps.credit.decision.policies import policy_of
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.journal.actions import INSERT_DRAFTS, draft, record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash, rows
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.outcomes import Request
from openterms.core.credit.reviews import CADENCE, may_renew

from .models import Review, ReviewStep, StepOfReview

STAGED = (
    "customer_id", "currency", "trigger", "place", "act", "within_days", "measure", "before", "after", "threshold",
)  # fmt: skip
"""What a day says fired: one figure of one trigger of one line."""
RENEWED_BECAUSE = gettext_noop("Renewed by the rules of the credit policy.")

STAGE = """
CREATE TEMP TABLE stage_fired (customer_id uuid, currency text, trigger text, place bigint, act text,
    within_days bigint, measure text, before bigint, after bigint, threshold bigint) ON COMMIT DROP
"""
REASONS = """
CREATE TEMP TABLE stage_reason ON COMMIT DROP AS
SELECT customer_id, currency, trigger, min(place) AS place, min(act) AS act, min(within_days) AS within_days,
    jsonb_build_object('trigger', trigger, 'act', min(act), 'within_days', min(within_days), 'on', %(day)s::text,
        'figures', jsonb_agg(jsonb_build_object('measure', measure, 'before', before, 'after', after,
            'threshold', threshold) ORDER BY measure)) AS reason
FROM stage_fired f WHERE EXISTS (SELECT 1 FROM credit_line l WHERE l.seller_id = %(seller)s
    AND l.customer_id = f.customer_id AND l.currency = f.currency)
GROUP BY customer_id, currency, trigger
"""
# Only time has passed for them, nothing is open, and the limit is a lasting figure.
RENEWABLE = """
SELECT r.customer_id, r.currency FROM stage_reason r
JOIN credit_line l ON l.seller_id = %(seller)s AND l.customer_id = r.customer_id AND l.currency = r.currency
WHERE r.trigger = %(cadence)s AND r.currency = ANY(%(currencies)s)
    AND l.limit_minor > 0 AND NOT l.is_unlimited AND l.temporary_until IS NULL
    AND NOT EXISTS (SELECT 1 FROM stage_reason o WHERE o.customer_id = r.customer_id AND o.currency = r.currency
        AND o.trigger <> r.trigger)
    AND NOT EXISTS (SELECT 1 FROM credit_review v WHERE v.seller_id = %(seller)s AND v.state = 'open'
        AND v.customer_id = r.customer_id AND v.currency = r.currency)
    AND NOT EXISTS (SELECT 1 FROM credit_creditcase c WHERE c.seller_id = %(seller)s AND c.state = 'open'
        AND c.customer_id = r.customer_id AND c.currency = r.currency)
ORDER BY r.customer_id, r.currency
"""
ADD = """
WITH fresh AS (
    SELECT v.id, array_agg(r.trigger ORDER BY r.place) AS triggers, jsonb_agg(r.reason ORDER BY r.place) AS reasons,
        min(r.within_days) AS within_days, array_agg(r.act) AS acts
    FROM stage_reason r JOIN credit_review v ON v.seller_id = %(seller)s AND v.state = 'open'
        AND v.customer_id = r.customer_id AND v.currency = r.currency
    WHERE NOT r.trigger = ANY(v.triggers) AND r.trigger <> %(cadence)s
    GROUP BY v.id
), changed AS (
    UPDATE credit_review v SET triggers = v.triggers || f.triggers::varchar[], reasons = v.reasons || f.reasons,
        due_on = least(v.due_on, %(day)s::date + f.within_days::int),
        act = CASE WHEN 'hold' = ANY(v.act || f.acts) THEN 'hold' WHEN 'reduce' = ANY(v.act || f.acts) THEN 'reduce'
            ELSE 'review' END
    FROM fresh f WHERE v.id = f.id
    RETURNING v.id, v.customer_id, v.currency, f.triggers
), steps AS (
    INSERT INTO credit_reviewstep (id, seller_id, review_id, number, kind, person_name, role, reason, triggers, at)
    SELECT openterms_id(), %(seller)s, c.id,
        (SELECT coalesce(max(number), 0) + 1 FROM credit_reviewstep s WHERE s.review_id = c.id),
        'add', '', '', '', c.triggers, %(now)s FROM changed c
)
SELECT id, customer_id, currency, triggers FROM changed
"""
OPEN = """
WITH wanted AS (
    SELECT r.customer_id, r.currency, array_agg(r.trigger ORDER BY r.place) AS triggers,
        jsonb_agg(r.reason ORDER BY r.place) AS reasons, min(r.within_days) AS within_days, array_agg(r.act) AS acts
    FROM stage_reason r
    WHERE NOT EXISTS (SELECT 1 FROM unnest(%(customers)s::uuid[], %(of)s::text[]) AS w (customer_id, currency)
        WHERE w.customer_id = r.customer_id AND w.currency = r.currency)
    GROUP BY r.customer_id, r.currency
), made AS (
    INSERT INTO credit_review (id, seller_id, customer_id, currency, opened_on, opened_at, policy_version_id, due_on,
        act, triggers, reasons, state, ended_as)
    SELECT openterms_id(), %(seller)s, w.customer_id, w.currency, %(day)s, %(now)s,
        (%(versions)s::jsonb ->> w.currency)::uuid, %(day)s::date + w.within_days::int,
        CASE WHEN 'hold' = ANY(w.acts) THEN 'hold' WHEN 'reduce' = ANY(w.acts) THEN 'reduce' ELSE 'review' END,
        w.triggers, w.reasons, 'open', ''
    FROM wanted w
    ON CONFLICT (seller_id, customer_id, currency) WHERE state = 'open' DO NOTHING
    RETURNING id, customer_id, currency, triggers
), steps AS (
    INSERT INTO credit_reviewstep (id, seller_id, review_id, number, kind, person_name, role, reason, triggers, at)
    SELECT openterms_id(), %(seller)s, m.id, 1, 'open', '', '', '', m.triggers, %(now)s FROM made m
)
SELECT id, customer_id, currency, triggers FROM made
"""


@dataclass(frozen=True)
class Asked:
    """What a day did about reviews: opened, with a reason added; and the lines that may be renewed, with the version of
    the policy that is asked."""

    opened: int
    added: int
    renewable: list[tuple[UUID, PolicyVersion]]


def open_due(
    seller: Seller, fired: Iterable[bytes], versions: Mapping[str, PolicyVersion], day: date, now: datetime
) -> Asked:
    """Open a review for every line that something speaks for, in the caller's transaction.

    `fired` are rows of `STAGED` as CSV without a header, in pieces; `versions` the policies in force by currency. Lines
    for which only time speaks, under a policy that renews, are left out and named: `renew` asks the policy about each.
    An event for each review.
    """
    params: dict[str, Any] = {
        "seller": seller.id, "day": day, "now": now, "cadence": CADENCE,
        "versions": json.dumps({currency: str(version.id) for currency, version in versions.items()}),
        "currencies": [one for one, version in versions.items() if policy_of(version).reviews.renew_when is not None],
    }  # fmt: skip
    with joined_by_hash(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS stage_fired, stage_reason")
        cursor.execute(STAGE)
        with cursor.copy(f"COPY stage_fired ({', '.join(STAGED)}) FROM STDIN (FORMAT csv)") as copy:
            for piece in fired:
                copy.write(piece)
        cursor.execute("ANALYZE stage_fired")
        cursor.execute(REASONS, params)
        renewable = rows(RENEWABLE, params)
        added = rows(ADD, params)
        params |= {"customers": [one["customer_id"] for one in renewable], "of": [one["currency"] for one in renewable]}
        opened = rows(OPEN, params)
        drafts = [_told(seller, "review_opened", one, now) for one in opened]
        drafts += [_told(seller, "review_reason_added", one, now) for one in added]
        if drafts:
            cursor.execute(INSERT_DRAFTS, {"events": json.dumps(drafts)})
    return Asked(len(opened), len(added), [(one["customer_id"], versions[one["currency"]]) for one in renewable])


def _told(seller: Seller, kind: str, one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    data = {"triggers": list(one["triggers"]), "currency": one["currency"]}
    return draft(seller.id, SYSTEM, kind, "review", one["id"], now, one["customer_id"], data)


class _NotRenewedError(Exception):
    """The policy's answer does not renew the line; what was tried is taken back."""


def renew(seller: Seller, customer_id: UUID, version: PolicyVersion, day: date, now: datetime) -> bool:
    """Let the policy decide a line of its currency again, over present facts; returns whether it is renewed.

    Renewed means: approved at the present limit, within what the rules may grant without a person, and allowed by the
    policy's `renew_when`. The decision stays as a case; the limit is never raised. Anything else leaves a review open
    for a person. One transaction; a line that has a review by now is left alone.
    """
    policy = policy_of(version)
    with transaction.atomic():
        customer = Customer.objects.get(seller=seller, id=customer_id)
        with locking():
            line = Line.objects.select_for_update().filter(
                seller=seller, customer=customer, currency=policy.currency
            ).first()  # fmt: skip
        if line is None or not line.limit_minor or line.is_unlimited:
            return False
        within = policy.reviews.within_days
        reason = {"trigger": CADENCE, "act": "review", "within_days": within, "on": day.isoformat(), "figures": []}
        review = Review(
            seller=seller, customer=customer, currency=line.currency, opened_on=day, opened_at=now,
            policy_version=version, due_on=day + timedelta(days=within), act="review", triggers=[CADENCE],
            reasons=[reason],
        )  # fmt: skip
        try:
            with transaction.atomic():
                review.save(force_insert=True)
        except IntegrityError:
            return False
        ReviewStep.objects.create(
            seller=seller, review=review, number=1, kind=StepOfReview.OPEN, triggers=[CADENCE], at=now
        )
        record(
            seller.id, SYSTEM, "review_opened", "review", review.id, now, customer.id,
            {"triggers": [CADENCE], "currency": line.currency},
        )  # fmt: skip
        try:
            with transaction.atomic():
                _renewed(seller, customer, line, review, now)
        except (_NotRenewedError, Refused, BadInput):
            return False
    return True


def _renewed(seller: Seller, customer: Customer, line: Line, review: Review, now: datetime) -> None:
    """Open a case at the present limit; its answer closes the review, or all of it is taken back."""
    request = CaseRequest(currency=line.currency, limit_minor=line.limit_minor, reason=RENEWED_BECAUSE)
    case = open_case(seller, SYSTEM, customer, request, (), now, Source.REVIEW, str(review.id))
    if case.state != CaseState.DECIDED or case.outcome != "approved" or case.closed_minor != line.limit_minor:
        raise _NotRenewedError
    decision = Decision.objects.select_related("policy_version").get(case=case)
    facts = json.loads(decision.kept)["facts"]
    if not may_renew(policy_of(decision.policy_version), facts, Request(line.limit_minor)):
        raise _NotRenewedError
