"""Commands about dunning strategies and what goes out by them."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, find_seller, ready, refusals, say, seller_context
from .outreach import outreach
from .policies import person

strategy = typer.Typer(no_args_is_help=True)
experiment = typer.Typer(no_args_is_help=True)
FileArgument = typer.Argument(..., help="A strategy in YAML; `standard` is the one that every seller starts with.")


def text_of(file: str) -> str:
    """The text of a file, or of the built-in strategy."""
    if file == "standard" and not Path(file).exists():
        from importlib.resources import files

        return files("openterms.core.collecting").joinpath("standard.yaml").read_text("utf-8")
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or 'this is not text'}")


def _read(file: str) -> Any:
    """The strategy of a file; ends with exit code 1 and the place of the fault."""
    import yaml

    from openterms.core.collecting.strategies import from_document

    text = text_of(file)
    with refusals():
        try:
            return from_document(yaml.safe_load(text))
        except yaml.YAMLError as error:
            fail(f"{file}: this is not YAML ({error})")


@strategy.command("lint")
def lint_strategy(file: str = FileArgument, as_json: bool = JsonOption) -> None:
    """Say what is wrong or doubtful in a strategy. Exit code 1 where something is wrong."""
    from openterms.core.collecting.strategy_lint import lint

    found = lint(_read(file))
    if as_json:
        emit([{"severity": one.severity, "place": one.place, "text": one.text()} for one in found])
    for one in found:
        say(f"{one.severity}: {one.place}: {one.text()}")
    if any(one.severity == "wrong" for one in found):
        raise typer.Exit(1)
    if not found:
        say("Nothing wrong is found.")


@strategy.command("show")
def show_strategy(
    file: str = FileArgument, segment: str = typer.Option("", "--segment", help="For one segment.")
) -> None:
    """Show a strategy as a ladder, for every segment or for one."""
    found = _read(file)
    for line in described(found, segment):
        sys.stdout.write(f"{line}\n")


@strategy.command("diff")
def diff_strategies(old: str = FileArgument, new: str = typer.Argument(...)) -> None:
    """Compare two strategies, as the ladders that they make."""
    before, after = (list(described(_read(one), "")) for one in (old, new))
    lines = list(difflib.unified_diff(before, after, old, new, lineterm="", n=1))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    say("The two say the same." if not lines else f"{sum(line[:1] in '+-' for line in lines) - 2} lines differ.")


def described(found: Any, segment: str) -> list[str]:
    """A strategy line by line: segments, then each segment's ladder, then events."""
    from openterms.core.collecting.segments import SEGMENTS

    lines = [f"{found.name} ({found.code})", "", "Segments"]
    lines += [f"  {rule.segment}: {rule.when.source} ({rule.reason})" for rule in found.segments]
    for name in [segment] if segment else SEGMENTS:
        lines += ["", f"Ladder of {name}"]
        for rule in found.steps:
            day = rule.day_for(name)
            if day is None:
                continue
            how = rule.carried_out(name, False)
            lines.append(f"  day {day:>4}  {rule.step}: {', '.join(how.channels)}; {how.tone}; {how.by}")
            if rule.large_after_days is not None or rule.large_delivery:
                large = rule.carried_out(name, True)
                day = rule.day_for(name, True)
                lines.append(f"  day {day:>4}  {rule.step}, large: {', '.join(large.channels)}; {large.by}")
    lines += ["", "Events"]
    for event in found.events:
        how = event.delivery
        lines.append(
            f"  {event.event}, day {event.after_days} to {event.until_days}: {how.purpose} by "
            f"{', '.join(how.channels)}; {how.by}"
        )
    return lines


