"""The audit of a seller's billing."""

from __future__ import annotations

from typing import Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, say, seller_context

audit = typer.Typer(no_args_is_help=True)


@audit.callback()
def _audit() -> None:
    """What stands between the work that was done and the money."""


@audit.command("billing")
def audit_billing(
    seller_code: str = SellerOption,
    as_of: str = typer.Option(None, "--as-of", help="YYYY-MM-DD; today in the seller's time zone without it."),
    days: int = typer.Option(365, "--days", min=1, max=3660, help="How many days of invoices are looked at."),
    as_json: bool = JsonOption,
) -> None:
    """Score how the seller bills: completeness, errors, timing, frequency, against the days until money comes."""
    with seller_context(seller_code) as seller:
        from openterms.apps.analytics.billing.reads import audit_billing
        from openterms.apps.tenancy import clock

        found = audit_billing(seller, day_of(as_of, clock.today(seller.timezone)), days)
        if as_json:
            emit(_shown(seller.code, found))
            return
        score = "nothing to score" if found.result.score is None else f"{found.result.score} of 100"
        say(f"{seller.code}, {found.first} to {found.as_of}: {score}.")
        for name, value in found.result.parts.items():
            say(f"  {name}: {'unknown' if value is None else value}")
        for name, group in found.billing.groups.items():
            paid = "–" if group.days_to_pay is None else f"{group.days_to_pay} days"
            say(f"  {name}: {group.invoices:,} invoices, {group.paid:,} paid, median {paid}")
        for one in found.result.proposals:
            say(f"{one.staff_text()} {one.remedy_text()}")


def _shown(code: str, found: Any) -> dict[str, Any]:
    billing = found.billing
    return {
        "seller": code, "from": found.first, "to": found.as_of, "invoices": billing.groups["all"].invoices,
        "score": found.result.score, "parts": found.result.parts,
        "days_to_pay": {name: {"invoices": one.invoices, "paid": one.paid, "median_days": one.days_to_pay}
                        for name, one in billing.groups.items()},
        "days_from_supply": {"invoices": billing.lagging, "median_days": billing.lag_days},
        "checked": billing.checked, "would_bounce": billing.stopped, "findings": billing.findings,
        "often": {"customers": billing.often_customers, "invoices": billing.often},
        "without_order_number": {"invoices": billing.waits_for_order, "of": billing.to_order_customers},
        "proposals": [{"code": one.code, "text": one.staff_text(), "remedy": one.remedy_text()}
                      for one in found.result.proposals],
    }  # fmt: skip
