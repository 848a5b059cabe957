"""Commands about bureaus: accounts, one report, reports from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, find_seller, ready, refusals, say, seller_context

bureau = typer.Typer(no_args_is_help=True)


@bureau.command("add")
def bureau_add(
    code: str = typer.Argument(help="A short name for the account, such as dnb-risk."),
    seller_code: str = SellerOption,
    adapter: str = typer.Option(..., help="`dnb` or `experian`."),
    product: str = typer.Option(..., help="What is bought: such as `risk`, `payment`, `scores`, `premierprofiles`."),
    url: str = typer.Option(..., "--url", help="The bureau's base address, https."),
    credentials: str = typer.Option(..., help="Where they are: env:OPENTERMS_BUREAU_NAME or file:NAME."),
    cost: str = typer.Option(..., help="Price of a report in the seller's currency, such as 12.50."),
    age: int = typer.Option(90, "--age-days", help="How many days a report is good."),
    budget: str | None = typer.Option(None, "--budget", help="The most that may be spent in a month."),
    timeout: int = typer.Option(15, "--timeout", help="Seconds to wait for one answer."),
    options: list[str] = typer.Option([], "--option", help="NAME=VALUE, such as subcode=0517614; may be repeated."),
    as_json: bool = JsonOption,
) -> None:
    """Add a way to a bureau's product. The credentials stay where they are."""
    with seller_context(seller_code) as seller:
        from openterms.apps.credit.bureau.actions import Terms, add_account
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import to_minor

        given = [option.partition("=") for option in options]
        if any(not sign for _name, sign, _value in given):
            raise typer.BadParameter("an option is written NAME=VALUE")
        account = add_account(
            seller,
            SYSTEM,
            Terms(
                code=code, adapter=adapter, product=product, base_url=url, credentials=credentials,
                cost_minor=to_minor(cost, seller.currency), age_days=age,
                budget_minor=None if budget is None else to_minor(budget, seller.currency), timeout_seconds=timeout,
                options={name: value for name, _sign, value in given},
            ),
            clock.now(),
        )  # fmt: skip
        made = _account(account, seller.currency, 0)
    if as_json:
        emit(made)
    say(f"The account {code} is added.")


@bureau.command("list")
def bureau_list(seller_code: str = SellerOption, as_json: bool = JsonOption) -> None:
    """The accounts, cheapest first, with what this month has cost."""
    with seller_context(seller_code) as seller:
        from openterms.apps.credit.bureau import reads
        from openterms.apps.credit.bureau.buying import spent_in_month
        from openterms.apps.tenancy import clock

        on = clock.today(seller.timezone)
        found = [_account(one, seller.currency, spent_in_month(one, on)) for one in reads.accounts(seller)]
    if as_json:
        emit(found)
        return
    for one in found:
        typer.echo("\t".join(str(one[name]) for name in ("code", "adapter", "product", "cost", "spent", "budget")))


def _account(account: Any, currency: str, spent_minor: int) -> dict[str, Any]:
    from openterms.core.base.money import format_amount

    budget = account.budget_minor
    return {
        "code": account.code,
        "adapter": account.adapter,
        "product": account.product,
        "url": account.base_url,
        "credentials": account.credentials,
        "currency": currency,
        "cost": format_amount(account.cost_minor, currency),
        "age_days": account.age_days,
        "budget": None if budget is None else format_amount(budget, currency),
        "spent": format_amount(spent_minor, currency),
        "options": account.options,
    }


@bureau.command("fetch")
def bureau_fetch(
    customer_name: str = typer.Option(..., "--customer", help="The customer's number or id."),
    seller_code: str = SellerOption,
    account: str = typer.Option("", "--account", help="Only this account."),
    policy_file: str = typer.Option("", "--policy", help="A policy: buy only what could change its decision."),
    facts_file: Path | None = typer.Option(None, "--facts", help="What is known, as for `openterms decide`."),
    reason: str = typer.Option("", "--reason", help="Buy whatever it could change, for this reason."),
    as_json: bool = JsonOption,
) -> None:
    """Get what is missing on a customer, cheapest first; 1 where nothing came that was asked for."""
    ready()
    from openterms.apps.credit.bureau.actions import Question, buy_report
    from openterms.apps.parties.reads import find_customer
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    from . import policy as policies

    facts, request = policies.read_facts(facts_file) if facts_file else ({}, None)
    found = policies.read(policy_file) if policy_file else None
    seller = find_seller(seller_code)
    with refusals():
        with acting(seller.id):
            customer = find_customer(seller, customer_name)
        question = Question(
            facts=facts, policy=found, request=request, is_complete=facts_file is not None, regardless=reason,
            only=account,
        )  # fmt: skip
        bought = buy_report(seller, SYSTEM, customer, question, clock.today(seller.timezone), clock.now())
    steps = [
        {"account": one.account, "what": one.what, "reason": one.reason.code if one.reason else None,
         "text": one.reason.staff_text() if one.reason else None, "report": one.report_id, "cost_minor": one.cost_minor}
        for one in bought.steps
    ]  # fmt: skip
    known = {
        name: {"value": value, "source": source, "as_of": day}
        for name, (value, source, day) in bought.known.items()
    }  # fmt: skip
    if as_json:
        emit({"customer": customer.number, "accounts": steps, "facts": known})
    for one in steps:
        say(f"{one['account']}: {one['what']}" + (f", {one['text']}" if one["text"] else ""))
    if not as_json:
        for name, one in known.items():
            typer.echo(f"{name}\t{one['value']}\t{one['source']}\t{one['as_of']}")
    if any(one["what"] == "failed" for one in steps):
        fail("A bureau gave no report.")


@bureau.command("import")
def bureau_import(
    file: Path = typer.Argument(help="Reports as CSV, XLSX or JSON lines: docs/bureaus.md."),
    seller_code: str = SellerOption,
    date_text: str | None = typer.Option(None, "--date", help="The day on which they came; today without it."),
    as_json: bool = JsonOption,
) -> None:
    """Take in reports from a file: all of them or, with every fault by row, none."""
    with seller_context(seller_code) as seller:
        from openterms.apps.credit.bureau.actions import import_reports
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        on = day_of(date_text, clock.today(seller.timezone))
        done = import_reports(seller, SYSTEM, file, on, clock.now())
    errors = [
        {"row": one.row, "field": one.field, "what": one.what_text(), "remedy": one.remedy_text(), "value": one.value}
        for one in done.errors
    ]
    if as_json:
        emit({"state": "refused" if errors else "loaded", "loaded": done.loaded, "unchanged": done.unchanged,
              "errors": errors[:1_000]})  # fmt: skip
    for one in done.errors[:50]:
        say(str(one))
    if errors:
        fail(f"{len(errors)} faults; nothing was loaded.")
    say(f"{done.loaded} reports loaded, {done.unchanged} were there already.")
