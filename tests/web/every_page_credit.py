"""Lines, reviews, reports of bureaus and what people open by a link, at the seller whose pages are looked at."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import override_settings

LANGUAGES = ("en", "ar")
LINKED = "https://pages.example"
"""Where the links of this seller point; only the rest of an address is used."""
NO_LINK = "A" * 43
"""The secret of no personal page."""


def fill_lines(world: Any) -> None:
    """A group with its limit, a suspended line, cover, an offer, a change of many lines, a report, a review."""
    from openterms.apps.credit.cover.actions import Terms, add_cover
    from openterms.apps.credit.group_line.actions import resume_group_line, set_group_line, suspend_group_line
    from openterms.apps.credit.line.actions import set_line
    from openterms.apps.credit.line.states import Told, suspend_line
    from openterms.apps.credit.mass_change.actions import Target, Wanted, look
    from openterms.apps.credit.models import GroupLineChange, LineStep
    from openterms.apps.credit.offer.actions import Offered, make_offer
    from openterms.apps.parties.models import Customer, Group
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    seller, now, today = world.seller, clock.now(), clock.today(world.seller.timezone)
    first, second = (world.made.customers[number] for number in ("C-1", "C-2"))
    soon = today + timedelta(days=20)
    with acting(seller.id):
        world.group = Group.objects.create(seller=seller, code="G", name="The group")
        Customer.objects.filter(seller=seller, number__in=("C-1", "C-2", "C-HARD")).update(group=world.group)
        set_group_line(seller, SYSTEM, world.group, "USD", 2_000_000, "agreed", now)
        suspend_group_line(seller, SYSTEM, world.group, "late", now, "A cheque of the group was returned.")
        world.group_told = GroupLineChange.objects.filter(seller=seller, kind="suspend").latest("id")
        resume_group_line(seller, SYSTEM, world.group, "paid", now)
        set_line(seller, SYSTEM, second, "USD", 500_000, "agreed", today, now)
        suspend_line(seller, SYSTEM, second, "USD", Told(reason="late", message="A cheque was returned."), now)
        world.told = LineStep.objects.filter(seller=seller, kind="suspend").latest("id")
        insured = Terms(kind="insured", amount_minor=300_000, currency="USD", valid_from=today, issuer="Insurer plc")
        world.cover = add_cover(seller, SYSTEM, first, insured, now)
        wanted = Offered(limit_minor=90_000_000, currency="USD", answer_by=soon, reason="A good year")
        world.offer, world.offer_secret = make_offer(seller, SYSTEM, first, wanted, now)
        targets = [Target(first.id, "USD"), Target(second.id, "USD")]
        world.change = look(seller, SYSTEM, Wanted(verb="resume", reason="The season begins"), targets, now)
        _report(world, today, now)
        _review(world, today, now)


def _report(world: Any, today: Any, now: Any) -> None:
    """A bureau's report on the first customer, as it comes in a file."""
    from openterms.apps.credit.bureau.actions import import_reports
    from openterms.apps.credit.models import BureauReportRow
    from openterms.apps.tenancy.actor import SYSTEM

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reports.csv"
        file.write_text(
            "customer,bureau,product,as_of,currency,bureau_score,bureau_limit_minor,register_status\n"
            f"C-1,Creditreform,index,{today},USD,640,12400.00,active\n"
        )
        assert import_reports(world.seller, SYSTEM, file, today, now).loaded == 1
    world.report = BureauReportRow.objects.get(seller=world.seller)


def _review(world: Any, today: Any, now: Any) -> None:
    from openterms.apps.credit.models import Review

    world.review = Review.objects.create(
        seller=world.seller, customer=world.made.customers["C-2"], currency="USD", opened_on=today, opened_at=now,
        policy_version=world.published, due_on=today + timedelta(days=5), act="review", triggers=["papers"], reasons=[],
    )  # fmt: skip


def pages_of_credit(world: Any) -> list[str]:
    """A page for each thing of lines and reviews."""
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Membership

    with acting(world.seller.id):
        person = Membership.objects.filter(seller=world.seller, user=world.manager).get()
    return [
        f"/lines/notices/{world.told.id}/", f"/offers/{world.offer.id}/", f"/groups/{world.group.id}/",
        f"/groups/{world.group.id}/notices/{world.group_told.id}/",
        f"/lines/change/{world.change.id}/", f"/bureau-reports/{world.report.id}/", f"/reviews/{world.review.id}/",
        f"/settings/people/{person.id}/", "/posting/receipt/", "/posting/invoice/", "/posting/credit-note/",
        f"/posting/receipt/?customer={world.made.customers['C-HARD'].id}",
    ]  # fmt: skip


def forms_of_credit(world: Any) -> list[str]:
    """The forms that open over applications, orders, lines, offers, reviews, files and the worklist."""
    from openterms.apps.collecting.models import WorkItem
    from openterms.apps.parties.models import Attachment
    from openterms.apps.tenancy.context import acting

    with acting(world.seller.id):
        file = Attachment.objects.filter(seller=world.seller).first()
        work = WorkItem.objects.filter(seller=world.seller, state="open").first()
    applied = f"/applications/{world.application.id}"
    return [
        f"{applied}/accept/", f"{applied}/decline/", f"{applied}/more/", f"/orders/{world.referred}/release/",
        f"/orders/{world.referred}/refuse/", f"/cover/{world.cover.id}/end/", f"/offers/{world.offer.id}/answer/",
        f"/offers/{world.offer.id}/withdraw/", f"/groups/{world.group.id}/limit/", f"/files/{file.id}/validity/",
        f"/reviews/{world.review.id}/begin/", f"/reviews/{world.review.id}/dismiss/", f"/worklist/{work.id}/later/",
        f"/worklist/{work.id}/done/",
    ]  # fmt: skip


def fill_public(world: Any) -> None:
    """What people open without a password, in each language: an application begun and one sent, the question to a
    referee, an offer, a personal page."""
    from django.db import transaction

    from openterms.apps.credit.application.actions import say_language
    from openterms.apps.messaging.page.actions import make_link
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting
    from tests.apps.credit.application.form import Applicant

    now = clock.now()
    world.public = {}
    with acting(world.seller.id), override_settings(PUBLIC_URL=LINKED):
        _row, address = make_link(world.seller, SYSTEM, world.made.customers["C-1"], None, now)
    for at, language in enumerate(LANGUAGES):
        begun, sent = (Applicant(world.seller, now, f"198.51.100.{20 + 2 * at + n}") for n in range(2))
        for one in (begun, sent):
            with transaction.atomic():
                one.enter()
                say_language(one.id, language, now)
        sent.fill().submit()
        world.public[language] = _public(world, language, begun, sent, address.removeprefix(LINKED))


def _public(world: Any, language: str, begun: Any, sent: Any, page: str) -> list[str]:
    from openterms.web.pages.application.form import SECTIONS

    return [
        f"/apply/{world.seller.code}/?lang={language}", f"/a/{begun.secret}/files/", f"/a/{begun.secret}/sign/",
        *(f"/a/{begun.secret}/{one.name}/" for one in SECTIONS), f"/a/{sent.secret}/status/",
        f"/a/{sent.secret}/copy/", *(f"/r/{secret}/?lang={language}" for secret in sent.links.values()),
        f"/o/{world.offer_secret}/?lang={language}", f"/p/{NO_LINK}/?lang={language}",
        *(f"{page}{part}?lang={language}" for part in
          ("", "paid/", "promise/", "instalments/", "dispute/", "person/", "ask/")),
    ]  # fmt: skip
