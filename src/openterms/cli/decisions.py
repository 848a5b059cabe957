"""Commands about credit cases and their decisions in the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, ready, say, seller_context

if TYPE_CHECKING:
    from openterms.apps.credit.models import Decision

decision = typer.Typer(no_args_is_help=True)


@decision.command("make")
def decision_make(
    seller_code: str = SellerOption,
    name: str = typer.Option(..., "--customer", help="The customer's number or id."),
    limit: str = typer.Option("", "--limit", help="The limit asked for, such as 1000.00; without it what is right."),
    currency: str = typer.Option("", "--currency", help="Without it the customer's own."),
    terms: str = typer.Option("", "--terms", help="Payment terms asked for, such as net 30."),
    until: str = typer.Option(None, "--until", help="Last day of a temporary limit, YYYY-MM-DD."),
    reason: str = typer.Option("", "--reason"),
    facts: Path = typer.Option(None, "--facts", help='JSON: {"fact": value or {"value", "source", "as_of"}}.'),
    as_json: bool = JsonOption,
) -> None:
    """Open a credit case and let the policy in force decide it. What it may not grant alone waits in a queue."""
    told = _facts_of(facts)
    with seller_context(seller_code) as found:
        from openterms.apps.credit.decision.actions import CaseRequest, open_case
        from openterms.apps.credit.decision.given import Given
        from openterms.apps.credit.decision.reads import find_decision
        from openterms.apps.parties.reads import find_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.core.base.money import to_minor

        customer, today = find_customer(found, name), clock.today(found.timezone)
        code = (currency or customer.currency).upper()
        request = CaseRequest(
            currency=code,
            limit_minor=to_minor(limit, code) if limit else None,
            terms=terms,
            until=day_of(until) if until else None,
            reason=reason,
        )
        given = [
            Given(fact, one["value"], one.get("source") or "file", day_of(one.get("as_of"), today))
            for fact, one in told.items()
        ]
        case = open_case(found, SYSTEM, customer, request, given, clock.now())
        made = find_decision(found, case.id)
        if as_json:
            emit(answer(made))
        _tell(made)


@decision.command("show")
def decision_show(decision_id: str = typer.Argument(..., metavar="ID"), as_json: bool = JsonOption) -> None:
    """A decision with its facts and their sources, outcome and what became of it. ID is its own, or its case's."""
    with _found(decision_id) as made:
        if as_json:
            emit(answer(made) | {"record": json.loads(made.kept), "sources": made.sources})
        _tell(made)


@decision.command("replay")
def decision_replay(decision_id: str = typer.Argument(..., metavar="ID"), as_json: bool = JsonOption) -> None:
    """Make a decision again from what was kept of it. Exit code 1, with the places, where the answer is another one."""
    with _found(decision_id) as made:
        from openterms.apps.credit.decision.reads import replay

        found = replay(made)
        if as_json:
            emit(
                {"decision": made.id, "same": found.is_same, "differences": list(found.differences),
                 "policy": {"version": made.policy_version.label, "hash": made.policy_hash},
                 "outcome": json.loads(made.kept)["outcome"],
                 "again": json.loads(found.again)["outcome"] if found.again else None}
            )  # fmt: skip
        if not found.is_same:
            fail(f"The decision {made.id} comes out otherwise at: {', '.join(found.differences)}.")
        say(f"The decision {made.id} comes out the same: {made.outcome}, by {made.rule}.")


@contextmanager
def _found(text: str) -> Iterator[Decision]:
    """The decision of an id, whichever seller it belongs to, in that seller's context."""
    try:
        wanted = UUID(text)
    except ValueError:
        fail(f"'{text}' is not the id of a decision.", 2)
    ready()
    from openterms.apps.credit.decision.reads import find_decision
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Seller
    from openterms.core.base.errors import BadInput

    for seller in Seller.objects.order_by("code"):
        with acting(seller.id):
            try:
                made = find_decision(seller, wanted)
            except BadInput:
                continue
            yield made
            return
    fail(f"There is no decision {text}.")


def answer(made: Decision) -> dict[str, Any]:
    """A decision and its case as JSON, amounts as decimal text."""
    from openterms.core.base.money import format_amount

    def amount(minor: int | None) -> str | None:
        return None if minor is None else format_amount(minor, made.currency).replace(",", "")

    outcome, case = json.loads(made.kept)["outcome"], made.case
    return {
        "decision": made.id,
        "case": case.id,
        "customer": made.customer.number,
        "currency": made.currency,
        "policy": {"version": made.policy_version.label, "hash": made.policy_hash},
        "outcome": made.outcome,
        "rule": made.rule,
        "queue": outcome["queue"],
        "asked": amount(case.limit_minor),
        "suggested": amount(made.suggested_minor),
        "bound_by": outcome["suggestion"]["bound_by"],
        "methods": {one["name"]: amount(one["minor"]) for one in outcome["suggestion"]["figures"]},
        "limit": amount(made.granted_minor),
        "terms": outcome["terms"],
        "score": outcome["score"],
        "risk_class": outcome["risk_class"],
        "reasons": outcome["reasons"],
        "missing": outcome["missing"],
        "would_pass": outcome["would_pass"],
        "authority": outcome["authority"],
        "state": case.state,
        "closed_as": case.outcome,
        "granted": amount(case.closed_minor),
        "decided_at": made.decided_at,
    }


def _tell(made: Decision) -> None:
    from openterms.core.base.money import format_amount

    case = made.case
    said = f"{made.customer.number}: {made.outcome}, by {made.rule} of {made.policy_version.label}"
    if made.granted_minor is not None:
        said += f", {format_amount(made.granted_minor, made.currency)} {made.currency}"
    say(f"{said}. The case {case.id} is {case.state}{f', {case.outcome}' if case.outcome else ''}.")


def _facts_of(file: Path | None) -> dict[str, dict[str, Any]]:
    """Facts of a JSON file, each with its value and, where given, source and day; ends with exit code 1."""
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except (ValueError, RecursionError) as error:
        fail(f"{file}: this is not JSON ({error})")
    if not isinstance(found, dict):
        fail(f"{file}: write an object of facts")
    told = {name: one if isinstance(one, dict) else {"value": one} for name, one in found.items()}
    for name, one in told.items():
        if set(one) - {"value", "source", "as_of"} or type(one.get("value")) not in (int, bool, str):
            fail(f"{file}: {name} is a whole number, true, false or a code, with source and as_of where known")
    return told
