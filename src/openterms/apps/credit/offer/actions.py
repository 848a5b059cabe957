"""Offer a limit, and what becomes of it: accepted, declined, withdrawn, or expired. The line changes on acceptance."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from openterms.apps.credit.line.actions import (
    Change,
    change_line,
    refuse_beyond_authority,
    refuse_end,
    refuse_limit,
    refuse_role,
    require_reason,
)
from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.parties.actions import change_customer
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.api_keys import digest_of
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.receivables.terms import parse_terms

from .models import Offer, OfferState

MOST_DAYS = 365
MOST_EXPIRED_AT_ONCE = 500
LANGUAGES = ("en", "ar")

OFFERED_ALREADY = Reason(
    "offered_already",
    gettext_noop("An offer waits for this customer's answer already."),
    remedy=gettext_noop("Withdraw it first."),
)
NOT_OPEN = Reason(
    "offer_not_open",
    gettext_noop("The offer is %(state)s and waits for no answer."),
    gettext_noop("This offer does not wait for an answer any more."),
    gettext_noop("Ask for a new one."),
)
OFFER_OVER = Reason(
    "offer_over",
    gettext_noop("The offer stood through %(day)s."),
    gettext_noop("This offer stood through %(day)s."),
    gettext_noop("Ask for a new one."),
)
LINE_CHANGED = Reason(
    "offer_line_changed",
    gettext_noop("The line has been changed since this was offered."),
    gettext_noop("Your account has changed since this was offered."),
    gettext_noop("Ask for a new one."),
)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What is offered: a limit in minor units, payment terms where they change too, the last day of a temporary limit,
    why (for us) and the reasons as the customer reads them, and the last day to answer.

    `decision_id` is the credit decision that it follows from: authority was held by whoever approved that.
    """

    limit_minor: int
    currency: str
    answer_by: date
    reason: str
    message: str = ""
    terms: str = ""
    until: date | None = None
    decision_id: UUID | None = None


def make_offer(
    seller: Seller, actor: Actor, customer: Customer, wanted: Offered, now: datetime
) -> tuple[Offer, str]:
    """Offer a limit that holds once the customer accepts; returns the offer and the secret of its link, shown once.

    Refused: a person beyond their authority, an offer that waits already. Errors: no reason, a limit below zero, days
    that have passed or are a year away, terms that cannot be.
    """
    today = local_date(now, seller.timezone)
    terms = _checked(wanted, today)
    if wanted.decision_id is None:
        refuse_beyond_authority(seller, actor, wanted.currency, wanted.limit_minor, False, now)
    secret = secrets.token_urlsafe(32)
    language = customer.locale.split("-")[0]
    with transaction.atomic():
        line = Line.objects.filter(seller=seller, customer=customer, currency=wanted.currency).first()
        try:
            with transaction.atomic():
                made = Offer.objects.create(
                    seller=seller, customer=customer, currency=wanted.currency, limit_minor=wanted.limit_minor,
                    before_minor=line.limit_minor if line else None, terms=terms, until=wanted.until,
                    reason=wanted.reason.strip()[:500], message=wanted.message.strip(),
                    language=language if language in LANGUAGES else "en", decision_id=wanted.decision_id,
                    digest=digest_of(secret), offered_on=today, answer_by=wanted.answer_by,
                    offered_by_id=actor.user_id,
                )  # fmt: skip
        except IntegrityError as error:
            if "offer_open_once" in str(error):
                raise Refused([OFFERED_ALREADY]) from error
            raise
        record(seller.id, actor, "offer_made", "offer", made.id, now, customer.id, _said(made))
    return made, secret


def renew_link(seller: Seller, actor: Actor, offer_id: UUID, now: datetime) -> tuple[Offer, str]:
    """A fresh link for an offer that waits; the one before ends. The second of the answer is its secret, shown once.

    Refused: a role that sets no limits, it waits no more; busy. Errors: no such offer.
    """
    refuse_role(actor)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        kept = _locked(seller, offer_id)
        _refuse_closed(kept)
        kept.digest = digest_of(secret)
        kept.save(update_fields=["digest"])
        record(seller.id, actor, "offer_link_made", "offer", kept.id, now, kept.customer_id, _said(kept))
    return kept, secret


def accept_by_link(secret: str, name: str, address: str, now: datetime) -> Offer:
    """The customer says yes by its link: the line changes at once, in this transaction, under the typed name.

    Refused: it waits no more, its last day has passed, the line changed since; busy. Errors: no name, no such link.
    """
    return _by_link(secret, name, address, OfferState.ACCEPTED, "", now)


def decline_by_link(secret: str, name: str, address: str, note: str, now: datetime) -> Offer:
    """The customer says no by its link; nothing changes. Refused and errors: as `accept_by_link`."""
    return _by_link(secret, name, address, OfferState.DECLINED, note, now)


def answer_offer(
    seller: Seller, actor: Actor, offer_id: UUID, accepted: bool, name: str, note: str, now: datetime
) -> Offer:
    """Keep what the customer told a person of the seller: who said it, and where that is kept (`note`).

    Refused: a role that sets no limits, and as `accept_by_link`. Errors: no name, no note, no such offer.
    """
    refuse_role(actor)
    if not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say how the customer told you"))
    state = OfferState.ACCEPTED if accepted else OfferState.DECLINED
    with transaction.atomic():
        kept = _locked(seller, offer_id)
        return _answer(seller, actor, kept, state, _name(name), "", note, now)


