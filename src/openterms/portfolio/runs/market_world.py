"""The simulated market as arrays: who was billed when, and what then happened to each invoice.

Everything is drawn for all invoices at once from one generator, in a fixed order: the same seed gives the same market.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openterms.portfolio.runs import market_payers
from openterms.portfolio.runs.market_payers import NAMES, Bools, Floats, Ints, trait

TERMS: tuple[tuple[str, int, float], ...] = (
    ("net 30", 30, 0.46),
    ("2/10 net 30", 30, 0.16),
    ("net 45", 45, 0.14),
    ("net 60", 60, 0.12),
    ("net 14", 14, 0.12),
)
"""Notation, days, share of customers."""

DISCOUNT_TERMS = 1
DISCOUNT_DAYS = 10
DISCOUNT_PERCENT = 2

MONTH_WEIGHTS = (0.88, 0.90, 1.02, 0.97, 1.00, 1.04, 0.90, 0.86, 1.05, 1.12, 1.18, 1.08)
"""Seasonality of sales, January to December."""

WEEKDAY_WEIGHTS = (1.05, 1.1, 1.1, 1.05, 0.95, 0.06, 0.0)


@dataclass
class World:
    """Working arrays: one entry per customer (first block) or per invoice (second block). Days count from 1970."""

    start: int
    end: int
    unit: int
    types: Ints
    terms: Ints
    weekday: Ints
    fortnightly: Bools
    insolvent: Ints
    owner: Ints
    issued: Ints
    due: Ints
    amount: Ints


def make_world(rng: np.random.Generator, customers: int, invoices: int, start: int, end: int, unit: int) -> World:
    """The invoices, payers and dates of a simulated market; `start` and `end` are day numbers, amounts minor units."""
    types = market_payers.types_of(rng, customers)
    size = rng.pareto(1.15, customers) + 0.15
    terms = rng.choice(len(TERMS), customers, p=[share for _, _, share in TERMS])
    insolvent = np.where(types == NAMES.index("insolvent"), end - rng.integers(15, 200, customers), end + 10_000)
    owner, issued = _issue(rng, types, size, insolvent, invoices, start, end)
    scale = np.exp(rng.normal(6.4, 0.7, customers)) * np.clip(size, 0.3, 60.0) ** 0.45
    major = np.exp(rng.normal(0.0, 0.75, len(owner))) * scale[owner]
    amount = np.maximum(np.rint(major * unit), unit).astype(np.int64)
    days = np.array([days for _, days, _ in TERMS], dtype=np.int64)
    weekday = rng.choice(6, customers, p=(0.05, 0.10, 0.10, 0.20, 0.15, 0.40)).astype(np.int64)
    slow = types == NAMES.index("admin_slow")
    weekday = np.where(slow & (weekday == 5), 3, weekday)
    return World(
        start=start,
        end=end,
        unit=unit,
        types=types,
        terms=terms,
        weekday=weekday,
        fortnightly=slow | (rng.random(customers) < 0.08),
        insolvent=insolvent,
        owner=owner,
        issued=issued,
        due=issued + days[terms[owner]],
        amount=amount,
    )


def _issue(
    rng: np.random.Generator, types: Ints, size: Floats, insolvent: Ints, invoices: int, start: int, end: int
) -> tuple[Ints, Ints]:
    """Who gets an invoice on which day, in order of days."""
    new = np.flatnonzero(types == NAMES.index("too_new"))
    old = np.flatnonzero(types != NAMES.index("too_new"))
    owner_new = np.repeat(new, rng.integers(1, 5, len(new)))
    weights = size[old] ** 0.75
    often = invoices - len(owner_new) - 5 * len(old)
    owner_old = np.concatenate([np.repeat(old, 5), rng.choice(old, max(often, 0), p=weights / weights.sum())])
    days = np.arange(start, end + 1)
    weight = _day_weights(days)
    issued_old = rng.choice(days, len(owner_old), p=weight / weight.sum())
    alive = np.minimum(insolvent[owner_old] - 5, end)
    squeezed = start + (issued_old - start) * (alive - start) // max(end - start, 1)
    squeezed -= np.where((squeezed + 3) % 7 == 6, 2, 0)
    recent = days[-70:]
    issued_new = rng.choice(recent, len(owner_new), p=weight[-70:] / weight[-70:].sum())
    owner, issued = np.concatenate([owner_old, owner_new]), np.concatenate([squeezed, issued_new])
    order = np.lexsort((owner, issued))
    return owner[order], issued[order]


def _day_weights(days: Ints) -> Floats:
    """How busy each day is: season, weekday, growth and the rush at month end."""
    dates = days.astype("datetime64[D]")
    month = (dates.astype("datetime64[M]") - dates.astype("datetime64[Y]").astype("datetime64[M]")).astype(np.int64)
    to_month_end = ((dates.astype("datetime64[M]") + 1).astype("datetime64[D]") - dates).astype(np.int64)
    growth = np.linspace(0.85, 1.15, len(days))
    rush = np.where(to_month_end <= 3, 1.6, 1.0)
    weights: Floats = np.array(MONTH_WEIGHTS)[month] * np.array(WEEKDAY_WEIGHTS)[(days + 3) % 7] * growth * rush
    return weights


@dataclass
class Disputes:
    """One entry per invoice: the contested amount (0 = none), when it opened and closed, and whether it was upheld."""

    minor: Ints
    opened: Ints
    closed: Ints
    upheld: Bools


def make_disputes(rng: np.random.Generator, world: World) -> Disputes:
    """Which invoices are disputed, when, and for how much: one entry per invoice, 0 where none."""
    count = len(world.owner)
    contests = rng.random(count) < trait(world.types[world.owner], "disputes")
    share = rng.integers(20, 85, count)
    opened = world.due - rng.integers(2, 15, count)
    opened = np.maximum(opened, world.issued + 1)
    contests &= opened <= world.end
    return Disputes(
        minor=np.where(contests, world.amount * share // 100, 0),
        opened=opened,
        closed=opened + rng.integers(12, 75, count),
        upheld=rng.random(count) < 0.6,
    )


@dataclass
class Events:
    """One entry per settlement of an invoice: which, when, how much, and of which kind (``KINDS``); and promises."""

    invoice: Ints
    day: Ints
    minor: Ints
    kind: Ints
    first_paid: Ints


CASH, CREDIT, DISCOUNT, SMALL = range(4)
KINDS = ("cash", "credit", "discount", "small_difference")


def settle(rng: np.random.Generator, world: World, disputes: Disputes) -> Events:
    """When and how every invoice is paid."""
    owner, count = world.owner, len(world.owner)
    types = world.types[owner]
    progress = (world.issued - world.start) / max(world.end - world.start, 1)
    on_discount = (world.terms[owner] == DISCOUNT_TERMS) & (rng.random(count) < trait(types, "takes_discount"))
    on_discount &= disputes.minor == 0
    meant = world.due + market_payers.days_late(rng, types, progress)
    meant = np.where(on_discount, world.issued + DISCOUNT_DAYS - rng.integers(1, 4, count), meant)
    meant = np.maximum(meant, world.issued + 1)
    paid = market_payers.pay_run(meant, world.weekday[owner], world.fortnightly[owner])
    on_discount &= paid <= world.issued + DISCOUNT_DAYS
    never = rng.random(count) < trait(types, "never_pays")
    never |= paid > world.insolvent[owner] - 40
    discount = np.where(on_discount, percent(world.amount, DISCOUNT_PERCENT), 0)
    small = np.where((rng.random(count) < 0.015) & ~on_discount, rng.integers(1, 3 * world.unit + 1, count), 0)
    small = np.where(small < world.amount // 20, small, 0)
    cash = world.amount - disputes.minor - discount - small
    in_parts = rng.random(count) < trait(types, "pays_in_parts")
    first = np.where(in_parts, cash * rng.integers(35, 65, count) // 100, cash)
    again = market_payers.pay_run(paid + rng.integers(10, 40, count), world.weekday[owner], world.fortnightly[owner])
    later = market_payers.pay_run(np.maximum(disputes.closed + 6, paid), world.weekday[owner], world.fortnightly[owner])
    every = np.arange(count)
    pieces = [
        (every, paid, first, CASH, ~never),
        (every, again, cash - first, CASH, ~never),
        (every, paid, discount, DISCOUNT, ~never),
        (every, np.where(in_parts, again, paid), small, SMALL, ~never),
        (every, disputes.closed, disputes.minor, CREDIT, disputes.upheld),
        (every, later, disputes.minor, CASH, ~disputes.upheld & ~never),
    ]
    return _gathered(pieces, world.end, np.where(never, world.end + 10_000, paid))


def percent(minor: Ints, percent: int) -> Ints:
    """A share of an amount, half up, in whole numbers."""
    return (2 * minor * percent + 100) // 200


def _gathered(pieces: list[tuple[Ints, Ints, Ints, int, Bools]], end: int, first_paid: Ints) -> Events:
    """What has happened by ``end``, in order of days."""
    invoice = np.concatenate([p[0] for p in pieces])
    day = np.concatenate([p[1] for p in pieces])
    minor = np.concatenate([p[2] for p in pieces])
    kind = np.concatenate([np.full(len(p[0]), p[3]) for p in pieces])
    happens = np.concatenate([p[4] for p in pieces]) & (minor > 0) & (day <= end)
    order = np.lexsort((kind[happens], invoice[happens], day[happens]))
    return Events(invoice[happens][order], day[happens][order], minor[happens][order], kind[happens][order], first_paid)
