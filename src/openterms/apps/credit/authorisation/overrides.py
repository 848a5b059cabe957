"""A person decides what the rules did not: release a referred order, refuse it, or override before it comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from openterms.apps.credit.line.actions import refuse_beyond_authority
from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authorisation import State

from .answers import Answered
from .asking import Ask, Order, answer_orders
from .models import Authorisation, Override, OverrideEnd
from .reads import state_at

USUAL_DAYS = 7
MOST_DAYS = 90

NOT_WAITING = Reason(
    "order_not_waiting",
    gettext_noop("This order waits for nobody any more."),
    "",
    gettext_noop("Look at how it stands now."),
)


def give_override(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    order_ref: str,
    currency: str,
    most_minor: int,
    reason: str,
    until: datetime,
    now: datetime,
    answers: Authorisation | None = None,
) -> Override:
    """Decide for one order of a customer, up to an amount for the whole of it, until an instant; used once.

    Refused: a person beyond their authority. Errors: no order, no reason, no amount, an end that is past or too far.
    """
    if not order_ref.strip():
        raise BadInput(gettext_noop("The order has no reference"), "order_ref", gettext_noop("Give the order's number"))
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the order may go ahead"))
    if most_minor <= 0:
        raise BadInput(gettext_noop("this amount is above zero"), "amount", gettext_noop("give one minor unit or more"))
    if not now < until <= now + timedelta(days=MOST_DAYS):
        raise BadInput(
            gettext_noop("An override does not hold until %(until)s"),
            "until",
            gettext_noop("Give an instant to come, at most %(most)s days from now"),
            {"until": until.isoformat(), "most": MOST_DAYS},
        )
    refuse_beyond_authority(seller, actor, currency, most_minor, False, now)
    with transaction.atomic():
        made = Override.objects.create(
            seller=seller, customer=customer, authorisation=answers, order_ref=order_ref.strip(), currency=currency,
            most_minor=most_minor, reason=reason.strip(), actor=actor.name, given_by_id=actor.user_id, given_at=now,
            expires_at=until,
        )  # fmt: skip
        record(
            seller.id, actor, "order_overridden", "override", made.id, now, customer.id,
            {"order_ref": made.order_ref, "amount_minor": most_minor, "currency": currency, "reason": made.reason,
             "until": until.isoformat(), "authorisation": str(answers.id) if answers else ""},
        )  # fmt: skip
    return made


def release_order(
    seller: Seller,
    actor: Actor,
    authorisation_id: UUID,
    reason: str,
    now: datetime,
    most_minor: int | None = None,
    until: datetime | None = None,
) -> Answered:
    """Let an order go ahead that waits for a person: it is answered anew under an override, and held at once.

    The override is for what the whole order comes to, or `most_minor`. Refused: the order waits no more, the person's
    authority is less, or a reason stands that nobody overrides; busy. Errors: no such order, no reason.
    """
    with transaction.atomic():
        row = _waiting(seller, authorisation_id, now)
        before = _already(row)
        give_override(
            seller, actor, row.customer, row.order_ref, row.currency,
            before + row.requested_minor - row.prepaid_minor if most_minor is None else most_minor,
            reason, until or now + timedelta(days=USUAL_DAYS), now, row,
        )  # fmt: skip
        order = Order(
            order_ref=row.order_ref, minor=row.requested_minor, currency=row.currency, purchaser=row.purchaser,
            purchase_order=row.purchase_order, lines=tuple(row.lines), prepaid_minor=row.prepaid_minor,
        )  # fmt: skip
        (answer,) = answer_orders(seller, actor, [Ask(customer=row.customer.number, order=order)], now)
        if isinstance(answer, BadInput):
            raise answer
        if answer.status != State.APPROVED.value:
            raise Refused(answer.reasons)
        row.successor_id = answer.id
        row.save(update_fields=["successor"])
        record(
            seller.id, actor, "order_released", "authorisation", row.id, now, row.customer_id,
            {"order_ref": row.order_ref, "amount_minor": row.requested_minor, "currency": row.currency,
             "reason": reason.strip(), "authorisation": str(answer.id)},
        )  # fmt: skip
    return answer


def refuse_order(seller: Seller, actor: Actor, authorisation_id: UUID, reason: str, now: datetime) -> None:
    """Say no to an order that waits for a person. Refused: it waits no more; busy. Errors: no such order, no reason."""
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the order is refused"))
    refuse_beyond_authority(seller, actor, seller.currency, None, False, now)
    with transaction.atomic():
        row = _waiting(seller, authorisation_id, now)
        row.state = State.DECLINED.value
        row.save(update_fields=["state"])
        record(
            seller.id, actor, "order_refused", "authorisation", row.id, now, row.customer_id,
            {"order_ref": row.order_ref, "amount_minor": row.requested_minor, "currency": row.currency,
             "reason": reason.strip()},
        )  # fmt: skip


OVERRIDE_USED = Reason(
    "override_used",
    gettext_noop("The order of this override has come; it was used."),
    "",
    gettext_noop("Release the order instead, where it has not left."),
)
OVERRIDE_OVER = Reason("override_over", gettext_noop("This override is over already."))


def take_back_override(seller: Seller, actor: Actor, override_id: UUID, now: datetime, reason: str = "") -> OverrideEnd:
    """End an override before its order comes. Waits for an order that is being answered on the same line.

    Refused: a person beyond their authority, used by its order, over or taken back already; busy. Errors: unknown.
    """
    with transaction.atomic():
        found = Override.objects.filter(seller=seller, id=override_id).first()
        if found is None:
            raise BadInput(gettext_noop("There is no such override"), "override", gettext_noop("Give the id of one"))
        refuse_beyond_authority(seller, actor, found.currency, found.most_minor, False, now)
        with locking():
            # The line that an order is answered under; made where it is missing, as an order makes it.
            Line.objects.get_or_create(seller=seller, customer_id=found.customer_id, currency=found.currency)
            Line.objects.select_for_update(no_key=True).get(
                seller=seller, customer_id=found.customer_id, currency=found.currency
            )
        if Authorisation.objects.filter(seller=seller, override=found).exists():
            raise Refused([OVERRIDE_USED])
        if found.expires_at <= now or OverrideEnd.objects.filter(seller=seller, override=found).exists():
            raise Refused([OVERRIDE_OVER])
        made = OverrideEnd.objects.create(
            seller=seller, override=found, reason=reason.strip()[:500], ended_by_id=actor.user_id, ended_at=now
        )
        record(
            seller.id, actor, "override_taken_back", "override", found.id, now, found.customer_id,
            {"order_ref": found.order_ref, "amount_minor": found.most_minor, "currency": found.currency,
             "reason": made.reason},
        )  # fmt: skip
    return made


def open_overrides(customer: Customer, now: datetime) -> list[Override]:
    """Overrides of a customer that wait for their order, the earliest end first."""
    found = Override.objects.filter(seller_id=customer.seller_id, customer=customer, expires_at__gt=now).exclude(
        Exists(OverrideEnd.objects.filter(override=OuterRef("pk")))
    )
    unused = found.exclude(Exists(Authorisation.objects.filter(override=OuterRef("pk"))))
    return list(unused.select_related("given_by").order_by("expires_at", "id")[:50])


def _waiting(seller: Seller, authorisation_id: UUID, now: datetime) -> Authorisation:
    """A referred order under the lock of its line. Refused: it waits no more. Errors: there is none such."""
    found = Authorisation.objects.filter(seller=seller, id=authorisation_id).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no authorisation %(id)s"),
            "id",
            gettext_noop("Give the id that the authorisation was answered with"),
            {"id": str(authorisation_id)},
        )
    with locking():
        Line.objects.select_for_update(no_key=True).get(id=found.line_id)
    row = Authorisation.objects.select_related("customer").get(id=found.id)
    if state_at(row, now) != State.REFERRED.value or row.successor_id is not None:
        raise Refused([NOT_WAITING])
    return row


def _already(row: Authorisation) -> int:
    """What the same order has been given before."""
    given = Authorisation.objects.filter(
        seller_id=row.seller_id, customer_id=row.customer_id, order_ref=row.order_ref, currency=row.currency,
        state__in=("approved", "partly_approved", "captured"),
    )  # fmt: skip
    return sum(max(one.approved_minor - one.released_minor, one.captured_minor) for one in given)
