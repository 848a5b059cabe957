"""The guard and the late charges over columns give what core gives row by row."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.apps.parties.jurisdictions import shipped_rates
from openterms.core.base.errors import BadInput
from openterms.core.collecting.guard import GUARD_FACTS, Act, GuardFacts, may_act
from openterms.core.receivables.claims import ClaimKind
from openterms.core.receivables.late_charge_law import ChargeTerms, Tier
from openterms.core.receivables.late_charges import ClaimSpan, LateItem, Line, charge
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.rules.guard import guarded, reasons_of
from openterms.portfolio.rules.late_charge_lines import late_charge_lines
from openterms.portfolio.rules.late_charges import late_charges
from tests.portfolio.books import AS_OF, random_rows, to_book

ARROW = {"int": pa.int64(), "bool": pa.bool_()}
RATES = shipped_rates()


def _value(fact):
    if fact.type == "bool":
        return st.none() | st.booleans()
    if fact.unit == "minor":
        return st.none() | st.sampled_from([0, 1, 50, 100, 101]) | st.integers(0, 10**16)
    return st.none() | st.integers(-3, 40)


FACTS = st.fixed_dictionaries({name: _value(fact) for name, fact in GUARD_FACTS.items()})


@settings(max_examples=40, deadline=None)
@given(st.lists(FACTS, min_size=1, max_size=30), st.sampled_from(Act), st.booleans())
def test_the_guard_reads_alike_for_one_and_for_many(several, act, is_asking):
    engine = DuckEngine(threads=1)
    columns = {name: pa.array([one[name] for one in several], ARROW[fact.type]) for name, fact in GUARD_FACTS.items()}
    rows = engine.from_arrow(pa.table(columns | {"at": pa.array(range(len(several)))}))
    found = sorted(engine.collect(guarded(rows, act, engine, is_asking)).to_pylist(), key=lambda row: row["at"])
    for one, row in zip(several, found, strict=True):
        wanted = may_act(act, GuardFacts(is_asking=is_asking, **one))
        assert row["allowed"] == wanted.allowed
        assert reasons_of(row["refused"], act, is_asking) == wanted.reasons


def test_a_fact_without_a_column_is_not_known():
    engine = DuckEngine(threads=1)
    rows = engine.from_arrow(pa.table({"collectable_minor": [0, 5]}))
    found = engine.collect(guarded(rows, Act.MESSAGE, engine)).to_pylist()
    assert [row["allowed"] for row in found] == [False, True]


TERMS = {
    ("US", "USD"): ChargeTerms("contract", "fixed", 1_825, most_bp=1_800, tiers=(Tier(None, 500),)),
    ("US", "KWD"): ChargeTerms("contract", "ecb_main", 300, day_count="30E/360", promised_bears=True),
    ("GB", "USD"): ChargeTerms("statutory", "uk_base", 800, "start", tiers=(Tier(40_000, 40), Tier(None, 100))),
    ("GB", "KWD"): ChargeTerms("contract", "uk_base", 0, "payment", "ACT/360", grace_days=7),
    ("SA", "USD"): ChargeTerms("charity", charity_minor=1_000, beneficiary="Red Crescent", grace_days=3),
    ("SA", "KWD"): ChargeTerms("contract", "ecb_main", 100, "due"),
}


def one_by_one(rows, as_of, terms):
    """The scalar reading of every late invoice of a book's rows."""
    found = {}
    for item, own in scalar_items(rows, terms):
        made = charge(item, own, RATES, as_of)
        if made.total_minor:
            found[item.item_id] = (made.interest_minor, made.lump_sum_minor, made.charity_minor)
    return found


def scalar_items(rows, terms):
    """Each late invoice of a book's rows as core reads it, with its terms."""
    country = {row["customer_id"]: row["country"] for row in rows["customers"]}
    for row in rows["items"]:
        if row["kind"] != "invoice" or (country[row["customer_id"]], row["currency"]) not in terms:
            continue
        of_item = ("settlements", "claims")
        mine = {name: [one for one in rows[name] if one["item_id"] == row["item_id"]] for name in of_item}
        item = LateItem(
            str(row["item_id"]), row["due_on"], row["amount_minor"],
            tuple((one["settled_on"], one["amount_minor"]) for one in mine["settlements"]),
            tuple(
                ClaimSpan(ClaimKind(one["kind"]), one["amount_minor"], one["starts_on"], one["ends_on"])
                for one in mine["claims"]
            ),
        )  # fmt: skip
        yield item, terms[country[row["customer_id"]], row["currency"]]


@pytest.mark.parametrize("seed", range(6))
def test_late_charges_read_alike_for_one_and_for_many(seed):
    rows = random_rows(seed, customers=9, items=120)
    as_of = AS_OF + dt.timedelta(days=random.Random(seed).randrange(0, 180))
    with to_book(rows) as book:
        told = book.rows(late_charges(book, as_of, TERMS, RATES))
    found = {
        str(row["item_id"]): (row["accrued_minor"], row["lump_sum_minor"], row["charity_minor"])
        for row in told
        if row["accrued_minor"] or row["lump_sum_minor"] or row["charity_minor"]
    }
    wanted = one_by_one(rows, as_of, TERMS)
    assert found == wanted and len(wanted) > 10


@pytest.mark.parametrize("seed", range(4))
def test_late_charges_are_explained_alike_for_one_and_for_many(seed):
    rows, dice = random_rows(seed, customers=9, items=120), random.Random(seed)
    as_of = AS_OF + dt.timedelta(days=dice.randrange(0, 180))
    through = {
        str(row["item_id"]): row["due_on"] + dt.timedelta(dice.randrange(400)) for row in rows["items"][::3]
    }
    charged = pa.table({"charged_item": pa.array(list(through), pa.string()),
                        "charged_through": pa.array(through.values(), pa.date32())})  # fmt: skip
    told: dict[str, list[tuple]] = {}
    with to_book(rows) as book:
        lines = late_charge_lines(book, as_of, TERMS, RATES, charged)
        for one in book.rows(lines.order_by("item_id", "starts_on")):
            told.setdefault(str(one["item_id"]), []).append(tuple(one.values())[1:])
    wanted = {}
    for item, terms in scalar_items(rows, TERMS):
        made = charge(replace(item, charged_through=through.get(item.item_id)), terms, RATES, as_of)
        if made.lines or item.item_id in told:
            wanted[item.item_id] = (made.lines, made.correction_minor)
    new = {key: tuple(Line(*one[1:]) for one in several if not one[0]) for key, several in told.items()}
    old = {key: sum(one[-1] for one in several if one[0]) for key, several in told.items()}
    assert {key: (new[key], old[key]) for key in told} == wanted and len(wanted) > 10


def test_late_charges_refuse_where_a_rate_is_not_known():
    with to_book(random_rows(1)) as book, pytest.raises(BadInput, match="2027H1"):
        book.rows(late_charges(book, dt.date(2027, 2, 1), TERMS, RATES))
