"""The demonstration: made by the real actions, with something of every part in it, and sound."""

from __future__ import annotations

import pytest
from django.apps import apps

from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from tests.commands import Command

pytestmark = [pytest.mark.deep, pytest.mark.timeout(900)]

SHOWN = (
    "collecting.Promise", "collecting.Plan", "collecting.ReportedPayment", "collecting.Matter", "collecting.Agency",
    "collecting.ReplyProposal", "collecting.WorkItem", "credit.CreditCase", "credit.Authorisation", "credit.Line",
    "messaging.Message", "receivables.DisputeCase", "collecting.PlannedRun",
)  # fmt: skip


def test_the_demonstration_shows_every_part_and_holds_what_must_hold(home, committed):
    openterms, code = Command(home.path), f"D{new_id().hex[-10:]}"
    made = openterms("demo", "--seller", code, "--customers", 150, "--invoices", 4000, "--json", timeout=800).json
    assert made["made"] is True
    seller = Seller.objects.get(code=code)
    with acting(seller.id):
        empty = [name for name in SHOWN if not apps.get_model(name).objects.filter(seller=seller).exists()]
    assert empty == []
    assert openterms("check", "--seller", code, "--json", timeout=300).json  # its exit code tells what does not hold
    assert openterms("demo", "--seller", code, "--json").json == {"seller": code, "made": False}
