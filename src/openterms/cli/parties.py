"""Commands about sellers, people, customers, lines and rates."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, ready, refusals, say, seller_context

seller = typer.Typer(no_args_is_help=True)
customer = typer.Typer(no_args_is_help=True)
line = typer.Typer(no_args_is_help=True)
user = typer.Typer(no_args_is_help=True)
rate = typer.Typer(no_args_is_help=True)


@seller.command("add")
def seller_add(
    code: str,
    name: str = typer.Option(..., "--name"),
    currency: str = typer.Option(..., "--currency"),
    country: str = typer.Option(..., "--country"),
    timezone: str = typer.Option("UTC", "--timezone"),
    weekend: str = typer.Option(None, "--weekend", help="For example sat,sun; without it the country's usual one."),
    terms: str = typer.Option("net 30", "--terms", help="Usual payment terms."),
    as_json: bool = JsonOption,
) -> None:
    """Add a seller."""
    ready()
    from openterms.apps.tenancy.actions import add_seller, parse_weekend

    with refusals():
        days = None if weekend is None else parse_weekend(weekend)
        made = add_seller(code, name, currency, country, timezone, days, terms)
    if as_json:
        emit({"id": made.id, "code": made.code, "name": made.name, "currency": made.currency})
    say(f"Added the seller {made.code}, {made.name}, in {made.currency}.")


@seller.command("list")
def seller_list(as_json: bool = JsonOption) -> None:
    """List the sellers."""
    ready()
    from openterms.apps.tenancy.models import Seller

    found = list(Seller.objects.order_by("code"))
    if as_json:
        emit([{"code": s.code, "name": s.name, "currency": s.currency, "country": s.country} for s in found])
        return
    for one in found:
        typer.echo(f"{one.code}\t{one.name}\t{one.currency}\t{one.country}")


@user.command("add")
def user_add(
    email: str,
    seller_code: str = SellerOption,
    role: str = typer.Option(..., "--role", help="Such as credit_manager, collector or auditor."),
    name: str = typer.Option("", "--name"),
    authority: str = typer.Option("0", "--authority", help="Greatest amount decided alone, in the seller's currency."),
    as_json: bool = JsonOption,
) -> None:
    """Add a person to a seller. The password is read from standard input when it is not a terminal, else asked for."""
    import sys

    asked = sys.stdin.isatty()
    password = typer.prompt("Password", hide_input=True, err=True) if asked else sys.stdin.readline().strip()
    if len(password) < 10:
        fail("The password is too short. Give at least 10 characters.")
    with seller_context(seller_code) as found:
        from openterms.apps.tenancy.actions import add_membership, add_user
        from openterms.apps.tenancy.models import Role, User
        from openterms.core.base.money import to_minor

        if role not in Role.values:
            fail(f"'{role}' is not a role. Give one of: {', '.join(Role.values)}.", 2)
        person = User.objects.filter(email=email.lower()).first() or add_user(email, password, name or email)
        member = add_membership(found, person, role, to_minor(authority, found.currency))
    if as_json:
        emit({"id": person.id, "email": person.email, "role": member.role})
    say(f"{person.email} is {member.role} at {seller_code}.")


@customer.command("add")
def customer_add(
    seller_code: str = SellerOption,
    number: str = typer.Option(..., "--id", help="Your own number of the customer."),
    name: str = typer.Option(..., "--name"),
    country: str = typer.Option(..., "--country"),
    currency: str = typer.Option("", "--currency"),
    terms: str = typer.Option("", "--terms"),
    group: str = typer.Option("", "--group"),
    as_json: bool = JsonOption,
) -> None:
    """Add a customer."""
    with seller_context(seller_code) as found:
        from openterms.apps.parties.actions import add_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = add_customer(
            found, SYSTEM, number, name, country, clock.now(), currency=currency, terms=terms, group=group,
            created_on=clock.today(found.timezone),
        )  # fmt: skip
    if as_json:
        emit({"id": made.id, "customer": made.number, "name": made.name})
    say(f"Added the customer {made.number}, {made.name}.")


@line.command("set")
def line_set(
    seller_code: str = SellerOption,
    name: str = typer.Option(..., "--customer", help="The customer's number or id."),
    limit: str = typer.Option(..., "--limit", help="An amount such as 1000.00, `unlimited`, or `none`."),
    currency: str = typer.Option(..., "--currency"),
    reason: str = typer.Option(..., "--reason"),
    on: str = typer.Option(None, "--from", help="Valid from, YYYY-MM-DD; today without it."),
    as_json: bool = JsonOption,
) -> None:
    """Set a customer's credit limit."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.line.actions import set_line
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import format_amount, to_minor

        currency = currency.upper()
        word = limit.strip().lower()
        minor = None if word in ("unlimited", "none") else to_minor(limit, currency)
        made = set_line(
            found, SYSTEM, find_customer(found, name), currency, minor, reason,
            day_of(on, clock.today(found.timezone)), clock.now(), is_unlimited=word == "unlimited",
        )  # fmt: skip
        shown = word if made.limit_minor is None else format_amount(made.limit_minor, currency)
    if as_json:
        emit({"id": made.id, "customer": name, "limit": shown, "currency": currency})
    say(f"The limit of {name} is {shown} {currency}.")


@rate.command("set")
def rate_set(
    seller_code: str = SellerOption,
    currency: str = typer.Option(..., "--currency"),
    on: str = typer.Option(..., "--on", help="Valid from, YYYY-MM-DD."),
    per_unit: str = typer.Option(..., "--rate", help="What one unit is worth in the seller's currency."),
    as_json: bool = JsonOption,
) -> None:
    """Put an exchange rate on record."""
    try:
        figure = Decimal(per_unit)
    except InvalidOperation as error:
        raise typer.BadParameter(f"'{per_unit}' is not a number") from error
    with seller_context(seller_code) as found:
        from openterms.apps.receivables.ledger.actions import set_rate
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = set_rate(found, SYSTEM, currency.upper(), figure, day_of(on), clock.now())
    if as_json:
        emit({"currency": made.currency, "from": made.valid_from, "rate": str(made.base_per_unit)})
    say(f"1 {made.currency} is {made.base_per_unit} {found.currency} from {made.valid_from}.")
