"""What collecting keeps cannot point at another seller's row: every reference of its tables, by raw SQL."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from psycopg import sql

from openterms.apps.collecting.models import (
    Agency,
    Consent,
    LateCharge,
    Matter,
    MatterItem,
    MatterStep,
    Pause,
    PauseItem,
    Plan,
    PlanInstalment,
    PlanLine,
    ReportedPart,
    ReportedPayment,
    Waiver,
)
from openterms.apps.collecting.pause.actions import give_consent
from openterms.apps.collecting.plan.actions import Wanted, accept, offer
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.parties.models import Attachment, Contact
from openterms.apps.receivables.dispute.cases import Line, Raised, open_case
from openterms.apps.receivables.models import Dispute as DisputeLine
from openterms.apps.receivables.models import DisputeCase, DisputeFile, ScheduledPart
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting, context_sql
from tests.apps.desk import NOW, Desk, day
from tests.apps.test_references import fingerprint_of

MODELS = (
    Agency, Consent, DisputeCase, DisputeFile, DisputeLine, LateCharge, Matter, MatterItem, MatterStep, Pause,
    PauseItem, Plan, PlanInstalment, PlanLine, ReportedPart, ReportedPayment, ScheduledPart, Waiver,
)  # fmt: skip
FRESH = {"number": 99, "key": "", "withdrawn_on": dt.date(2026, 3, 12), "starts_on": dt.date(2020, 1, 1)}
"""So that a copy of a row breaks no rule but the one that is tried."""


def filled(new_seller):
    """A seller with a row of every table of collecting; the ids of what is referred to, by table."""
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        items = [desk.invoice(f"I{n}", "03-01", 10_000) for n in range(4)]
        customer = desk.customer()
        contact = Contact.objects.create(seller=seller, customer=customer, name="Ms Reed")
        file = Attachment.objects.create(
            seller=seller, customer=customer, name="p.txt", media_type="text/plain", size=1, digest="1" * 64
        )
        raised = Raised(reason="tax", file_ids=[file.id])
        open_case(seller, SYSTEM, customer, [Line(items[0].id, 1_000)], raised, day("03-10"), NOW)
        wanted = Wanted(item_ids=[items[1].id], count=2, first_on=NOW.date() + dt.timedelta(days=10))
        plan = offer(seller, SYSTEM, customer, wanted, NOW)
        accept(seller, SYSTEM, plan.id, "Ms Reed", "", NOW, agreement_hash=plan.agreement_hash)
        said = Reported(item_ids=[items[2].id], amount_minor=1_000, paid_on=day("03-10"), way="transfer")
        report(seller, SYSTEM, customer, said, day("03-10"), NOW)
        held = Pause.objects.create(
            seller=seller, customer=customer, kind=Pause.Kind.values[0], reason="x", starts_on=day("03-10"),
            until=day("03-20"),
        )  # fmt: skip
        PauseItem.objects.create(seller=seller, pause=held, item=items[3])
        give_consent(seller, SYSTEM, contact, "sms", "form", day("03-01"), NOW)
        charge = LateCharge.objects.create(
            seller=seller, customer=customer, item=items[3], charged_item_id=new_id(), kind="late_interest",
            starts_on=day("03-02"), through=day("03-09"), amount_minor=1, currency="USD", basis="contract",
        )  # fmt: skip
        Waiver.objects.create(
            seller=seller, charge=charge, credit_item_id=new_id(), amount_minor=1, reason="x", waived_on=day("03-10")
        )
        agency = Agency.objects.create(seller=seller, code="A", name="Atlas")
        matter = Matter.objects.create(
            seller=seller, customer=customer, kind="placement", number=1, currency="USD", amount_minor=1,
            opened_on=day("03-10"), state="placed", state_on=day("03-10"), agency=agency,
        )  # fmt: skip
        MatterItem.objects.create(seller=seller, matter=matter, item=items[3], amount_minor=1)
        MatterStep.objects.create(
            seller=seller, matter=matter, number=1, kind="place", on=day("03-10"), person_name="x"
        )
        ids = {model._meta.db_table: model.objects.filter(seller=seller).first().pk for model in MODELS}
        ids |= {
            "parties_customer": customer.id, "parties_contact": contact.id, "parties_attachment": file.id,
            "receivables_item": items[3].id,
        }  # fmt: skip
    return seller, ids


def references():
    """Every reference of these tables to a seller's row: model, field."""
    for model in MODELS:
        for field in model._meta.fields:
            target = field.related_model
            if target and "seller" in {other.name for other in target._meta.fields}:
                yield model, field


def test_no_row_of_collecting_points_at_another_seller(committed, new_seller, home):
    (a, own), (b, others) = filled(new_seller), filled(new_seller)
    before = [fingerprint_of(one) for one in (a, b)]
    tried = 0
    with psycopg.connect(home.database_url("web")) as web:
        for model, field in references():
            table, names = model._meta.db_table, [one.column for one in model._meta.fields]
            fresh = {name: value for name, value in FRESH.items() if name in names and name != field.column}
            fresh |= {field.column: others[field.related_model._meta.db_table], "id": new_id()}
            if "charged_item_id" in names:
                fresh["charged_item_id"] = new_id()
            statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE id = %(own)s").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Placeholder(n) if n in fresh else sql.Identifier(n) for n in names),
                sql.Identifier(table),
            )  # fmt: skip
            web.execute(context_sql(a.id))
            with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation)):
                made = web.execute(statement, fresh | {"own": own[table]})
                raise AssertionError(f"{table}.{field.column}: {made.rowcount} rows")
            web.rollback()
            tried += 1
    assert tried >= 25
    assert [fingerprint_of(one) for one in (a, b)] == before