@strategy.command("publish")
def publish_strategy(
    file: str = FileArgument,
    seller_code: str = SellerOption,
    on: str = typer.Option(..., "--from", help="In force from this day on, YYYY-MM-DD; today or later."),
    submitted_by: str = typer.Option(..., "--submitted-by", help="The address of the person who hands it in."),
    approved_by: str = typer.Option(..., "--approved-by", help="The address of another person, who publishes it."),
    note: str = typer.Option("", "--note", help="What is new in it."),
    as_json: bool = JsonOption,
) -> None:
    """Draft, hand in and publish a strategy in one go, or not at all."""
    begins, text = day_of(on), text_of(file)
    with seller_context(seller_code) as found:
        from openterms.apps.collecting.strategy import actions
        from openterms.apps.tenancy import clock

        now = clock.now()
        writer, approver = (person(found, email) for email in (submitted_by, approved_by))
        draft = actions.draft_strategy(found, writer, text, now, note)
        actions.submit_strategy(found, writer, draft.id, draft.revision, now)
        made = actions.approve_strategy(found, approver, draft.id, draft.revision, begins, now)
    if as_json:
        emit({"version": made.version, "valid_from": made.valid_from, "digest": made.digest})
    say(f"Version {made.version} is in force from {made.valid_from}.")


@strategy.command("simulate")
def simulate_strategy(
    file: str = FileArgument,
    seller_code: str = SellerOption,
    first: str = typer.Option(..., "--from", help="The first day, YYYY-MM-DD."),
    last: str = typer.Option(..., "--to", help="The last day, YYYY-MM-DD."),
    as_json: bool = JsonOption,
) -> None:
    """Try a changed strategy on the past: messages, calls and legal proposals by month, beside the present one's."""
    begins, ends, text = day_of(first), day_of(last), text_of(file)
    with seller_context(seller_code) as seller:
        from openterms.apps.analytics.outreach.simulation import simulated
        from openterms.apps.tenancy import clock

        found = simulated(seller, text, begins, ends, clock.now(), lambda phase: say(f"{phase} …"))
    if as_json:
        emit(found)
        return
    for name in ("message", "call", "task", "legal", "minutes", "customers"):
        was, now = found["present"]["totals"][name], found["changed"]["totals"][name]
        typer.echo(f"{name}\t{was:,}\t{now:,}\t{now - was:+,}")
    moved = found["customers"]
    typer.echo(f"heard of it first: earlier {moved['earlier']:,}, later {moved['later']:,}, same {moved['same']:,}")
    for line in found["cannot_know"]:
        say(f"It cannot know {line}.")


