"""Authorise orders, and move what is held for them. Each action is one transaction under the lock of the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.authorisation import Answer, Request, authorise, begin
from openterms.core.credit.authorisation import Authorisation as Life

from .answers import Answered, answer_of, first_answer, keep_answer, reasons_written
from .models import LIVE, Authorisation, AuthorisationCapture
from .reads import Seen, find_authorisation, life_of, seen
from .rules import rules_in_force, rules_of

MOST_EXPIRED_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order that asks for credit: minor units of its currency, and how long to hold it (the rules' days if None)."""

    order_ref: str
    minor: int
    currency: str
    purchaser: str = ""
    purchase_order: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()
    accepts_part: bool = False
    expires_at: datetime | None = None

    def written(self, customer: Customer) -> dict[str, Any]:
        """As it is compared with a repetition."""
        return {
            "customer": str(customer.id),
            "amount": self.minor,
            "currency": self.currency,
            "order_ref": self.order_ref,
            "purchaser": self.purchaser,
            "purchase_order": self.purchase_order,
            "lines": [dict(line) for line in self.lines],
            "allow_partial": self.accepts_part,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }


def authorise_order(
    seller: Seller, actor: Actor, customer: Customer, order: Order, now: datetime, key: str = "", dry_run: bool = False
) -> Answered:
    """Answer an order: approved in full or in part (which is then held), referred, or declined, with every reason.

    Two orders of one line are answered one after the other, so that together they never pass its limit. `key` makes the
    request repeatable: the first answer comes again. `dry_run` answers, and writes and locks nothing. Amounts in minor
    units. Refused: busy. Errors: no order reference, an amount or an expiry that cannot be, a key used otherwise.
    """
    if not order.order_ref.strip():
        raise BadInput(gettext_noop("The order has no reference"), "order_ref", gettext_noop("Give the order's number"))
    on = local_date(now, seller.timezone)
    in_force = rules_in_force(seller, order.currency, on)
    with transaction.atomic():
        line = _line(seller, customer, order.currency) if dry_run else _locked(seller, customer, order.currency)
        earlier = None if dry_run else first_answer(seller, key, "authorise", order.written(customer))
        if earlier:
            return earlier
        stood = seen(line, customer, order.currency, in_force.rules, on, now, order.order_ref)
        request = Request(
            order=order.order_ref,
            minor=order.minor,
            currency=order.currency,
            at=now,
            on=on,
            already_minor=stood.already_minor,
            purchase_order=order.purchase_order,
            accepts_part=order.accepts_part,
        )
        answer = authorise(request, stood.standing, in_force.rules)
        row = _row(seller, customer, line, order, stood, answer, begin(request, answer, in_force.rules))
        row.rules, row.policy_version, row.idempotency_key = in_force.written(), in_force.policy, key
        left = stood.headroom.less(answer.approved_minor)
        result = answer_of(row, customer.number, left.minor, left.limit.is_unlimited)
        if dry_run:
            return replace(result, id=None, expires_at=None)
        row.save(force_insert=True)
        keep_answer(seller, key, "authorise", order.written(customer), result)
        record(
            seller.id, actor, f"order_{answer.status.value}", "authorisation", row.id, now, customer.id,
            {"order_ref": row.order_ref, "amount_minor": row.requested_minor, "approved_minor": row.approved_minor,
             "currency": row.currency, "reasons": [reason.code for reason in answer.reasons],
             "expires_at": row.expires_at.isoformat()},
        )  # fmt: skip
    return result


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

    def step(life: Life, stood: Seen) -> Life:
        after = life.capture(minor, now, stood.headroom)
        return after.release(now) if is_final and after.held_minor else after

    def also(row: Authorisation) -> dict[str, Any]:
        AuthorisationCapture.objects.create(
            seller=seller, authorisation=row, line_id=row.line_id, amount_minor=minor, invoice=invoice, captured_at=now
        )
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

    def step(life: Life, stood: Seen) -> Life:
        return life

    def also(row: Authorisation) -> dict[str, Any]:
        if not AuthorisationCapture.objects.filter(authorisation=row, invoice="").update(invoice=invoice):
            raise BadInput(
                gettext_noop("No capture of this order waits for its invoice"),
                "invoice",
                gettext_noop("Capture what left, with the invoice's number"),
            )
        return {"invoice": invoice}

    return _moved(seller, actor, authorisation_id, now, _Move("invoiced", step, also, key, body))


