"""Commands about offers of limits: list them, keep what the customer said, take one back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import typer

from .common import JsonOption, SellerOption, emit, fail, say, seller_context

offer = typer.Typer(no_args_is_help=True)
IdArgument = typer.Argument(..., metavar="ID", help="The offer's id.")


@offer.command("list")
def listed(
    seller_code: str = SellerOption,
    customer: str = typer.Option("", "--customer", help="Only those of a customer, by number or id."),
    ended: bool = typer.Option(False, "--ended", help="Also those that are answered or over."),
    as_json: bool = JsonOption,
) -> None:
    """The offers that wait for their customers, the first to run out first."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.offer.models import Offer, OfferState
        from openterms.apps.parties.reads import find_customer

        wanted = Offer.objects.filter(seller=found).select_related("customer").order_by("answer_by", "id")
        if not ended:
            wanted = wanted.filter(state=OfferState.OPEN)
        if customer:
            wanted = wanted.filter(customer=find_customer(found, customer))
        rows = [_row(one) for one in wanted]
    if as_json:
        emit(rows)
    for one in rows:
        say(
            f"{one['offer']} {one['customer']} {one['limit']} {one['currency']} {one['state']}, "
            f"to answer by {one['answer_by']}"
        )


@offer.command("answer")
def answer(
    seller_code: str = SellerOption,
    offer_id: str = IdArgument,
    accepted: bool = typer.Option(..., "--accept/--decline", help="What the customer said."),
    name: str = typer.Option(..., "--name", help="Who said so."),
    note: str = typer.Option("", "--note", help="How the customer told you."),
    as_json: bool = JsonOption,
) -> None:
    """Keep what a customer said to an offer; accepted, its limit holds at once."""
    wanted = _id(offer_id)
    with seller_context(seller_code) as found:
        from openterms.apps.credit.offer.actions import answer_offer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = answer_offer(found, SYSTEM, wanted, accepted, name, note, clock.now())
        row = _row(made)
    if as_json:
        emit(row)
    say(f"The offer {row['offer']} is {row['state']}.")


@offer.command("withdraw")
def withdraw(
    seller_code: str = SellerOption,
    offer_id: str = IdArgument,
    reason: str = typer.Option(..., "--reason"),
    as_json: bool = JsonOption,
) -> None:
    """Take an offer back before it is answered."""
    wanted = _id(offer_id)
    with seller_context(seller_code) as found:
        from openterms.apps.credit.offer.actions import withdraw_offer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        row = _row(withdraw_offer(found, SYSTEM, wanted, reason, clock.now()))
    if as_json:
        emit(row)
    say(f"The offer {row['offer']} is withdrawn.")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        fail(f"'{text}' is not the id of an offer.", 2)


def _row(one: Any) -> dict[str, Any]:
    """An offer as JSON; amounts as decimal text."""
    from openterms.core.base.money import format_amount

    return {
        "offer": one.id, "customer": one.customer.number, "currency": one.currency,
        "limit": format_amount(one.limit_minor, one.currency).replace(",", ""), "terms": one.terms, "until": one.until,
        "offered_on": one.offered_on, "answer_by": one.answer_by, "state": one.state,
        "answered_by": one.answered_name, "reason": one.reason,
    }  # fmt: skip
