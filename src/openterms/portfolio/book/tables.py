"""The book's tables as data: name, grain, and every column with its type, nullability and meaning.

One description serves the loaders (what to read), the engines (how to register it), the tests (what to generate) and
the documentation. The SQL views named ``book_*`` publish exactly these columns in this order.

Conventions: money is an integer in minor units of ``currency``; ``base_minor`` is the same amount in the seller's
currency at the rate of the booking; business dates are dates in the seller's time zone; ``recorded_at`` is the
instant at which the record learnt the fact. Intervals are half-open: a claim holds while
``starts_on <= as_of < ends_on``, a line while ``valid_from <= as_of < valid_to``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

DEBIT_KINDS: tuple[str, ...] = ("invoice", "late_fee", "late_interest", "charity")
"""Item kinds that a customer owes."""

CREDIT_KINDS: tuple[str, ...] = ("credit_note", "receipt")
"""Item kinds that count against what a customer owes while they are not allocated."""

CLAIM_KINDS: tuple[str, ...] = ("contested", "in_flight", "planned", "promised")
"""Claims on an item in the order in which they are clamped to its open amount."""

SETTLEMENT_KINDS: tuple[str, ...] = (
    "cash", "credit", "discount", "small_difference", "refund", "write_off", "recovery",
)  # fmt: skip

BUCKETS: tuple[str, ...] = ("current", "1-30", "31-60", "61-90", "90+")
"""Ageing buckets by due date (FACTBOOK 1.6)."""

INVOICE_BUCKETS: tuple[str, ...] = ("0-30", "31-60", "61-90", "90+")
"""Ageing buckets by invoice date (FACTBOOK 1.6)."""

_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "uuid": pa.uuid(),
        "text": pa.string(),
        "date": pa.date32(),
        "instant": pa.timestamp("us", tz="UTC"),
        "minor": pa.int64(),
        "count": pa.int32(),
        "yes_no": pa.bool_(),
    }
)


@dataclass(frozen=True)
class Column:
    """One column: its kind (``uuid, text, date, instant, minor, count, yes_no``), whether it may be null, its
    meaning."""

    name: str
    kind: str
    meaning: str
    nullable: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type in which loaders deliver this column."""
        return _TYPES[self.kind]


@dataclass(frozen=True)
class TableSpec:
    """One table of the book: its short name, what one row is, and its columns in order."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    @property
    def view(self) -> str:
        """The name of the SQL view that publishes the table."""
        return f"book_{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns in order."""
        return tuple(column.name for column in self.columns)

    def schema(self) -> pa.Schema:
        """The table's Arrow schema."""
        return pa.schema([pa.field(c.name, c.arrow_type, nullable=c.nullable) for c in self.columns])

    def empty(self) -> pa.Table:
        """A table of this shape without rows."""
        return self.schema().empty_table()


_SELLER = Column("seller_id", "uuid", "the seller whose row this is")
_CUSTOMER = Column("customer_id", "uuid", "the debtor")
_CURRENCY = Column("currency", "text", "ISO 4217 code of the amounts in the row")
_RECORDED = Column("recorded_at", "instant", "when the record learnt the fact")
_BASE = Column("base_minor", "minor", "the amount in minor units of the seller's currency at the booked rate")

CUSTOMERS = TableSpec(
    "customers",
    "one customer",
    (
        _SELLER,
        _CUSTOMER,
        Column("number", "text", "the customer's number in the seller's books (external id)"),
        Column("name", "text", "trading name"),
        Column("group_id", "uuid", "ultimate parent, where known", nullable=True),
        Column("country", "text", "ISO 3166 alpha-2 code"),
        _CURRENCY,
        Column("collector_id", "uuid", "who follows the account up", nullable=True),
        Column("insolvent_on", "date", "day of a formal insolvency filing", nullable=True),
        Column("paused_until", "date", "dunning is paused up to and including this day", nullable=True),
        Column("created_on", "date", "first day of the account"),
        _RECORDED,
    ),
)

LINES = TableSpec(
    "lines",
    "one credit line of a customer in one currency over one period",
    (
        _SELLER,
        _CUSTOMER,
        _CURRENCY,
        Column(
            "limit_minor", "minor", "greatest exposure allowed; null without is_unlimited = none set", nullable=True
        ),
        Column("is_unlimited", "yes_no", "no upper bound was decided"),
        Column("valid_from", "date", "first day on which the line holds"),
        Column("valid_to", "date", "first day on which it no longer holds", nullable=True),
        _RECORDED,
    ),
)

