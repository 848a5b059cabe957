"""Commands about invoices issued here, and statements of account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, find_seller, ready, refusals, say, seller_context

invoice = typer.Typer(no_args_is_help=True)
AnySeller = typer.Option("", "--seller", help="The seller's code; may be left out where only one seller has it.")
OutOption = typer.Option(..., "--output", "-o", help="Where it is written.")
KeyOption = typer.Option("", "--key", help="Makes the command repeatable: the first invoice comes again.")


@invoice.command("issue")
def invoice_issue(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="The invoice as JSON, as the API takes it."),
    seller_code: str = SellerOption, key: str = KeyOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Issue an invoice: its sums are checked, it gets the next number of its series, and is booked."""
    body = _read(file)
    with seller_context(seller_code) as seller:
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.receivables.invoice.actions import issue
        from openterms.apps.receivables.invoice.reading import to_issue
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.web.api.invoices import shown

        asked = to_issue(body, clock.today(seller.timezone))
        customer = find_customer(seller, str(body.get("customer") or ""))
        made, is_new = issue(seller, SYSTEM, customer, asked, clock.now(), key)
        if as_json:
            emit(shown(made))
        say(f"{made.number} issued." if is_new else f"{made.number} was issued before.")


@invoice.command("credit")
def invoice_credit(
    number: str = typer.Argument(..., help="The invoice's number."),
    seller_code: str = SellerOption,
    file: Path = typer.Option(None, "--file", help="The lines that are credited, as JSON; all of them without it."),
    on: str = typer.Option(None, "--on", help="YYYY-MM-DD; today in the seller's time zone without it."),
    key: str = KeyOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Issue a credit note for an invoice issued here; what is open of the invoice is settled by it."""
    body = _read(file) if file else {}
    with seller_context(seller_code) as seller:
        from openterms.apps.receivables.invoice.actions import document_of, issue_credit_note
        from openterms.apps.receivables.invoice.papers import find_invoice
        from openterms.apps.receivables.invoice.reading import to_issue
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.web.api.invoices import shown

        corrected = find_invoice(seller, number)
        today = day_of(on, clock.today(seller.timezone))
        asked = to_issue({"currency": corrected.currency} | body, today)
        if file is None:
            asked = replace(asked, charged=replace(document_of(corrected).charged, prepaid_minor=0))
        made, is_new = issue_credit_note(seller, SYSTEM, corrected, asked, clock.now(), key)
        if as_json:
            emit(shown(made))
        say(f"{made.number} issued." if is_new else f"{made.number} was issued before.")


@invoice.command("render")
def invoice_render(
    number: str = typer.Argument(..., help="The number of an invoice or credit note issued here."),
    kind: str = typer.Option("pdf", "--format", help="pdf, ubl, or facturx (the PDF with the invoice in CII inside)."),
    output: Path = OutOption, seller_code: str = AnySeller,
) -> None:  # fmt: skip
    """Write an invoice issued here to a file."""

    def is_there(seller: Any) -> bool:
        from openterms.apps.receivables.models import Invoice

        return Invoice.objects.filter(seller=seller, number=number).exists()

    with _of_seller(seller_code, is_there, f"No invoice {number} was issued here.") as seller:
        from openterms.apps.receivables.invoice.papers import find_invoice, rendered

        _write(output, rendered(seller, find_invoice(seller, number), kind))


@invoice.command("receipt")
def invoice_receipt(
    number: str = typer.Argument(..., help="The number of a receipt on the account."),
    output: Path = OutOption, seller_code: str = AnySeller,
) -> None:  # fmt: skip
    """Write the receipt for money that came in to a file, as PDF."""

    def found(seller: Any) -> Any:
        from openterms.apps.receivables.models import Item

        return Item.objects.filter(seller=seller, kind="receipt", number=number).first()

    with _of_seller(seller_code, found, f"There is no receipt {number}.") as seller:
        from openterms.apps.receivables.invoice.papers import receipt_pdf

        _write(output, receipt_pdf(seller, found(seller)))


@invoice.command("cycle")
def invoice_cycle(
    notation: str = typer.Argument(..., help="order, weekly mon, semi-monthly, or monthly 1 (up to 28)."),
    seller_code: str = SellerOption,
    customer: str = typer.Option(..., "--customer", help="The customer's number or id."),
) -> None:
    """Say how a customer is billed: with each order, or what gathered up to a day on one invoice."""
    with seller_context(seller_code) as seller:
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.receivables.invoice.gathering import set_cycle
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        said = set_cycle(seller, SYSTEM, find_customer(seller, customer), notation, clock.now())
        say(f"{customer} is billed: {said}.")


@invoice.command("gather")
def invoice_gather(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="What was supplied, as JSON: one or a list."),
    seller_code: str = SellerOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Keep what was supplied for the invoices of its customers' cycles; all of a file, or nothing of it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        fail(f"{file} is not JSON: {error}")
    with seller_context(seller_code) as seller:
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.receivables.invoice.gathering import gather
        from openterms.apps.receivables.invoice.reading import supplied_of
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.errors import BadInput

        added = 0
        for place, one in enumerate(found if isinstance(found, list) else [found], 1):
            try:
                number, supplied = supplied_of(one)
                added += gather(seller, SYSTEM, find_customer(seller, number), supplied, clock.now())
            except BadInput as error:
                raise error.at(f"{file.name}, entry {place}") from error
        if as_json:
            emit({"seller": seller.code, "added": added})
        say(f"{added:,} lines wait for their invoices.")


@invoice.command("run")
def invoice_run(
    seller_code: str = SellerOption,
    as_of: str = typer.Option(None, "--as-of", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """Issue every invoice that a customer's cycle makes due; twice issues nothing more."""
    with seller_context(seller_code) as seller:
        from openterms.apps.receivables.invoice.gathering import bill_gathered
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.web.api.invoices import shown

        run = bill_gathered(seller, SYSTEM, day_of(as_of, clock.today(seller.timezone)), clock.now())
        refused = [{"customer": number, "why": why} for number, why in run.refused]
        if as_json:
            emit({"seller": seller.code, "issued": [shown(one) for one in run.issued], "refused": refused})
        for one in refused:
            say(f"{one['customer']}: {one['why']}")
        say(f"{len(run.issued):,} invoices issued.")
    if run.refused:
        raise typer.Exit(1)


@invoice.command("identity")
def invoice_identity(
    seller_code: str = SellerOption,
    values: list[str] = typer.Option([], "--set", help="NAME=VALUE, such as iban=DE89…; without it, what is set."),
    logo: Path = typer.Option(None, "--logo", exists=True, dir_okay=False, help="An SVG or PNG of at most 200 kB."),
    as_json: bool = JsonOption,
) -> None:
    """What invoices say of the seller: address, numbers, account, colour, logo, languages, words on late payment."""
    given = dict(one.partition("=")[::2] for one in values)
    with seller_context(seller_code) as seller:
        from openterms.apps.receivables.invoice.drafting import identity_of
        from openterms.apps.receivables.invoice.identity import FIELDS, set_identity
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        known = (*FIELDS, "languages")
        for name in given:
            if name not in known:
                fail(f"There is no {name}. Give one of: {', '.join(known)}.", 2)
        if given or logo:
            set_identity(seller, SYSTEM, given, clock.now(), logo.read_bytes() if logo else None)
        row = identity_of(seller)
        shown = {name: getattr(row, name) for name in known} | {"logo": bool(row.logo)}
        if as_json:
            emit(shown)
        else:
            for name, value in shown.items():
                if value:
                    say(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


def statement(
    customer: str = typer.Option(..., "--customer", help="The customer's number or id."),
    as_of: str = typer.Option(None, "--as-of", help="YYYY-MM-DD; today in the seller's time zone without it."),
    output: Path = OutOption,
    languages: str = typer.Option("", "--language", help="en, ar, or en,ar; the customer's without it."),
    seller_code: str = AnySeller,
) -> None:
    """Write a statement of account to a file, as PDF: what was open at the end of a day, past days included."""

    def is_there(seller: Any) -> bool:
        from openterms.apps.parties.reads import find_customer
        from openterms.core.base.errors import BadInput

        try:
            return find_customer(seller, customer) is not None
        except BadInput:
            return False

    with _of_seller(seller_code, is_there, f"There is no customer {customer}.") as seller:
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.receivables.invoice.papers import statement_pdf
        from openterms.apps.tenancy import clock

        on = day_of(as_of, clock.today(seller.timezone))
        wanted = [one for one in languages.replace(" ", "").split(",") if one]
        _write(output, statement_pdf(seller, find_customer(seller, customer), on, wanted))


@contextmanager
def _of_seller(code: str, has: Any, nothing: str) -> Iterator[Any]:
    """The named seller, or the only one that has something; ends with exit code 1 where none or several have it."""
    if code:
        with seller_context(code) as seller:
            yield seller
        return
    ready()
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Seller

    found = []
    for seller in Seller.objects.order_by("code"):
        with acting(seller.id):
            if has(seller):
                found.append(seller)
    if not found:
        fail(nothing)
    if len(found) > 1:
        fail(f"Several sellers have it: {', '.join(one.code for one in found)}. Give --seller.")
    with refusals(), acting(found[0].id):
        yield find_seller(found[0].code)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        fail(f"{file} is not JSON: {error}")
    if not isinstance(found, dict):
        fail(f"{file} is not a JSON object.")
    return found


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")
    say(f"{output}: {len(content):,} bytes.")
