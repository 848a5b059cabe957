"""Commands about late charges and the reference rates behind them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, find_seller, ready, refusals, say


def late_charges(
    seller_code: str = SellerOption,
    as_of: str = typer.Option(None, "--as-of", help="YYYY-MM-DD; today in the seller's time zone without it."),
    customer: str = typer.Option("", "--customer", help="Only this customer, by number or id."),
    book: bool = typer.Option(False, "--book", help="Book them as items of their own; without it they are only shown."),
    brief: bool = typer.Option(False, "--brief", help="Amounts alone, without the lines that explain them: faster."),
    as_json: bool = JsonOption,
) -> None:
    """What late invoices owe on top through a day, line by line; booked once, however often this runs."""
    ready()
    from openterms.apps.analytics.late_charge.reads import owing
    from openterms.apps.collecting.late_charge import actions
    from openterms.apps.parties.reads import find_customer
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    with refusals():
        seller = find_seller(seller_code)
        now, on = clock.now(), day_of(as_of, clock.today(seller.timezone))
        with acting(seller.id):
            several = [find_customer(seller, customer).id] if customer else None
            explain = as_json and not brief
            found = owing(seller, on, now, several, explain=explain).rows
            owed = [_row(one) if explain else _brief(one) for one in found]
            made = actions.book(seller, SYSTEM, on, now, several) if book else None
    booked = None if made is None else {"charges": made.charges, "minor": made.minor, "refused": made.refused}
    if as_json:
        emit({"seller": seller.code, "as_of": on, "owed": owed, "booked": booked})
        return
    for one in owed:
        parts = f"{one['interest']}\t{one['lump_sum']}\t{one['charity']}"
        typer.echo(f"{one['customer']}\t{one['invoice']}\t{one['currency']}\t{parts}\t{', '.join(one['refusals'])}")
    if made is not None:
        say(f"{made.charges:,} charges booked.")
    else:
        say(f"{len(owed):,} late invoices owe something on top; nothing is booked.")


def reference_rate(
    reference: str = typer.Argument(..., help="Such as ecb_main, uk_base or de_base."),
    half_year: str = typer.Argument(..., help="Such as 2027H1."),
    percent: str = typer.Argument(..., help="A year, such as 2.15."),
    seller_code: str = SellerOption,
    source: str = typer.Option(..., "--source", help="Where it is published."),
) -> None:
    """Add a reference rate of a half-year, from which late interest is worked out."""
    ready()
    from openterms.apps.collecting.late_charge.actions import add_rate
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    try:
        points = Decimal(percent) * 100
    except InvalidOperation as error:
        raise typer.BadParameter(f"'{percent}' is not a number; give it as 2.15") from error
    if not points.is_finite() or points != points.to_integral_value():
        raise typer.BadParameter(f"'{percent}' is finer than a hundredth of a percent")
    with refusals():
        seller = find_seller(seller_code)
        with acting(seller.id):
            add_rate(seller, SYSTEM, reference, half_year, int(points), source, clock.now())
    say(f"{reference} is {percent} % in {half_year}.")


def _brief(one: Any) -> dict[str, Any]:
    """What an invoice owes on top as JSON, without why; amounts as decimal text."""
    from openterms.core.base.money import to_decimal

    def text(minor: int) -> str:
        return f"{to_decimal(minor, one.currency):f}"

    return {
        "customer": one.customer_number, "invoice": one.number, "instalment": one.instalment, "due_on": one.due_on,
        "currency": one.currency, "basis": one.basis, "policy": one.policy, "interest": text(one.interest_minor),
        "lump_sum": text(one.lump_sum_minor), "charity": text(one.charity_minor),
        "overcharged": text(one.overcharged_minor), "refusals": [reason.code for reason in one.refusals],
    }  # fmt: skip


def _row(one: Any) -> dict[str, Any]:
    """What an invoice owes on top as JSON, line by line; amounts as decimal text."""
    from openterms.core.base.money import to_decimal

    def text(minor: int) -> str:
        return f"{to_decimal(minor, one.currency):f}"

    return _brief(one) | {
        "correction": text(one.correction_minor),
        "lines": [
            {"from": line.starts_on, "to": line.ends_on, "days": line.days, "principal": text(line.principal_minor),
             "rate_bp": line.rate_bp, "amount": text(line.amount_minor)}
            for line in one.lines
        ],
        "sources": list(one.sources),
    }  # fmt: skip
