"""What all late invoices of a seller owe on top, for lists: read set-wise where there are many, with the same answers
and the same explanations line by line. What is booked comes from `collecting.late_charge`, one item at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from openterms.apps.analytics.loading import database_uri
from openterms.apps.collecting.guard.reads import facts
from openterms.apps.collecting.late_charge.reads import ITEMS, PAID_LATE_DAYS, Owed, owed, rates_of, terms_of
from openterms.apps.parties.jurisdictions import pack_of
from openterms.apps.tenancy.context import context_sql
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.base.reasons import Reason
from openterms.core.collecting.guard import GUARD_FACTS, Act
from openterms.core.receivables.late_charge_law import NOTHING, ChargeTerms, charge_terms
from openterms.core.receivables.late_charges import Line
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table
from openterms.portfolio.book.postgres import queries
from openterms.portfolio.book.tables import TABLES
from openterms.portfolio.rules.guard import guarded, reasons_of
from openterms.portfolio.rules.late_charges import late_charges

from .told import Told

FEW = 5_000
"""Up to so many late items are read one by one: sooner done than set up."""
SETTLED = """SELECT s.item_id, s.settled_on, s.amount_minor FROM receivables_settlement s
WHERE s.seller_id = %(seller)s AND s.settled_on <= %(as_of)s AND s.item_id IN (SELECT late.id FROM ({late}) late)"""
CLAIMED = """SELECT c.item_id, c.kind, c.amount_minor, c.starts_on, c.ends_on FROM receivables_claim c
WHERE c.seller_id = %(seller)s AND c.starts_on <= %(as_of)s AND c.item_id IN (SELECT late.id FROM ({late}) late)"""
KINDS = {"int": pa.int64(), "bool": pa.bool_(), "text": pa.string()}


@dataclass(frozen=True)
class Owing:
    """One late invoice: what it owes on top now, minor units, and why it may not be charged."""

    id: UUID
    customer_id: UUID
    customer_name: str
    customer_number: str
    number: str
    instalment: int
    due_on: date
    currency: str
    interest_minor: int
    lump_sum_minor: int
    charity_minor: int
    overcharged_minor: int
    basis: str
    policy: str
    refusals: tuple[Reason, ...] = ()
    correction_minor: int = 0
    lines: tuple[Line, ...] = ()
    """What the interest is made of, where it was asked for; `correction_minor` sets earlier periods right."""
    sources: tuple[str, ...] = ()

    @property
    def total_minor(self) -> int:
        """All that is to be charged."""
        return self.interest_minor + self.lump_sum_minor + self.charity_minor


@dataclass
class Listed:
    """The first late invoices in order of customer and due date; how many owe something, how many of them may be
    charged now, and what those come to by currency."""

    rows: list[Owing]
    count: int = 0
    chargeable: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, currency: str, count: int, minor: int) -> None:
        """So many more that may be charged."""
        if count:
            self.chargeable += count
            self.sums[currency] = self.sums.get(currency, 0) + minor


def owing(
    seller: Seller, as_of: date, now: datetime, customer_ids: Sequence[UUID] | None = None, most: int | None = None,
    *, explain: bool = False,
) -> Listed:  # fmt: skip
    """What late invoices owe on top through a day, those of some customers or all; at most `most` rows of them, with
    `explain` each line by line.

    Errors: a reference rate that is not known.
    """
    if customer_ids is not None or _count(seller, as_of) <= FEW:
        return _listed(owed(seller, as_of, now, customer_ids), most)
    return _set_wise(seller, as_of, now, most, explain)


def _count(seller: Seller, as_of: date) -> int:
    found = row(
        "SELECT count(*)::int AS late FROM (SELECT 1 FROM receivables_item WHERE seller_id = %(seller)s"
        " AND kind = 'invoice' AND open_minor > 0 AND due_on < %(as_of)s LIMIT %(most)s) x",
        {"seller": seller.id, "as_of": as_of, "most": FEW + 1},
    )
    return int(found["late"]) if found else 0


def _listed(several: Iterable[Owed], most: int | None) -> Listed:
    found = Listed([])
    for one in several:
        found.count += 1
        if one.is_chargeable:
            found.add(one.item["currency"], 1, one.charge.total_minor)
        if most is None or len(found.rows) < most:
            found.rows.append(_one(one))
    return found


def _one(one: Owed) -> Owing:
    item, charge = one.item, one.charge
    return Owing(
        item["id"], item["customer_id"], item["customer_name"], item["customer_number"], item["number"],
        item["instalment"], item["due_on"], item["currency"], charge.interest_minor, charge.lump_sum_minor,
        charge.charity_minor, charge.overcharged_minor, one.terms.basis, one.policy, one.refusals,
        charge.correction_minor, charge.lines, one.terms.sources,
    )  # fmt: skip


def _set_wise(seller: Seller, as_of: date, now: datetime, most: int | None, explain: bool) -> Listed:
    """The same over columns; terms under which interest is compounded are read one by one."""
    places = {
        "seller": f"'{seller.id}'", "as_of": f"'{as_of.isoformat()}'::date", "every": "true",
        "customers": "ARRAY[]::uuid[]", "paid_since": f"'{(as_of - timedelta(days=PAID_LATE_DAYS)).isoformat()}'::date",
    }  # fmt: skip
    late_sql = ITEMS.strip() % places
    named = f"SELECT q.*, q.id::text AS item, q.customer_id::text AS customer FROM ({late_sql}) q"
    wanted = {"late": named} | {
        name: (text % places).format(late=late_sql) for name, text in (("settlements", SETTLED), ("claims", CLAIMED))
    }
    read = queries(database_uri(), context_sql(seller.id), wanted)
    late = _keyed(read["late"])
    terms, policies = _terms(seller, late, as_of)
    one_by_one = {key for key, one in terms.items() if one.compound_months}
    several = {key: one for key, one in terms.items() if key not in one_by_one}
    found = Listed([])
    if several:
        with Book.from_arrow(_tables(late, read)) as book:
            rows = _guarded(book.engine, _charged(book, late, as_of, several, seller), now)
            _sum_up(book.engine, rows, found)
            listed = rows.order_by("customer", "due_on", "item")
            shown = book.engine.collect(listed if most is None else listed.limit(most)).to_pylist()
            lines = Told(book, late, as_of, several, rates_of(seller)) if explain else None
            found.rows = [_of_row(one, terms, policies, lines) for one in shown]
    if one_by_one:
        _add_scalar(seller, as_of, now, late, one_by_one, found, most)
    return found


def _keyed(late: pa.Table) -> pa.Table:
    """Late items with the key of their terms: the customer's country, `*` behind it for a consumer."""
    mark = pc.if_else(late["is_sole_trader"], "*", "")
    return late.append_column("key", pc.binary_join_element_wise(late["country"].cast(pa.string()), mark, ""))


