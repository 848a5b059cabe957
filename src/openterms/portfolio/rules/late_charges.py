"""Late charges over columns: ``core.receivables.late_charges`` for a million items at once.

An item becomes spans of days on which the same amount bears interest: what settlements and claims do to it is summed up
day by day, and items to which nothing happened skip that. Spans meet the half-years' rates; products of money, basis
points and days are summed exactly over each stretch of the same amount and rate, and divided once a stretch.

Compound interest is left to core: each of its steps rests on the one before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa

from openterms.core.base.rounding import BASIS_POINTS
from openterms.core.receivables.day_counts import DAY_COUNTS
from openterms.core.receivables.late_charge_law import ChargeTerms
from openterms.core.receivables.reference_rates import FIXED, Rates, bounds, half_year
from openterms.portfolio.book.book import Book, day, known
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.tables import CLAIM_KINDS

Key = tuple[str, str]
"""Country of the customer, and currency."""

EARLIEST, FARTHEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


def late_charges(
    book: Book,
    as_of: dt.date,
    terms: Mapping[Key, ChargeTerms],
    rates: Rates,
    known_at: dt.datetime | None = None,
) -> Table:
    """What every late invoice has come to owe on top through a day, whether charged before or not.

    ``terms`` by country of the customer and currency, none of them compound; items of others owe nothing.
    Columns in: ``customers``, ``items``, ``settlements``, ``claims``. Grain out: one invoice on which something bore.
    Columns out: ``item_id,
    customer_id, currency, accrued_minor, lump_sum_minor, charity_minor``, minor units. ``BadInput`` where a rate is
    not known.
    """
    engine = book.engine
    if any(one.compound_months for one in terms.values()):
        raise ValueError("compound interest is read one by one")
    several = [(key, one) for key, one in terms.items() if one.is_anything]
    items = late_items(book, as_of, several, known_at)
    spans = engine.materialise(spans_of(book, items, as_of, several, known_at))
    found = spans.group_by("item_id", "customer_id", "currency", "place").agg(
        debt_minor=spans.principal_minor.argmin(spans.starts_on)
    )
    interest = _interest(spans, as_of, [one for _, one in several], rates, engine)
    joined = found.left_join(interest, found.item_id == interest.accrued_item_id)
    places = range(len(several))
    return joined.select(
        "item_id",
        "customer_id",
        "currency",
        accrued_minor=joined.accrued.fill_null(0).cast("int64"),
        lump_sum_minor=_chosen(joined.place, [_lump_sum(joined.debt_minor, several[n][1]) for n in places]),
        charity_minor=_chosen(joined.place, [_whole(several[n][1].charity_minor or 0) for n in places]),
    )


def late_items(
    book: Book, as_of: dt.date, several: Sequence[tuple[Key, ChargeTerms]], known_at: dt.datetime | None
) -> Table:
    """Invoices past due date and grace, with the place of their terms and the first day on which they may bear."""
    keys = book.engine.from_arrow(
        pa.table(
            {
                "terms_country": pa.array([key[0] for key, _ in several], pa.string()),
                "terms_currency": pa.array([key[1] for key, _ in several], pa.string()),
                "place": pa.array(range(len(several)), pa.int64()),
                "wait": pa.array([one.grace_days + 1 for _, one in several], pa.int64()),
            }
        )
    )
    items = known(book.items, known_at)
    items = items.filter((items.kind == "invoice") & (items.due_on < day(as_of)))
    customers = book.customers.select(customer="customer_id", country="country")
    joined = items.inner_join(customers, items.customer_id == customers.customer)
    joined = joined.inner_join(
        keys, [joined.country == keys.terms_country, joined.currency == keys.terms_currency]
    )
    joined = joined.mutate(first_on=_day(joined.due_on + joined.wait.as_interval("D")))
    return joined.filter(joined.first_on <= day(as_of)).select(
        "item_id", "customer_id", "currency", "due_on", "amount_minor", "place", "first_on"
    )


def spans_of(
    book: Book,
    items: Table,
    as_of: dt.date,
    several: Sequence[tuple[Key, ChargeTerms]],
    known_at: dt.datetime | None,
) -> Table:
    """Grain: days ``starts_on..ends_on`` of an item on which ``principal_minor`` bears, above zero."""
    events = _events(book, items, as_of, known_at)
    touched = items.semi_join(events, items.item_id == events.event_item_id)
    quiet = items.anti_join(events, items.item_id == events.event_item_id)
    begun = touched.select(
        event_item_id="item_id", on="first_on", opened="amount_minor", **dict.fromkeys(CLAIM_KINDS, _whole(0))
    )
    every = ibis.union(begun, events)
    daily = every.group_by("event_item_id", "on").agg(
        **{name: every[name].sum().cast("int64") for name in ("opened", *CLAIM_KINDS)}
    )
    up_to = ibis.window(group_by="event_item_id", order_by="on", preceding=None, following=0)
    next_on = daily.on.lead().over(ibis.window(group_by="event_item_id", order_by="on"))
    running = daily.mutate(
        **{name: daily[name].sum().over(up_to).cast("int64") for name in ("opened", *CLAIM_KINDS)},
        ends_on=ibis.coalesce(_before(next_on), day(as_of)),
    )
    joined = touched.inner_join(running, touched.item_id == running.event_item_id)
    bears = _chosen(joined.place, [_whole(int(one.promised_bears)) for _, one in several])
    asked = joined.contested + joined.in_flight + joined.planned + (bears == 1).ifelse(_whole(0), joined.promised)
    busy = joined.mutate(starts_on=joined.on, principal_minor=joined.opened - ibis.least(asked, joined.opened))
    plain = quiet.mutate(starts_on=quiet.first_on, ends_on=day(as_of), principal_minor=quiet.amount_minor)
    names = ("item_id", "customer_id", "currency", "due_on", "place", "first_on", "starts_on", "ends_on")
    both = ibis.union(busy.select(*names, "principal_minor"), plain.select(*names, "principal_minor"))
    return both.filter(both.principal_minor > 0)


def _events(book: Book, items: Table, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """What settlements and claims change of an item, and from which day on; earlier ones from the first day on."""
    nothing = dict.fromkeys(CLAIM_KINDS, _whole(0))
    settled = known(book.settlements, known_at)
    settled = settled.filter(settled.settled_on < day(as_of))
    paid = settled.select(
        event_item_id="item_id",
        raw_on=_day(settled.settled_on + ibis.interval(days=1)),
        opened=-settled.amount_minor,
        **nothing,
    )
    claims = known(book.claims, known_at)
    claims = claims.filter(claims.ends_on.isnull() | (claims.ends_on > claims.starts_on))
    started = claims.filter(claims.starts_on <= day(as_of))
    ended = claims.filter(claims.ends_on <= day(as_of))
    every = ibis.union(
        paid,
        *(
            part.select(event_item_id="item_id", raw_on=name, opened=_whole(0), **_by_kind(part, sign))
            for part, name, sign in ((started, "starts_on", 1), (ended, "ends_on", -1))
        ),
    )
    first = items.select(late_item_id="item_id", first_on="first_on")
    joined = every.inner_join(first, every.event_item_id == first.late_item_id)
    on = ibis.greatest(joined.raw_on, joined.first_on)
    return joined.select("event_item_id", "opened", *CLAIM_KINDS, on=on).select(
        "event_item_id", "on", "opened", *CLAIM_KINDS
    )


def _by_kind(claims: Table, sign: int) -> dict[str, Value]:
    return {kind: (claims.kind == kind).ifelse(claims.amount_minor * sign, _whole(0)) for kind in CLAIM_KINDS}


def _interest(spans: Table, as_of: dt.date, terms: Sequence[ChargeTerms], rates: Rates, engine: Engine) -> Table:
    """Grain: one item; ``accrued_item_id`` and ``accrued``, its interest rounded once a stretch."""
    both = with_products(pieces_of(spans, as_of, terms, rates, engine), terms)
    sums = stretches(both).group_by("item_id", "place", "stretch")
    summed = sums.agg(exact=lambda rows: engine.wide_sum(rows.product))
    rounded = summed.select(accrued_item_id="item_id", minor=rounded_off(summed, summed.exact, terms, engine))
    return rounded.group_by("accrued_item_id").agg(accrued=rounded.minor.sum().cast("int64"))


def pieces_of(
    spans: Table, as_of: dt.date, terms: Sequence[ChargeTerms], rates: Rates, engine: Engine, *, halves: bool = False
) -> Table:
    """``spans`` cut where their rate changes, or with ``halves`` at every half-year, as explanations are.

    Grain: days of an item with one amount and rate. Columns: ``item_id, place, starts_on, ends_on, principal_minor,
    rate_bp``.
    """
    bearing = [place for place, one in enumerate(terms) if one.bears_interest]
    split = [place for place in bearing if terms[place].fixing == "half_year"]
    known_rates = _rate_table(spans, as_of, terms, bearing, rates, engine, halves)
    there = known_rates.rate_place
    pieces = spans.filter(spans.place.isin(split or [-1]))
    cut = pieces.inner_join(
        known_rates,
        [pieces.place == there, known_rates.begins_on <= pieces.ends_on, known_rates.stops_on >= pieces.starts_on],
    )
    cut = cut.mutate(
        starts_on=ibis.greatest(cut.starts_on, cut.begins_on), ends_on=ibis.least(cut.ends_on, cut.stops_on)
    )
    whole = spans.filter(spans.place.isin([place for place in bearing if place not in split] or [-1]))
    last = whole.ends_on.max().over(ibis.window(group_by=whole.item_id))
    fixed_on = {"start": whole.first_on, "due": whole.due_on, "payment": last}
    choices = [
        (whole.place == place, fixed_on[terms[place].fixing]) for place in bearing if terms[place].fixing in fixed_on
    ]
    once = whole.mutate(rate_on=ibis.cases(*choices) if choices else whole.due_on)
    fixed = once.inner_join(
        known_rates, [once.place == there, known_rates.begins_on <= once.rate_on, known_rates.stops_on >= once.rate_on]
    )
    names = ("item_id", "place", "starts_on", "ends_on", "principal_minor", "rate_bp")
    return ibis.union(cut.select(*names), fixed.select(*names))


def with_products(pieces: Table, terms: Sequence[ChargeTerms]) -> Table:
    """``pieces`` with their ``days``, and the ``product`` of amount, rate and days."""
    thirty = [place for place, one in enumerate(terms) if one.bears_interest and one.day_count == "30E/360"]
    actual = pieces.ends_on.delta(pieces.starts_on, unit="day") + 1
    days = pieces.place.isin(thirty or [-1]).ifelse(
        _thirty(pieces.ends_on) - _thirty(_before(pieces.starts_on)), actual
    )
    told = pieces.mutate(days=days.cast("int64"))
    return told.mutate(product=told.principal_minor * (told.rate_bp * told.days))


def rounded_off(rows: Table, exact: Value, terms: Sequence[ChargeTerms], engine: Engine) -> Value:
    """Minor units from products by the day count of each row's ``place``, half up."""
    years = _chosen(rows.place, [_whole(BASIS_POINTS * DAY_COUNTS[one.day_count][1]) for one in terms])
    return engine.divide(exact, years).cast("int64")


