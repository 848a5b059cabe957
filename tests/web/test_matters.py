"""The desk's pages of escalations, as a visitor sees them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from openterms.apps.collecting.escalation import review
from openterms.apps.collecting.models import Matter
from openterms.apps.collecting.write_off import actions as write_off
from tests.apps.collecting.test_escalation import CHECKED, Office
from tests.apps.desk import Desk


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_of_escalations_opens(seller, client, language, monkeypatch):
    assert CHECKED
    office = Office(Desk(seller))
    item = office.desk.invoice("I1", "01-01", 100_000)
    second = office.desk.invoice("I2", "01-01", 100_000)
    made = [
        review.review(office.do("col", "06-01"), office.desk.customer(), [item.id]),
        write_off.write_off(office.do("col", "06-01"), office.desk.customer(), [second.id], "gone"),
    ]
    assert Matter.objects.count() == len(made)
    assert reverse("desk:matters")
