"""A simulated market as a book, without a database between: for tests, benchmarks and back-tests.

Every fact is recorded at noon (UTC) of its own business date, so ``known_at`` can be asked too.
"""

from __future__ import annotations

import uuid

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine
from openterms.portfolio.runs.market import Market
from openterms.portfolio.runs.market_payers import Bools

Bytes = npt.NDArray[np.uint8]

SELLER = uuid.UUID(int=1 << 120)


def market_book(market: Market, engine: Engine | None = None) -> Book:
    """The market as a ``Book`` of one seller (``SELLER``). Identifiers follow from row numbers."""
    return Book.from_arrow(book_tables(market), engine)


def book_tables(market: Market) -> dict[str, pa.Table]:
    """The market in the shape of ``book.tables``. The base currency is the market's own."""
    return {
        "customers": _customers(market),
        "lines": _lines(market),
        "items": _items(market),
        "settlements": _settlements(market),
        "claims": _claims(market),
        "promises": _promises(market),
    }


_KINDS = {"C": 2, "G": 3, "INV": 4, "RC": 5, "CN": 6, "P": 7}


def _ids(keys: pa.ChunkedArray) -> pa.Array:
    """Keys like ``INV-000017`` as identifiers; null where the key is. The prefix makes the first byte."""
    keys = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    missing = np.asarray(pc.is_null(keys))
    parts = pc.split_pattern(pc.fill_null(keys, "C-0"), "-")
    prefix = pc.list_element(parts, 0).dictionary_encode()
    kinds = np.array([_KINDS[name] for name in prefix.dictionary.to_pylist()], dtype=np.uint8)
    raw = np.zeros((len(keys), 16), dtype=np.uint8)
    raw[:, 0] = kinds[np.asarray(prefix.indices)]
    numbers = np.asarray(pc.cast(pc.list_element(parts, 1), pa.int64()))
    raw[:, 8:] = numbers.astype(">i8").view(np.uint8).reshape(-1, 8)
    return _as_uuid(raw, missing)


def _numbered(kind: int, count: int) -> pa.Array:
    """``count`` identifiers of a kind that has no keys."""
    raw = np.zeros((count, 16), dtype=np.uint8)
    raw[:, 0] = kind
    raw[:, 8:] = np.arange(1, count + 1).astype(">i8").view(np.uint8).reshape(-1, 8)
    return _as_uuid(raw, np.zeros(count, dtype=np.bool_))


def _as_uuid(raw: Bytes, missing: Bools) -> pa.Array:
    bitmap = np.packbits(~missing, bitorder="little").tobytes()
    storage = pa.Array.from_buffers(pa.binary(16), len(raw), [pa.py_buffer(bitmap), pa.py_buffer(raw.tobytes())])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def _seller(count: int) -> pa.Array:
    raw = np.tile(np.frombuffer(SELLER.bytes, dtype=np.uint8), (count, 1))
    return _as_uuid(raw, np.zeros(count, dtype=np.bool_))


def _noon(days: pa.ChunkedArray) -> pa.Array:
    """Noon of each date, in UTC."""
    whole = np.asarray(pc.cast(pc.cast(days, pa.date32()), pa.int32()), dtype=np.int64)
    return pa.array((whole * 86_400 + 43_200) * 1_000_000, pa.timestamp("us", tz="UTC"))


def _nothing(kind: pa.DataType, count: int) -> pa.Array:
    return pa.nulls(count, kind)


def _customers(market: Market) -> pa.Table:
    rows = market.customers
    count = rows.num_rows
    return pa.table(
        {
            "seller_id": _seller(count),
            "customer_id": _ids(rows["customer"]),
            "number": rows["customer"],
            "name": rows["name"],
            "group_id": _ids(rows["group"]),
            "country": rows["country"],
            "currency": rows["currency"],
            "collector_id": _nothing(pa.uuid(), count),
            "insolvent_on": rows["insolvent_on"],
            "paused_until": _nothing(pa.date32(), count),
            "created_on": rows["created_on"],
            "recorded_at": _noon(rows["created_on"]),
        }
    )


def _lines(market: Market) -> pa.Table:
    rows = market.customers
    return pa.table(
        {
            "seller_id": _seller(rows.num_rows),
            "customer_id": _ids(rows["customer"]),
            "currency": rows["currency"],
            "limit_minor": rows["limit_minor"],
            "is_unlimited": rows["is_unlimited"],
            "valid_from": rows["created_on"],
            "valid_to": _nothing(pa.date32(), rows.num_rows),
            "recorded_at": _noon(rows["created_on"]),
        }
    )


