"""The commands that answer questions: who owes what, how do they pay, how do we do."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .common import SellerOption, day_of, fail, say, seller_context

if TYPE_CHECKING:
    from openterms.apps.analytics.report.table import Report
    from openterms.apps.tenancy.models import Seller

report = typer.Typer(no_args_is_help=True)

AsOf = typer.Option(None, "--as-of", help="The day asked about, as YYYY-MM-DD; today where it is missing.")
From = typer.Option(None, "--from", help="First day of the period; twelve months before its end where it is missing.")
To = typer.Option(None, "--to", help="Last day of the period; today where it is missing.")
KnownAt = typer.Option(None, "--known-at", help="As the record knew it at this instant, such as 2025-03-14T18:00:00Z.")
Format = typer.Option("csv", "--format", help="csv, json or xlsx.")
Json = typer.Option(False, "--json", help="The same as --format json.")
Output = typer.Option(None, "--output", help="Write to this file; XLSX needs one.")


@report.command("ageing")
def ageing(
    seller_code: str = SellerOption,
    as_of: str = AsOf,
    by: str = typer.Option("due", "--by", help="due: days past the due date; invoice: days since the invoice date."),
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """Who owes how much for how long, by customer and currency."""
    _one_of("--by", by, ("due", "invoice"))
    _answer(seller_code, "ageing", form, as_json, output, as_of=as_of, known_at=known_at, by=by)


@report.command("open-items")
def open_items(
    seller_code: str = SellerOption,
    as_of: str = AsOf,
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """Every item with something open; unapplied receipts and credit notes are negative."""
    _answer(seller_code, "open_items", form, as_json, output, as_of=as_of, known_at=known_at)


@report.command("kpi")
def kpi(
    seller_code: str = SellerOption,
    start: str = From,
    end: str = To,
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """DSO, count-back, best possible, days delinquent, CEI, turnover, shares by age and concentration of a period."""
    _answer(seller_code, "kpi", form, as_json, output, start=start, end=end, known_at=known_at)


@report.command("behaviour")
def behaviour(
    seller_code: str = SellerOption,
    as_of: str = AsOf,
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """How customers paid in the 365 days before: days to pay, days beyond terms, share late, segment."""
    _answer(seller_code, "behaviour", form, as_json, output, as_of=as_of, known_at=known_at)


@report.command("concentration")
def concentration(
    seller_code: str = SellerOption,
    as_of: str = AsOf,
    by: str = typer.Option("customer", "--by", help="customer, group, country or currency."),
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """On how few customers, groups, countries or currencies what is owed hangs."""
    _one_of("--by", by, ("customer", "group", "country", "currency"))
    _answer(seller_code, "concentration", form, as_json, output, as_of=as_of, known_at=known_at, by=by)


@report.command("roll-forward")
def roll_forward(
    seller_code: str = SellerOption,
    start: str = From,
    end: str = To,
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """Opening balance, everything that changed it, closing balance, by currency."""
    _answer(seller_code, "roll_forward", form, as_json, output, start=start, end=end, known_at=known_at)


@report.command("over-limit")
def over_limit(
    seller_code: str = SellerOption,
    as_of: str = AsOf,
    known_at: str = KnownAt,
    form: str = Format,
    as_json: bool = Json,
    output: Path = Output,
) -> None:
    """Customers whose exposure is above their limit, the largest excess first."""
    _answer(seller_code, "over_limit", form, as_json, output, as_of=as_of, known_at=known_at)


def _answer(seller_code: str, name: str, form: str, as_json: bool, output: Path | None, **asked: Any) -> None:
    """Check the options, make the report inside the seller's context, write it."""
    form = "json" if as_json else form
    _one_of("--format", form, ("csv", "json", "xlsx"))
    if form == "xlsx" and output is None:
        raise typer.BadParameter("a workbook cannot be written to a terminal; name a file with --output")
    given = {key: value for key, value in asked.items() if key in ("as_of", "start", "end") and value is not None}
    days = {key: day_of(value) for key, value in given.items()}
    known_at = instant_of(asked["known_at"])
    if "start" in days and "end" in days and days["end"] < days["start"]:
        raise typer.BadParameter("the period ends before it starts")
    from openterms.apps.analytics.report.table import with_finality
    from openterms.apps.tenancy import clock

    with seller_context(seller_code) as seller:
        found = with_finality(_made(seller, name, asked | days, known_at), clock.now())
        _write(found, form, output)


def _made(seller: Seller, name: str, asked: dict[str, Any], known_at: datetime | None) -> Report:
    from openterms.apps.analytics.report import reads
    from openterms.apps.analytics.report.figures import months_before
    from openterms.apps.tenancy import clock

    today = clock.today(seller.timezone)
    make = getattr(reads, name)
    if "end" in asked:
        end: date = asked["end"] or today
        return make(seller, asked["start"] or months_before(end, 12), end, known_at)  # type: ignore[no-any-return]
    more = {"by": asked["by"]} if "by" in asked else {}
    return make(seller, asked["as_of"] or today, known_at, **more)  # type: ignore[no-any-return]


def _write(found: Report, form: str, output: Path | None) -> None:
    from openterms.apps.analytics.report.output import write_text, write_workbook

    for note in found.notes:
        say(str(note))
    try:
        if output is None:
            write_text(found, sys.stdout, form)
        elif form == "xlsx":
            with output.open("wb") as file:
                write_workbook(found, file, wide=False)
        else:
            with output.open("w", encoding="utf-8", newline="") as text:
                write_text(found, text, form)
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}.")


def instant_of(text: str | None) -> datetime | None:
    """An instant in ISO 8601; without an offset it is UTC. Usage error where it is none."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not an instant; give it as 2025-03-14T18:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _one_of(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise typer.BadParameter(f"'{value}' is not one of {', '.join(choices)}", param_hint=option)
