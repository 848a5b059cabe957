"""Commands about reviews of credit lines."""

from __future__ import annotations

from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, find_seller, ready, refusals, say, seller_context

review = typer.Typer(no_args_is_help=True)


@review.command("list")
def list_reviews(
    seller_code: str = SellerOption,
    trigger: str = typer.Option("", "--trigger", help="Only those that this trigger calls for."),
    ended: bool = typer.Option(False, "--ended", help="Those that have ended, the latest first."),
    late: bool = typer.Option(False, "--late", help="Only those past the day by which they were due."),
    limit: int = typer.Option(100, "--limit", min=1, max=10_000, help="How many at most."),
    as_json: bool = JsonOption,
) -> None:
    """Which credit lines are to be looked at again, by when, and why."""
    with seller_context(seller_code) as seller:
        from openterms.apps.credit.review.reads import ReviewFilter, reviews
        from openterms.apps.tenancy import clock

        wanted = ReviewFilter(is_open=not ended, trigger=trigger, late=late)
        found = [_row(one) for one in reviews(seller, wanted, clock.today(seller.timezone), limit=limit)]
    if as_json:
        emit(found)
        return
    for one in found:
        typer.echo(f"{one['customer']}\t{one['currency']}\t{one['due_on']}\t{one['act']}\t{', '.join(one['triggers'])}")


@review.command("run")
def run(
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """Open the reviews that are due and renew what the policy may, without the rest of the day; says nothing twice."""
    ready()
    from openterms.apps.analytics.day.reviewing import run_reviews
    from openterms.apps.tenancy import clock

    with refusals():
        seller = find_seller(seller_code)
        asked = day_of(on, clock.today(seller.timezone))
        figures = run_reviews(seller, asked, clock.now())
    if as_json:
        emit({"seller": seller.code, "date": asked, **figures})
    say(
        f"{figures['opened']:,} reviews opened, {figures['added']:,} given another reason, "
        f"{figures['renewed']:,} lines renewed."
    )


def _row(one: dict[str, Any]) -> dict[str, Any]:
    """A review as JSON; amounts as decimal text."""
    from openterms.core.base.money import format_amount

    limit = one["limit_minor"]
    return {
        "review": one["id"],
        "customer": one["number"],
        "currency": one["currency"],
        "limit": None if limit is None else format_amount(limit, one["currency"]).replace(",", ""),
        "state": one["state"],
        "ended_as": one["ended_as"] or None,
        "opened_on": one["opened_on"],
        "due_on": one["due_on"],
        "closed_on": one["closed_on"],
        "act": one["act"],
        "triggers": one["triggers"],
        "reasons": one["reasons"],
        "case": one["case_id"],
    }