def release(
    seller: Seller, actor: Actor, authorisation_id: UUID, now: datetime, minor: int | None = None, key: str = ""
) -> Answered:
    """Give back what is held for an order, or a part of it, to the headroom. Minor units.

    Refused: nothing is held any more, or less than that; busy. Errors: no such authorisation, a key used otherwise.
    """
    body = {"authorisation": str(authorisation_id), "amount": minor}

    def step(life: Life, stood: Seen) -> Life:
        return life.release(now, minor)

    def also(row: Authorisation) -> dict[str, Any]:
        return {"released_minor": row.released_minor}

    return _moved(seller, actor, authorisation_id, now, _Move("released", step, also, key, body))


def extend(
    seller: Seller, actor: Actor, authorisation_id: UUID, until: datetime, now: datetime, key: str = ""
) -> Answered:
    """Hold for longer. Refused: expired, nothing held, beyond the most days; busy. Errors: not later than before."""
    body = {"authorisation": str(authorisation_id), "until": until.isoformat()}

    def step(life: Life, stood: Seen) -> Life:
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
            list(Line.objects.select_for_update().filter(id__in={line for _, line in pairs}).order_by("id"))
        count = 0
        for row in Authorisation.objects.filter(id__in=[one for one, _ in pairs]).order_by("id"):
            life = life_of(row)
            after = life.expire(now)
            if after is life:
                continue
            _write(row, after)
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
    step: Callable[[Life, Seen], Life]
    also: Callable[[Authorisation], dict[str, Any]]
    key: str
    body: Mapping[str, Any]


def _moved(seller: Seller, actor: Actor, authorisation_id: UUID, now: datetime, move: _Move) -> Answered:
    found = find_authorisation(seller, authorisation_id)
    with transaction.atomic():
        with locking():
            line = Line.objects.select_for_update().get(id=found.line_id)
        earlier = first_answer(seller, move.key, move.name, move.body)
        if earlier:
            return earlier
        row = find_authorisation(seller, authorisation_id)
        on = local_date(now, seller.timezone)
        rules = rules_of(seller, row.currency, on)
        life = move.step(life_of(row), seen(line, row.customer, row.currency, rules, on, now))
        _write(row, life)
        data = move.also(row)
        left = seen(line, row.customer, row.currency, rules, on, now).headroom
        result = answer_of(row, row.customer.number, left.minor, left.limit.is_unlimited)
        keep_answer(seller, move.key, move.name, move.body, result)
        record(
            seller.id, actor, f"authorisation_{move.name}", "authorisation", row.id, now, row.customer_id,
            {"order_ref": row.order_ref, "currency": row.currency, "state": row.state} | data,
        )  # fmt: skip
    return result


def _line(seller: Seller, customer: Customer, currency: str) -> Line | None:
    return Line.objects.filter(seller=seller, customer=customer, currency=currency).first()


def _locked(seller: Seller, customer: Customer, currency: str) -> Line:
    """The line, locked; a customer without one in this currency gets a row to lock, on which no limit is set."""
    with locking():
        return Line.objects.select_for_update().get_or_create(seller=seller, customer=customer, currency=currency)[0]


def _row(
    seller: Seller, customer: Customer, line: Line | None, order: Order, stood: Seen, answer: Answer, life: Life
) -> Authorisation:
    """The row of an answer, not yet written. Errors: an expiry that has passed, or beyond the most days."""
    expires_at = order.expires_at or life.valid_until
    if not life.authorised_at < expires_at <= life.most_until:
        raise BadInput(
            gettext_noop("An order cannot be held until %(until)s"),
            "expires_at",
            gettext_noop("Give an instant to come, at most %(most)s"),
            {"until": expires_at.isoformat(), "most": life.most_until.isoformat()},
        )
    return Authorisation(
        seller=seller,
        line=line,
        customer=customer,
        purchaser=order.purchaser,
        order_ref=order.order_ref,
        purchase_order=order.purchase_order,
        lines=[dict(line) for line in order.lines],
        currency=order.currency,
        requested_minor=order.minor,
        approved_minor=answer.approved_minor,
        tolerance_bp=life.tolerance_bp,
        allows_partial_capture=life.allows_partial_capture,
        authorised_at=life.authorised_at,
        most_until=life.most_until,
        limit_minor=stood.headroom.limit.minor,
        is_unlimited=stood.headroom.limit.is_unlimited,
        headroom_minor=stood.headroom.minor,
        seen=stood.written(),
        reasons=reasons_written(answer.reasons),
        state=life.state.value,
        expires_at=expires_at,
    )


def _write(row: Authorisation, life: Life) -> None:
    row.state, row.expires_at = life.state.value, life.valid_until
    row.captured_minor, row.released_minor = life.captured_minor, life.released_minor
    row.lapsed_minor = life.lapsed_minor
    row.save(update_fields=["state", "expires_at", "captured_minor", "released_minor", "lapsed_minor"])
