"""Authorise orders, and move what is held for them. Each action is one transaction under the lock of the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking, wait_shortly
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.authorisation import Authorisation as Life
from openterms.core.credit.exposure import Headroom

from .answers import Answered, answer_of, first_answer, keep_answer
from .asking import Ask, Order, Outcome, answer_orders
from .billed import mark_billed
from .group import lock_group
from .models import LIVE, Authorisation, AuthorisationCapture
from .reads import find_authorisation, life_of, seen

MOST_EXPIRED_AT_ONCE = 500
MOST_AT_ONCE = 500


def authorise_order(
    seller: Seller, actor: Actor, customer: Customer, order: Order, now: datetime, key: str = "", dry_run: bool = False
) -> Answered:
    """Answer an order: approved in full or in part (which is then held), referred, or declined, with every reason.

    Two orders of one line are answered one after the other, so that together they never pass its limit. `key` makes the
    request repeatable: the first answer comes again. `dry_run` answers, and writes and locks nothing. Amounts in minor
    units. Refused: busy. Errors: no order reference, an amount or an expiry that cannot be, a key used otherwise.
    """
    ask = Ask(customer=customer.number, order=order, key=key)
    (outcome,) = authorise_orders(seller, actor, [ask], now, dry_run)
    if isinstance(outcome, BadInput):
        raise outcome
    return outcome


def authorise_orders(
    seller: Seller, actor: Actor, asks: list[Ask], now: datetime, dry_run: bool = False
) -> list[Outcome]:
    """Answer up to 500 orders in one transaction, each by itself and in order; what cannot be is its BadInput.

    The lines of all are locked together, in order of id. Refused: busy, and then none is answered.
    """
    if len(asks) > MOST_AT_ONCE:
        raise BadInput(
            gettext_noop("There are %(count)s orders"),
            "orders",
            gettext_noop("Send at most %(most)s at once"),
            {"count": len(asks), "most": MOST_AT_ONCE},
        )
    with transaction.atomic():
        wait_shortly()
        return answer_orders(seller, actor, asks, now, not dry_run)


def capture(
    seller: Seller,
    actor: Actor,
    authorisation_id: UUID,
    minor: int,
    now: datetime,
    invoice: str = "",
    is_final: bool = False,
    key: str = "",
) -> Answered:
    """Turn held headroom into what is invoiced: goods left. `is_final` gives back what is held beyond it.

    More than is held goes within the tolerance and the line's headroom. It counts as captured and not invoiced until an
    invoice numbered `invoice` stands on the account. Minor units. Refused: expired, nothing held, too much, busy.
    Errors: no such authorisation, an amount of nothing, a key used otherwise.
    """
    body = {"authorisation": str(authorisation_id), "amount": minor, "invoice": invoice, "final": is_final}

    def step(life: Life, headroom: Headroom) -> Life:
        after = life.capture(minor, now, headroom)
        return after.release(now) if is_final and after.held_minor else after

    def also(row: Authorisation) -> dict[str, Any]:
        AuthorisationCapture.objects.create(
            seller=seller, authorisation=row, line_id=row.line_id, amount_minor=minor, invoice=invoice, captured_at=now
        )
        mark_billed(row, invoice)
        return {"amount_minor": minor, "invoice": invoice, "is_final": is_final}

    return _moved(seller, actor, authorisation_id, now, _Move("captured", step, also, key, body))


def name_invoice(
    seller: Seller, actor: Actor, authorisation_id: UUID, invoice: str, now: datetime, key: str = ""
) -> Answered:
    """Say which invoice bills the captures of an order that have none named; they stop counting once it is posted.

    Refused: busy. Errors: no number, no such authorisation, no capture without an invoice, a key used otherwise.
    """
    body = {"authorisation": str(authorisation_id), "invoice": invoice}
    if not invoice.strip():
        raise BadInput(gettext_noop("The invoice has no number"), "invoice", gettext_noop("Give the invoice's number"))

    def step(life: Life, headroom: Headroom) -> Life:
        return life

    def also(row: Authorisation) -> dict[str, Any]:
        if not AuthorisationCapture.objects.filter(authorisation=row, invoice="").update(invoice=invoice):
            raise BadInput(
                gettext_noop("No capture of this order waits for its invoice"),
                "invoice",
                gettext_noop("Capture what left, with the invoice's number"),
            )
        mark_billed(row, invoice)
        return {"invoice": invoice}

    return _moved(seller, actor, authorisation_id, now, _Move("invoiced", step, also, key, body))


def release(
    seller: Seller, actor: Actor, authorisation_id: UUID, now: datetime, minor: int | None = None, key: str = ""
) -> Answered:
    """Give back what is held for an order, or a part of it, to the headroom. Minor units.

    Refused: nothing is held any more, or less than that; busy. Errors: no such authorisation, a key used otherwise.
    """
    body = {"authorisation": str(authorisation_id), "amount": minor}

    def step(life: Life, headroom: Headroom) -> Life:
        return life.release(now, minor)

    def also(row: Authorisation) -> dict[str, Any]:
        return {"released_minor": row.released_minor}

    return _moved(seller, actor, authorisation_id, now, _Move("released", step, also, key, body))


def extend(
    seller: Seller, actor: Actor, authorisation_id: UUID, until: datetime, now: datetime, key: str = ""
) -> Answered:
    """Hold for longer. Refused: expired, nothing held, beyond the most days; busy. Errors: not later than before."""
    body = {"authorisation": str(authorisation_id), "until": until.isoformat()}

    def step(life: Life, headroom: Headroom) -> Life:
        return life.extend(until, now)

    def also(row: Authorisation) -> dict[str, Any]:
        return {"until": until.isoformat()}

    return _moved(seller, actor, authorisation_id, now, _Move("extended", step, also, key, body))


def expire_due(seller: Seller, actor: Actor, now: datetime) -> int:
    """Note which authorisations time has ended; returns how many. What they held counts no more from their date on.

    Up to 500 in one transaction, lines locked in order of id; call again while it returns as many. Refused: busy.
    """
    with transaction.atomic():
        due = Authorisation.objects.filter(seller=seller, state__in=LIVE, expires_at__lte=now).order_by("expires_at")
        pairs = list(due.values_list("id", "line_id")[:MOST_EXPIRED_AT_ONCE])
        with locking():
            list(Line.objects.select_for_update(no_key=True).filter(id__in={line for _, line in pairs}).order_by("id"))
        count = 0
        for row in Authorisation.objects.filter(id__in=[one for one, _ in pairs]).order_by("id"):
            life = life_of(row)
            after = life.expire(now)
            if after is life:
                continue
            write(row, after)
            count += 1
            record(
                seller.id, actor, "authorisation_expired", "authorisation", row.id, now, row.customer_id,
                {"order_ref": row.order_ref, "amount_minor": after.lapsed_minor, "currency": row.currency},
            )  # fmt: skip
    return count


@dataclass(frozen=True)
class _Move:
    """A step of an authorisation: what the core says, what else is written, and the key it may be repeated by."""

    name: str
    step: Callable[[Life, Headroom], Life]
    also: Callable[[Authorisation], dict[str, Any]]
    key: str
    body: Mapping[str, Any]


def _moved(seller: Seller, actor: Actor, authorisation_id: UUID, now: datetime, move: _Move) -> Answered:
    found = find_authorisation(seller, authorisation_id)
    with transaction.atomic():
        with locking():
            Line.objects.select_for_update(no_key=True).get(id=found.line_id)
        lock_group(seller, found.customer)
        earlier = first_answer(seller, move.key, move.name, move.body)
        if earlier:
            return earlier
        row = find_authorisation(seller, found.id)
        write(row, move.step(life_of(row), _spare(seller, row, now)))
        data = move.also(row)
        left = _headroom(seller, row, now)
        result = answer_of(row, row.customer.number, left.minor, left.limit.is_unlimited)
        keep_answer(seller, move.key, move.name, move.body, result)
        record(
            seller.id, actor, f"authorisation_{move.name}", "authorisation", row.id, now, row.customer_id,
            {"order_ref": row.order_ref, "currency": row.currency, "state": row.state} | overridden(row) | data,
        )  # fmt: skip
    return result


def _headroom(seller: Seller, row: Authorisation, now: datetime) -> Headroom:
    return seen(seller, row.customer, [row.currency], now)[row.currency].headroom


def _spare(seller: Seller, row: Authorisation, now: datetime) -> Headroom:
    """The headroom of the line, or of the customer's group where that is less."""
    stood = seen(seller, row.customer, [row.currency], now)[row.currency]
    own, group = stood.headroom, stood.standing.group_headroom
    if group is None or group.minor is None or (own.minor is not None and own.minor <= group.minor):
        return own
    return group


def overridden(row: Authorisation) -> dict[str, str]:
    """The override that an authorisation was given by, for the journal: it is carried to the invoice."""
    return {"override": str(row.override_id)} if row.override_id else {}


def write(row: Authorisation, life: Life) -> None:
    """Write a step of an authorisation, and what its line holds after it. Under the lock of the line."""
    more = life.held_minor - life_of(row).held_minor
    row.state, row.expires_at = life.state.value, life.valid_until
    row.captured_minor, row.released_minor = life.captured_minor, life.released_minor
    row.lapsed_minor = life.lapsed_minor
    row.save(update_fields=["state", "expires_at", "captured_minor", "released_minor", "lapsed_minor"])
    if more:
        Line.objects.filter(id=row.line_id).update(held_minor=F("held_minor") + more)
