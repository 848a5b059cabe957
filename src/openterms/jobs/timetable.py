"""What happens by itself: each seller's day, once its night has come."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.day.reads import latest_run
from openterms.apps.analytics.outreach.actions import plan_by_clock
from openterms.apps.collecting.proposal.considering import consider_new
from openterms.apps.credit.authorisation.actions import MOST_EXPIRED_AT_ONCE, expire_due
from openterms.apps.credit.decision.clocks import MOST_AT_ONCE, escalate_overdue, lapse_approvals
from openterms.apps.credit.letter.mailing import send_due
from openterms.apps.credit.line.actions import MOST_ENDED_AT_ONCE, end_temporary
from openterms.apps.credit.offer.actions import MOST_EXPIRED_AT_ONCE as MOST_EXPIRED_OFFERS
from openterms.apps.credit.offer.actions import expire_offers
from openterms.apps.messaging.incoming.reading import read_mailboxes as read_seller_mailboxes
from openterms.apps.messaging.outgoing.actions import send_due as send_messages_due
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller

log = logging.getLogger(__name__)

NIGHT_HOUR = 2
MOST_MESSAGES = 2_000
"""Of a seller in one turn, so that nobody waits long behind another one's run."""


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="nightly", name="nightly")
def nightly(timestamp: int) -> None:
    """Run the day of every seller whose local night has come and whose day has not been run."""
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        local = now.astimezone(ZoneInfo(seller.timezone))
        due = local.date() if local.hour >= NIGHT_HOUR else local.date() - timedelta(days=1)
        with acting(seller.id):
            last = latest_run(seller)
        if last is not None and last.date < due:
            run_day(seller, due, now)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="plan_runs", name="plan_runs")
def plan_runs(timestamp: int) -> None:
    """Plan every seller's run whose time of day has come. What fails at one seller is logged and tried again."""
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        try:
            with acting(seller.id):
                plan_by_clock(seller, now)
        except Exception:
            log.exception("The run of %s could not be planned; it is tried again.", seller.code)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="expire_orders", name="expire_orders")
def expire_orders(timestamp: int) -> None:
    """Note which authorisations time has ended. Their headroom is free from their date on, noted or not."""
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        while True:
            with acting(seller.id):
                if expire_due(seller, SYSTEM, now) < MOST_EXPIRED_AT_ONCE:
                    break


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="credit_clocks", name="credit_clocks")
def credit_clocks(timestamp: int) -> None:
    """Bring lasting limits back after temporary ones, and give cases that nobody acts on to the next authority.

    Approvals that waited too long for another one lapse.
    """
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        for act, most in (
            (end_temporary, MOST_ENDED_AT_ONCE), (escalate_overdue, MOST_AT_ONCE), (lapse_approvals, MOST_AT_ONCE),
            (expire_offers, MOST_EXPIRED_OFFERS),
        ):  # fmt: skip
            while True:
                with acting(seller.id):
                    if act(seller, now) < most:
                        break


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="read_mailboxes", name="read_mailboxes")
def read_mailboxes(timestamp: int) -> None:
    """Read what is new in every seller's mailboxes, and what it proposes. A mailbox that is down is tried again."""
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        read_seller_mailboxes(seller, now)
        consider_new(seller, now)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_messages", name="send_messages")
def send_messages(timestamp: int) -> None:
    """Send every seller's messages that are due. No transaction is open while a provider is asked."""
    now = clock.now()
    for seller in Seller.objects.order_by("code"):
        send_messages_due(seller, now, most=MOST_MESSAGES)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="mail_letters", name="mail_letters")
def mail_letters(timestamp: int) -> None:
    """Send letters about credit whose mail was not taken before, as often as it may be tried."""
    for seller in Seller.objects.order_by("code"):
        send_due(seller, clock.now())


@app.task(name="past_day")
def past_day(seller_id: str, day: str) -> None:
    """Run a day of the past: its snapshot, to compare with."""
    with acting(UUID(seller_id)):
        seller = Seller.objects.get(id=seller_id)
    run_day(seller, date.fromisoformat(day), clock.now())
