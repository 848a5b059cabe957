"""The simulated market as tables: keys, texts and dates put to the arrays of ``market_world``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openterms.portfolio.runs.market_names import COUNTRIES, company_names, countries_of, group_names, people
from openterms.portfolio.runs.market_payers import NAMES, Bools, Ints, trait
from openterms.portfolio.runs.market_world import (
    CASH,
    CREDIT,
    DISCOUNT_DAYS,
    DISCOUNT_PERCENT,
    DISCOUNT_TERMS,
    KINDS,
    TERMS,
    Disputes,
    Events,
    World,
    percent,
)

DISPUTE_REASONS = ("short_delivery", "damaged", "price", "duplicate", "no_purchase_order")
RETURN_REASON = "goods_returned"
SHARE_WITHOUT_LINE = 0.04
SHARE_UNLIMITED = 0.01
PROMISE_DAYS = 7
HONEST_SHARE = 0.6
"""Promises that name the day on which the customer will indeed pay, where that is near."""


def keys(prefix: str, numbers: Ints, width: int = 6) -> npt.NDArray[np.str_]:
    """``INV-000001`` and so on."""
    return np.char.add(f"{prefix}-", np.char.zfill((numbers + 1).astype(str), width))


def dates(days: Ints, missing: Bools | None = None) -> pa.Array:
    """Days since 1970 as dates, null where missing."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def texts(choices: tuple[str, ...], places: Ints, missing: Bools | None = None) -> pa.Array:
    """The choice at each place, null where missing."""
    return pa.array(np.array(choices, dtype=object)[places], pa.string(), mask=missing)


def constant(text: str, count: int) -> pa.Array:
    """One text, ``count`` times."""
    return pa.array([text] * count, pa.string())


