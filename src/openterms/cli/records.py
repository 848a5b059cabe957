"""Commands that verify the record."""

from __future__ import annotations

import typer

from .common import JsonOption, emit, fail, ready, say

journal = typer.Typer(no_args_is_help=True)


@journal.command("verify")
def journal_verify(
    seller_code: str = typer.Option(None, "--seller", help="One seller; all without it."), as_json: bool = JsonOption
) -> None:
    """Recompute every event's hash and the chain; a single changed byte is found."""
    ready()
    from openterms.apps.journal.actions import seal, verify
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Seller

    from .common import find_seller

    sellers = [find_seller(seller_code)] if seller_code else list(Seller.objects.order_by("code"))
    answers, ok = [], True
    for seller in sellers:
        with acting(seller.id):
            seal(seller.id)
            verdict = verify(seller.id)
        ok = ok and verdict.ok
        answers.append(
            {"seller": seller.code, "ok": verdict.ok, "sealed": verdict.sealed, "unsealed": verdict.unsealed,
             "through_event": verdict.through_event, "fault": verdict.fault}
        )  # fmt: skip
        state = verdict.fault or f"{verdict.sealed:,} events sealed through {verdict.through_event}"
        say(f"{seller.code}: {state}")
    if as_json:
        emit(answers)
    if not ok:
        raise typer.Exit(1)


def check(
    seller_code: str = typer.Option(None, "--seller", help="One seller; all without it."), as_json: bool = JsonOption
) -> None:
    """Verify what must always hold, and print each with its figure."""
    ready()
    from openterms.apps.analytics.checking.reads import check_seller
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Seller

    from .common import find_seller

    sellers = [find_seller(seller_code)] if seller_code else list(Seller.objects.order_by("code"))
    answers = []
    for seller in sellers:
        with acting(seller.id):
            for finding in check_seller(seller):
                mark = "ok" if finding.ok else "WRONG"
                say(f"{seller.code} {finding.invariant}: {mark}, {finding.text}")
                answers.append(
                    {"seller": seller.code, "invariant": finding.invariant, "ok": finding.ok,
                     "figure": finding.figure, "text": finding.text}
                )  # fmt: skip
    if as_json:
        emit(answers)
    if not all(answer["ok"] for answer in answers):
        fail("Something is wrong; see above.")
