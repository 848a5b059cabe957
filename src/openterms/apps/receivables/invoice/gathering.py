"""Gather what was supplied, and bill it on the days of each customer's cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.billing_cycles import ORDER, parse_cycle
from openterms.core.receivables.invoice_lines import Charged, Line
from openterms.core.receivables.invoice_rules import faults

from .actions import issue
from .asking import Supplied, ToIssue
from .models import BillableLine, BillingCycle, Invoice
from .reading import MOST_LINES, charged

MOST_ORDERS = 500


@dataclass(frozen=True)
class Run:
    """What a run of invoices did: those issued, and customers that could not be billed with why."""

    issued: list[Invoice]
    refused: list[tuple[str, str]]


def set_cycle(seller: Seller, actor: Actor, customer: Customer, notation: str, now: datetime) -> str:
    """Say how a customer is billed; `order` is each by itself. Returns the notation. Errors: no such cycle."""
    said = str(parse_cycle(notation))
    with transaction.atomic():
        row, _made = BillingCycle.objects.get_or_create(seller=seller, customer=customer, defaults={"notation": ORDER})
        if row.notation != said:
            row.notation = said
            row.save(update_fields=["notation"])
            record(seller.id, actor, "billing_cycle_set", "customer", customer.id, now, customer.id, {"cycle": said})
    return said


def gather(seller: Seller, actor: Actor, customer: Customer, supplied: Supplied, now: datetime) -> int:
    """Keep lines for the invoice of the customer's cycle; how many are new. The same reference again adds nothing.

    Errors: a rule of EN 16931 that does not hold, no reference, other lines under a reference that is known.
    """
    if not supplied.reference.strip():
        raise BadInput(
            gettext_noop("This field is missing"), "reference", gettext_noop("Give it with the request")
        )
    given = charged({"lines": list(supplied.lines)}, supplied.currency)
    for fault in faults(given):
        raise fault
    known = {one.place: one for one in BillableLine.objects.filter(seller=seller, reference=supplied.reference)}
    said = [dict(one) for one in supplied.lines]
    if known:
        same = len(known) == len(said) and all(
            known[at].line == one and known[at].customer_id == customer.id for at, one in enumerate(said, 1)
        )
        if same:
            return 0
        raise _otherwise(supplied.reference)
    made = [
        BillableLine(seller=seller, customer=customer, currency=supplied.currency, reference=supplied.reference,
                     place=at, supplied_on=supplied.supplied_on, order_ref=supplied.order_ref,
                     purchase_order=supplied.purchase_order, line=one)
        for at, one in enumerate(said, 1)
    ]  # fmt: skip
    try:
        with transaction.atomic():
            BillableLine.objects.bulk_create(made)
            record(seller.id, actor, "supply_gathered", "customer", customer.id, now, customer.id,
                   {"reference": supplied.reference, "lines": len(made)})  # fmt: skip
    except IntegrityError as error:
        raise _otherwise(supplied.reference) from error
    return len(made)


def _otherwise(reference: str) -> BadInput:
    return BadInput(
        gettext_noop("%(reference)s is known with other lines"), "reference",
        gettext_noop("Give new lines a reference of their own"), {"reference": reference},
    )  # fmt: skip


def bill_gathered(seller: Seller, actor: Actor, as_of: date, now: datetime) -> Run:
    """Issue what is due by each customer's cycle up to a day: all that was supplied before the latest cut.

    Each customer's invoice is a transaction of its own; what cannot be issued is told and stays. Twice issues nothing
    more. A customer without a cycle is billed for each order, dated on the day of supply.
    """
    cycles = dict(BillingCycle.objects.filter(seller=seller).values_list("customer_id", "notation"))
    waiting = BillableLine.objects.filter(seller=seller, invoice__isnull=True, supplied_on__lte=as_of)
    pairs = waiting.values_list("customer_id", "currency").distinct().order_by("customer_id", "currency")
    run = Run([], [])
    for customer_id, currency in list(pairs):
        customer = Customer.objects.get(seller=seller, id=customer_id)
        cut = parse_cycle(cycles.get(customer_id, ORDER)).cut_on_or_before(as_of)
        try:
            with transaction.atomic():
                run.issued.extend(_bill(seller, actor, customer, currency, cut, as_of, now))
        except (BadInput, Refused) as error:
            run.refused.append((customer.number, str(error)))
    return run


def _bill(
    seller: Seller, actor: Actor, customer: Customer, currency: str, cut: date | None, as_of: date, now: datetime
) -> Iterator[Invoice]:
    """The invoices of a customer and currency; the lines are held, so that nobody else bills them."""
    wanted = BillableLine.objects.filter(seller=seller, customer=customer, currency=currency, invoice__isnull=True)
    ready = wanted.filter(supplied_on__lte=as_of) if cut is None else wanted.filter(supplied_on__lt=cut)
    with locking():
        rows = list(ready.select_for_update(no_key=True).order_by("supplied_on", "reference", "place"))
    parts: dict[Any, list[BillableLine]] = defaultdict(list)
    for one in rows:
        parts[(one.reference if cut is None else "", one.purchase_order)].append(one)
    for part in parts.values():
        for at in range(0, len(part), MOST_LINES):
            yield _issue(seller, actor, customer, part[at : at + MOST_LINES], cut, now)


def _issue(
    seller: Seller, actor: Actor, customer: Customer, rows: list[BillableLine], cut: date | None, now: datetime
) -> Invoice:
    """One invoice for lines, in order of their days; each line says its delivery where there are several."""
    first, last = rows[0], rows[-1]
    orders = list(dict.fromkeys(one.order_ref for one in rows if one.order_ref))
    asked = ToIssue(
        charged=Charged(currency=first.currency, lines=_lines(rows, cut)), on=cut or first.supplied_on,
        purchase_order=first.purchase_order,
        supplied_on=first.supplied_on if first.supplied_on == last.supplied_on else None,
        period=None if cut is None else (first.supplied_on, cut - timedelta(days=1)),
        order_ref=orders[0] if cut is None and len(orders) == 1 else "",
        order_refs=() if cut is None and len(orders) == 1 else orders[:MOST_ORDERS],
    )  # fmt: skip
    made, _is_new = issue(seller, actor, customer, asked, now)
    BillableLine.objects.filter(seller=seller, id__in=[one.id for one in rows]).update(invoice=made)
    return made


def _lines(rows: list[BillableLine], cut: date | None) -> list[Line]:
    found = []
    for at, row in enumerate(rows, 1):
        (line,) = charged({"lines": [row.line]}, row.currency).lines
        told = f"{row.reference}, {row.supplied_on.isoformat()}" if cut else ""
        words = "\n".join(one for one in (line.description, told) if one)
        found.append(replace(line, number=str(at), description=words))
    return found
