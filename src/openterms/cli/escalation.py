"""Commands about accounts that reminders do not move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, say, seller_context

escalation = typer.Typer(no_args_is_help=True)


@escalation.command("compare")
def compare(
    customer_id: str = typer.Option(..., "--customer", help="The customer's number or UUID."),
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    offer: str = typer.Option("", "--offer", help="What the customer offers to settle, as a decimal amount."),
    as_json: bool = JsonOption,
) -> None:
    """Settle, place, sue or write off what is overdue: what each is worth from here on, and what would change that."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.escalation.reads import Given, answer, history, items_of, kept
        from openterms.apps.tenancy import clock
        from openterms.core.base.money import format_amount, to_minor

        customer = _customer(seller, customer_id)
        today = day_of(on, clock.today(seller.timezone))
        items = items_of(customer, today)
        if not items:
            fail(f"Nothing of {customer.number} is overdue in {customer.currency}.")
        facts = history(seller, customer, items, today)
        if offer:
            facts["settlement_minor"] = Given(to_minor(offer, customer.currency), "entered")
        found = answer(facts)
        told: dict[str, Any] = {
            "seller": seller.code, "customer": customer.number, "currency": items[0].currency, "date": today,
            "inputs": kept(facts), **found,
        }  # fmt: skip
    if as_json:
        emit(told)
        return
    for choice, minor in found["values"].items():
        typer.echo(f"{choice}\t{format_amount(minor, told['currency'])} {told['currency']}")
    say(f"Best by value: {found['best']}.")


@escalation.command("placements")
def placements(
    target: Path = typer.Argument(..., help="A .csv or .xlsx file to write."),
    seller_code: str = SellerOption,
    agency: str = typer.Option("", "--agency", help="Only those with this agency, by its code."),
) -> None:
    """Write the placement file: one row for each item that lies with an agency."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.escalation.models import Agency
        from openterms.apps.collecting.placement.reads import lines
        from openterms.formats.placement.files import write_csv, write_xlsx

        chosen = Agency.objects.filter(seller=seller, code=agency).first() if agency else None
        if agency and chosen is None:
            fail(f"There is no agency {agency}.")
        found = lines(seller, agency=chosen.id if chosen else None)
        write = write_xlsx if target.suffix.lower() == ".xlsx" else write_csv
        target.write_bytes(write(found))
    say(f"{len(found):,} items written to {target}.")


@escalation.command("agency-answers")
def agency_answers(
    source: Path = typer.Argument(..., exists=True, help="The agency's .csv or .xlsx file."),
    seller_code: str = SellerOption,
    as_json: bool = JsonOption,
) -> None:
    """Take in acknowledgements and payments of an agency: every row or none; rows that came before count once."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.escalation.matters import Doing
        from openterms.apps.collecting.placement.taking_in import take_in
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        do = Doing(seller=seller, actor=SYSTEM, on=clock.today(seller.timezone), now=clock.now())
        done = take_in(do, source.read_bytes())
    if as_json:
        emit({"seller": seller.code, **done})
    say(", ".join(f"{count} {kind}" for kind, count in sorted(done.items())))


def _customer(seller: Any, given: str) -> Any:
    from uuid import UUID

    from openterms.apps.parties.models import Customer

    found = Customer.objects.filter(seller=seller, number=given).first()
    if found is None:
        try:
            found = Customer.objects.filter(seller=seller, id=UUID(given)).first()
        except ValueError:
            found = None
    if found is None:
        fail(f"There is no customer {given}.")
    return found
