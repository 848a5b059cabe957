"""Orders that asked for credit, as a table: what was asked, what was seen of the customer, and what was answered.

Beside the book's tables: a back-test answers such a table again. Rows come from stored authorisations, or from a
history of invoices (``runs.history``). Amounts are minor units of ``currency``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import ibis
import pyarrow as pa

from openterms.portfolio.book.engines import Engine, Table
from openterms.portfolio.book.tables import Column, TableSpec

ORDERS = TableSpec(
    "orders",
    "one order that asked for credit",
    (
        Column("order_id", "uuid", "the order"),
        Column("customer_id", "uuid", "the debtor"),
        Column("order_ref", "text", "the order's number at the seller"),
        Column("currency", "text", "ISO 4217 code of the amounts in the row"),
        Column("document", "text", "its kind: order, or such as warranty"),
        Column("ordered_on", "date", "the seller's day"),
        Column("ordered_at", "instant", "when it was asked"),
        Column("asked_minor", "minor", "what was asked for"),
        Column("prepaid_minor", "minor", "of it paid in advance"),
        Column("already_minor", "minor", "of the same order authorised before"),
        Column("has_purchase_order", "yes_no", "a purchase-order number was given"),
        Column("accepts_part", "yes_no", "a part of the amount would help"),
        Column("line_currency", "text", "currency of the line asked about; null where there is none", nullable=True),
        Column("line_from", "date", "first day of the line", nullable=True),
        Column("line_until", "date", "last day of the line", nullable=True),
        Column("line_state", "text", "open, suspended or cancelled"),
        Column("limit_minor", "minor", "limit; null without is_unlimited = none set", nullable=True),
        Column("is_unlimited", "yes_no", "the line has no end"),
        Column("exposure_minor", "minor", "what counted against the limit, without this order"),
        Column("has_group_limit", "yes_no", "the customer's group has a limit of its own"),
        Column("group_limit_minor", "minor", "that limit; null as limit_minor", nullable=True),
        Column("group_is_unlimited", "yes_no", "that limit has no end"),
        Column("group_exposure_minor", "minor", "what counted against it"),
        Column("group_state", "text", "open, suspended or cancelled"),
        Column("group_until", "date", "last day of the group's line", nullable=True),
        Column("is_suspended", "yes_no", "the customer was suspended"),
        Column("is_insolvent", "yes_no", "an insolvency was recorded"),
        Column("holds", "text", "causes of holds with spaces between; empty where there was none"),
        Column("overdue_minor", "minor", "collectable and overdue for more than seen_overdue_days"),
        Column("days_overdue", "minor", "of the oldest such item; 0 where there is none"),
        Column("seen_overdue_days", "minor", "the days of the two columns before; null where never", nullable=True),
        Column("open_minor", "minor", "everything open on the debit side"),
        Column("needs_purchase_order", "yes_no", "the customer wants a number on every order"),
        Column("has_purchaser", "yes_no", "the person who ordered is known"),
        Column("may_order", "yes_no", "and may order"),
        Column("most_per_order_minor", "minor", "at most so much an order", nullable=True),
        Column("most_per_period_minor", "minor", "at most so much in a period", nullable=True),
        Column("used_minor", "minor", "ordered in the period without this order"),
        Column("override_order", "text", "the order that an override is for", nullable=True),
        Column("override_most_minor", "minor", "its amount", nullable=True),
        Column("override_expires_at", "instant", "its end", nullable=True),
        Column("override_codes", "text", "the reasons it sets aside, with spaces between", nullable=True),
        Column("answered_status", "text", "what was answered; null where nothing was", nullable=True),
        Column("answered_minor", "minor", "what was approved of it", nullable=True),
        Column("answered_reasons", "text", "codes of its reasons in order, with spaces between", nullable=True),
    ),
)

USUAL: Mapping[str, Any] = MappingProxyType(
    {
        "document": "order", "order_ref": "", "prepaid_minor": 0, "already_minor": 0, "has_purchase_order": False,
        "accepts_part": False, "line_state": "open", "is_unlimited": False, "exposure_minor": 0,
        "has_group_limit": False, "group_is_unlimited": False,
        "group_exposure_minor": 0, "group_state": "open", "is_suspended": False, "is_insolvent": False,
        "holds": "", "overdue_minor": 0, "days_overdue": 0, "open_minor": 0, "needs_purchase_order": False,
        "has_purchaser": False, "may_order": True, "used_minor": 0,
    }
)  # fmt: skip
"""What a column holds where its source knows nothing of it; columns that may be null are null there."""


_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "uuid": "uuid", "text": "string", "date": "date", "instant": "timestamp('UTC', 6)", "minor": "int64",
        "yes_no": "boolean",
    }
)  # fmt: skip


def registered(rows: pa.Table, engine: Engine) -> Table:
    """Arrow rows as a table of ``ORDERS``: columns that are not given hold what ``USUAL`` says, or null.

    Raises ``BadInput`` for a column that cannot be read, as ``Engine.register``.
    """
    given = tuple(column for column in ORDERS.columns if column.name in rows.column_names)
    return completed(engine.register(TableSpec(ORDERS.name, ORDERS.grain, given), rows))


def completed(rows: Table) -> Table:
    """``rows`` with every column of ``ORDERS``; new ones hold what ``USUAL`` says, or null. Grain: one order."""
    usual = {
        column.name: ibis.literal(USUAL[column.name], _TYPES[column.kind])
        if column.name in USUAL
        else ibis.null(_TYPES[column.kind])
        for column in ORDERS.columns
        if column.name not in rows.columns
    }
    return rows.mutate(**usual)
