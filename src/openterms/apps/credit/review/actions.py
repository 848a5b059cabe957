"""What people, and the decisions of cases, do about a review: begin a case, dismiss, close."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.acts import REASON_MISSING, Terms, recommend
from openterms.apps.credit.decision.events import CaseEnded
from openterms.apps.credit.decision.models import CaseState, CreditCase, Source
from openterms.apps.credit.decision.policies import policy_of
from openterms.apps.credit.decision.rights import (
    Weight,
    against_strangers,
    first_allowed,
    hands_of,
    may_override,
    person_need,
    weight,
)
from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import Person

from .models import CHANGING, Ended, Review, ReviewStep, StepOfReview

REVIEW_CLOSED = Reason(
    "review_is_closed",
    gettext_noop("This review is closed already."),
    remedy=gettext_noop("Look at the customer's latest case."),
)
CASE_ANSWERS = Reason(
    "case_answers_review",
    gettext_noop("A credit case of this customer in %(currency)s is open and answers the review."),
    remedy=gettext_noop("Decide or withdraw the case."),
)


def begin(
    seller: Seller, actor: Actor, review_id: UUID, reason: str, now: datetime, wanted: Terms | None = None
) -> CreditCase:
    """Open the credit case that answers a review: at the present limit, or at what is `wanted`, which is recommended.

    What the policy lets the rules decide alone is in force at once, and closes the review. Where a case of the customer
    and currency is open already, that one answers the review. Refused and errors: as
    opening a case and recommending; a review that is closed; busy.
    """
    with transaction.atomic():
        review = locked_review(seller, review_id)
        case = CreditCase.objects.filter(
            seller=seller, customer_id=review.customer_id, currency=review.currency, state=CaseState.OPEN
        ).first()  # fmt: skip
        if case is None:
            line = Line.objects.filter(seller=seller, customer_id=review.customer_id, currency=review.currency).first()
            limit = wanted.limit_minor if wanted else line.limit_minor if line else None
            request = CaseRequest(currency=review.currency, limit_minor=limit, reason=reason.strip())
            case = open_case(seller, actor, review.customer, request, (), now, Source.REVIEW, str(review.id))
        if case.state == CaseState.OPEN:
            review.case = case
            review.save(update_fields=["case"])
            _step(review, StepOfReview.BEGIN, actor, now, reason, case_id=case.id)
            record(
                seller.id, actor, "review_begun", "review", review.id, now, review.customer_id, {"case": str(case.id)}
            )
            if wanted is not None:
                recommend(seller, actor, case.id, wanted, reason, now)
    return case


def dismiss(seller: Seller, actor: Actor, review_id: UUID, reason: str, now: datetime) -> Review:
    """Close a review without a decision: the line stays as it is, until its next cadence.

    It takes the authority that granting the present limit would take. Refused, with every reason: no reason given, a
    role or an authority that does not reach, who is not active, a case that is open; a closed review; busy.
    """
    with transaction.atomic():
        review = locked_review(seller, review_id)
        on = local_date(now, seller.timezone)
        hands, policy = hands_of(seller, actor, on), policy_of(review.policy_version)
        known, against = first_allowed(hands, lambda one: against_strangers(one, policy))
        if known is None:
            raise Refused(against)
        refusals = [] if reason.strip() else [REASON_MISSING]
        found = present_weight(seller, review, now)
        person, against = first_allowed(
            hands, lambda one: may_override(seller, one, found, on, reason or "given above")
        )
        refusals += against
        if CreditCase.objects.filter(
            seller=seller, customer_id=review.customer_id, currency=review.currency, state=CaseState.OPEN
        ).exists():
            refusals.append(CASE_ANSWERS.given(currency=review.currency))
        if refusals or person is None:
            raise Refused(refusals)
        _close(review, Ended.DISMISSED, now)
        _step(review, StepOfReview.DISMISS, actor, now, reason, person)
        record(
            seller.id, actor, "review_dismissed", "review", review.id, now, review.customer_id,
            {"reason": reason.strip(), "triggers": list(review.triggers), "currency": review.currency},
        )  # fmt: skip
    return review


def answered(said: CaseEnded) -> None:
    """Close the review that an ended case answers; one whose case was withdrawn waits for another. In its
    transaction."""
    case = said.case
    with locking():
        review = Review.objects.select_for_update(of=("self",)).filter(
            seller_id=case.seller_id, customer_id=case.customer_id, currency=case.currency, state="open"
        ).first()  # fmt: skip
    if review is None:
        return
    if case.state == CaseState.WITHDRAWN:
        if review.case_id == case.id:
            review.case = None
            review.save(update_fields=["case"])
            _step(review, StepOfReview.RETURN, said.actor, said.now, case_id=case.id)
        return
    is_renewal = case.source == Source.REVIEW and case.opened_by_id is None and case.source_ref == str(review.id)
    review.case = case
    _close(review, Ended.RENEWED if is_renewal else Ended.CASE, said.now)
    kind = StepOfReview.RENEW if is_renewal else StepOfReview.CASE
    _step(review, kind, said.actor, said.now, case_id=case.id)
    record(
        case.seller_id, said.actor, "review_renewed" if is_renewal else "review_closed", "review", review.id, said.now,
        case.customer_id,
        {"case": str(case.id), "outcome": case.outcome, "limit_minor": case.closed_minor, "currency": case.currency},
    )  # fmt: skip


def locked_review(seller: Seller, review_id: UUID) -> Review:
    """An open review, locked until the transaction ends. Refused: closed already; busy. Errors: there is none such."""
    with locking():
        review = Review.objects.select_for_update(of=("self",)).filter(seller=seller, id=review_id).first()
    if review is None:
        raise BadInput(gettext_noop("There is no such review"), "review", gettext_noop("Give the id of a review"))
    if review.state != "open":
        raise Refused([REVIEW_CLOSED])
    return review


def present_weight(seller: Seller, review: Review, now: datetime) -> Weight:
    """What the present limit comes to, and whose authority covers it."""
    line = Line.objects.filter(seller=seller, customer_id=review.customer_id, currency=review.currency).first()
    policy = policy_of(review.policy_version)
    if line is not None and line.is_unlimited:
        need = person_need(policy, None, (), 0)
        return Weight(None, None, need, need)
    case = CreditCase(seller=seller, customer=review.customer, currency=review.currency)
    return weight(seller, review.customer, case, policy, (), line.limit_minor if line else 0, now)


def _close(review: Review, ended_as: str, now: datetime) -> None:
    review.state, review.ended_as, review.closed_at = "closed", ended_as, now
    review.closed_on = local_date(now, review.seller.timezone)
    review.save(update_fields=CHANGING)


def _step(
    review: Review,
    kind: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    person: Person | None = None,
    case_id: UUID | None = None,
) -> None:
    """Write a step; `person` is the hand whose authority it took."""
    ReviewStep.objects.create(
        seller_id=review.seller_id,
        review=review,
        number=ReviewStep.objects.filter(review=review).count() + 1,
        kind=kind,
        person_id=actor.user_id,
        person_name=actor.name if actor.user_id else "",
        acts_for_id=person.acts_for if person else None,
        role=person.role if person else actor.role or "",
        authority_minor=person.authority_minor if person else None,
        reason=reason.strip()[:1000],
        case_id=case_id,
        at=now,
    )
