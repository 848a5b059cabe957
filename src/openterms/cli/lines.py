"""Commands about the life of credit lines: suspend, resume, reduce, extend, cancel; cover, many at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, refusals, say, seller_context
from .parties import line

cover = typer.Typer(no_args_is_help=True)
CustomerOption = typer.Option(..., "--customer", help="The customer's number or id.")
CurrencyOption = typer.Option(..., "--currency")
ReasonOption = typer.Option(..., "--reason")
TellOption = typer.Option("", "--tell", help="The notice to the customer; without it none is given.")


def _step(
    seller_code: str, name: str, currency: str, reason: str, tell: str, as_json: bool, act: Callable[..., Any]
) -> None:
    """Do a verb of a customer's line, and tell what came of it."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.line.states import Told
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import format_amount

        code, told = currency.upper(), Told(reason=reason, message=tell)
        made = act(found, SYSTEM, find_customer(found, name), code, told, clock.now())
        limit = None if made.after_minor is None else format_amount(made.after_minor, code)
        said = {
            "step": made.id, "kind": made.kind, "customer": name, "currency": code, "limit": limit,
            "until": made.valid_until, "told": bool(made.message),
        }  # fmt: skip
    if as_json:
        emit(said)
    shown = f"limit {limit}" if limit is not None else "no limit"
    say(f"{name}, {code}: {made.get_kind_display().lower()}; {shown}.")