def withdraw_offer(seller: Seller, actor: Actor, offer_id: UUID, reason: str, now: datetime) -> Offer:
    """Take an offer back before it is answered. Refused: a role that sets no limits, it waits no more; busy. Errors: no
    reason, no such offer."""
    refuse_role(actor)
    require_reason(reason, gettext_noop("Say why it is withdrawn"))
    with transaction.atomic():
        kept = _locked(seller, offer_id)
        _refuse_closed(kept)
        _close(kept, OfferState.WITHDRAWN, now, note=reason)
        record(
            seller.id, actor, "offer_withdrawn", "offer", kept.id, now, kept.customer_id,
            _said(kept) | {"reason": kept.answer_note},
        )  # fmt: skip
    return kept


def expire_offers(seller: Seller, now: datetime) -> int:
    """Close the offers whose last day has passed; returns how many. Up to 500 in one transaction, in order of id; call
    again while it returns as many. An offer is over by its day, noted or not. Refused: busy."""
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        with locking():
            due = list(
                Offer.objects.select_for_update()
                .filter(seller=seller, state=OfferState.OPEN, answer_by__lt=today)
                .order_by("id")[:MOST_EXPIRED_AT_ONCE]
            )
        for kept in due:
            _close(kept, OfferState.EXPIRED, now)
            record(seller.id, SYSTEM, "offer_expired", "offer", kept.id, now, kept.customer_id, _said(kept))
    return len(due)


def _by_link(secret: str, name: str, address: str, state: str, note: str, now: datetime) -> Offer:
    """The link is the authority: it shows the one offer, and only then the seller's context is entered for the act."""
    from .entering import enter_offer

    typed = _name(name)
    with transaction.atomic():
        found = enter_offer(secret)
        if found is None:
            raise BadInput(gettext_noop("There is no such offer"), "offer")
        with acting(found.seller_id):
            seller = Seller.objects.get(id=found.seller_id)
            kept = _locked(seller, found.id)
            return _answer(seller, Actor(typed), kept, state, typed, address, note, now)


def _answer(
    seller: Seller, actor: Actor, kept: Offer, state: str, name: str, address: str, note: str, now: datetime
) -> Offer:
    _refuse_closed(kept)
    today = local_date(now, seller.timezone)
    if today > kept.answer_by:
        raise Refused([OFFER_OVER.given(day=kept.answer_by.isoformat())])
    if state == OfferState.ACCEPTED:
        _grant(seller, actor, kept, name, today, now)
    _close(kept, state, now, name, address, note)
    record(
        seller.id, actor, f"offer_{state}", "offer", kept.id, now, kept.customer_id,
        _said(kept) | {"person": name, "note": kept.answer_note},
    )  # fmt: skip
    return kept


def _grant(seller: Seller, actor: Actor, kept: Offer, name: str, today: date, now: datetime) -> None:
    """Do what was offered, if the line still is as it was. An offer that follows a decision names it."""
    customer = Customer.objects.get(id=kept.customer_id)
    with locking():
        lines = Line.objects.select_for_update().filter(seller=seller, customer=customer, currency=kept.currency)
        line = lines.first()
    if (line.limit_minor if line else None) != kept.before_minor or (line is not None and line.is_unlimited):
        raise Refused([LINE_CHANGED])
    change = Change(
        limit_minor=kept.limit_minor, reason=kept.reason, valid_from=today, until=kept.until,
        decision_id=kept.decision_id,
    )  # fmt: skip
    change_line(seller, actor, customer, kept.currency, change, now)
    if kept.terms and kept.until is None and customer.terms != kept.terms:
        change_customer(customer, actor, {"terms": kept.terms}, now)


def _close(kept: Offer, state: str, now: datetime, name: str = "", address: str = "", note: str = "") -> None:
    kept.state, kept.answered_at = state, now
    kept.answered_name, kept.answered_from, kept.answer_note = name, address[:64], note.strip()[:500]
    kept.save(update_fields=["state", "answered_at", "answered_name", "answered_from", "answer_note"])


def _locked(seller: Seller, offer_id: UUID) -> Offer:
    with locking():
        kept = Offer.objects.select_for_update().filter(seller=seller, id=offer_id).first()
    if kept is None:
        raise BadInput(gettext_noop("There is no such offer"), "offer")
    return kept


def _refuse_closed(kept: Offer) -> None:
    if kept.state != OfferState.OPEN:
        raise Refused([NOT_OPEN.given(state=kept.state)])


def _name(name: str) -> str:
    typed = " ".join(name.split())
    if len(typed) < 3:
        raise BadInput(gettext_noop("The name is missing"), "name", gettext_noop("Type first name and surname"))
    return typed[:200]


def _checked(wanted: Offered, today: date) -> str:
    """The terms in their one notation. Errors: what cannot be offered."""
    exponent(wanted.currency)
    refuse_limit(wanted.limit_minor, is_unlimited=False)
    require_reason(wanted.reason)
    if not 0 <= (wanted.answer_by - today).days <= MOST_DAYS:
        raise BadInput(
            gettext_noop("An offer stands from today on, for a year at most"),
            "answer_by",
            gettext_noop("Give a last day to answer within a year"),
        )
    refuse_end(
        wanted.answer_by, wanted.until, gettext_noop("A temporary limit does not end before it can be accepted"),
        "until", gettext_noop("Give a last day after the last day to answer"),
    )  # fmt: skip
    return str(parse_terms(wanted.terms)) if wanted.terms.strip() else ""


def _said(kept: Offer) -> dict[str, object]:
    return {
        "limit_minor": kept.limit_minor, "currency": kept.currency, "before": kept.before_minor,
        "answer_by": kept.answer_by.isoformat(), "terms": kept.terms,
        "decision": str(kept.decision_id) if kept.decision_id else None,
    }  # fmt: skip