@outreach.command("preview")
def preview(
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """What a run would send on a day, what the guard refuses, and what is left to people. Nothing is written."""
    with seller_context(seller_code) as seller:
        from openterms.apps.analytics.outreach.actions import planned
        from openterms.apps.collecting.outreach.rendering import plain, shown
        from openterms.apps.tenancy import clock

        day = day_of(on, clock.today(seller.timezone))
        plan = planned(seller, day, clock.now(), any_channel=True)
        answer = plain(plan, shown(seller, plan))
    if as_json:
        emit(answer)
        return
    for one in answer["messages"]:
        typer.echo(f"{one['customer']}\t{one['channel']}\t{one['step']}\t{one['subject'] or one['fault']}")
    for one in answer["declined"]:
        typer.echo(f"{one['customer']}\t-\t{one['step']}\t{'; '.join(one['reasons'])}")
    say(f"{len(answer['messages']):,} messages, {len(answer['declined']):,} declined.")


@outreach.command("send")
def send(
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--date", help="YYYY-MM-DD; today in the seller's time zone without it."),
    as_json: bool = JsonOption,
) -> None:
    """Queue the day's messages and take their steps. Run again, it does nothing twice."""
    ready()
    from openterms.apps.analytics.outreach.actions import planned
    from openterms.apps.collecting.outreach.actions import send as send_plan
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    with refusals():
        seller = find_seller(seller_code)
        day, now = day_of(on, clock.today(seller.timezone)), clock.now()
        with acting(seller.id):
            run = send_plan(seller, SYSTEM, planned(seller, day, now), now)
    if as_json:
        emit({"seller": seller.code, "date": day, "run": run.id, **run.figures})
    say(f"{run.figures['messages']:,} messages with {run.figures['items']:,} items, "
        f"{run.figures['declined']:,} declined, {run.figures['tasks']:,} tasks.")  # fmt: skip


@outreach.command("timetable")
def set_runs(
    seller_code: str = SellerOption,
    at: str = typer.Option("", "--at", help="The time of day in the seller's time zone, HH:MM."),
    mode: str = typer.Option("waits", "--mode", help="hand, waits (for a person's release) or itself."),
    as_json: bool = JsonOption,
) -> None:
    """When the worker plans the day's run, and whether it waits. Without --at, the timetable as it is."""
    from datetime import time

    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.outreach.timetable import set_timetable, timetable, waiting
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        if at:
            try:
                wanted = time.fromisoformat(at)
            except ValueError:
                raise typer.BadParameter("give hours and minutes, as 08:30", param_hint="--at") from None
            set_timetable(seller, SYSTEM, mode, wanted, clock.now())
        kept, waits = timetable(seller), waiting(seller)
        answer = {
            "mode": kept.mode if kept else "hand", "at": kept.at.isoformat("minutes") if kept else None,
            "zone": seller.timezone, "waiting": waits and {"date": waits.date, **waits.figures},
        }  # fmt: skip
    if as_json:
        emit(answer)
    say(f"Runs: {answer['mode']}, {answer['at'] or 'no time'} {answer['zone']}.")


@experiment.command("draft")
def draft(
    code: str = typer.Argument(..., help="A short name, in small letters."),
    file: str = typer.Argument(..., help="The challenger: a strategy in YAML."),
    seller_code: str = SellerOption,
    by: str = typer.Option(..., "--by", help="The address of the person who writes it."),
    share: int = typer.Option(5_000, "--share-bp", help="The challenger's share of customers, in basis points."),
    hold_out: int = typer.Option(1_000, "--hold-out-bp", help="The share that gets no messages of a run."),
    first: str = typer.Option(..., "--from"),
    last: str = typer.Option(..., "--to"),
) -> None:
    """Write an experiment down; another person starts it."""
    text, begins, ends = text_of(file), day_of(first), day_of(last)
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.experiment.actions import draft_experiment
        from openterms.apps.tenancy import clock

        draft_experiment(
            seller, person(seller, by), code, text, challenger_bp=share, hold_out_bp=hold_out, starts_on=begins,
            ends_on=ends, now=clock.now(),
        )  # fmt: skip
    say(f"{code} is written down; `openterms experiment start {code} …` by another person begins it.")


@experiment.command("start")
def start(
    code: str = typer.Argument(...), seller_code: str = SellerOption, by: str = typer.Option(..., "--by")
) -> None:
    """Start an experiment as a second person."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.experiment.actions import start_experiment
        from openterms.apps.tenancy import clock

        start_experiment(seller, person(seller, by), code, clock.now())
    say(f"{code} runs.")


@experiment.command("end")
def end(code: str = typer.Argument(...), seller_code: str = SellerOption, by: str = typer.Option(..., "--by")) -> None:
    """End an experiment today."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.experiment.actions import end_experiment
        from openterms.apps.tenancy import clock

        end_experiment(seller, person(seller, by), code, clock.now())
    say(f"{code} has ended.")


@experiment.command("report")
def report(
    code: str = typer.Argument(...),
    seller_code: str = SellerOption,
    on: str = typer.Option(None, "--as-of", help="YYYY-MM-DD; today without it."),
    as_json: bool = JsonOption,
) -> None:
    """What an experiment shows: each measure with its interval, or that it cannot tell."""
    with seller_context(seller_code) as seller:
        from openterms.apps.collecting.experiment.reads import report as report_of
        from openterms.apps.tenancy import clock

        found = report_of(seller, code, day_of(on, clock.today(seller.timezone)))
    if as_json:
        emit(found)
        return
    for name, one in found["measures"].items():
        typer.echo(f"{name}\t{one['champion']}\t{one['challenger']}\t{one['low']} to {one['high']}\t{one['text']}")