def _items(market: Market) -> pa.Table:
    invoices, receipts, notes = market.invoices, market.receipts, market.credit_notes
    parts = (
        ("invoice", invoices, invoices["invoice"], invoices["issued_on"], invoices["due_on"]),
        ("receipt", receipts, receipts["receipt"], receipts["received_on"], receipts["received_on"]),
        ("credit_note", notes, notes["credit_note"], notes["issued_on"], notes["issued_on"]),
    )
    return pa.concat_tables(_items_of(kind, rows, number, on, due) for kind, rows, number, on, due in parts)


def _items_of(
    kind: str, rows: pa.Table, number: pa.ChunkedArray, issued_on: pa.ChunkedArray, due_on: pa.ChunkedArray
) -> pa.Table:
    count = rows.num_rows
    is_invoice = kind == "invoice"
    return pa.table(
        {
            "seller_id": _seller(count),
            "item_id": _ids(number),
            "customer_id": _ids(rows["customer"]),
            "kind": pa.array([kind] * count, pa.string()),
            "number": number,
            "document_id": _ids(number),
            "instalment": pa.array(np.ones(count, dtype=np.int32)),
            "issued_on": issued_on,
            "due_on": due_on,
            "currency": rows["currency"],
            "amount_minor": rows["amount_minor"],
            "base_minor": rows["amount_minor"],
            "discount_on": rows["discount_on"] if is_invoice else _nothing(pa.date32(), count),
            "discount_minor": rows["discount_minor"] if is_invoice else _nothing(pa.int64(), count),
            "settled_on": _nothing(pa.date32(), count),
            "recorded_at": _noon(issued_on),
        }
    )


def _settlements(market: Market) -> pa.Table:
    """An allocation is a row on the invoice and, where money or a credit note pays, one on the receipt or note."""
    rows = market.allocations
    payers = market.invoices.select(["invoice", "customer", "currency"])
    rows = rows.join(payers, "invoice")
    rows = rows.sort_by([("settled_on", "ascending"), ("invoice", "ascending"), ("kind", "ascending")])
    other = pc.coalesce(rows["receipt"], rows["credit_note"])
    paying = rows.set_column(rows.column_names.index("invoice"), "invoice", other).filter(pc.is_valid(other))
    both = pa.concat_tables([rows, paying])
    return pa.table(
        {
            "seller_id": _seller(both.num_rows),
            "settlement_id": _numbered(8, both.num_rows),
            "item_id": _ids(both["invoice"]),
            "customer_id": _ids(both["customer"]),
            "kind": both["kind"],
            "currency": both["currency"],
            "settled_on": both["settled_on"],
            "amount_minor": both["amount_minor"],
            "base_minor": both["amount_minor"],
            "recorded_at": _noon(both["settled_on"]),
        }
    )


def _claims(market: Market) -> pa.Table:
    disputes, promises = market.disputes, market.promises
    pending = pc.equal(promises["state"], "pending")
    kept_until = pc.if_else(pending, pa.scalar(None, pa.date32()), promises["state_on"])
    contested = _claims_of("contested", disputes, disputes["opened_on"], disputes["closed_on"])
    return pa.concat_tables([contested, _claims_of("promised", promises, promises["made_on"], kept_until)])


def _claims_of(kind: str, rows: pa.Table, starts_on: pa.ChunkedArray, ends_on: pa.ChunkedArray) -> pa.Table:
    return pa.table(
        {
            "seller_id": _seller(rows.num_rows),
            "item_id": _ids(rows["invoice"]),
            "customer_id": _ids(rows["customer"]),
            "kind": pa.array([kind] * rows.num_rows, pa.string()),
            "amount_minor": rows["amount_minor"],
            "starts_on": starts_on,
            "ends_on": ends_on,
            "recorded_at": _noon(starts_on),
            "ended_recorded_at": pc.if_else(
                pc.is_valid(ends_on),
                _noon(pc.coalesce(ends_on, starts_on)),
                pa.scalar(None, pa.timestamp("us", tz="UTC")),
            ),
        }
    )


def _promises(market: Market) -> pa.Table:
    """Every promise as it was made, and again as it ended."""
    rows = market.promises
    made = _promise_states(rows, 1, pa.array(["pending"] * rows.num_rows, pa.string()), rows["made_on"])
    ended = rows.filter(pc.not_equal(rows["state"], "pending"))
    return pa.concat_tables([made, _promise_states(ended, 2, ended["state"], ended["state_on"])])


def _promise_states(rows: pa.Table, number: int, state: pa.Array, state_on: pa.ChunkedArray) -> pa.Table:
    return pa.table(
        {
            "seller_id": _seller(rows.num_rows),
            "promise_id": _ids(rows["promise"]),
            "customer_id": _ids(rows["customer"]),
            "currency": rows["currency"],
            "amount_minor": rows["amount_minor"],
            "promised_for": rows["promised_for"],
            "made_on": rows["made_on"],
            "state": state,
            "state_on": state_on,
            "state_number": pa.array([number] * rows.num_rows, pa.int32()),
            "recorded_at": _noon(state_on),
        }
    )
