"""The text that a customer accepts: what it owes, what it pays when, and what follows if it does not."""

from __future__ import annotations

from collections.abc import Sequence

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.money import format_amount
from openterms.core.collecting.plans import PlanInstalment, PlanPolicy


def agreement_text(
    seller: Seller,
    customer: Customer,
    owed: Sequence[tuple[Item, int]],
    instalments: Sequence[PlanInstalment],
    currency: str,
    way: str,
    policy: PlanPolicy,
) -> str:
    """Plain text, one fact a line, the same for the same plan: its hash is what a signature stands under."""
    lines = [
        "Payment plan",
        f"Creditor: {seller.name}",
        f"Debtor: {customer.name} ({customer.number})",
        f"Currency: {currency}",
        "Invoices:",
        *(f"- {item.number}/{item.instalment}: {format_amount(minor, currency)}" for item, minor in owed),
        "Instalments:",
        *(
            f"- {one.number}. {one.due_on.isoformat()}: {format_amount(one.amount_minor, currency)}"
            f" (interest {format_amount(one.interest_minor, currency)})"
            for one in instalments
        ),
        f"Way of payment: {way}",
        f"Default: {policy.most_missed} instalment(s) unpaid {policy.grace_days} day(s) after the date; all that is"
        " unpaid is then due at once by its original dates.",
    ]
    return "\n".join(lines) + "\n"
