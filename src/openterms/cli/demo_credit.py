"""Credit at the demonstration seller: a policy that fits it, and cases and orders that went through that policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openterms.apps.parties.models import Customer
    from openterms.apps.tenancy.actor import Actor
    from openterms.apps.tenancy.models import Seller

EXAMPLES = {"SAR": "gulf", "AED": "gulf"}
"""The example policy that a distributor starts from, by currency; all others from `wholesale`."""
CASES = 16
ORDERS = 36
LATE_CHARGES = re.compile(r"^late_charges:\n(?:[ \t]+.*\n)+", re.MULTILINE)
CURRENCY = re.compile(r"^currency: [A-Z]{3}$", re.MULTILINE)
REASONS = ("A second branch opens", "Stock for the season", "Larger orders agreed", "Yearly review")


def fitting_policy(currency: str) -> str:
    """The text of the example that fits a distributor in a currency: its own example where there is one, else the
    wholesale one in that currency, with late charges as the law of each customer gives them."""
    from .policy_files import text_of

    text = text_of(EXAMPLES.get(currency, "wholesale"))
    if f"currency: {currency}\n" in text:
        return text
    text = text.replace(" on open account, in euro.", " on open account.")
    text = CURRENCY.sub(f"currency: {currency}", text, count=1)
    return LATE_CHARGES.sub("late_charges:\n  mode: statutory\n", text)


def show_credit(seller: Seller, people: dict[str, Actor], today: date, now: datetime) -> dict[str, int]:
    """Cases and orders of the first customers, asked and answered like any others: some by the rules alone, some wait
    for people, some were decided by them. In the seller's context."""
    from openterms.apps.credit.models import Line
    from openterms.apps.parties.models import Customer

    lines = dict(
        Line.objects.filter(seller=seller, currency=seller.currency, limit_minor__gt=0).values_list(
            "customer_id", "limit_minor"
        )
    )
    customers = [
        one
        for one in Customer.objects.filter(seller=seller, insolvent_on=None).order_by("number")[: 4 * ORDERS]
        if one.id in lines
    ]
    cases = sum(_case(seller, people, customers[n], lines, n, today, now) for n in range(min(CASES, len(customers))))
    orders = 0
    for place, customer in enumerate(customers[:ORDERS]):
        orders += _order(seller, people, customer, lines[customer.id], place, now)
    return {"cases": cases, "orders": orders}


def _case(
    seller: Seller, people: dict[str, Actor], customer: Customer, lines: dict[Any, int], place: int, today: date,
    now: datetime,
) -> int:  # fmt: skip
    """A customer asks for a quarter more; a bureau's score that goes with how it pays is on file."""
    from openterms.apps.credit.decision import acts
    from openterms.apps.credit.decision.actions import CaseRequest, open_case
    from openterms.apps.credit.decision.given import Given
    from openterms.apps.credit.models import Decision
    from openterms.apps.credit.policy.reads import parsed, policy_on
    from openterms.core.base.errors import BadInput, Refused

    limit = round(lines[customer.id] * 5 / 4 / 100_000) * 100_000 or 100_000
    policy = policy_on(seller, seller.currency, today)
    known = parsed(policy).facts if policy else {}
    facts = [Given(name, value, "file", today) for name, value in _facts(seller, customer, limit) if name in known]
    wanted = CaseRequest(currency=seller.currency, limit_minor=limit, reason=REASONS[place % 4])
    source = "review" if REASONS[place % 4] == "Yearly review" else "request"
    try:
        made = open_case(seller, people["sales"], customer, wanted, facts, now, source=source)
    except (BadInput, Refused):
        return 0  # the example does not know a fact, or a case is open
    if made.state != "open":
        return 1
    decision = Decision.objects.filter(case=made).order_by("-number").first()
    proposed = (decision.granted_minor or decision.suggested_minor or 0) if decision else 0
    for act in _handled(place % 4, people):
        try:
            if act == "take":
                acts.take(seller, people["analyst"], made.id, now)
            elif act == "recommend" and proposed:
                terms = acts.Terms(limit_minor=min(proposed, limit))
                acts.recommend(seller, people["analyst"], made.id, terms, "Within the policy's answer.", now)
            elif act == "approve":
                acts.approve(seller, people["credit_manager"], made.id, None, now, "Pays well.")
            elif act == "reject":
                acts.reject(seller, people["analyst"], made.id, "No statements were sent.", now)
        except (BadInput, Refused):
            break  # it waits for somebody with more authority
    return 1


def _handled(kind: int, people: dict[str, Actor]) -> Iterator[str]:
    yield from (("take",), ("take", "recommend"), ("recommend", "approve"), ("take", "reject"))[kind]


def _facts(seller: Seller, customer: Customer, limit: int) -> Iterator[tuple[str, Any]]:
    """What a report and the customer's papers said, as far as it goes with how the customer pays."""
    from openterms.apps.receivables.standing.models import Standing

    found = Standing.objects.filter(seller=seller, customer=customer, currency=seller.currency).first()
    late = (found.dbt_cd or 0) // 100 if found else 0
    yield "bureau_score", max(150, min(900, 720 - 8 * late))
    yield "register_status", "active"
    yield "judgments", 1 if late > 30 else 0
    yield "payment_index", max(20, 80 - late)
    yield "legal_form", "limited"
    yield "months_trading", 48
    yield "statements_age_months", 7
    yield "insurer_limit_minor", 100 * limit if late <= 30 else limit // 2
    for name in ("sanctions_hit", "fraud_flag", "accounts_late"):
        yield name, False


def _order(seller: Seller, people: dict[str, Actor], customer: Customer, limit: int, place: int, now: datetime) -> int:
    """Orders of all sizes: most fit, every sixth is too large and waits for a person, one of those is released."""
    from openterms.apps.credit.authorisation.actions import Order, authorise_order, capture
    from openterms.apps.credit.authorisation.overrides import release_order
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.core.base.errors import BadInput, Refused

    shares = cycle((40, 25, 30, 15, 50))
    share = next(one for n, one in enumerate(shares) if n == place)
    minor = limit * 2 if place % 6 == 5 else max(limit // share, 1_000)
    order = Order(
        order_ref=f"SO-{10_001 + place}", minor=minor, currency=seller.currency, purchase_order=f"PO-{700 + place}"
    )
    try:
        answer = authorise_order(seller, SYSTEM, customer, order, now)
        if answer.status == "approved" and place % 3 == 0:
            capture(seller, SYSTEM, answer.id, minor // 2 or 1, now)
        if answer.status == "referred" and place % 18 == 5:
            release_order(seller, people["credit_manager"], answer.id, "Agreed with sales.", now)
    except (BadInput, Refused):
        return 0  # such an order does not come from this customer today
    return 1
