"""The demonstration seller: a simulated portfolio, posted like any other, and people of every role."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .demo_collecting import show_claims, show_matters, show_messages
from .demo_credit import fitting_policy, show_credit

if TYPE_CHECKING:
    from openterms.apps.tenancy.models import Seller

DEMO = "DEMO"
LOGIN_FILE = "demo-password"
PEOPLE = (
    ("credit_manager", "Maya Haddad", "maya@demo.example", 50_000_000),
    ("analyst", "Jonas Weber", "jonas@demo.example", 5_000_000),
    ("sales_director", "Nadia Rahman", "nadia@demo.example", 0),
    ("cfo", "Erik Solberg", "erik@demo.example", 10**12),
    ("collector", "Clara Nunes", "clara@demo.example", 1_000_000),
    ("collector", "Omar Farouk", "omar@demo.example", 1_000_000),
    ("cash_clerk", "Ines Laurent", "ines@demo.example", 100_000),
    ("sales", "Tom Baker", "tom@demo.example", 0),
    ("auditor", "Ada Okoye", "ada@demo.example", 0),
    ("admin", "Sam Lindqvist", "sam@demo.example", 0),
)


def demo_password() -> str:
    """The password of every demonstration login, made once for each home."""
    from django.conf import settings

    file = settings.HOME.path / LOGIN_FILE
    if not file.exists():
        file.write_text(f"terms-{secrets.token_hex(4)}")
        file.chmod(0o600)
    return str(file.read_text())


def demo_logins() -> list[dict[str, str]]:
    """Role, address and password of each demonstration login."""
    return [{"role": role, "email": email, "password": demo_password()} for role, _, email, _ in PEOPLE]


def make_demo(
    code: str, customers: int, invoices: int, months: int, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Make the seller with its portfolio and run its day; nothing where it exists and its day was run."""
    from openterms.apps.analytics.day.actions import run_day
    from openterms.apps.analytics.day.reads import latest_run
    from openterms.apps.analytics.importing.market import post_market
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Seller, User
    from openterms.portfolio.runs.market import simulate

    now = clock.now()
    seller = Seller.objects.filter(code=code).first()
    if seller is None:
        seller = add_seller(code, "Meridian Supply Co.", "USD", "US", "America/New_York")
    with acting(seller.id):
        if latest_run(seller) is not None:
            return {"seller": code, "made": False}
    today = clock.today(seller.timezone)
    collectors = []
    with acting(seller.id):
        for role, name, email, authority in PEOPLE:
            user = User.objects.filter(email=email).first() or add_user(email, demo_password(), name)
            add_membership(seller, user, role, authority)
            if role == "collector":
                collectors.append(user)
    say(f"Simulating {customers:,} customers and {invoices:,} invoices over {months} months …")
    market = simulate(seed, customers, months, invoices, end=today, currency=seller.currency)
    say("Posting the portfolio …")
    with acting(seller.id):
        posted = post_market(seller, market, collectors, now)
        _publish_policy(seller, today, now)
        people = _people(seller)
        shown = show_claims(seller, people, today, now)
    say("Running the day …")
    run_day(seller, today, now)
    say("Asking the policy about cases and orders …")
    with acting(seller.id):
        shown |= show_credit(seller, people, today, clock.now())
        shown |= show_matters(seller, people, today, clock.now())
    with acting(seller.id):
        shown |= show_messages(seller, people, today, clock.now())
    _defer_history(seller.id, today)
    return {"seller": code, "made": True, **posted, **shown}


def _publish_policy(seller: Seller, today: date, now: datetime) -> None:
    """The example policy that fits a distributor in the seller's currency: written and submitted by the analyst,
    approved by the manager."""
    from openterms.apps.credit.policy.actions import draft_policy, publish_policy, submit_policy

    from .policies import person

    manager, analyst = (person(seller, email) for role, _, email, _ in PEOPLE if role in ("credit_manager", "analyst"))
    draft = draft_policy(seller, analyst, fitting_policy(seller.currency), now)
    submit_policy(seller, analyst, draft.id, draft.revision, now)
    publish_policy(seller, manager, draft.id, draft.revision, today, now, "The first policy of a new seller.")


def _people(seller: Seller) -> dict[str, Any]:
    """Somebody of each role."""
    from .policies import person

    return {role: person(seller, email) for role, _, email, _ in reversed(PEOPLE)}


def _defer_history(seller_id: UUID, today: date) -> None:
    """Ask the worker for yesterday and the last five month ends, as history to compare with."""
    from openterms.jobs.timetable import past_day

    days = [today - timedelta(days=1)]
    month_end = today
    for _ in range(5):
        month_end = month_end.replace(day=1) - timedelta(days=1)
        days.append(month_end)
    for day in dict.fromkeys(days):
        past_day.defer(seller_id=str(seller_id), day=day.isoformat())
