"""Invoices capture the orders that they bill, in the transaction that posts them: each order once, and none left out.

Goods that have left can always be invoiced: nothing here refuses for what is or is not authorised.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from openterms.apps.credit.line.models import Line
from openterms.apps.journal.actions import record
from openterms.apps.receivables.open_item.actions import ORDER
from openterms.apps.receivables.open_item.events import InvoicePosted
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

from .actions import overridden, write
from .billed import mark_billed
from .models import Authorisation, AuthorisationCapture
from .reads import life_of

WHY = "invoiced"
COUNTED = ("approved", "partly_approved", "captured", "expired")
PIECE = 500

# Only invoices that name an order, or the number of a capture: a batch of a million that names none is one look.
OF_BATCH = """
SELECT i.customer_id, i.external_id, i.currency, sum(i.amount_minor)::bigint AS amount_minor,
    coalesce(max(i.attributes ->> %(name)s), '') AS named
FROM receivables_item i
WHERE i.seller_id = %(seller)s AND i.batch_id = %(batch)s AND i.kind = 'invoice'
    AND (i.attributes ? %(name)s OR EXISTS (
        SELECT 1 FROM credit_authorisationcapture c JOIN credit_line l ON l.id = c.line_id
        WHERE c.seller_id = %(seller)s AND NOT c.is_billed AND c.invoice = i.external_id
            AND l.customer_id = i.customer_id AND l.currency = i.currency))
GROUP BY i.customer_id, i.external_id, i.currency ORDER BY i.customer_id, i.currency, i.external_id
"""
ANY_ORDER = "SELECT 1 FROM credit_authorisation WHERE seller_id = %(seller)s LIMIT 1"


def hear(said: InvoicePosted) -> None:
    """An invoice was posted by itself: capture what it bills."""
    line = Line.objects.filter(seller=said.seller, customer_id=said.customer_id, currency=said.currency).first()
    if line is None or not Authorisation.objects.filter(line=line).exists():
        return
    with locking():
        Line.objects.select_for_update(no_key=True).get(id=line.id)
    _bill(said, line)


def bill_batch(seller: Seller, actor: Actor, batch_id: UUID, now: datetime) -> int:
    """Capture what the invoices of a batch bill; returns how many of them named an order or a capture.

    In the batch's transaction. Lines are locked together, in order of id. Refused: busy.
    """
    params = {"seller": seller.id, "batch": batch_id, "name": ORDER}
    if not rows(ANY_ORDER, params):
        return 0
    said = [
        InvoicePosted(
            seller=seller, actor=actor, customer_id=one["customer_id"], external_id=one["external_id"],
            currency=one["currency"], amount_minor=one["amount_minor"], order=one["named"].strip(), now=now,
        )
        for one in rows(OF_BATCH, params)
    ]  # fmt: skip
    if said:
        with locking():
            wanted = Line.objects.filter(seller=seller, customer_id__in={one.customer_id for one in said})
            lines = {
                (line.customer_id, line.currency): line
                for line in wanted.select_for_update(no_key=True).order_by("id").iterator(PIECE)
            }
        for one in said:
            line = lines.get((one.customer_id, one.currency))
            if line is not None:
                _bill(one, line)
    return len(said)


def _bill(said: InvoicePosted, line: Line) -> None:
    """What captures name this invoice is billed; the rest is captured of the order that the invoice names."""
    named = list(AuthorisationCapture.objects.filter(line=line, invoice=said.external_id))
    left = said.amount_minor - sum(one.amount_minor for one in named)
    touched = {one.authorisation_id for one in named}
    if said.order and left > 0:
        left = _bill_order(said, line, left, touched)
    for order in said.orders:
        left = _bill_waiting(said, _of_order(line, order), left, touched)
    for row in Authorisation.objects.filter(id__in=touched).order_by("id"):
        mark_billed(row, said.external_id)
        captured = sum(
            AuthorisationCapture.objects.filter(authorisation=row, invoice=said.external_id).values_list(
                "amount_minor", flat=True
            )
        )
        record(
            said.seller.id, said.actor, "authorisation_billed", "authorisation", row.id, said.now, row.customer_id,
            {"order_ref": row.order_ref, "currency": row.currency, "invoice": said.external_id,
             "amount_minor": captured, "beyond_minor": max(left, 0), "state": row.state} | overridden(row),
        )  # fmt: skip


def _bill_order(said: InvoicePosted, line: Line, left: int, touched: set[UUID]) -> int:
    """Bill captures of the order that wait for their invoice, then capture what is still granted; returns what is
    beyond all of it, which is invoiced all the same."""
    found = _of_order(line, said.order)
    left = _bill_waiting(said, found, left, touched)
    for row in found:
        if left <= 0:
            break
        shipped = life_of(row).ship(left, said.now, WHY)
        if shipped.captured_minor:
            write(row, shipped.authorisation)
            AuthorisationCapture.objects.create(
                seller=said.seller, authorisation=row, line=line, amount_minor=shipped.captured_minor,
                invoice=said.external_id, captured_at=said.now,
            )  # fmt: skip
            touched.add(row.id)
        left = shipped.beyond_minor
    return left


def _bill_waiting(said: InvoicePosted, found: Sequence[Authorisation], left: int, touched: set[UUID]) -> int:
    """Bill captures that wait for their invoice, as far as it goes; returns what is left of it."""
    for row in found:
        for waiting in AuthorisationCapture.objects.filter(authorisation=row, invoice="").order_by("id"):
            if waiting.amount_minor <= left:
                waiting.invoice = said.external_id
                waiting.save(update_fields=["invoice"])
                touched.add(row.id)
                left -= waiting.amount_minor
    return left


def _of_order(line: Line, order: str) -> Sequence[Authorisation]:
    """The authorisations of a reference, or the one of an id, oldest first."""
    wanted = Q(order_ref=order)
    with suppress(ValueError):
        wanted |= Q(id=UUID(order))
    return list(Authorisation.objects.filter(wanted, line=line, state__in=COUNTED, approved_minor__gt=0).order_by("id"))
