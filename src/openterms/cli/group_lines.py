"""Commands about the lines of groups: set, suspend, resume, reduce, end, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, say, seller_context
from .lines import ReasonOption, TellOption
from .parties import line

GroupOption = typer.Option(..., "--group", help="The group's code.")


def _step(seller_code: str, name: str, as_json: bool, act: Callable[..., Any]) -> None:
    """Do a verb of a group's line, and tell how it stands afterwards."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.group_line.models import GroupLine
        from openterms.apps.credit.group_line.reads import find_group
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import format_amount

        group = find_group(found, name)
        act(found, SYSTEM, group, clock.now())
        made = GroupLine.objects.get(seller=found, group=group)
        limit = None if made.limit_minor is None else format_amount(made.limit_minor, made.currency)
    if as_json:
        emit({
            "id": made.id, "group": name, "limit": limit, "currency": made.currency, "state": made.state,
            "until": made.valid_until,
        })  # fmt: skip
    state = "" if made.state == "open" else f" It is {made.state}."
    until = f" Its last day is {made.valid_until}." if made.valid_until else ""
    shown = f"a limit of {limit} {made.currency}" if limit is not None else "no limit"
    say(f"The group {name} has {shown}.{state}{until}")


@line.command("group")
def group(
    seller_code: str = SellerOption,
    name: str = GroupOption,
    limit: str = typer.Option(..., "--limit", help="An amount such as 1000.00, or `none`."),
    currency: str = typer.Option(..., "--currency"),
    reason: str = ReasonOption,
    as_json: bool = JsonOption,
) -> None:
    """Set the limit of a group's customers together."""

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.credit.group_line.actions import set_group_line
        from openterms.core.base.money import to_minor

        code = currency.upper()
        minor = None if limit.strip().lower() == "none" else to_minor(limit, code)
        set_group_line(seller, actor, found, code, minor, reason, now)

    _step(seller_code, name, as_json, act)


@line.command("group-suspend")
def suspend(
    seller_code: str = SellerOption, name: str = GroupOption, reason: str = ReasonOption, tell: str = TellOption,
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Take no new orders of a group's customers until its line is resumed; what is authorised stays held."""

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.credit.group_line.actions import suspend_group_line

        suspend_group_line(seller, actor, found, reason, now, tell)

    _step(seller_code, name, as_json, act)


@line.command("group-resume")
def resume(
    seller_code: str = SellerOption, name: str = GroupOption, reason: str = ReasonOption, tell: str = TellOption,
    as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Take orders of a group's customers again."""

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.credit.group_line.actions import resume_group_line

        resume_group_line(seller, actor, found, reason, now, tell)

    _step(seller_code, name, as_json, act)


@line.command("group-reduce")
def reduce(
    seller_code: str = SellerOption, name: str = GroupOption,
    limit: str = typer.Option(..., "--limit", help="The lower limit, such as 1000.00."),
    reason: str = ReasonOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Set a lower limit of a group at once, in the currency of its line."""

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.credit.group_line.actions import reduce_group_line
        from openterms.apps.credit.group_line.models import GroupLine
        from openterms.core.base.money import to_minor

        kept = GroupLine.objects.filter(seller=seller, group=found).first()
        minor = to_minor(limit, kept.currency if kept else seller.currency)
        reduce_group_line(seller, actor, found, minor, reason, now)

    _step(seller_code, name, as_json, act)


@line.command("group-extend")
def extend(
    seller_code: str = SellerOption, name: str = GroupOption,
    until: str = typer.Option(..., "--until", help="The last day of the line, YYYY-MM-DD, or `none`."),
    reason: str = ReasonOption, as_json: bool = JsonOption,
) -> None:  # fmt: skip
    """Set the last day of a group's line, later or earlier; none takes the end away."""
    day = None if until.strip().lower() == "none" else day_of(until)

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.credit.group_line.actions import end_group_line

        end_group_line(seller, actor, found, day, reason, now)

    _step(seller_code, name, as_json, act)


@line.command("group-cancel")
def cancel(
    seller_code: str = SellerOption, name: str = GroupOption, reason: str = ReasonOption, as_json: bool = JsonOption
) -> None:
    """End the line of a group; what its customers owe and is overdue goes to the worklist today."""

    def act(seller: Any, actor: Any, found: Any, now: Any) -> None:
        from openterms.apps.collecting.handover.actions import cancel_group_and_collect

        cancel_group_and_collect(seller, actor, found, reason, now)

    _step(seller_code, name, as_json, act)
