"""Commands about what customers say of what they owe: promises, disputes, plans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, say, seller_context

promise = typer.Typer(no_args_is_help=True)
dispute = typer.Typer(no_args_is_help=True)
plan = typer.Typer(no_args_is_help=True)
CustomerOption = typer.Option(..., "--customer", help="The customer's number or id.")
SomeCustomer = typer.Option("", "--customer", help="One customer; all without it.")
DateOption = typer.Option(None, "--date", help="The business date; today without it.")
NoteOption = typer.Option("", "--note")
WhoOption = typer.Option("", "--by", help="Who at the customer said so.")
ChannelOption = typer.Option("phone", "--channel", help="phone, email, page, portal, api or desk.")


def _items(found: Any, customer: Any, numbers: list[str]) -> dict[str, Any]:
    """Open debit items of a customer by number (`I-7`, or `I-7/2` for an instalment)."""
    from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item

    named = {}
    for name in numbers:
        number, _, place = name.partition("/")
        rows = Item.objects.filter(seller=found, customer=customer, number=number, kind__in=DEBIT_KINDS)
        item = rows.filter(instalment=int(place) if place.isdigit() else 1).first()
        if item is None:
            fail(f"{customer.number} has no item {name}.")
        named[name] = item
    return named


def _line(text: str, parts: int) -> list[str]:
    """`ITEM=AMOUNT` or `ITEM=AMOUNT@DATE` in its parts."""
    name, equals, rest = text.partition("=")
    amount, at, day = rest.partition("@")
    if not name or not equals or not amount or (parts == 3) != bool(at):
        form = "ITEM=AMOUNT@YYYY-MM-DD" if parts == 3 else "ITEM=AMOUNT"
        raise typer.BadParameter(f"'{text}' is no line; write {form}")
    return [name, amount, day]


@promise.command("add")
def promise_add(
    seller_code: str = SellerOption, name: str = CustomerOption,
    lines: list[str] = typer.Option(..., "--line", help="ITEM=AMOUNT@YYYY-MM-DD; several times."),
    on: str = DateOption, who: str = WhoOption, note: str = NoteOption, channel: str = ChannelOption,
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Record what a customer promised: so much of an item by a day; one promise for each day."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.promise.actions import Line, promise_lines
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import format_amount, to_minor

        customer, read = find_customer(found, name), [_line(text, 3) for text in lines]
        items = _items(found, customer, [one[0] for one in read])
        wanted = [Line(items[n].id, to_minor(a, items[n].currency), day_of(d)) for n, a, d in read]
        today = day_of(on, clock.today(found.timezone))
        made = promise_lines(found, SYSTEM, customer, wanted, today, clock.now(), who, note, channel)
        answers = [
            {"id": one.id, "promised_for": one.promised_for, "currency": one.currency,
             "amount": format_amount(one.amount_minor, one.currency), "state": one.state, "channel": one.channel}
            for one in made
        ]  # fmt: skip
    if as_json:
        emit(answers)
    for one in answers:
        say(f"{name} promised {one['amount']} {one['currency']} by {one['promised_for']}.")


@promise.command("list")
def promise_list(
    seller_code: str = SellerOption, name: str = SomeCustomer, state: str = typer.Option("", "--state"),
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """The latest promises with their lines."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.promise.reads import promises_of
        from openterms.apps.parties.reads import find_customer
        from openterms.core.base.money import format_amount

        customer = find_customer(found, name) if name else None
        answers = [
            {"id": one["promise"].id, "customer": one["promise"].customer.number,
             "promised_for": one["promise"].promised_for, "state": one["promise"].state,
             "amount": format_amount(one["promise"].amount_minor, one["promise"].currency),
             "currency": one["promise"].currency, "channel": one["promise"].channel, "by": one["promise"].made_by,
             "lines": [{"item": part.item.number, "amount": format_amount(part.amount_minor, part.item.currency)}
                       for part in one["lines"]]}
            for one in promises_of(found, customer.id if customer else None, state)
        ]  # fmt: skip
    if as_json:
        emit(answers)
    for one in answers:
        say(f"{one['customer']}\t{one['promised_for']}\t{one['amount']} {one['currency']}\t{one['state']}")


