"""What somebody asks to have invoiced, before it has a number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from openterms.core.receivables.invoice_lines import Charged


@dataclass(frozen=True, kw_only=True)
class ToIssue:
    """An invoice to be issued. `terms` empty: the customer's, then the seller's; `due_on` instead of terms.

    `order_ref` names the order (or authorisation) that it bills and captures; of `order_refs` it bills what is captured
    already; `deposits` are numbers of the customer's receipts, of which it takes what is open.
    `series` empty: `INV`, for credit notes `CN`.
    """

    charged: Charged
    on: date
    terms: str = ""
    due_on: date | None = None
    series: str = ""
    purchase_order: str = ""
    buyer_reference: str = ""
    contract: str = ""
    supplied_on: date | None = None
    period: tuple[date, date] | None = None
    note: str = ""
    deliver_to_country: str = ""
    languages: Sequence[str] = ()
    order_ref: str = ""
    order_refs: Sequence[str] = ()
    deposits: Sequence[str] = ()


@dataclass(frozen=True)
class Supplied:
    """What left the house: its own reference, the day, the order, and its lines as programs send them."""

    reference: str
    supplied_on: date
    currency: str
    lines: Sequence[Mapping[str, Any]]
    order_ref: str = ""
    purchase_order: str = ""


def digest_of(subject: str, asked: Any) -> str:
    """A digest of a request, so that the same key with another request is told."""
    text = json.dumps([subject, asdict(asked)], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
