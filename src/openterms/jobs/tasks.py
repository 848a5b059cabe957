"""What the worker does for the desk: what is too large for a request, and asking registers and bureaus."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from openterms.apps.analytics.backtest import runs
from openterms.apps.analytics.importing.models import ImportRun
from openterms.apps.analytics.importing.uploads import carry_out, stopped
from openterms.apps.analytics.trial.models import BackTestRun
from openterms.apps.credit.application.deciding import keep_checks
from openterms.apps.credit.application.registers import ask, inquiries_of
from openterms.apps.credit.bureau import reads as bureau_reads
from openterms.apps.credit.bureau.actions import Question, buy_report
from openterms.apps.credit.mass_change.working import work_through
from openterms.apps.credit.models import Application
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.reasons import gettext_noop

BROKE_OFF = gettext_noop("The back-test broke off")
ASK_AGAIN = gettext_noop("Ask for it again")


@app.task(name="import_upload")
def import_upload(seller_id: str, run_id: str) -> None:
    """Load an upload in one transaction. A fault that nobody foresaw leaves the run refused and goes to the log."""
    try:
        with acting(UUID(seller_id)):
            run = ImportRun.objects.filter(id=run_id, state="loading").first()
            if run is not None:
                seller = Seller.objects.get(id=seller_id)
                carry_out(seller, _actor(seller, run), run, clock.now())
    except Exception as error:
        with acting(UUID(seller_id)):
            run = ImportRun.objects.get(id=run_id)
            stopped(
                run,
                f"The import broke off and nothing was loaded ({type(error).__name__}). Load it again.",
                clock.now(),
            )
        raise


def _actor(seller: Seller, run: ImportRun | BackTestRun) -> Actor:
    membership = Membership.objects.filter(seller=seller, user_id=run.user_id).select_related("user").first()
    if membership is None:
        return SYSTEM
    user = membership.user
    return Actor(user.name or user.email, user.id, membership.role, membership.authority_minor)


@app.task(name="check_application")
def check_application(seller_id: str, application_id: str) -> None:
    """Ask registers about an application and keep what they say. The asking holds no transaction open."""
    with acting(UUID(seller_id)):
        seller = Seller.objects.get(id=seller_id)
        found = Application.objects.filter(id=application_id).first()
        inquiries = inquiries_of(found) if found else []
    answers = [(inquiry, ask(inquiry)) for inquiry in inquiries]
    if answers:
        with acting(UUID(seller_id)):
            keep_checks(seller, SYSTEM, UUID(application_id), answers, clock.now())


@app.task(name="change_lines")
def change_lines(seller_id: str, change_id: str) -> None:
    """Look at the lines of a change that is too large for a request, or change them; broken off, it goes on."""
    with acting(UUID(seller_id)):
        seller = Seller.objects.get(id=seller_id)
    work_through(seller, UUID(change_id), clock.now)


@app.task(name="fetch_report")
def fetch_report(seller_id: str, customer_id: str, user_id: str, account: str, reason: str) -> None:
    """Get a report from a bureau that a person asked for. No transaction is open while the bureau is asked.

    Somebody who has left the seller meanwhile gets nothing. What a bureau or a budget says no to stays in the record.
    """
    with acting(UUID(seller_id)):
        seller = Seller.objects.get(id=seller_id)
        customer = Customer.objects.get(seller=seller, id=customer_id)
        members = Membership.objects.filter(seller=seller, user_id=user_id, is_active=True)
        member = members.select_related("user").first()
        if member is None:
            return
        who = Actor(member.user.name or member.user.email, member.user.id, member.role, member.authority_minor)
        now = clock.now()
        on = clock.local_date(now, seller.timezone)
        policy = bureau_reads.policy_in_force(seller, customer.currency, on)
        facts = bureau_reads.own_facts(customer)
    question = Question(facts=facts, policy=policy, is_complete=False, regardless=reason, only=account)
    buy_report(seller, who, customer, question, on, now)


@app.task(name="back_test")
def back_test(seller_id: str, run_id: str) -> None:
    """Carry out a back-test that is too large for a request. A fault that nobody foresaw leaves it refused."""
    try:
        with acting(UUID(seller_id)):
            run = BackTestRun.objects.filter(id=run_id, state="running").first()
            if run is not None:
                seller = Seller.objects.get(id=seller_id)
                runs.carry_out(seller, _actor(seller, run), run, clock.now())
    except Exception:
        with acting(UUID(seller_id)):
            runs.stopped(BackTestRun.objects.get(id=run_id), BROKE_OFF, ASK_AGAIN, clock.now())
        raise