def parties(rng: np.random.Generator, world: World, currency: str) -> dict[str, pa.Table]:
    """``customers``, ``groups`` and ``contacts``."""
    count = len(world.types)
    countries = countries_of(rng, count)
    number = keys("C", np.arange(count), 5)
    group_count = max(count // 25, 1)
    group = rng.integers(0, group_count, count)
    alone = rng.random(count) > 0.22
    group_keys = keys("G", np.arange(group_count), 3)
    limit, unlimited = _limits(rng, world)
    first = np.full(count, world.end)
    np.minimum.at(first, world.owner, world.issued)
    customers = pa.table(
        {
            "customer": number,
            "name": company_names(rng, countries),
            "group": pa.array(group_keys[group], pa.string(), mask=alone),
            "country": texts(tuple(country.code for country in COUNTRIES), countries),
            "currency": constant(currency, count),
            "locale": texts(tuple(country.locale for country in COUNTRIES), countries),
            "timezone": texts(tuple(country.timezone for country in COUNTRIES), countries),
            "terms": texts(tuple(notation for notation, _, _ in TERMS), world.terms),
            "limit_minor": pa.array(limit, pa.int64(), mask=unlimited | (rng.random(count) < SHARE_WITHOUT_LINE)),
            "is_unlimited": unlimited,
            "created_on": dates(first - rng.integers(3, 40, count)),
            "insolvent_on": dates(world.insolvent, world.insolvent > world.end),
            "payer_type": texts(NAMES, world.types),
        }
    )
    groups = pa.table({"group": group_keys, "name": group_names(rng, group_count)})
    return {"customers": customers, "groups": groups, "contacts": _contacts(rng, countries, number)}


def _limits(rng: np.random.Generator, world: World) -> tuple[Ints, Bools]:
    """Limits of about ten weeks of purchases, rounded up to two digits: a few are too low for what is owed."""
    count = len(world.types)
    bought = np.bincount(world.owner, weights=world.amount, minlength=count)
    days = max(world.end - world.start, 1)
    wanted = np.maximum(bought / days * 70 * rng.uniform(0.8, 2.6, count), 1_000.0 * world.unit)
    step = 10.0 ** (np.floor(np.log10(wanted)) - 1)
    return (np.ceil(wanted / step) * step).astype(np.int64), rng.random(count) < SHARE_UNLIMITED


def _contacts(rng: np.random.Generator, countries: Ints, number: npt.NDArray[np.str_]) -> pa.Table:
    count = len(countries)
    names = people(rng, countries)
    tails = rng.integers(10, 99, count).tolist()
    return pa.table(
        {
            "customer": number,
            "name": names,
            "role": constant("accounts_payable", count),
            "email": [f"payables@{key.lower()}.example" for key in number.tolist()],
            "phone": [f"{COUNTRIES[c].dialling}{t}" for c, t in zip(countries.tolist(), tails, strict=True)],
            "locale": texts(tuple(country.locale for country in COUNTRIES), countries),
        }
    )


def invoices(rng: np.random.Generator, world: World, currency: str) -> pa.Table:
    """``invoices``, in order of their number and date."""
    count = len(world.owner)
    plain = world.terms[world.owner] != DISCOUNT_TERMS
    return pa.table(
        {
            "invoice": keys("INV", np.arange(count)),
            "customer": keys("C", world.owner, 5),
            "issued_on": dates(world.issued),
            "due_on": dates(world.due),
            "terms": texts(tuple(notation for notation, _, _ in TERMS), world.terms[world.owner]),
            "currency": constant(currency, count),
            "amount_minor": world.amount,
            "purchase_order": pa.array(
                keys("PO", rng.integers(10_000, 99_999, count), 5), pa.string(), mask=rng.random(count) < 0.4
            ),
            "discount_on": dates(world.issued + DISCOUNT_DAYS, plain),
            "discount_minor": pa.array(percent(world.amount, DISCOUNT_PERCENT), pa.int64(), mask=plain),
        }
    )


def money(rng: np.random.Generator, world: World, events: Events, currency: str) -> dict[str, pa.Table]:
    """``receipts``, ``credit_notes`` and ``allocations``. One receipt holds all that a customer paid on a day."""
    cash = events.kind == CASH
    payer, day, minor = world.owner[events.invoice[cash]], events.day[cash], events.minor[cash]
    pairs, receipt_of = np.unique(np.stack([day, payer]), axis=1, return_inverse=True)
    receipt_of = receipt_of.reshape(-1)
    count = pairs.shape[1]
    total = np.bincount(receipt_of, weights=minor, minlength=count).astype(np.int64)
    over = (rng.random(count) < 0.01) * rng.integers(1, 500, count) * world.unit
    unapplied = (pairs[0] > world.end - 5) & (rng.random(count) < 0.35)
    last = np.zeros(count, dtype=np.int64)
    last[receipt_of] = events.invoice[cash]
    receipts = pa.table(
        {
            "receipt": keys("RC", np.arange(count)),
            "customer": keys("C", pairs[1], 5),
            "received_on": dates(pairs[0]),
            "currency": constant(currency, count),
            "amount_minor": total + over.astype(np.int64),
            "reference": keys("INV", last),
        }
    )
    notes, note_of = _credit_notes(rng, world, events, currency)
    receipt_key = np.full(len(events.day), -1)
    receipt_key[cash] = receipt_of
    note_key = np.full(len(events.day), -1)
    note_key[events.kind == CREDIT] = note_of
    applied = ~(cash & unapplied[receipt_key])
    allocations = pa.table(
        {
            "invoice": keys("INV", events.invoice),
            "receipt": pa.array(keys("RC", receipt_key), pa.string(), mask=receipt_key < 0),
            "credit_note": pa.array(keys("CN", note_key), pa.string(), mask=note_key < 0),
            "kind": texts(KINDS, events.kind),
            "settled_on": dates(events.day),
            "amount_minor": events.minor,
        }
    ).filter(pa.array(applied))
    return {"receipts": receipts, "credit_notes": notes, "allocations": allocations}


def _credit_notes(rng: np.random.Generator, world: World, events: Events, currency: str) -> tuple[pa.Table, Ints]:
    """Credit notes for disputes that were upheld, and a few for goods returned that nobody has allocated."""
    for_dispute = events.kind == CREDIT
    settled = events.invoice[for_dispute]
    returns = np.sort(rng.choice(len(world.owner), max(len(world.owner) // 250, 1), replace=False))
    returned_on = world.issued[returns] + rng.integers(5, 40, len(returns))
    returns, returned_on = returns[returned_on <= world.end], returned_on[returned_on <= world.end]
    recent = returned_on > world.end - 60
    returns, returned_on = returns[recent], returned_on[recent]
    invoice = np.concatenate([settled, returns])
    day = np.concatenate([events.day[for_dispute], returned_on])
    minor = np.concatenate([events.minor[for_dispute], np.maximum(world.amount[returns] // 8, 1)])
    order = np.lexsort((invoice, day))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    is_return = np.arange(len(invoice)) >= len(settled)
    table = pa.table(
        {
            "credit_note": keys("CN", np.arange(len(order))),
            "customer": keys("C", world.owner[invoice[order]], 5),
            "issued_on": dates(day[order]),
            "currency": constant(currency, len(order)),
            "amount_minor": minor[order],
            "invoice": pa.array(keys("INV", invoice[order]), pa.string(), mask=is_return[order]),
            "reason": texts(("dispute_upheld", RETURN_REASON), is_return[order].astype(np.int64)),
        }
    )
    return table, number[: len(settled)]


def disputes(rng: np.random.Generator, world: World, made: Disputes) -> pa.Table:
    """``disputes``, in order of the day they opened."""
    invoice = np.flatnonzero(made.minor > 0)
    invoice = invoice[np.argsort(made.opened[invoice], kind="stable")]
    still_open = made.closed[invoice] > world.end
    return pa.table(
        {
            "dispute": keys("D", np.arange(len(invoice)), 5),
            "customer": keys("C", world.owner[invoice], 5),
            "invoice": keys("INV", invoice),
            "amount_minor": made.minor[invoice],
            "opened_on": dates(made.opened[invoice]),
            "closed_on": dates(made.closed[invoice], still_open),
            "reason": texts(DISPUTE_REASONS, rng.integers(0, len(DISPUTE_REASONS), len(invoice))),
            "outcome": texts(("rejected", "upheld"), made.upheld[invoice].astype(np.int64), still_open),
        }
    )


def promises(rng: np.random.Generator, world: World, events: Events, currency: str) -> pa.Table:
    """``promises``, in order of the day they were made: given on a call some days after the due date.

    A promise is kept when the invoice's first payment came by the day promised and one day of grace.
    """
    made = world.due + rng.integers(6, 20, len(world.owner))
    promising = rng.random(len(world.owner)) < trait(world.types[world.owner], "promises")
    invoice = np.flatnonzero(promising & (made <= world.end) & (events.first_paid > made))
    invoice = invoice[np.argsort(made[invoice], kind="stable")]
    promised = made[invoice] + rng.integers(3, PROMISE_DAYS + 4, len(invoice))
    paid = events.first_paid[invoice]
    honest = (rng.random(len(invoice)) < HONEST_SHARE) & (paid <= made[invoice] + 2 * PROMISE_DAYS)
    promised = np.where(honest, np.maximum(paid - rng.integers(0, 2, len(invoice)), made[invoice] + 1), promised)
    kept = paid <= np.minimum(promised + 1, world.end)
    broken = ~kept & (promised + 1 < world.end)
    state_on = np.where(kept, paid, np.where(broken, promised + 2, made[invoice]))
    cash = (events.kind == CASH) & (events.day <= world.end)
    before = np.zeros(len(world.owner), dtype=np.int64)
    np.add.at(
        before, events.invoice[cash], np.where(events.day[cash] <= made[events.invoice[cash]], events.minor[cash], 0)
    )
    return pa.table(
        {
            "promise": keys("P", np.arange(len(invoice)), 5),
            "customer": keys("C", world.owner[invoice], 5),
            "invoice": keys("INV", invoice),
            "currency": constant(currency, len(invoice)),
            "amount_minor": np.maximum(world.amount[invoice] - before[invoice], 1),
            "made_on": dates(made[invoice]),
            "promised_for": dates(promised),
            "made_by": people(rng, np.zeros(len(invoice), dtype=np.int64)),
            "state": texts(("pending", "kept", "broken"), np.where(kept, 1, np.where(broken, 2, 0))),
            "state_on": dates(state_on),
        }
    )
