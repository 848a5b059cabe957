"""Limits that come with a customer file are held to the authority of who imports it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openterms.apps.analytics.importing.actions import run_import
from openterms.apps.credit.models import Line, LineChange
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ANALYST = Actor("Jonas", None, "analyst", 500_000)


@pytest.fixture
def file(tmp_path):
    def write(limit: str):
        path = tmp_path / "customers.csv"
        path.write_text(f"customer,name,country,limit\nC1,Acme,US,1000.00\nC2,Bolt,US,{limit}\n", encoding="utf-8")
        return path

    return write


def limits(seller):
    return dict(Line.objects.filter(seller=seller).values_list("customer__number", "limit_minor"))


def test_one_limit_beyond_authority_refuses_the_file_and_leaves_nothing(seller, file):
    result = run_import(seller, ANALYST, file("9000.00"), "customers", None, NOW)
    assert (result.state, result.refused) == ("refused", 1)
    assert result.errors[0].field == "limit"
    assert not Customer.objects.filter(seller=seller).exists()
    assert limits(seller) == {}


def test_partial_loads_the_customer_without_the_limit(seller, file):
    result = run_import(seller, ANALYST, file("9000.00"), "customers", None, NOW, partial=True)
    assert (result.state, result.refused) == ("loaded", 1)
    assert limits(seller) == {"C1": 100_000}


def test_a_changed_limit_is_a_change_and_the_same_file_again_is_none(seller, file):
    run_import(seller, SYSTEM, file("2000.00"), "customers", None, NOW)
    run_import(seller, SYSTEM, file("3000.00"), "customers", None, NOW)
    assert limits(seller) == {"C1": 100_000, "C2": 300_000}
    again = run_import(seller, SYSTEM, file("3000.00"), "customers", None, NOW)
    assert (again.loaded, again.unchanged) == (0, 2)
    assert LineChange.objects.filter(seller=seller).count() == 3
