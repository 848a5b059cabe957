"""The team: how it does, and who looks after whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, seller_context

team = typer.Typer(no_args_is_help=True)


@team.command("show")
def show(
    seller_code: str = SellerOption,
    first: str = typer.Option(None, "--from", help="YYYY-MM-DD; 30 days up to the last without it."),
    last: str = typer.Option(None, "--to", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """Coverage, promises and results by collector and strategy, with how sure they are; who is away."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.team.reads import away
        from openterms.apps.collecting.team.results import team_results
        from openterms.apps.tenancy import clock

        now = clock.today(seller.timezone)
        until = day_of(last, now)
        since = day_of(first, until - timedelta(days=29))
        found = team_results(seller, since, until, now)
        absent = [
            {"collector": one.collector.email, "cover": one.cover.email, "last": one.last}
            for one in away(seller, now).values()
        ]
    if as_json:
        emit({"seller": seller_code, "from": since, "to": until, "away": absent, **_plain(found)})
        return
    typer.echo(f"{found['touched']:,} of {found['due']:,} customers touched from {since} to {until}.")
    for one in found["results"]:
        typer.echo(f"{one['name']}\t{one['calls']} calls\t{one['spoken']} reached\t{one['kept']}/{one['judged']} kept")


def _plain(value: Any) -> Any:
    """Shares as mappings, whatever they stand in."""
    if hasattr(value, "says_enough"):
        return value._asdict() | {"says_enough": value.says_enough}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