def _terms(
    seller: Seller, late: pa.Table, as_of: date
) -> tuple[dict[tuple[str, str], ChargeTerms], dict[str, str]]:
    """The terms of every key and currency that there is, and the policy of every currency."""
    agreed = {code: terms_of(seller, code, as_of) for code in set(late["currency"].to_pylist())}
    found = {}
    for one in late.group_by(["key", "country", "is_sole_trader", "currency"]).aggregate([]).to_pylist():
        terms = charge_terms(
            agreed[one["currency"]].agreed, pack_of(one["country"]), as_of, one["currency"], one["is_sole_trader"]
        )
        if terms is not NOTHING:
            found[one["key"], one["currency"]] = terms
    return found, {code: one.policy for code, one in agreed.items()}


def _tables(late: pa.Table, read: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """A book of the late items alone, with the key of their terms for the country."""
    items = pa.table(
        {"item_id": late["id"], "customer_id": late["customer_id"], "currency": late["currency"],
         "due_on": late["due_on"], "issued_on": late["issued_on"], "amount_minor": late["amount_minor"],
         "kind": pa.array(["invoice"] * late.num_rows, pa.string())}
    )  # fmt: skip
    customers = pa.table({"customer_id": late["customer"], "country": late["key"]})
    customers = customers.group_by(["customer_id", "country"]).aggregate([])
    tables = {"items": items, "customers": customers, "settlements": read["settlements"], "claims": read["claims"]}
    return {name: _filled(name, table) for name, table in tables.items()}


def _filled(name: str, table: pa.Table) -> pa.Table:
    for column in TABLES[name].columns:
        if column.name not in table.column_names:
            table = table.append_column(column.name, pa.nulls(table.num_rows, column.arrow_type))
    return table


def _charged(
    book: Book, late: pa.Table, as_of: date, terms: Mapping[tuple[str, str], ChargeTerms], seller: Seller
) -> Table:
    """Grain: one late item that owes something, or was charged too much; what is still to be charged of it."""
    names = [
        "item", "customer", "key", "customer_name", "customer_number", "number", "instalment", "due_on", "currency",
        "open_minor", "claimed_minor", "charged_minor", "has_lump_sum",
    ]  # fmt: skip
    there = pc.is_in(
        pc.binary_join_element_wise(late["key"], late["currency"].cast(pa.string()), "/"),
        pa.array([f"{key}/{currency}" for key, currency in terms], pa.string()),
    )
    table = book.engine.from_arrow(late.filter(there).select(names))
    found = late_charges(book, as_of, terms, rates_of(seller))
    found = found.select(
        charged_item=found.item_id.cast("string"), accrued="accrued_minor", lump="lump_sum_minor",
        charity="charity_minor",
    )  # fmt: skip
    joined = table.left_join(found, table.item == found.charged_item)
    accrued = joined.accrued.fill_null(0)
    once = joined.has_lump_sum
    none = ibis.literal(0, type="int64")
    rows = joined.mutate(
        interest_minor=ibis.greatest(accrued - joined.charged_minor, none),
        overcharged_minor=ibis.greatest(joined.charged_minor - accrued, none),
        lump_sum_minor=once.ifelse(none, joined.lump.fill_null(0)),
        charity_minor=once.ifelse(none, joined.charity.fill_null(0)),
    )
    total = rows.interest_minor + rows.lump_sum_minor + rows.charity_minor
    rows = rows.mutate(total_minor=total).drop("accrued", "lump", "charity", "charged_item")
    return book.engine.materialise(rows.filter((rows.total_minor > 0) | (rows.overcharged_minor > 0)))


def _guarded(engine: Engine, rows: Table, now: datetime) -> Table:
    """The rows with what the guard has against charging each."""
    customers = [UUID(one) for one in engine.collect(rows.select("customer").distinct())["customer"].to_pylist()]
    known = facts(customers, Act.CHARGE, now)
    columns: dict[str, pa.Array] = {"of": pa.array([str(one) for one in known], pa.string())}
    for name, fact in GUARD_FACTS.items():
        if name not in ("open_minor", "collectable_minor"):
            columns[name] = pa.array([getattr(one, name) for one in known.values()], KINDS[fact.type])
    about = engine.from_arrow(pa.table(columns))
    taken = [name for name in columns if name in rows.columns]
    joined = rows.left_join(about.drop(*taken) if taken else about, rows.customer == about.of)
    joined = joined.mutate(collectable_minor=joined.open_minor - joined.claimed_minor)
    return engine.materialise(guarded(joined, Act.CHARGE, engine))


def _sum_up(engine: Engine, rows: Table, found: Listed) -> None:
    may = rows.allowed & (rows.total_minor > 0)
    sums = rows.group_by("currency").agg(
        count=rows.count(), chargeable=may.sum().cast("int64"),
        minor=may.ifelse(rows.total_minor, ibis.literal(0, type="int64")).sum().cast("int64"),
    )  # fmt: skip
    for one in engine.collect(sums.order_by("currency")).to_pylist():
        found.count += one["count"]
        found.add(one["currency"], one["chargeable"], one["minor"])


def _of_row(
    one: Mapping[str, Any], terms: Mapping[tuple[str, str], ChargeTerms], policies: Mapping[str, str],
    told: Told | None,
) -> Owing:  # fmt: skip
    own = terms[one["key"], one["currency"]]
    correction, lines = told.of(one["item"], one["charged_minor"]) if told else (0, ())
    return Owing(
        UUID(one["item"]), UUID(one["customer"]), one["customer_name"], one["customer_number"], one["number"],
        one["instalment"], one["due_on"], one["currency"], one["interest_minor"], one["lump_sum_minor"],
        one["charity_minor"], one["overcharged_minor"], own.basis, policies[one["currency"]],
        reasons_of(one["refused"], Act.CHARGE), correction, lines, own.sources,
    )  # fmt: skip


def _add_scalar(
    seller: Seller, as_of: date, now: datetime, late: pa.Table, keys: set[tuple[str, str]], found: Listed,
    most: int | None,
) -> None:  # fmt: skip
    """The items under compound terms, read by core."""
    pairs = zip(late["key"].to_pylist(), late["currency"].to_pylist(), late["customer"].to_pylist(), strict=True)
    customers = sorted({customer for key, currency, customer in pairs if (key, currency) in keys})
    answers = owed(seller, as_of, now, [UUID(one) for one in customers])
    more = _listed((one for one in answers if one.terms.compound_months), None)
    found.count += more.count
    found.chargeable += more.chargeable
    for currency, minor in more.sums.items():
        found.sums[currency] = found.sums.get(currency, 0) + minor
    rows = sorted([*found.rows, *more.rows], key=lambda one: (str(one.customer_id), one.due_on, str(one.id)))
    found.rows = rows if most is None else rows[:most]
