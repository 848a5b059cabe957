"""From an accepted application to its credit case: what it asks for, and the facts that it brings."""

from __future__ import annotations

from datetime import datetime

from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.given import ASKED, Given
from openterms.apps.credit.decision.models import CaseState, CreditCase, Source
from openterms.apps.credit.policy.reads import policy_on
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date

from .models import Application
from .reads import facts_of


def begin_case(row: Application, customer: Customer, actor: Actor, now: datetime) -> CreditCase | None:
    """Open the credit case that an application asks for, and let the policy decide it at once.

    None where no policy is in force for its currency, or where a case of the customer in it is open already: that one
    goes on, and people see both. In the caller's transaction. Refused: busy. Errors: facts that cannot be.
    """
    seller = row.seller
    is_open = CreditCase.objects.filter(
        seller=seller, customer=customer, currency=row.currency, state=CaseState.OPEN
    ).exists()
    if is_open or policy_on(seller, row.currency, local_date(now, seller.timezone)) is None:
        return None
    sent = local_date(row.submitted_at or now, seller.timezone)
    facts = facts_of(row)
    limit_minor, days = (facts.get(name) for name in ASKED)
    request = CaseRequest(currency=row.currency, limit_minor=limit_minor, terms=f"net {days}" if days else "")
    given = [Given(name, value, "application", sent) for name, value in facts.items() if name not in ASKED]
    return open_case(seller, actor, customer, request, given, now, Source.APPLICATION, row.number)


def case_of(row: Application) -> CreditCase | None:
    """The case that was opened for an application."""
    found = CreditCase.objects.filter(seller_id=row.seller_id, source=Source.APPLICATION, source_ref=row.number)
    return found.order_by("-id").first()
