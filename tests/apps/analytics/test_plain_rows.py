"""Plain invoices go to the stage as lines of text; they say what the rows built one by one say."""

from __future__ import annotations

import os
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from openterms.apps.analytics.importing import rows as building
from openterms.apps.analytics.importing.plain import plain_lines
from openterms.apps.analytics.importing.rows import RowBuilder
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.bulk import ITEM_COLUMNS, _field
from openterms.apps.tenancy.clock import now
from openterms.core.base.identifiers import uuid7_texts
from openterms.formats.tabular.records import ParsedBatch

NAMES = (
    "row", "position", "customer", "number", "external_id", "issued_on", "due_on", "settled_on", "currency", "amount",
    "vat", "terms", "purchase_order", "description", "attributes",
)  # fmt: skip
IDS = ("id", "entry_id", "document_id")
TEXT = st.text(st.sampled_from("ab \\\t\n\r%'é٣"), max_size=6)
DAY = st.dates(date(2024, 1, 1), date(2026, 1, 1))
ROW = st.tuples(
    TEXT, DAY, st.none() | DAY, st.integers(1, 10**12), st.none() | st.integers(0, 2_000), st.none() | TEXT,
    st.none() | TEXT, st.none() | TEXT, st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
)  # fmt: skip


def _batch(found) -> ParsedBatch:
    rows = [
        (n + 2, n, "C1", number or "n", f"e{n}", issued_on, due_on, None, "USD", amount, vat, None, order, note, more)
        for n, (number, issued_on, due_on, amount, vat, _, order, note, more) in enumerate(found)
    ]
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    return ParsedBatch("invoices", columns, (), (), len(rows), 0)


def _without_ids(line: str) -> list[str]:
    fields = line.split("\t")
    assert len(fields) == len(ITEM_COLUMNS)
    return [field for name, field in zip(ITEM_COLUMNS, fields, strict=True) if name not in IDS]


def test_lines_and_rows_are_the_same(seller):
    Customer.objects.create(
        seller=seller, number="C1", name="One", search_name="one", country="US", currency="USD",
        created_on=date(2020, 1, 1),
    )  # fmt: skip

    @given(st.lists(ROW, min_size=1, max_size=8))
    def same(found):
        batch = _batch(found)
        quick = RowBuilder(seller, "invoices", 1).build(batch)
        slow = _one_by_one(seller, batch)
        lines = quick.lines + ["\t".join(map(_field, item)) for item in quick.items]
        other = ["\t".join(map(_field, item)) for item in slow.items]
        assert sorted(map(_without_ids, lines)) == sorted(map(_without_ids, other))
        assert len(quick.lines) == sum(
            due_on is not None and (vat or 0) <= amount for _, _, due_on, amount, vat, *_ in found
        )
        assert [error.row for error in quick.errors] == [error.row for error in slow.errors]

    same()


def _one_by_one(seller, batch):
    def none_plain(columns, *_):
        return [], list(range(len(columns["row"])))

    kept, building.plain_lines = building.plain_lines, none_plain
    try:
        return RowBuilder(seller, "invoices", 1).build(batch)
    finally:
        building.plain_lines = kept


def test_what_needs_a_closer_look_is_left_to_the_rows():
    batch = _batch([("a", date(2025, 1, 1), date(2025, 1, 31), 100, None, None, None, None, None)] * 5)
    columns = {name: list(column) for name, column in batch.columns.items()}
    columns["currency"][1], columns["settled_on"][2], columns["customer"][3] = "EUR", date(2025, 2, 1), "C2"
    ids = uuid7_texts(int(now().timestamp() * 1000), os.urandom)
    lines, others = plain_lines(columns, {"C1": (next(ids), "")}, "USD", None, ids)
    assert [line.split("\t")[0] for line in lines] == ["2", "6"] and others == [1, 2, 3]
    assert plain_lines(columns, {"C1": (next(ids), "")}, "USD", date(2025, 1, 1), ids)[1] == [0, 1, 2, 3, 4]
