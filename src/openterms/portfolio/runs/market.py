"""A simulated market: a seller's customers and two years of invoices, payments, disputes and promises.

For the demonstration, for tests and for benchmarks. The same seed gives the same market. It is a few hundred draws over
whole arrays, not a loop over customers, so a large one is quick too. What happens after ``end`` has not happened:
the last weeks are still open.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from openterms.core.base.money import exponent
from openterms.portfolio.runs import market_tables as tables
from openterms.portfolio.runs.market_world import make_disputes, make_world, settle

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Market:
    """The tables of a simulated market. Amounts in minor units of ``currency``; dates are dates; numbers are text keys.

    - ``groups``: group, name
    - ``customers``: customer, name, group (or null), country, currency, locale, timezone, terms, limit_minor (or null),
      is_unlimited, created_on, insolvent_on (or null), payer_type (the truth, not for the record)
    - ``contacts``: customer, name, role, email, phone, locale
    - ``invoices``: invoice, customer, issued_on, due_on, terms, currency, amount_minor, purchase_order, discount_on,
      discount_minor (both null without a cash discount)
    - ``receipts``: receipt, customer, received_on, currency, amount_minor, reference
    - ``credit_notes``: credit_note, customer, issued_on, currency, amount_minor, invoice (or null), reason
    - ``allocations``: invoice, receipt (or null), credit_note (or null), kind (cash, credit, discount,
      small_difference), settled_on, amount_minor
    - ``disputes``: dispute, customer, invoice, amount_minor, opened_on, closed_on (or null), reason, outcome (upheld,
      rejected, or null while open)
    - ``promises``: promise, customer, invoice, currency, amount_minor, made_on, promised_for, made_by, state, state_on
    """

    currency: str
    start: dt.date
    end: dt.date
    groups: pa.Table
    customers: pa.Table
    contacts: pa.Table
    invoices: pa.Table
    receipts: pa.Table
    credit_notes: pa.Table
    allocations: pa.Table
    disputes: pa.Table
    promises: pa.Table


def simulate(
    seed: int,
    customers: int = 400,
    months: int = 24,
    invoices: int = 30_000,
    end: dt.date = dt.date(2026, 6, 30),
    currency: str = "USD",
) -> Market:
    """A market of ``customers`` over ``months`` months that end at ``end``, with about ``invoices`` invoices.

    Raises ``ValueError`` for fewer than 10 customers, 3 months or 5 invoices a customer.
    """
    if customers < 10 or months < 3 or invoices < 5 * customers:
        raise ValueError("a market needs 10 customers, 3 months and 5 invoices a customer, or more")
    rng = np.random.default_rng(seed)
    last = (end - EPOCH).days
    first = last - round(months * 30.44) + 1
    world = make_world(rng, customers, invoices, first, last, 10 ** exponent(currency))
    disputes = make_disputes(rng, world)
    events = settle(rng, world, disputes)
    parties = tables.parties(rng, world, currency)
    money = tables.money(rng, world, events, currency)
    return Market(
        currency=currency,
        start=EPOCH + dt.timedelta(days=world.start),
        end=end,
        **parties,
        **money,
        invoices=tables.invoices(rng, world, currency),
        disputes=tables.disputes(rng, world, disputes),
        promises=tables.promises(rng, world, events, currency),
    )
