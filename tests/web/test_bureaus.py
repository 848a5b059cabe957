"""Reports from bureaus on the customer's page: what is known, why one is not worth its price, who may read the text."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from openterms.apps.tenancy.context import acting

from .small_seller import fill


@pytest.fixture(scope="module")
def bureau_world(django_db_setup, django_db_blocker, tmp_path_factory):
    """A seller with an account at a bureau and two reports that came by file."""
    from openterms.apps.credit.bureau.actions import Terms, add_account, import_reports
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.models import Role

    from .conftest import PASSWORD, Team

    with django_db_blocker.unblock():
        from django.db import connection

        code = f"B{clock.new_id().hex[-12:]}"
        team = Team(add_seller(code, f"Seller {code}", "USD", "US"))
        with acting(team.seller.id):
            for role in Role.values:
                team.people[role] = add_user(f"{role}@{code.lower()}.example", PASSWORD, role)
                add_membership(team.seller, team.people[role], role, 0)
        made = fill(team.seller, team.people["collector"], day=False)
        file = tmp_path_factory.mktemp("bureau") / "reports.csv"
        young, old = made.today - timedelta(days=12), made.today - timedelta(days=400)
        file.write_text(
            "customer,bureau,product,as_of,currency,bureau_score,bureau_limit_minor,register_status,current_ratio_c\n"
            f"C-1,Creditreform,index,{young},USD,640,12400.00,active,135\n"
            f"C-1,Creditreform,index,{old},USD,500,9000.00,active,\n"
        )
        with acting(team.seller.id):
            add_account(team.seller, SYSTEM, Terms(
                code="dnb-risk", adapter="dnb", product="risk", base_url="https://plus.dnb.com",
                credentials="env:OPENTERMS_BUREAU_NONE", cost_minor=1_500,
            ), clock.now())  # fmt: skip
            assert import_reports(team.seller, SYSTEM, file, made.today, clock.now()).loaded == 2
        yield team, made
        connection.close()


def test_the_page_says_what_is_known_from_whom_and_how_old(bureau_world, visitor):
    team, made = bureau_world
    page = visitor(team.people["credit_manager"]).get(f"/customers/{made.customers['C-1'].id}/").text
    section = page[page.index('id="bureaus"') :]
    section = section[: section.index("</section>")]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))
    for said in ("Score, of 1,000", "640", "12,400.00 USD", "active", "1.35", "12 days old", "too old to use"):
        assert said in text, (said, text)
    assert "Get a report" in text
    sales = visitor(team.people["sales"]).get(f"/customers/{made.customers['C-1'].id}/").text
    assert "640" in sales and "Get a report" not in sales and "/bureau-reports/" not in sales


def test_the_text_is_for_some_roles_and_each_reading_is_in_the_journal(bureau_world, visitor):
    from openterms.apps.credit.models import BureauReportRow
    from openterms.apps.journal.models import Event

    team, _made = bureau_world
    with acting(team.seller.id):
        row = BureauReportRow.objects.filter(seller=team.seller).order_by("as_of").last()
    address = f"/bureau-reports/{row.id}/"
    assert visitor(team.people["sales"]).get(address).status == 403
    with acting(team.seller.id):
        before = Event.objects.filter(seller_id=team.seller.id, kind="report_read").count()
    page = visitor(team.people["auditor"]).get(address)
    assert page.status == 200 and "bureau_score" in page.text
    with acting(team.seller.id):
        assert Event.objects.filter(seller_id=team.seller.id, kind="report_read").count() == before + 1


def test_a_report_is_asked_for_in_the_background(bureau_world, visitor):
    from django.db import connection

    team, made = bureau_world
    one = visitor(team.people["analyst"])
    address = f"/customers/{made.customers['C-2'].id}/do/report/"
    page = one.get(address).text
    assert "dnb risk, 15.00 USD" in page
    done = one.post(address, {"send": "1", "account": "dnb-risk", "reason": ""})
    assert done.status in (200, 302, 303)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'fetch_report' AND args ->> 'seller_id' = %s",
            [str(team.seller.id)],
        )
        (args,) = cursor.fetchone()
    args = json.loads(args) if isinstance(args, str) else args
    assert args["customer_id"] == str(made.customers["C-2"].id) and args["account"] == "dnb-risk"
    assert visitor(team.people["collector"]).get(address).status == 403
