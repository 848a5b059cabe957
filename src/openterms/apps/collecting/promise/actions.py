"""Take promises, withdraw them, and derive how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.ledger.writing import lock_items
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.promises import PromiseFacts, PromiseRule, outcome_of

from .models import Promise, PromiseItem


def promise(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    item_ids: Sequence[UUID],
    amount_minor: int,
    promised_for: date,
    on: date,
    now: datetime,
    made_by: str = "",
    note: str = "",
) -> Promise:
    """Record what a customer promised to pay of some items, oldest due first.

    A promise still pending on the same items is replaced (renegotiated). Errors: a date in the past, an amount over
    what is collectable, items of several currencies or of other customers.
    """
    if promised_for < on:
        raise BadInput(
            gettext_noop("%(day)s has passed"), "date", gettext_noop("Give today or a later date"),
            {"day": promised_for.isoformat()},
        )  # fmt: skip
    with transaction.atomic():
        locked = lock_items(seller, item_ids)
        items = sorted(locked.values(), key=lambda item: (item.due_on, item.number))
        _replace_pending(seller, actor, customer, [item.id for item in items], on, now)
        for item in items:
            item.refresh_from_db()
        currencies = {item.currency for item in items}
        if len(currencies) != 1 or any(item.customer_id != customer.id for item in items):
            raise BadInput(
                gettext_noop("A promise is for items of one customer and one currency"),
                where="items",
                remedy=gettext_noop("Choose open invoices of this customer in one currency"),
            )
        free = sum(item.collectable_minor for item in items)
        currency = items[0].currency
        if not 0 < amount_minor <= free:
            raise BadInput(
                gettext_noop("%(amount)s cannot be promised"),
                where="amount",
                remedy=gettext_noop("Give a positive amount of at most %(free)s, which is open and not disputed"),
                params={"amount": format_amount(amount_minor, currency), "free": format_amount(free, currency)},
            )
        made = Promise.objects.create(
            seller=seller, customer=customer, amount_minor=amount_minor, currency=currency, promised_for=promised_for,
            made_on=on, made_by=made_by, taken_by_id=actor.user_id, note=note, state_on=on,
        )  # fmt: skip
        rest = amount_minor
        for item in items:
            part = min(rest, item.collectable_minor)
            if part <= 0:
                continue
            rest -= part
            PromiseItem.objects.create(
                seller=seller, promise=made, item=item, amount_minor=part, open_before_minor=item.open_minor
            )
            claims.place(item, "promised", part, on, "promise", made.id)
        record(
            seller.id, actor, "promise_made", "promise", made.id, now, customer.id,
            {"amount_minor": amount_minor, "currency": currency, "promised_for": promised_for.isoformat(),
             "made_by": made_by, "items": [item.number for item in items]},
        )  # fmt: skip
    return made


def withdraw(seller: Seller, actor: Actor, promise_id: UUID, on: date, now: datetime) -> Promise:
    """Take a pending promise off the record's claims; it counts neither as kept nor as broken."""
    with transaction.atomic():
        made = Promise.objects.select_for_update().filter(seller=seller, id=promise_id).first()
        if made is None or made.state != Promise.State.PENDING:
            raise BadInput(gettext_noop("This promise is not pending"), "promise")
        _finish(seller, actor, [made], Promise.State.WITHDRAWN, on, now)
    return made


def _replace_pending(
    seller: Seller, actor: Actor, customer: Customer, item_ids: list[UUID], on: date, now: datetime
) -> None:
    pending = list(
        Promise.objects.select_for_update()
        .filter(seller=seller, customer=customer, state=Promise.State.PENDING, promiseitem__item_id__in=item_ids)
        .order_by("id")
    )
    if pending:
        _finish(seller, actor, list({p.id: p for p in pending}.values()), Promise.State.RENEGOTIATED, on, now)


def _finish(seller: Seller, actor: Actor, promises: list[Promise], state: str, on: date, now: datetime) -> None:
    claims.end([made.id for made in promises], on, now)
    for made in promises:
        made.state, made.state_on = state, on
        record(
            seller.id, actor, f"promise_{state}", "promise", made.id, now, made.customer_id,
            {"amount_minor": made.amount_minor, "currency": made.currency, "promised_for": made.promised_for.isoformat()},
        )  # fmt: skip
    Promise.objects.bulk_update(promises, ["state", "state_on"])


RECEIVED = """
SELECT pi.promise_id, s.settled_on, sum(s.amount_minor)::bigint
FROM collecting_promiseitem pi JOIN collecting_promise p ON p.id = pi.promise_id
JOIN receivables_settlement s ON s.item_id = pi.item_id
WHERE pi.promise_id = ANY(%(ids)s) AND s.settled_on BETWEEN p.made_on AND %(as_of)s
GROUP BY pi.promise_id, s.settled_on
"""


def derive_states(seller: Seller, as_of: date, now: datetime) -> dict[str, int]:
    """Give pending promises the state that settlements and the date imply; returns how many changed to each state.

    A promise is kept as soon as it is fully met; it is judged part kept or broken once its date and grace have passed.
    """
    changed: dict[str, int] = {}
    with transaction.atomic():
        pending = list(
            Promise.objects.select_for_update()
            .filter(seller=seller, state=Promise.State.PENDING, made_on__lte=as_of)
            .order_by("id")
        )
        with connection.cursor() as cursor:
            cursor.execute(RECEIVED, {"ids": [made.id for made in pending], "as_of": as_of})
            received: dict[UUID, list[tuple[date, int]]] = {}
            for promise_id, settled_on, amount in cursor.fetchall():
                received.setdefault(promise_id, []).append((settled_on, amount))
        ended: dict[str, list[Promise]] = {}
        for made in pending:
            facts = PromiseFacts(
                str(made.id), made.amount_minor, made.promised_for, made.made_on, tuple(received.get(made.id, ()))
            )
            state = outcome_of(facts, as_of, PromiseRule(grace_days=made.grace_days)).state
            if state != Promise.State.PENDING:
                ended.setdefault(state, []).append(made)
        for state, promises in ended.items():
            _finish(seller, SYSTEM, promises, state, as_of, now)
            changed[state] = len(promises)
    return changed