@line.command("suspend")
def suspend(
    seller_code: str = SellerOption, name: str = CustomerOption, currency: str = CurrencyOption,
    reason: str = ReasonOption, tell: str = TellOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Take no new orders on a line until it is resumed; what is authorised stays held."""

    def act(*where: Any) -> Any:
        from openterms.apps.credit.line.states import suspend_line

        return suspend_line(*where)

    _step(seller_code, name, currency, reason, tell, as_json, act)


@line.command("resume")
def resume(
    seller_code: str = SellerOption, name: str = CustomerOption, currency: str = CurrencyOption,
    reason: str = ReasonOption, tell: str = TellOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Take orders on a suspended line again."""

    def act(*where: Any) -> Any:
        from openterms.apps.credit.line.states import resume_line

        return resume_line(*where)

    _step(seller_code, name, currency, reason, tell, as_json, act)


@line.command("reduce")
def reduce(
    seller_code: str = SellerOption, name: str = CustomerOption, currency: str = CurrencyOption,
    limit: str = typer.Option(..., "--limit", help="The lower limit, such as 1000.00."),
    reason: str = ReasonOption, tell: str = TellOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Set a lower limit at once."""

    def act(seller: Any, actor: Any, customer: Any, code: str, told: Any, now: Any) -> Any:
        from openterms.apps.credit.line.states import reduce_line
        from openterms.core.base.money import to_minor

        return reduce_line(seller, actor, customer, code, to_minor(limit, code), told, now)

    _step(seller_code, name, currency, reason, tell, as_json, act)


@line.command("extend")
def extend(
    seller_code: str = SellerOption, name: str = CustomerOption, currency: str = CurrencyOption,
    until: str = typer.Option(..., "--until", help="The last day of the line, YYYY-MM-DD, or `none`."),
    reason: str = ReasonOption, tell: str = TellOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Set the last day of a line, later or earlier; none takes the end away."""
    day = None if until.strip().lower() == "none" else day_of(until)

    def act(seller: Any, actor: Any, customer: Any, code: str, told: Any, now: Any) -> Any:
        from openterms.apps.credit.line.states import end_line

        return end_line(seller, actor, customer, code, day, told, now)

    _step(seller_code, name, currency, reason, tell, as_json, act)


@line.command("cancel")
def cancel(
    seller_code: str = SellerOption, name: str = CustomerOption, currency: str = CurrencyOption,
    reason: str = ReasonOption, tell: str = TellOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """End a line; what is overdue on it goes to the worklist today."""

    def act(*where: Any) -> Any:
        from openterms.apps.collecting.handover.actions import cancel_and_collect
        from openterms.core.base.money import format_amount

        passed = cancel_and_collect(*where)
        if passed.overdue_minor:
            code = passed.step.currency
            say(f"Passed to collecting: {format_amount(passed.overdue_minor, code)} {code}.")
        return passed.step

    _step(seller_code, name, currency, reason, tell, as_json, act)


@line.command("change")
def change(
    seller_code: str = SellerOption,
    file: Path = typer.Option(..., "--file", help="CSV with the columns customer, currency, limit."),
    reason: str = ReasonOption,
    tell: str = TellOption,
    preview: bool = typer.Option(False, "--preview", help="Show what it would do, and do nothing."),
    as_json: bool = JsonOption,
) -> None:
    """Set the limits of many lines from a file. A bad row changes nothing at all; a refused line only itself."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or 'this is not text in UTF-8'}")
    with seller_context(seller_code) as found:
        from openterms.apps.credit.mass_change.actions import MOST_LINES
        from openterms.apps.credit.mass_change.files import targets_of

        targets, bad = targets_of(found, text)
        if bad:
            fail("\n".join(f"{file}, row {row.number}: {row.error}" for row in bad))
    carry = _few if len(targets) <= MOST_LINES else _many
    rows = carry(seller_code, targets, reason, tell, preview)
    if as_json:
        emit({"preview": preview, "rows": rows})
    for row in rows:
        why = f": {row['why']}" if row["why"] else ""
        say(f"{row['customer']} {row['currency']} {row['before']} -> {row['after']} {row['outcome']}{why}")
    if not preview and any(row["outcome"] != "done" for row in rows):
        raise typer.Exit(1)


def _few(seller_code: str, targets: list[Any], reason: str, tell: str, preview: bool) -> list[dict[str, Any]]:
    """Look and confirm in one transaction; a preview leaves nothing behind."""
    with seller_context(seller_code) as found:
        from django.db import transaction

        from openterms.apps.credit.mass_change.actions import Wanted, look
        from openterms.apps.credit.mass_change.doing import confirm
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        now = clock.now()
        with refusals():
            made = look(found, SYSTEM, Wanted(verb="set", reason=reason, message=tell), targets, now)
            if not preview:
                confirm(found, SYSTEM, made.id, now)
        rows = _rows(made)
        if preview:
            transaction.set_rollback(True)
    return rows


def _many(seller_code: str, targets: list[Any], reason: str, tell: str, preview: bool) -> list[dict[str, Any]]:
    """As the worker does it: a few lines in a transaction. A preview is kept as cancelled."""
    with seller_context(seller_code) as found, refusals():
        from openterms.apps.credit.mass_change import working
        from openterms.apps.credit.mass_change.actions import Wanted
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = working.begin(found, SYSTEM, Wanted(verb="set", reason=reason, message=tell), targets, clock.now())
    with refusals():
        working.work_through(found, made.id, clock.now)
    with seller_context(seller_code) as found, refusals():
        (working.cancel if preview else working.ask_for)(found, SYSTEM, made.id, clock.now())
    if not preview:
        with refusals():
            working.work_through(found, made.id, clock.now)
    with seller_context(seller_code):
        return _rows(made)


def _rows(made: Any) -> list[dict[str, Any]]:
    from openterms.apps.credit.mass_change.models import MassChangeRow

    kept = MassChangeRow.objects.filter(change=made).select_related("customer").order_by("place")
    return [_row(one) for one in kept]


def _row(one: Any) -> dict[str, Any]:
    from openterms.core.base.money import format_amount
    from openterms.core.base.reasons import fill

    def amount(minor: int | None) -> str | None:
        return None if minor is None else format_amount(minor, one.currency).replace(",", "")

    fault = one.fault
    return {
        "customer": one.customer.number, "currency": one.currency, "before": amount(one.before_minor),
        "after": amount(one.after_minor), "exposure": amount(one.exposure_minor),
        "outcome": one.outcome or ("refused" if fault else "would change"),
        "why": fill(fault["staff"], fault["params"]) if fault else "",
    }  # fmt: skip


@cover.command("add")
def cover_add(
    seller_code: str = SellerOption,
    name: str = CustomerOption,
    kind: str = typer.Option(..., "--kind", help="insured, guarantee or deposit."),
    amount: str = typer.Option(..., "--amount", help="Such as 1000.00."),
    currency: str = CurrencyOption,
    share: float = typer.Option(100.0, "--share", help="Per cent of a loss that would be paid."),
    first: str = typer.Option(None, "--from", help="First day, YYYY-MM-DD; today without it."),
    until: str = typer.Option(None, "--until", help="Last day, YYYY-MM-DD; an open end without it."),
    issuer: str = typer.Option("", "--issuer", help="The insurer, bank or parent company."),
    reference: str = typer.Option("", "--reference"),
    as_json: bool = JsonOption,
) -> None:
    """Keep what covers a customer."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.cover.actions import Terms, add_cover
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import to_minor

        code = currency.upper()
        terms = Terms(
            kind=kind, amount_minor=to_minor(amount, code), currency=code, share_bp=round(share * 100),
            valid_from=day_of(first, clock.today(found.timezone)), valid_until=day_of(until) if until else None,
            issuer=issuer, reference=reference,
        )  # fmt: skip
        made = add_cover(found, SYSTEM, find_customer(found, name), terms, clock.now())
    if as_json:
        emit({"id": made.id, "customer": name, "kind": made.kind, "from": made.valid_from, "until": made.valid_until})
    say(f"{name} is covered: {made.kind}, {amount} {code}, the cover {made.id}.")


@cover.command("end")
def cover_end(
    seller_code: str = SellerOption,
    cover_id: str = typer.Argument(..., metavar="ID"),
    reason: str = ReasonOption,
    on: str = typer.Option(None, "--on", help="First day without it, YYYY-MM-DD; today without it."),
    as_json: bool = JsonOption,
) -> None:
    """Say that a cover holds no more."""
    from uuid import UUID

    try:
        wanted = UUID(cover_id)
    except ValueError:
        fail(f"'{cover_id}' is not the id of a cover.", 2)
    with seller_context(seller_code) as found:
        from openterms.apps.credit.cover.actions import end_cover
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        day = day_of(on, clock.today(found.timezone))
        made = end_cover(found, SYSTEM, wanted, day, reason, clock.now())
    if as_json:
        emit({"id": made.id, "ended_on": made.ended_on})
    say(f"The cover {made.id} ends on {made.ended_on}.")