def stretches(pieces: Table) -> Table:
    """``pieces`` with the number of the ``stretch`` that each belongs to: days in a row with one amount and rate."""
    before = ibis.window(group_by="item_id", order_by="starts_on")
    told = pieces.mutate(
        last_on=pieces.ends_on.lag().over(before), last_principal=pieces.principal_minor.lag().over(before),
        last_rate=pieces.rate_bp.lag().over(before),
    )  # fmt: skip
    same = (told.last_principal == told.principal_minor) & (told.last_rate == told.rate_bp)
    goes_on = (same & (told.last_on == _before(told.starts_on))).fill_null(False)
    begun = told.mutate(fresh=goes_on.ifelse(_whole(0), _whole(1)))
    up_to = ibis.window(group_by="item_id", order_by="starts_on", preceding=None, following=0)
    return begun.mutate(stretch=begun.fresh.sum().over(up_to))


def _rate_table(
    spans: Table, as_of: dt.date, terms: Sequence[ChargeTerms], bearing: Sequence[int], rates: Rates, engine: Engine,
    halves: bool,
) -> Table:  # fmt: skip
    """Grain: one half-year of one place of terms, ``rate_bp`` with margin and cap. Refuses where one is not known."""
    first = spans.group_by("place").agg(first=spans.first_on.min(), due=spans.due_on.min())
    begins: dict[int, dt.date] = {
        row["place"]: row["due"] if terms[row["place"]].fixing == "due" else row["first"]
        for row in engine.collect(first).to_pylist()
    }
    rows: list[dict[str, Any]] = []
    for place in bearing:
        at = begins.get(place)
        one = terms[place]
        is_whole = one.reference == FIXED and not halves
        if is_whole and at is not None:
            rows.append(_rate_row(place, EARLIEST, FARTHEST, one, 0))
        while at is not None and at <= as_of and not is_whole:
            begin, end = bounds(half_year(at))
            rate = 0 if one.reference == FIXED else rates.rate_bp(one.reference or "", at)
            rows.append(_rate_row(place, begin, end, one, rate))
            at = end + dt.timedelta(days=1)
    kinds = {"rate_place": pa.int64(), "begins_on": pa.date32(), "stops_on": pa.date32(), "rate_bp": pa.int64()}
    columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()}
    return engine.from_arrow(pa.table(columns))