ITEMS = TableSpec(
    "items",
    "one item on a customer's account (an instalment of an invoice is an item of its own)",
    (
        _SELLER,
        Column("item_id", "uuid", "the item"),
        _CUSTOMER,
        Column("kind", "text", "invoice, late_fee, late_interest, charity; credit side: credit_note, receipt"),
        Column("number", "text", "document number as people know it"),
        Column("document_id", "uuid", "the document of which the item is an instalment", nullable=True),
        Column("instalment", "count", "number of the instalment, from 1"),
        Column("issued_on", "date", "document or value date: from here on it counts"),
        Column("due_on", "date", "due date; for credit-side items the issue date"),
        _CURRENCY,
        Column("amount_minor", "minor", "original amount, always positive"),
        _BASE,
        Column("discount_on", "date", "last day of the cash discount", nullable=True),
        Column("discount_minor", "minor", "cash discount offered", nullable=True),
        Column(
            "settled_on",
            "date",
            "the day from which nothing of it is open, as the record stands now; null while something is, or unknown",
            nullable=True,
        ),
        _RECORDED,
    ),
)

SETTLEMENTS = TableSpec(
    "settlements",
    "one effect on one item: an allocation has a row on each of its two items",
    (
        _SELLER,
        Column("settlement_id", "uuid", "the settlement"),
        Column("item_id", "uuid", "the item whose open amount changes"),
        _CUSTOMER,
        Column("kind", "text", "cash, credit, discount, small_difference, refund, write_off, recovery"),
        _CURRENCY,
        Column("settled_on", "date", "business date of the effect"),
        Column("amount_minor", "minor", "positive reduces the open amount; a reversal is negative"),
        _BASE,
        _RECORDED,
    ),
)

CLAIMS = TableSpec(
    "claims",
    "one claim on a slice of one item",
    (
        _SELLER,
        Column("item_id", "uuid", "the item"),
        _CUSTOMER,
        Column("kind", "text", "contested, in_flight, planned, promised"),
        Column("amount_minor", "minor", "the slice as claimed; clamped to the open amount when read"),
        Column("starts_on", "date", "first day of the claim"),
        Column("ends_on", "date", "first day on which it no longer holds", nullable=True),
        _RECORDED,
        Column("ended_recorded_at", "instant", "when the record learnt of its end", nullable=True),
    ),
)

SCHEDULES = TableSpec(
    "schedules",
    "one part of an item that an instalment of a plan makes due",
    (
        _SELLER,
        Column("item_id", "uuid", "the item"),
        _CUSTOMER,
        Column("number", "count", "number of the instalment, from 1"),
        Column("due_on", "date", "the instalment's date, by which the part ages while the plan runs"),
        Column("amount_minor", "minor", "the part"),
        Column("starts_on", "date", "first day of the plan"),
        Column("ends_on", "date", "first day on which it no longer runs", nullable=True),
        _RECORDED,
        Column("ended_recorded_at", "instant", "when the record learnt of its end", nullable=True),
    ),
)

PAUSES = TableSpec(
    "pauses",
    "one item for which a pause asks nothing, where the pause is not the whole customer's",
    (
        _SELLER,
        Column("item_id", "uuid", "the item"),
        _CUSTOMER,
        Column("starts_on", "date", "first day of the pause"),
        Column("until", "date", "its last day, as it was made"),
        Column("ended_on", "date", "first day on which it no longer holds, where a person ended it", nullable=True),
        _RECORDED,
        Column("ended_recorded_at", "instant", "when the record learnt of that end", nullable=True),
    ),
)

PROMISES = TableSpec(
    "promises",
    "one state of one promise to pay: the first is its making, each later one what became of it",
    (
        _SELLER,
        Column("promise_id", "uuid", "the promise"),
        _CUSTOMER,
        _CURRENCY,
        Column("amount_minor", "minor", "amount promised"),
        Column("promised_for", "date", "day for which payment was promised"),
        Column("made_on", "date", "day on which it was given"),
        Column("state", "text", "pending, kept, part_kept, broken, withdrawn, renegotiated"),
        Column("state_on", "date", "day since which the state holds"),
        Column("state_number", "count", "order in which the record learnt of the promise's states, from 1"),
        Column("recorded_at", "instant", "when the record learnt of this state"),
    ),
)

TOUCHES = TableSpec(
    "touches",
    "one contact or step with a customer, about one item or the account",
    (
        _SELLER,
        _CUSTOMER,
        Column("item_id", "uuid", "the item, or null for the whole account", nullable=True),
        Column("kind", "text", "step code or outcome of an activity"),
        Column("touched_on", "date", "when"),
        _RECORDED,
        Column("struck_at", "instant", "when it was struck out as recorded by mistake", nullable=True),
    ),
)

TABLES: Mapping[str, TableSpec] = MappingProxyType(
    {spec.name: spec for spec in (CUSTOMERS, LINES, ITEMS, SETTLEMENTS, CLAIMS, SCHEDULES, PAUSES, PROMISES, TOUCHES)}
)
"""All tables of the book by short name."""
