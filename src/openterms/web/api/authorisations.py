"""The API of orders on credit: ask, look, capture, release, extend; and how a customer stands."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from openterms.apps.credit.authorisation.actions import MOST_AT_ONCE, capture, extend, name_invoice, release
from openterms.apps.credit.authorisation.answers import Answered
from openterms.apps.credit.authorisation.asking import Ask, Order, answer_orders
from openterms.apps.credit.authorisation.reads import authorisation_now, credit_of, find_authorisation
from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import find_customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_decimal

from . import fields
from .door import Call, door
from .problems import Problem, bad_input, told

ORDER_FIELDS = (
    "customer", "amount", "currency", "order_ref", "purchaser", "purchase_order", "lines", "expires_at",
    "allow_partial", "prepaid",
)  # fmt: skip
MOST_BATCH_BYTES = 4 * 2**20


@door("authorise", "POST")
def authorise(call: Call) -> tuple[int, dict[str, Any]]:
    """Ask for an order on credit: 201 with the answer, be it yes or no; 200 for one only tried."""
    body = call.body()
    fields.refuse_unknown(body, (*ORDER_FIELDS, "dry_run"))
    is_tried = fields.flag(body, "dry_run")
    ask = _ask(body, call.repeated_by)
    (made,) = answer_orders(call.seller, call.actor, [ask], clock.now(), keeps=not is_tried)
    if isinstance(made, BadInput):
        raise made
    return 200 if is_tried else 201, shown(made)


@door("authorise", "POST")
def batch(call: Call) -> dict[str, Any]:
    """Ask for up to 500 orders in one transaction; each is answered by itself, in order, as if it had come alone."""
    body = call.body(MOST_BATCH_BYTES)
    fields.refuse_unknown(body, ("orders", "dry_run"))
    orders = fields.orders_of(body, MOST_AT_ONCE)
    is_tried, key = fields.flag(body, "dry_run"), call.repeated_by
    outcomes: list[Any] = [None] * len(orders)
    asks: list[Ask] = []
    places: list[int] = []
    for place, order in enumerate(orders):
        try:
            fields.refuse_unknown(order, (*ORDER_FIELDS, "idempotency_key"))
            own = fields.text(order, "idempotency_key")
            asks.append(_ask(order, own or (f"{key[:190]}/{place}" if key else "")))
            places.append(place)
        except BadInput as error:
            outcomes[place] = error
    answers = answer_orders(call.seller, call.actor, asks, clock.now(), keeps=not is_tried)
    for place, outcome in zip(places, answers, strict=True):
        outcomes[place] = outcome
    return {"answers": [_one(outcome) for outcome in outcomes]}


def _one(outcome: Answered | BadInput) -> dict[str, Any]:
    return bad_input(outcome).body() if isinstance(outcome, BadInput) else shown(outcome)


def _ask(body: dict[str, Any], key: str) -> Ask:
    currency = fields.currency_of(body)
    minor = fields.amount(body, currency)
    order = Order(
        order_ref=fields.text(body, "order_ref", needed=True),
        minor=minor,
        currency=currency,
        purchaser=fields.text(body, "purchaser"),
        purchase_order=fields.text(body, "purchase_order"),
        lines=fields.lines_of(body),
        accepts_part=fields.flag(body, "allow_partial"),
        expires_at=fields.instant(body, "expires_at"),
        prepaid_minor=fields.prepaid(body, currency, minor),
    )
    return Ask(customer=fields.text(body, "customer", needed=True), order=order, key=key)


@door("read", "GET")
def authorisation(call: Call, authorisation_id: UUID) -> dict[str, Any]:
    """How an authorisation stands now."""
    return shown(_known(authorisation_now, call.seller, authorisation_id, clock.now()))


@door("authorise", "POST")
def captures(call: Call, authorisation_id: UUID) -> tuple[int, dict[str, Any]]:
    """Goods left: turn what is held, or a part of it, into what is invoiced."""
    body = call.body()
    fields.refuse_unknown(body, ("amount", "invoice", "final"))
    held = _known(find_authorisation, call.seller, authorisation_id)
    minor = fields.amount(body, held.currency)
    invoice, is_final = fields.text(body, "invoice"), fields.flag(body, "final")
    made = capture(call.seller, call.actor, held.id, minor, clock.now(), invoice, is_final, call.repeated_by)
    return 201, shown(made)


@door("authorise", "POST")
def invoices(call: Call, authorisation_id: UUID) -> dict[str, Any]:
    """Name the invoice that bills captures which named none."""
    body = call.body()
    fields.refuse_unknown(body, ("invoice",))
    held = _known(find_authorisation, call.seller, authorisation_id)
    number = fields.text(body, "invoice", needed=True)
    return shown(name_invoice(call.seller, call.actor, held.id, number, clock.now(), call.repeated_by))


@door("authorise", "POST")
def releases(call: Call, authorisation_id: UUID) -> dict[str, Any]:
    """Give back what is held, or a part of it."""
    body = call.body()
    fields.refuse_unknown(body, ("amount",))
    held = _known(find_authorisation, call.seller, authorisation_id)
    minor = None if body.get("amount") is None else fields.amount(body, held.currency)
    return shown(release(call.seller, call.actor, held.id, clock.now(), minor, call.repeated_by))


@door("authorise", "POST")
def extensions(call: Call, authorisation_id: UUID) -> dict[str, Any]:
    """Hold for longer, until `expires_at`."""
    body = call.body()
    fields.refuse_unknown(body, ("expires_at",))
    held = _known(find_authorisation, call.seller, authorisation_id)
    until = fields.instant(body, "expires_at", needed=True)
    assert until is not None
    return shown(extend(call.seller, call.actor, held.id, until, clock.now(), call.repeated_by))


@door("read", "GET")
def credit(call: Call, customer: str) -> dict[str, Any]:
    """Every line of a customer: limit, exposure by parts, headroom."""
    if not customer.isprintable():
        raise Problem(404, "not_found", _("There is nothing at this address."))
    found: Customer = _known(find_customer, call.seller, customer)
    lines = []
    for currency, seen in credit_of(found, clock.now(), call.seller):
        room = seen.headroom
        parts = {
            name.removesuffix("_minor"): money(getattr(seen.exposure, name), currency)
            for name in ("open_items_minor", "authorised_minor", "captured_not_invoiced_minor", "unapplied_cash_minor")
        }
        lines.append(
            {
                "currency": currency,
                "limit": limit_shown(room.limit.minor, room.limit.is_unlimited, currency),
                "exposure": money(seen.exposure.total_minor, currency),
                "parts": parts,
                "headroom": limit_shown(room.minor, room.limit.is_unlimited, currency),
                "overdue": money(seen.standing.overdue_minor, currency),
                "on_hold": bool(seen.standing.holds),
            }
        )
    return {"customer": found.number, "id": str(found.id), "name": found.name, "lines": lines}


def shown(made: Answered) -> dict[str, Any]:
    """An answer as it is sent: amounts as decimal texts; headroom null without a limit, `unlimited` without an end."""
    currency = made.currency
    return {
        "id": str(made.id) if made.id else None,
        "status": made.status,
        "customer": made.customer,
        "order_ref": made.order_ref,
        "currency": currency,
        "amount": money(made.requested_minor, currency),
        "prepaid_amount": money(made.prepaid_minor, currency),
        "approved_amount": money(made.approved_minor, currency),
        "captured_amount": money(made.captured_minor, currency),
        "released_amount": money(made.released_minor, currency),
        "headroom": limit_shown(made.headroom_minor, made.is_unlimited, currency),
        "expires_at": made.expires_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if made.expires_at else None,
        "reasons": told(made.reasons),
        "decision": str(made.id) if made.id else None,
    }


def money(minor: int, currency: str) -> str:
    """An amount as a decimal text, without grouping."""
    return str(to_decimal(minor, currency))


def limit_shown(minor: int | None, is_unlimited: bool, currency: str) -> str | None:
    """Three things: an amount, `unlimited`, or null where no limit is set."""
    if is_unlimited:
        return "unlimited"
    return None if minor is None else money(minor, currency)


def _known(find: Any, *given: Any) -> Any:
    """What an address names; a problem 404 where the seller has no such thing."""
    try:
        return find(*given)
    except BadInput as error:
        problem = bad_input(error)
        raise Problem(404, "not_found", problem.detail, **problem.more) from error