@dispute.command("add")
def dispute_add(
    seller_code: str = SellerOption, name: str = CustomerOption,
    reason: str = typer.Option(..., "--reason", help="price, quantity, quality, not_received, purchase_order, …"),
    lines: list[str] = typer.Option(..., "--line", help="ITEM=AMOUNT; several times."),
    on: str = DateOption, who: str = WhoOption, note: str = NoteOption, channel: str = ChannelOption,
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Record what a customer contests, for one reason; only these amounts stop."""
    with seller_context(seller_code) as found:
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.receivables.dispute.cases import Line, Raised, open_case
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import format_amount, to_minor

        customer, read = find_customer(found, name), [_line(text, 2) for text in lines]
        items = _items(found, customer, [one[0] for one in read])
        wanted = [Line(items[n].id, to_minor(a, items[n].currency)) for n, a, _ in read]
        raised = Raised(reason=reason, note=note, raised_by=who, channel=channel)
        today = day_of(on, clock.today(found.timezone))
        case = open_case(found, SYSTEM, customer, wanted, raised, today, clock.now())
        answer = {
            "id": case.id, "customer": customer.number, "amount": format_amount(case.amount_minor, case.currency),
            "currency": case.currency, "reason": case.reason, "department": case.department, "due_on": case.due_on,
            "state": case.state,
        }  # fmt: skip
    if as_json:
        emit(answer)
    say(f"{name} contests {answer['amount']} {answer['currency']}; to decide by {answer['due_on']}.")


@dispute.command("list")
def dispute_list(seller_code: str = SellerOption, on: str = DateOption, as_json: bool = JsonOption) -> None:
    """Cases that wait for a decision, those past their clock first."""
    with seller_context(seller_code) as found:
        from openterms.apps.receivables.dispute.reads import open_cases
        from openterms.apps.tenancy import clock
        from openterms.core.base.money import format_amount

        answers = [
            {"id": case.id, "customer": case.customer.number, "amount": format_amount(case.amount_minor, case.currency),
             "currency": case.currency, "reason": case.reason, "department": case.department, "state": case.state,
             "due_on": case.due_on, "is_late": case.is_late}  # type: ignore[attr-defined]
            for case in open_cases(found, day_of(on, clock.today(found.timezone)))
        ]  # fmt: skip
    if as_json:
        emit(answers)
    for one in answers:
        late = " late" if one["is_late"] else ""
        say(f"{one['due_on']}{late}\t{one['customer']}\t{one['amount']} {one['currency']}\t{one['reason']}")


@dispute.command("causes")
def dispute_causes(
    seller_code: str = SellerOption,
    by: str = typer.Option("reason", "--by", help="reason, department, customer or month"),
    start: str = typer.Option(None, "--from"), end: str = typer.Option(None, "--to"), as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """What disputes come from: how many, how much, how long, and how much was upheld. A year up to today."""
    with seller_context(seller_code) as found:
        from openterms.apps.receivables.dispute.reads import CAUSES_BY, causes
        from openterms.apps.tenancy import clock
        from openterms.core.base.money import format_amount

        if by not in CAUSES_BY:
            raise typer.BadParameter(f"by one of: {', '.join(CAUSES_BY)}")
        last = day_of(end, clock.today(found.timezone))
        answers = [
            one | {"amount": format_amount(one["amount_minor"], one["currency"])}
            for one in causes(found, day_of(start, last - timedelta(days=365)), last, by)
        ]
    if as_json:
        emit(answers)
    for one in answers:
        days = "" if one["days_to_decide_c"] is None else f"{one['days_to_decide_c'] / 100:.1f} days"
        say(f"{one['cause']}\t{one['count']}\t{one['amount']} {one['currency']}\t{days}")


def _shown(made: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    from openterms.core.base.money import format_amount

    def money(minor: int) -> str:
        return format_amount(minor, made.currency)

    return {
        "id": made.id, "customer": made.customer.number, "state": made.state, "currency": made.currency,
        "principal": money(made.principal_minor), "interest": money(made.interest_minor), "way": made.way,
        "answer_by": made.answer_by, "agreement_hash": made.agreement_hash, "accepted_name": made.accepted_name,
        "accepted_at": made.accepted_at,
        "instalments": [
            {"number": row["number"], "due_on": row["due_on"], "amount": money(row["amount_minor"]),
             "interest": money(row["interest_minor"]), "paid": money(row["paid_minor"])}
            for row in rows
        ],
    }  # fmt: skip


def _tell(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(answer)
    say(f"Plan {answer['id']} of {answer['customer']}: {answer['state']}, {answer['principal']} {answer['currency']}")
    for row in answer["instalments"]:
        say(f"{row['number']}\t{row['due_on']}\t{row['amount']}\tpaid {row['paid']}")


@plan.command("offer")
def plan_offer(
    seller_code: str = SellerOption, name: str = CustomerOption,
    items: list[str] = typer.Option(..., "--item", help="An open item; several times."),
    count: int = typer.Option(..., "--instalments"), first: str = typer.Option(..., "--first", help="First date."),
    every: str = typer.Option("month", "--every", help="week, fortnight or month"),
    first_amount: str = typer.Option("", "--first-amount", help="The first payment where it differs."),
    way: str = typer.Option("link", "--way", help="link, transfer or debit"), note: str = NoteOption,
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Offer to pay items in instalments, within the strategy's limits; nothing changes until it is accepted."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.plan.actions import Wanted, offer
        from openterms.apps.collecting.plan.reads import plan_rows
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import to_minor

        customer = find_customer(found, name)
        named = _items(found, customer, items)
        currency = next(iter(named.values())).currency
        wanted = Wanted(
            item_ids=[item.id for item in named.values()], count=count, first_on=day_of(first), rhythm=every, way=way,
            first_minor=to_minor(first_amount, currency) if first_amount else None, note=note,
        )  # fmt: skip
        made = offer(found, SYSTEM, customer, wanted, clock.now())
        answer = _shown(made, plan_rows(made, made.offered_on))
    _tell(answer, as_json)


@plan.command("accept")
def plan_accept(
    plan_id: UUID, seller_code: str = SellerOption, name: str = typer.Option(..., "--name", help="Who accepts."),
    agreement: str = typer.Option(..., "--hash", help="The hash of the agreement that was accepted."),
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Keep a customer's yes to a plan; it runs from today."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.plan.actions import accept
        from openterms.apps.collecting.plan.reads import plan_rows
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = accept(found, SYSTEM, plan_id, name, "", clock.now(), agreement_hash=agreement)
        answer = _shown(made, plan_rows(made, made.state_on))
    _tell(answer, as_json)


@plan.command("show")
def plan_show(plan_id: UUID, seller_code: str = SellerOption, on: str = DateOption, as_json: bool = JsonOption) -> None:
    """One plan with its instalments and what came in."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.plan.models import Plan
        from openterms.apps.collecting.plan.reads import plan_rows
        from openterms.apps.tenancy import clock

        made = Plan.objects.select_related("customer").filter(seller=found, id=plan_id).first()
        if made is None:
            fail("There is no such plan.")
        answer = _shown(made, plan_rows(made, day_of(on, clock.today(found.timezone))))
    _tell(answer, as_json)


@plan.command("list")
def plan_list(
    seller_code: str = SellerOption, name: str = SomeCustomer, state: str = typer.Option("", "--state"),
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """The latest plans."""
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.plan.reads import plans_of
        from openterms.apps.parties.reads import find_customer

        customer = find_customer(found, name) if name else None
        answers = [_shown(made, []) for made in plans_of(found, customer.id if customer else None, state)]
    if as_json:
        emit(answers)
    for one in answers:
        say(f"{one['id']}\t{one['customer']}\t{one['principal']} {one['currency']}\t{one['state']}")
