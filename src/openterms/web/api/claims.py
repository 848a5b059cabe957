"""The API of what customers say of what they owe: promises, disputes, plans, payments under way."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from openterms.apps.collecting.plan import actions as plans
from openterms.apps.collecting.plan.models import Plan
from openterms.apps.collecting.plan.reads import plan_rows
from openterms.apps.collecting.promise.actions import Line as PromiseLine
from openterms.apps.collecting.promise.actions import promise_lines
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import find_customer
from openterms.apps.receivables.dispute.cases import Line as DisputeLine
from openterms.apps.receivables.dispute.cases import Raised, open_case
from openterms.apps.receivables.dispute.models import DisputeCase
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from . import fields
from .authorisations import money
from .door import Call, door
from .problems import Problem


def _customer(call: Call, body: dict[str, Any]) -> Customer:
    return find_customer(call.seller, fields.text(body, "customer", needed=True))


def _day(body: dict[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(fields.text(body, name, needed=True))
    except ValueError as error:
        raise BadInput(gettext_noop("This is not a date"), name, gettext_noop("Give it as YYYY-MM-DD")) from error


def _item(customer: Customer, body: dict[str, Any]) -> Item:
    """An item by its id or number."""
    text = fields.text(body, "item", needed=True)
    found = Item.objects.filter(seller_id=customer.seller_id, customer=customer, kind__in=DEBIT_KINDS)
    try:
        one = found.filter(id=UUID(text)).first()
    except ValueError:
        one = found.filter(number=text).order_by("instalment").first()
    if one is None:
        raise BadInput(gettext_noop("There is no such item"), "item", gettext_noop("Give its number or id"))
    return one


def _lines(customer: Customer, body: dict[str, Any], *known: str) -> list[tuple[Item, int, dict[str, Any]]]:
    found = []
    for place, one in enumerate(fields.lines_of(body), 1):
        try:
            fields.refuse_unknown(one, ("item", "amount", *known))
            item = _item(customer, one)
            found.append((item, fields.amount(one, item.currency), one))
        except BadInput as error:
            raise error.at(f"lines, {place}") from error
    return found


@door("collect", "POST")
def promises(call: Call) -> tuple[int, dict[str, Any]]:
    """A customer promises line by line: 201 with one promise for each day."""
    body = call.body()
    fields.refuse_unknown(body, ("customer", "lines", "by", "note"))
    customer = _customer(call, body)
    wanted = [
        PromiseLine(item.id, minor, _day(one, "date")) for item, minor, one in _lines(customer, body, "date")
    ]
    now = clock.now()
    made = promise_lines(
        call.seller, call.actor, customer, wanted, clock.today(call.seller.timezone), now, fields.text(body, "by"),
        fields.text(body, "note"), "api",
    )  # fmt: skip
    shown = [
        {"id": str(one.id), "promised_for": one.promised_for.isoformat(), "currency": one.currency,
         "amount": money(one.amount_minor, one.currency), "state": one.state}
        for one in made
    ]  # fmt: skip
    return 201, {"promises": shown}


@door("collect", "POST")
def disputes(call: Call) -> tuple[int, dict[str, Any]]:
    """A customer contests amounts for one reason: 201 with the case."""
    body = call.body()
    fields.refuse_unknown(body, ("customer", "reason", "lines", "by", "note"))
    customer = _customer(call, body)
    wanted = [DisputeLine(item.id, minor) for item, minor, _one in _lines(customer, body)]
    raised = Raised(
        reason=fields.text(body, "reason", needed=True), note=fields.text(body, "note"),
        raised_by=fields.text(body, "by"), channel="api",
    )  # fmt: skip
    case = open_case(
        call.seller, call.actor, customer, wanted, raised, clock.today(call.seller.timezone), clock.now()
    )
    return 201, _case(case)


@door("read", "GET")
def dispute(call: Call, case_id: UUID) -> dict[str, Any]:
    """A dispute case and where it stands."""
    case = DisputeCase.objects.filter(seller=call.seller, id=case_id).first()
    if case is None:
        raise Problem(404, "not_found", _("There is nothing at this address."))
    return _case(case)


def _case(case: DisputeCase) -> dict[str, Any]:
    return {
        "id": str(case.id), "customer": case.customer.number, "state": case.state, "reason": case.reason,
        "currency": case.currency, "amount": money(case.amount_minor, case.currency), "department": case.department,
        "due_on": case.due_on.isoformat(), "resolution": case.resolution or None, "message": case.message,
        "upheld": money(case.upheld_minor, case.currency),
        "lines": [
            {"item": line.item.number, "amount": money(line.amount_minor, line.currency),
             "outcome": line.outcome or None}
            for line in case.lines.select_related("item").order_by("id")
        ],
    }  # fmt: skip


@door("collect", "POST")
def plan_offers(call: Call) -> tuple[int, dict[str, Any]]:
    """Ask for instalments: 201 with the offer and its agreement, where the strategy allows it."""
    body = call.body()
    fields.refuse_unknown(body, ("customer", "items", "instalments", "first_on", "every", "way", "note"))
    customer, names, count = _customer(call, body), body.get("items"), body.get("instalments")
    if not isinstance(names, list) or not names or type(count) is not int:
        raise BadInput(
            gettext_noop("A plan needs items and a number of instalments"), "items",
            gettext_noop("Give a list of item numbers and a whole number"),
        )  # fmt: skip
    items = [_item(customer, {"item": name}) for name in names[:200]]
    wanted = plans.Wanted(
        item_ids=[item.id for item in items], count=count, first_on=_day(body, "first_on"),
        rhythm=fields.text(body, "every") or "month", way=fields.text(body, "way") or "link",
        note=fields.text(body, "note"),
    )  # fmt: skip
    return 201, _plan(plans.offer(call.seller, call.actor, customer, wanted, clock.now()), call)


@door("collect", "POST")
def plan_accepts(call: Call, plan_id: UUID) -> dict[str, Any]:
    """Accept a plan under a typed name and the hash of its agreement; it runs from today."""
    body = call.body()
    fields.refuse_unknown(body, ("name", "agreement_hash", "address"))
    made = plans.accept(
        call.seller, call.actor, plan_id, fields.text(body, "name", needed=True), fields.text(body, "address"),
        clock.now(), agreement_hash=fields.text(body, "agreement_hash", needed=True), channel="api",
    )  # fmt: skip
    return _plan(made, call)


@door("read", "GET")
def plan(call: Call, plan_id: UUID) -> dict[str, Any]:
    """A plan with its instalments and what came in for each."""
    found = Plan.objects.filter(seller=call.seller, id=plan_id).first()
    if found is None:
        raise Problem(404, "not_found", _("There is nothing at this address."))
    return _plan(found, call)


def _plan(made: Plan, call: Call) -> dict[str, Any]:
    return {
        "id": str(made.id), "customer": made.customer.number, "state": made.state, "currency": made.currency,
        "principal": money(made.principal_minor, made.currency), "interest": money(made.interest_minor, made.currency),
        "answer_by": made.answer_by.isoformat(), "way": made.way, "agreement": made.agreement,
        "agreement_hash": made.agreement_hash,
        "instalments": [
            {"number": row["number"], "due_on": row["due_on"].isoformat(),
             "amount": money(row["amount_minor"], made.currency), "paid": money(row["paid_minor"], made.currency)}
            for row in plan_rows(made, clock.today(call.seller.timezone))
        ],
    }  # fmt: skip


@door("collect", "POST")
def payments(call: Call) -> tuple[int, dict[str, Any]]:
    """A customer says it has paid: 201; collecting waits for the money through `waits_until`."""
    body = call.body()
    fields.refuse_unknown(body, ("customer", "items", "amount", "paid_on", "way", "reference", "by", "note"))
    customer, names = _customer(call, body), body.get("items")
    if not isinstance(names, list) or not names:
        raise BadInput(gettext_noop("There is no such item"), "items", gettext_noop("Give its number or id"))
    items = [_item(customer, {"item": name}) for name in names[:200]]
    said = Reported(
        item_ids=[item.id for item in items], amount_minor=fields.amount(body, items[0].currency),
        paid_on=_day(body, "paid_on"), way=fields.text(body, "way") or "transfer",
        reference=fields.text(body, "reference"), note=fields.text(body, "note"), reported_by=fields.text(body, "by"),
        channel="api",
    )  # fmt: skip
    made = report(call.seller, call.actor, customer, said, clock.today(call.seller.timezone), clock.now())
    return 201, {
        "id": str(made.id), "state": made.state, "currency": made.currency,
        "amount": money(made.amount_minor, made.currency), "waits_until": made.waits_until.isoformat(),
    }  # fmt: skip