def _rate_row(place: int, begin: dt.date, end: dt.date, terms: ChargeTerms, rate: int) -> dict[str, Any]:
    whole = rate + terms.margin_bp
    capped = max(0, whole if terms.most_bp is None else min(whole, terms.most_bp))
    return {"rate_place": place, "begins_on": begin, "stops_on": end, "rate_bp": capped}


def _before(on: Value) -> Value:
    return _day(on - ibis.interval(days=1))


def _day(moment: Value) -> Value:
    """A date moved by days, as a date again: engines answer with an instant, whatever Ibis believes."""
    return moment.cast("timestamp").cast("date")


def _thirty(on: Value) -> Value:
    """Days of 30E/360 since the year 0: they add up over consecutive spans."""
    return on.year() * 360 + on.month() * 30 + ibis.least(on.day(), 30)


def _lump_sum(debt: Value, terms: ChargeTerms) -> Value:
    bounded = [(debt < tier.below_minor, _whole(tier.minor)) for tier in terms.tiers if tier.below_minor is not None]
    above = next((tier.minor for tier in terms.tiers if tier.below_minor is None), 0)
    return ibis.cases(*bounded, else_=_whole(above)) if bounded else _whole(above)


def _chosen(place: Value, values: Sequence[Value]) -> Value:
    """The value of the terms at a place."""
    if not values:
        return _whole(0)
    return ibis.cases(*((place == n, value) for n, value in enumerate(values)), else_=_whole(0))


def _whole(number: int) -> Value:
    return ibis.literal(number, type="int64")
