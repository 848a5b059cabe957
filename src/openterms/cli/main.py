"""The command `openterms`."""

from __future__ import annotations

import sys

import typer

from . import (
    api_keys,
    auditing,
    billing,
    bureau,
    charging,
    claims,
    days,
    decisions,
    escalation,
    lines,
    mailbox,
    offers,
    outreach,
    parties,
    policies,
    policy,
    records,
    reviews,
    service,
    strategies,
)  # fmt: skip
from . import backtest as _backtest  # noqa: F401 registers its command
from . import group_lines as _group_lines  # noqa: F401 registers its commands
from .importing import import_file
from .report import report
from .team import team

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Business credit.")
app.command("up")(service.up)
app.command("doctor")(service.doctor)
app.command("backup")(service.backup)
app.command("restore")(service.restore)
app.command("check")(records.check)
app.command("import")(import_file)
app.command("day")(days.day)
app.command("worklist")(days.worklist)
app.command("demo")(days.demo)
app.command("decide")(policy.decide)
app.command("statement")(billing.statement)
app.command("late-charges")(charging.late_charges)
app.command("late-charge-rate")(charging.reference_rate)
app.add_typer(parties.seller, name="seller", help="Sellers: the companies that sell on credit.")
app.add_typer(parties.customer, name="customer", help="Customers of a seller.")
app.add_typer(parties.line, name="line", help="Credit lines.")
app.add_typer(offers.offer, name="offer", help="Limits offered to customers.")
app.add_typer(lines.cover, name="cover", help="Insured limits, guarantees and deposits of customers.")
app.add_typer(parties.user, name="user", help="People who sign in.")
app.add_typer(parties.rate, name="rate", help="Exchange rates.")
app.add_typer(api_keys.api_key, name="apikey", help="Keys by which programs reach a seller.")
app.add_typer(bureau.bureau, name="bureau", help="Reports on customers from bureaus.")
app.add_typer(mailbox.mailbox, name="mailbox", help="Mailboxes that replies come in by.")
app.add_typer(policies.policy, name="policy", help="Credit policies, as files and as a seller's versions.")
app.add_typer(decisions.decision, name="decision", help="Credit cases and their decisions.")
app.add_typer(escalation.escalation, name="escalation", help="Settling, placing, suing and writing off.")
app.add_typer(reviews.review, name="review", help="Reviews of credit lines.")
app.add_typer(strategies.strategy, name="strategy", help="Dunning strategies, as files and as a seller's versions.")
app.add_typer(claims.promise, name="promise", help="Promises to pay.")
app.add_typer(claims.dispute, name="dispute", help="What customers contest.")
app.add_typer(claims.plan, name="plan", help="Plans: paying in instalments.")
app.add_typer(outreach.outreach, name="outreach", help="Messages to customers.")
app.add_typer(strategies.experiment, name="experiment", help="Champion against challenger.")
app.add_typer(auditing.audit, name="audit", help="Audits of how a seller works.")
app.add_typer(billing.invoice, name="invoice", help="Invoices and credit notes issued here.")
app.add_typer(records.journal, name="journal", help="The journal.")
app.add_typer(team, name="team", help="The team of collectors.")
app.add_typer(report, name="report", help="Reports, each at any past date.")


def main() -> None:
    """Run the command line; a closed pipe ends quietly."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
