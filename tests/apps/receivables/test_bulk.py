"""Posting set-wise means the same as posting one by one: the same documents by both ways leave the same record."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openterms.apps.analytics.importing import actions as importing
from openterms.apps.analytics.importing.actions import run_import
from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.receivables.models import Item
from openterms.apps.receivables.open_item.actions import Document, post_credit_note, post_invoice, post_receipt
from openterms.apps.tenancy.actions import add_seller
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.money import to_decimal
from openterms.formats.tabular.records import parse

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
START = date(2026, 1, 5)
TERMS = ("net 30", "2/10 net 30", "1/3 at 30, 1/3 at 60, 1/3 at 90", "1/2 at 10, 1/2 at 20", "eom+15")
RATES = {"EUR": ("1.0837", "1.0912"), "JPY": ("0.0066", "0.00671")}
NAMES = ("C1", "C2")


@dataclass(frozen=True)
class Doc:
    """An invoice, or a receipt or credit note that may name an invoice by its place in the list."""

    customer: str
    day: int
    minor: int
    currency: str
    vat: int = 0
    terms: str = ""
    paid_after: int | None = None
    paid_minor: int = 0
    names: int | None = None


days, amounts = st.integers(0, 60), st.integers(1, 90_000)
currencies = st.sampled_from(("USD", "USD", "EUR", "JPY"))
invoices = st.lists(
    st.builds(
        Doc, st.sampled_from(NAMES), days, amounts, currencies, vat=st.integers(0, 20_000),
        terms=st.sampled_from(TERMS), paid_after=st.none() | st.integers(-5, 60),
        paid_minor=st.just(0) | st.integers(1, 100_000),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
credits = st.lists(
    st.builds(Doc, st.sampled_from(NAMES), days, amounts, currencies, names=st.none() | st.integers(0, 5)), max_size=6
)


piles = st.sampled_from((1, 2, 3, 50_000))


@contextmanager
def _posted_in_piles(rows: int) -> Iterator[None]:
    """Imports read, and post while they read on, so many rows at a time."""
    with patch.object(importing, "PILE", rows), patch.object(importing, "parse", partial(parse, size=rows)):
        yield


SHORT = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


@given(invoices, credits, credits, piles)
@settings(SHORT, max_examples=15)
def test_a_file_is_posted_as_its_rows_would_be(
    tmp_path_factory: Any, db: None, bills: list[Doc], receipts: list[Doc], notes: list[Doc], pile: int
) -> None:
    with _posted_in_piles(pile):
        _compare(tmp_path_factory.mktemp("bulk"), bills, receipts, notes)


@pytest.mark.deep
@given(invoices, credits, credits, piles)
@settings(SHORT, max_examples=150)
def test_many_files_are_posted_as_their_rows_would_be(
    tmp_path_factory: Any, db: None, bills: list[Doc], receipts: list[Doc], notes: list[Doc], pile: int
) -> None:
    with _posted_in_piles(pile):
        _compare(tmp_path_factory.mktemp("bulk"), bills, receipts, notes)


def test_three_receipts_pay_three_instalments(tmp_path: Path, db: None) -> None:
    """Each names the invoice alone; the second goes to the second instalment."""
    bill = Doc("C1", 0, 30_000, "USD", terms=TERMS[2])
    thirds = [Doc("C1", day, 10_000, "USD", names=0) for day in (30, 31, 32)]
    record = _compare(tmp_path, [bill], thirds, [])
    opened = [row for row in record["items"] if row[0] == "invoice"]
    assert [row[-2] for row in opened] == [0, 0, 0]


def test_one_receipt_too_many_stays_unapplied(tmp_path: Path, db: None) -> None:
    bill = Doc("C1", 0, 10_000, "USD", paid_after=5)
    record = _compare(tmp_path, [bill], [Doc("C1", 9, 4_000, "USD", names=0)], [])
    assert {row[1]: row[-2] for row in record["items"]} == {"I-0": 0, "I-0/settled": 0, "R-0": 4_000}


def _compare(folder: Path, bills: list[Doc], receipts: list[Doc], notes: list[Doc]) -> dict[str, list[Any]]:
    numbers = itertools.count()
    with _seller() as one:
        _by_hand(one, bills, receipts, notes)
        by_hand = _record(one)
    with _seller() as many:
        _by_file(many, folder, bills, receipts, notes, numbers)
        by_file = _record(many)
    assert by_file == by_hand
    return by_file


@contextmanager
def _seller() -> Iterator[Any]:
    """A seller with customers and rates; everything is undone at the end."""
    with transaction.atomic():
        seller = add_seller(f"B{new_id().hex[-14:]}", "Bulk", "USD", "US")
        with acting(seller.id):
            for name in NAMES:
                add_customer(seller, SYSTEM, name, name, "US", NOW)
            for currency, (first, second) in RATES.items():
                set_rate(seller, SYSTEM, currency, Decimal(first), date(2025, 1, 1), NOW)
                set_rate(seller, SYSTEM, currency, Decimal(second), START + timedelta(30), NOW)
            yield seller
        transaction.set_rollback(True)


def _by_hand(seller: Any, bills: list[Doc], receipts: list[Doc], notes: list[Doc]) -> None:
    customers = {customer.number: customer for customer in seller.customer_set.all()}
    for place, doc in enumerate(bills):
        document = Document(f"I-{place}", START + timedelta(doc.day), doc.minor, doc.currency)
        post_invoice(
            seller, SYSTEM, customers[doc.customer], document, NOW, vat_minor=min(doc.vat, doc.minor), terms=doc.terms
        )
    for place, doc in enumerate(bills):
        if doc.paid_after is not None:
            on = START + timedelta(doc.day + doc.paid_after)
            document = Document(f"I-{place}", on, doc.paid_minor or doc.minor, doc.currency, f"I-{place}/settled")
            receipt = post_receipt(seller, SYSTEM, customers[doc.customer], document, NOW)
            _settle(seller, receipt, f"I-{place}", doc, START + timedelta(doc.day))
    for letter, docs, post in (("R", receipts, post_receipt), ("N", notes, post_credit_note)):
        for place, doc in sorted(enumerate(docs), key=lambda pair: (pair[1].day, pair[0])):
            document = Document(f"{letter}-{place}", START + timedelta(doc.day), doc.minor, doc.currency)
            credit = post(seller, SYSTEM, customers[doc.customer], document, NOW)
            if doc.names is not None:
                _settle(seller, credit, f"I-{doc.names}", doc, document.on)


def _settle(seller: Any, credit: Item, number: str, doc: Doc, on: date) -> None:
    """Instalment by instalment, as far as the money reaches, one allocation each."""
    left = credit.amount_minor
    found = Item.objects.filter(
        seller=seller, kind="invoice", number=number, customer__number=doc.customer, currency=doc.currency
    )
    for item in found.filter(open_minor__gt=0).order_by("due_on", "instalment"):
        part = min(left, item.open_minor)
        if part:
            allocate(seller, SYSTEM, credit.id, [Part(item.id, part)], max(on, credit.issued_on, item.issued_on), NOW)
            left -= part


def _by_file(
    seller: Any, folder: Path, bills: list[Doc], receipts: list[Doc], notes: list[Doc], numbers: Iterator[int]
) -> None:
    lines = _invoice_lines(bills).splitlines()
    _take_in(seller, folder, "invoices", lines, numbers)
    more = (("R", "receipts", receipts, "received_on"), ("N", "credit-notes", notes, "issued_on"))
    for letter, kind, docs, name in more:
        lines = [f"customer,external_id,{name},amount,currency,invoice"]
        lines += [
            f"{doc.customer},{letter}-{place},{START + timedelta(doc.day)},{_plain(doc.minor, doc)},{doc.currency},"
            + (f"I-{doc.names}" if doc.names is not None else "")
            for place, doc in enumerate(docs)
        ]
        if docs:
            _take_in(seller, folder, kind, lines, numbers)


def _invoice_lines(bills: list[Doc]) -> str:
    lines = ["customer,number,issued_on,amount,currency,vat,terms,settled_on,settled_amount"]
    for place, doc in enumerate(bills):
        paid = "" if doc.paid_after is None else str(START + timedelta(doc.day + doc.paid_after))
        part = _plain(doc.paid_minor, doc) if paid and doc.paid_minor else ""
        lines.append(
            f'{doc.customer},I-{place},{START + timedelta(doc.day)},{_plain(doc.minor, doc)},{doc.currency},'
            f'{_plain(min(doc.vat, doc.minor), doc)},"{doc.terms}",{paid},{part}'
        )
    return "\n".join(lines) + "\n"


def _take_in(seller: Any, folder: Path, kind: str, lines: list[str], numbers: Iterator[int]) -> None:
    file = folder / f"{next(numbers)}.csv"
    file.write_text("\n".join(lines) + "\n")
    done = run_import(seller, SYSTEM, file, kind, None, NOW)
    assert (done.state, done.loaded) == ("loaded", len(lines) - 1), done.errors


def _plain(minor: int, doc: Doc) -> str:
    return str(to_decimal(minor, doc.currency))


RECORD = {
    "items": "SELECT i.kind, i.external_id, i.number, instalment, instalments, c.number, issued_on, due_on, i.currency,"
    " amount_minor, base_minor, discount_on, discount_minor, i.terms, open_minor, settled_on FROM receivables_item i"
    " JOIN parties_customer c ON c.id = i.customer_id WHERE i.seller_id = %s ORDER BY 1 DESC, 2, 4",
    "postings": "SELECT e.kind, e.posted_on, p.account, p.currency, p.amount_minor, p.base_minor, i.external_id,"
    " i.instalment FROM receivables_posting p JOIN receivables_entry e ON e.id = p.entry_id"
    " LEFT JOIN receivables_item i ON i.id = p.item_id WHERE p.seller_id = %s ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
    "settlements": "SELECT i.kind, i.external_id, i.instalment, o.external_id, o.instalment, s.kind, s.settled_on,"
    " s.amount_minor, s.base_minor FROM receivables_settlement s JOIN receivables_item i ON i.id = s.item_id"
    " LEFT JOIN receivables_item o ON o.id = s.counter_item_id WHERE s.seller_id = %s ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
}


def _record(seller: Any) -> dict[str, list[Any]]:
    """Items, postings and settlements without identifiers."""
    found = {}
    with connection.cursor() as cursor:
        for name, question in RECORD.items():
            cursor.execute(question, [seller.id])
            found[name] = cursor.fetchall()
    return found


def test_money_for_an_invoice_whose_payments_were_taken_back(tmp_path: Path, desk: Any) -> None:
    """Nothing is settled before what was taken back, and no unit of the base currency stays behind."""
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.0837"), date(2026, 1, 1), NOW)
    invoice = desk.invoice("I-1", "03-01", 10_001, "EUR")
    made = [desk.allocate(desk.receipt(f"R{n}", "03-02", 3_333, "EUR"), "03-05", (invoice, 3_333)) for n in (1, 2)]
    desk.reverse(made[0], "03-20")
    file = tmp_path / "receipts.csv"
    file.write_text("customer,external_id,received_on,amount,currency,invoice\nC1,R3,2026-03-10,66.68,EUR,I-1\n")
    done = run_import(desk.seller, SYSTEM, file, "receipts", None, NOW)
    assert (done.state, done.loaded) == ("loaded", 1)
    found = Item.objects.get(id=invoice.id)
    assert (found.open_minor, found.settled_on) == (0, date(2026, 3, 20))
    assert ("receivable_trade", "EUR") not in desk.accounts()


@pytest.mark.parametrize("pile", [1, 2, 50_000])
def test_a_file_that_is_half_on_record_brings_the_other_half(tmp_path: Path, db: None, pile: int) -> None:
    """Known rows are passed over, one with other content is refused, one settled since brings its receipt."""
    bills = [Doc("C1", place, 1_000 + place, "USD") for place in range(7)]
    with _seller() as seller, _posted_in_piles(pile):
        numbers = itertools.count()
        _by_file(seller, tmp_path, bills[:3], [], [], numbers)
        other = [replace(bills[0], minor=5), bills[1], replace(bills[2], paid_after=3), *bills[3:]]
        before = _record(seller)
        file = tmp_path / "again.csv"
        file.write_text(_invoice_lines(other))
        done = run_import(seller, SYSTEM, file, "invoices", None, NOW)
        assert (done.state, done.loaded, [error.row for error in done.errors]) == ("refused", 0, [2])
        assert _record(seller) == before
        done = run_import(seller, SYSTEM, file, "invoices", None, NOW, partial=True)
        assert (done.state, done.loaded, done.unchanged, done.refused) == ("loaded", 5, 1, 1)
        opened = {row[1]: row[-2] for row in _record(seller)["items"]}
    assert opened == {f"I-{place}": 1_000 + place for place in range(7)} | {"I-2": 0, "I-2/settled": 0}
