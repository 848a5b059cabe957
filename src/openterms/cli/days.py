"""The day, the worklist and the demonstration."""

from __future__ import annotations

from datetime import date
from typing import Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .common import JsonOption, SellerOption, day_of, emit, find_seller, messages, ready, refusals, say, seller_context


def day(
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """Run the day: derive states, measure, segment, plan the next steps, store the snapshot."""
    ready()
    from openterms.apps.analytics.day.actions import run_day
    from openterms.apps.tenancy import clock

    with refusals():
        seller = find_seller(seller_code)
        asked = day_of(on, clock.today(seller.timezone))
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as bar:
            task = bar.add_task("begin", total=None)

            def progress(one: date, phase: str) -> None:
                bar.update(task, description=f"{one} {phase}")
                if not messages.is_terminal:
                    say(f"{one}: {phase}")

            result = run_day(seller, asked, clock.now(), progress)
    last = result.days[-1]
    if as_json:
        emit({"seller": result.seller, "date": result.date, "already": result.already, "days": result.days})
    say(
        f"{result.date} is done for {seller_code}: {last.get('customers', 0):,} customers measured, "
        f"{last.get('listed', 0):,} on the worklist."
    )


def worklist(
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    collector: str = typer.Option(None, "--collector", help="E-mail: only what this person works that day."),
    as_json: bool = JsonOption,
) -> None:
    """Whom to contact, in which order, and why."""
    with seller_context(seller_code) as seller:
        from openterms.apps.analytics.day.worklists import worklist_of
        from openterms.apps.tenancy import clock

        day = day_of(on, clock.today(seller.timezone))
        with refusals():
            rows = worklist_of(seller, day, clock.now(), collector or "")
    if as_json:
        emit(rows)
        return
    for row in rows:
        typer.echo(_line(row))


def _line(row: dict[str, Any]) -> str:
    return f"{row['customer']}\t{row['step']}\t{row['amount_at_risk']} {row['currency']}\t{'; '.join(row['reasons'])}"


def demo(
    seller_code: str = typer.Option("DEMO", "--seller", help="Code of the seller to make."),
    customers: int = typer.Option(400, "--customers"),
    invoices: int = typer.Option(30_000, "--invoices"),
    months: int = typer.Option(24, "--months"),
    seed: int = typer.Option(7, "--seed"),
    as_json: bool = JsonOption,
) -> None:
    """Make a seller with a simulated portfolio; does nothing where it exists."""
    ready()
    from .demo import make_demo

    with refusals():
        figures = make_demo(seller_code, customers, invoices, months, seed, say)
    if as_json:
        emit(figures)
