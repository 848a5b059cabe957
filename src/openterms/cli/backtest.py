"""The command that tries a policy on what was."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, say, seller_context
from .policy import policy, read_kept

WORDS = {
    "approved": "approved", "partly_approved": "partly", "referred": "referred", "declined": "declined",
    "approve": "approve", "counter_offer": "counter-offer", "refer": "refer", "decline": "decline",
}  # fmt: skip
SHOWN = 20


@policy.command("backtest")
def back_test_policy(
    new: str = typer.Argument(..., metavar="NEW", help="A file, an example, or a version as SELLER:CODE@NUMBER."),
    against: str = typer.Option(
        "CURRENT", "--against", help="CURRENT (the policy in force), ANSWERED (what was answered then), or as NEW."
    ),
    seller_code: str = SellerOption,
    first: str = typer.Option(None, "--from", help="First day, YYYY-MM-DD; a year before the last without it."),
    last: str = typer.Option(None, "--to", help="Last day; today without it."),
    as_of: str = typer.Option(None, "--as-of", help="The day by which losses are told; today without it."),
    source: str = typer.Option("auto", "--source", help="orders (stored), invoices (rebuilt), or auto."),
    as_json: bool = JsonOption,
) -> None:
    """Answer every order of a period again under another policy: what flips and why, sales, losses, work for people.

    A summary is kept for whoever approves a version that says the same as NEW.
    """
    tried = read_kept(new)
    word = against.lower()
    other = None if word in ("current", "answered") else read_kept(against)
    with seller_context(seller_code) as seller:
        from openterms.apps.analytics.backtest.reads import Question, against_of, back_test
        from openterms.apps.analytics.backtest.runs import keep
        from openterms.apps.analytics.report.figures import months_before
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        today = clock.today(seller.timezone)
        end = day_of(last, today)
        held = against_of(seller, against if other else word, tried.currency, today, other)
        question = Question(
            new=tried, first=day_of(first, months_before(end, 12)), last=end, as_of=day_of(as_of, today),
            source=source, **held,
        )  # fmt: skip
        found = back_test(seller, question, lambda phase: say(f"{phase} …"))
        keep(seller, SYSTEM, tried, found, clock.now())
    said = [_filled(note) for note in found["notes"]]
    if as_json:
        emit(found | {"notes": said})
        return
    for line in told(found):
        sys.stdout.write(f"{line}\n")
    for text in said:
        say(text)


def _filled(note: Mapping[str, Any]) -> str:
    from openterms.core.base.reasons import fill

    return fill(note["text"], note["params"])


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """The answer, line by line."""
    from openterms.core.base.money import format_amount

    currency, totals = found["currency"], found["orders"]["totals"]

    def amount(minor: int) -> str:
        return format_amount(minor, currency)

    yield (
        f"{found['policy']['name']} ({found['policy']['code']}) against {found['against']}, {found['from']} to"
        f" {found['to']}, {totals['orders']:,} orders of {currency} {amount(totals['asked_minor'])}"
    )
    yield ""
    yield f"{'':32} {'before':>18} {'after':>18}"
    yield f"{'approved':32} {amount(totals['approved_before_minor']):>18} {amount(totals['approved_after_minor']):>18}"
    yield f"{'orders for people':32} {totals['referred_before']:>18,} {totals['referred_after']:>18,}"
    yield ""
    for label, name in (
        ("sales kept", "kept_minor"), ("sales lost", "less_minor"), ("sales gained", "more_minor"),
        ("losses avoided", "avoided_minor"), ("losses added", "risked_minor"),
        ("paid 90 days late, avoided", "slow_minor"),
    ):  # fmt: skip
        yield f"{label:32} {amount(totals[name]):>18}"
    yield f"\n{totals['flips']:,} orders of {totals['customers']:,} customers are answered otherwise"
    for row in found["orders"]["flips"]:
        way = f"{WORDS[row['before']]} -> {WORDS[row['after']]}"
        yield f"  {way:24} {row['reason']:26} {row['orders']:>9,} {amount(row['change_minor']):>18}"
    if found["decisions"]:
        yield from _decided(found["decisions"], amount)
    yield f"\nCustomers most affected ({min(SHOWN, totals['customers'])} of {totals['customers']:,})"
    for row in found["orders"]["customers"][:SHOWN]:
        avoided = f"  loss avoided {amount(row['avoided_minor'])}" if row["avoided_minor"] else ""
        yield (
            f"  {row['number'] or '':14} {(row['name'] or '')[:30]:30} {row['flips']:>7,}"
            f" {amount(row['change_minor']):>18}  {row['reason']}{avoided}"
        )


def _decided(found: Mapping[str, Any], amount: Any) -> Iterator[str]:
    totals = found["totals"]
    yield f"\n{totals['decisions']:,} decisions, {totals['flips']:,} of them otherwise"
    yield f"{'limits':32} {amount(totals['limit_before_minor']):>18} {amount(totals['limit_after_minor']):>18}"
    yield f"{'for people':32} {totals['referred_before']:>18,} {totals['referred_after']:>18,}"
    for row in found["flips"]:
        way = f"{WORDS[row['before']]} -> {WORDS[row['after']]}"
        yield f"  {way:24} {row['reason']:26} {row['decisions']:>9,} {amount(row['change_minor']):>18}"
    for row in found["workload"]:
        yield f"  queue {row['queue']:44} {row['before']:>9,} {row['after']:>9,}"
