"""Files as they come: every field wrong in every way, and nothing half-applied."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openterms.apps.analytics.importing.actions import run_import
from openterms.apps.receivables.ledger.actions import lock_period
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.formats.tabular.fields import KINDS, fields_of
from openterms.formats.tabular.maps import Map
from tests.apps.desk import Desk, fingerprint

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
GOOD = {
    "customer": "C1", "name": "Customer C1", "number": "N-1", "external_id": "N-1", "issued_on": "2026-03-01",
    "received_on": "2026-03-01", "due_on": "2026-03-31", "amount": "100.00", "currency": "USD", "country": "US",
}  # fmt: skip
INVOICE = {name: GOOD[name] for name in ("customer", "number", "issued_on", "due_on", "amount", "currency")}
PAID = INVOICE | {"settled_on": "", "external_id": "N-1"}
NASTY = st.one_of(
    st.sampled_from((
        "", " ", "0", "-1", "1e400", "9" * 30, "90071992547409.91", "0.001", "NaN", "inf", "31/02/2026", "2026-02-30",
        "9999-12-31", "2199-12-31", "1900-01-01", "0000-00-00", "net 9999", "1/3 at 30", "\x00", "\\N", "\\.", "\t",
        "a\nb", '"', "x" * 501, "\N{MONEY WITH WINGS}" * 300, "\N{RIGHT-TO-LEFT OVERRIDE}abc", "\ud7ff", "USD ", "usd",
        "ZZZ", "XAU", "KWD", "true", "none", "unlimited", "N-0", "C2", "nobody", "'; DROP TABLE x; --", "=1+1", "a@b",
        "Mars/Base", "1,5", "1.000,00", "\u0661\u0660\u0660",
    )),
    st.text(max_size=30),
)  # fmt: skip
SHORT = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def take_in(desk: Desk, folder: Path, kind: str, rows: list[dict[str, str]], **more: Any) -> Any:
    """Import rows as JSON lines, which can hold any text."""
    import json

    file = folder / f"{kind}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    columns = {name: name for name in rows[0]}
    map = Map(kind, columns, dates={"": ("iso",)}, decimal={"": "."})
    return run_import(desk.seller, SYSTEM, file, kind, map, NOW, **more)


def but(before: dict[str, Any]) -> dict[str, Any]:
    return {table: found for table, found in before.items() if table != "analytics_importrun"}


def rows_of(kind: str, wrong: dict[str, str]) -> list[dict[str, str]]:
    names = [field.name for field in fields_of(kind)]
    good = {name: text for name, text in GOOD.items() if name in names}
    other = good | {name: text + "-2" for name, text in good.items() if name in ("number", "external_id")}
    return [good | wrong, other]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(SHORT, max_examples=40)
def test_whatever_a_field_holds_nothing_half_applies(tmp_path_factory: Any, desk: Desk, kind: str, data: Any) -> None:
    _hold(tmp_path_factory.mktemp("import"), desk, kind, data)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(SHORT, max_examples=150)
def test_whatever_any_field_holds_nothing_half_applies(
    tmp_path_factory: Any, desk: Desk, kind: str, data: Any
) -> None:
    _hold(tmp_path_factory.mktemp("import"), desk, kind, data)


def _hold(folder: Path, desk: Desk, kind: str, data: Any) -> None:
    from django.db import transaction

    desk.customer("C1")
    names = [field.name for field in fields_of(kind)]
    wrong = data.draw(st.dictionaries(st.sampled_from(names), NASTY, min_size=1, max_size=3))
    rows = rows_of(kind, wrong)
    before = but(fingerprint(desk.seller))
    with transaction.atomic():
        done = take_in(desk, folder, kind, rows)
        assert done.read == 2 and done.state in ("loaded", "refused")
        if done.state == "refused":
            assert but(fingerprint(desk.seller)) == before
            assert done.refused and all(error.what and error.remedy for error in done.errors)
            part = take_in(desk, folder, kind, rows, partial=True)
            assert (part.state, part.loaded + part.unchanged + part.refused) == ("loaded", 2)
        else:
            again = take_in(desk, folder, kind, rows)
            assert (again.state, again.loaded) == ("loaded", 0)
        transaction.set_rollback(True)


def test_a_locked_period_a_stranger_and_a_currency_without_a_rate(desk: Desk, tmp_path: Path) -> None:
    desk.customer("C1")
    lock_period(desk.seller, SYSTEM, date(2026, 2, 28), NOW)
    rows = [
        PAID | {"number": "A", "external_id": "A", "issued_on": "2026-02-28"},
        PAID | {"number": "B", "external_id": "B", "customer": "nobody"},
        PAID | {"number": "C", "external_id": "C", "currency": "EUR"},
        PAID | {"number": "D", "external_id": "D", "settled_on": "2026-02-27"},
        PAID | {"number": "E", "external_id": "E"},
        PAID | {"number": "E", "external_id": "E", "amount": "7.00"},
    ]
    refused = take_in(desk, tmp_path, "invoices", rows)
    named = {(error.row, error.field) for error in refused.errors}
    assert named == {
        (1, "issued_on"), (2, "customer"), (3, "currency"), (4, "settled_on"), (6, "external_id")
    }  # fmt: skip
    assert not Item.objects.filter(seller=desk.seller).exists()
    loaded = take_in(desk, tmp_path, "invoices", rows, partial=True)
    assert (loaded.state, loaded.loaded, loaded.refused) == ("loaded", 1, 5)
    assert list(Item.objects.filter(seller=desk.seller).values_list("number", "amount_minor")) == [("E", 10_000)]


def test_the_same_id_with_other_content_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.customer("C1")
    first = INVOICE | {"settled_on": ""}
    assert take_in(desk, tmp_path, "invoices", [first]).loaded == 1
    changed = take_in(desk, tmp_path, "invoices", [first | {"amount": "100.01"}])
    assert (changed.state, [error.field for error in changed.errors]) == ("refused", ["external_id"])


def test_a_row_that_was_settled_since_brings_its_receipt_alone(desk: Desk, tmp_path: Path) -> None:
    desk.customer("C1")
    take_in(desk, tmp_path, "invoices", [INVOICE | {"settled_on": ""}])
    paid = INVOICE | {"settled_on": "2026-04-02"}
    done = take_in(desk, tmp_path, "invoices", [paid])
    assert (done.loaded, done.unchanged) == (1, 0)
    assert Item.objects.get(seller=desk.seller, kind="invoice").settled_on == date(2026, 4, 2)
    again = take_in(desk, tmp_path, "invoices", [paid])
    assert (again.loaded, again.unchanged) == (0, 1)
    other = take_in(desk, tmp_path, "invoices", [INVOICE | {"settled_on": "2026-04-03"}])
    assert (other.state, other.refused) == ("refused", 1)
