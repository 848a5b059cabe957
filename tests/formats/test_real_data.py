"""The example maps read the real files they were written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from openterms.formats.tabular import ParsedBatch, guess_map, load_map, open_table, parse
from tests.shared import shared

MAPS = Path(__file__).resolve().parents[2] / "examples" / "maps"


def _all(file: str, map_name: str | None, **defaults: str) -> list[ParsedBatch]:
    source = open_table(shared(file))
    map = load_map(MAPS / map_name, "invoices") if map_name else guess_map(source.header, "invoices")
    return list(parse(source, map, "invoices", defaults))


@pytest.mark.parametrize(("map_name", "defaults"), [("ibm.yaml", {}), (None, {"currency": "USD"})])
def test_american_invoices(map_name: str | None, defaults: dict[str, str]) -> None:
    (batch,) = _all("data/ar_ibm/invoices.csv", map_name, **defaults)
    assert (len(batch), batch.errors, batch.warnings) == (2_466, [], [])
    columns = batch.columns
    assert len(set(columns["customer"])) == 100
    assert len(set(columns["external_id"])) == 2_466
    assert (str(min(columns["issued_on"])), str(max(columns["issued_on"]))) == ("2012-01-03", "2013-12-02")
    assert {(due - issued).days for due, issued in zip(columns["due_on"], columns["issued_on"], strict=True)} == {30}
    assert all(columns["settled_on"]) and set(columns["currency"]) == {"USD"}
    first = {name: column[0] for name, column in columns.items()}
    assert (first["external_id"], first["amount"], str(first["settled_on"])) == ("611365", 5_594, "2013-01-15")
    assert first["attributes"]["disputed"] == "No"
    assert sum(one["disputed"] == "Yes" for one in columns["attributes"]) == 561


@pytest.mark.parametrize(("map_name", "key"), [("br.yaml", "br"), (None, "payments")])
def test_brazilian_invoices(map_name: str | None, key: str) -> None:
    batches = _all("data/ar_br/payments.csv", map_name, **({} if map_name else {"currency": "BRL"}))
    errors = [error for batch in batches for error in batch.errors]
    assert sum(batch.rows for batch in batches) == 61_876
    assert sum(map(len, batches)) == 60_936
    assert len(errors) == 940 and {(error.field, error.what) for error in errors} == {("amount", "the field is empty")}
    assert all(error.row == error.position + 2 for error in errors)
    customers = {customer for batch in batches for customer in batch.columns["customer"]}
    assert len(customers) == 1_127  # of 1,128 in the file: one has no row with an amount
    assert sum(len(batch.warnings) for batch in batches) == 45
    first = {name: column[0] for name, column in batches[0].columns.items()}
    assert (first["external_id"], first["number"], first["row"], first["position"]) == (f"{key}:0", "0", 2, 0)
    assert (first["customer"], first["amount"], first["currency"]) == ("1661240395903230720", 3_551_641, "BRL")
