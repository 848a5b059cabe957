"""Reports over small books whose figures were worked out by hand (FACTBOOK vectors where there are any)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.report import books, reads, snapshot
from openterms.apps.analytics.report.table import NOT_FINAL, with_finality
from openterms.apps.parties.actions import add_customer, add_note
from openterms.apps.parties.models import Group
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput

from .books import AGED, NOW, aged_book, credited, invoice, paid

AS_OF = date(2026, 6, 30)


@pytest.fixture
def shop(committed, new_seller):
    """A seller whose postings are really committed."""
    return new_seller(enter=False)


def test_ageing_by_due_date_keeps_unapplied_apart(shop):
    """TV-13."""
    aged_book(shop)
    with acting(shop.id):
        report = reads.ageing(shop, AS_OF)
    assert report.records() == [
        {
            "customer": "C1", "currency": "USD", "current": "3000.00", "1-30": "1300.00", "31-60": "700.00",
            "61-90": "400.00", "90+": "300.00", "unapplied": "-250.00", "total": "5450.00",
        }
    ]  # fmt: skip
    assert [column.name for column in report.shown()] == list(report.records()[0])


def test_ageing_by_invoice_date(shop):
    """TV-14."""
    aged_book(shop)
    with acting(shop.id):
        (row,) = reads.ageing(shop, AS_OF, by="invoice").records()
        with pytest.raises(BadInput):
            reads.ageing(shop, AS_OF, by="moon")
    assert [row[age] for age in ("0-30", "31-60", "61-90", "90+")] == ["3000.00", "1300.00", "700.00", "700.00"]


def test_the_total_of_a_part_is_the_total_of_all(shop):
    for number in ("C1", "C2", "C3"):
        aged_book(shop, number, f"Customer {number}")
    with acting(shop.id):
        first = reads.ageing(shop, AS_OF, wanted=reads.Slice(order="-customer", limit=1))
        rest = reads.ageing(shop, AS_OF, wanted=reads.Slice(order="-customer", start=1, limit=5))
    assert [row["customer"] for row in (*first.rows, *rest.rows)] == ["C3", "C2", "C1"]
    assert first.count == rest.count == 3
    assert first.totals[0]["total"] == 3 * 545_000


def test_the_reports_tie_out_to_the_ledger(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        credited(shop, acme, "CN1", date(2026, 6, 15), 4_000)
    with acting(shop.id):
        (tie,) = reads.tie_out(shop, AS_OF)
        assert (tie.total_minor, tie.receivable_minor, tie.unapplied_cash_minor) == (541_000, 566_000, -25_000)
        assert tie.is_tied and tie.difference_minor == 0
        assert reads.tie_out(shop, date(2026, 1, 1)) == []
        (untrue,) = reads.tie_out(shop, AS_OF, totals=[{"currency": "USD", "total": 541_001, "unapplied": -29_000}])
    assert untrue.difference_minor == 1 and not untrue.is_tied


def test_open_items_drill_down_to_an_age(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        report = reads.open_items(shop, AS_OF)
        assert [(row["invoice"], row["open"], row["days_overdue"]) for row in report.records()] == [
            ("C1-G", "300.00", 91), ("C1-F", "400.00", 90), ("C1-E", "700.00", 31), ("C1-D", "800.00", 30),
            ("C1-R", "-250.00", 0), ("C1-C", "500.00", 1), ("C1-B", "2000.00", 0), ("C1-A", "1000.00", -20),
        ]  # fmt: skip
        wanted = reads.Slice(customer_id=acme.id, bucket="31-60")
        assert [row["invoice"] for row in reads.open_items(shop, AS_OF, wanted=wanted).rows] == ["C1-E"]
        by_invoice = reads.open_items(shop, AS_OF, wanted=reads.Slice(bucket="90+"), by="invoice")
        assert [row["invoice"] for row in by_invoice.rows] == ["C1-G", "C1-F"]
        unapplied = reads.open_items(shop, AS_OF, wanted=reads.Slice(bucket="unapplied"))
        assert [row["invoice"] for row in unapplied.rows] == ["C1-R"]
    names = [column.name for column in report.shown()]
    assert names == ["customer", "invoice", "invoice_date", "due_date", "currency", "amount", "open", "days_overdue"]


def test_a_new_posting_is_never_missed_by_a_kept_book(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        before = reads.ageing(shop, AS_OF).totals[0]["total"]
        reads.behaviour(shop, AS_OF)
        folder = books._folder(shop.id)
        kept = {one.name for one in folder.iterdir()}
        assert reads.ageing(shop, AS_OF).totals[0]["total"] == before
        assert {one.name for one in folder.iterdir()} == kept
    with acting(shop.id):
        invoice(shop, acme, "LATE", date(2026, 6, 29), AS_OF, 100)
    with acting(shop.id):
        assert reads.ageing(shop, AS_OF).totals[0]["total"] == before + 100
        reads.behaviour(shop, AS_OF)
        assert reads.ageing(shop, AS_OF).totals[0]["total"] == before + 100
    assert len(list(folder.iterdir())) == 1


def test_a_book_loaded_beside_an_open_transaction_is_not_kept_as_newer_than_it_is(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        invoice(shop, acme, "MINE", date(2026, 6, 29), AS_OF, 100)
        reads.ageing(shop, AS_OF)
    with acting(shop.id):
        assert reads.ageing(shop, AS_OF).totals[0]["total"] == 545_100


def test_the_roll_forward_adds_up(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        paid(shop, acme, [invoice(shop, acme, "H", date(2026, 5, 2), date(2026, 5, 9), 10_000)], date(2026, 6, 3))
        credited(shop, acme, "CN1", date(2026, 6, 15), 4_000)
    with acting(shop.id):
        (row,) = reads.roll_forward(shop, date(2026, 6, 1), AS_OF).rows
        with pytest.raises(BadInput):
            reads.roll_forward(shop, AS_OF, date(2026, 6, 1))
    assert (row["opening"], row["invoices"], row["receipts"], row["credit_notes"], row["closing"]) == (
        480_000, 100_000, -35_000, -4_000, 541_000,
    )  # fmt: skip
    changes = sum(value for name, value in row.items() if name not in ("currency", "opening", "closing"))
    assert row["opening"] + changes == row["closing"]


def test_behaviour_weighs_by_amount(shop):
    with acting(shop.id):
        acme = add_customer(shop, SYSTEM, "C1", "Acme Ltd", "US", NOW)
        first = invoice(shop, acme, "I1", date(2026, 1, 1), date(2026, 1, 31), 300_000)
        second = invoice(shop, acme, "I2", date(2026, 2, 1), date(2026, 3, 3), 100_000)
        paid(shop, acme, [first], date(2026, 2, 10))
        paid(shop, acme, [second], date(2026, 3, 3))
    with acting(shop.id):
        report = reads.behaviour(shop, AS_OF)
    (row,) = report.records()
    assert (row["paid_invoices"], row["wadtp"], row["dbt"], row["share_late"]) == (2, 37.5, 7.5, 0.5)
    assert list(row) == ["customer", "currency", "paid_invoices", "wadtp", "dbt", "share_late", "segment"]
    assert row["segment"] == "too_new"


def test_key_figures_say_what_they_are_made_of(shop):
    with acting(shop.id):
        acme = add_customer(shop, SYSTEM, "C1", "Acme Ltd", "US", NOW)
        invoice(shop, acme, "I1", date(2026, 4, 1), date(2026, 6, 1), 6_000_000)
        invoice(shop, acme, "I2", date(2026, 4, 2), date(2026, 8, 1), 24_000_000)
        paid(shop, acme, [invoice(shop, acme, "I3", date(2026, 4, 3), date(2026, 5, 3), 61_000_000)], AS_OF)
    with acting(shop.id):
        document = reads.kpi(shop, date(2026, 4, 1), AS_OF).document
    assert document["dso"] == 30.0 and document["bpdso"] == 24.0 and document["add"] == 6.0
    assert document["pct_current"] == 80.0 and document["pct_over_90"] == 0.0 and document["hhi"] == 10_000.0
    assert set(reads.kpi.__globals__["NAMES"]) <= set(document["basis"])


def test_key_figures_over_time_stand_at_month_ends(shop):
    aged_book(shop)
    with acting(shop.id):
        report = reads.kpi_series(shop, date(2026, 4, 15), AS_OF, 3)
    assert [row["month"] for row in report.rows] == [date(2026, 4, 30), date(2026, 5, 31), AS_OF]
    assert [row["90+"] for row in report.rows] == [0, 0, 30_000]


def test_the_last_point_of_the_series_is_the_key_figures_of_its_period(shop):
    acme = aged_book(shop)
    with acting(shop.id):
        paid(shop, acme, [invoice(shop, acme, "H", date(2026, 5, 2), date(2026, 5, 9), 10_000)], date(2026, 6, 3))
    with acting(shop.id):
        last = reads.kpi_series(shop, date(2026, 6, 1), AS_OF, 3).rows[-1]
        figures = reads.kpi(shop, date(2026, 4, 1), AS_OF).document
    for name in ("dso", "bpdso", "add", "cei_pct", "turnover", "pct_current", "pct_over_90"):
        assert last[name] == figures[name], name


def test_concentration_by_customer_group_and_country(shop):
    """TV-23: 5,000, 3,000 and 2,000 give 3,800."""
    with acting(shop.id):
        group = Group.objects.create(seller=shop, code="G1", name="Holding")
        owed = (("C1", 5000, "US", None), ("C2", 3000, "DE", group), ("C3", 2000, "DE", group))
        for number, amount, country, of in owed:
            one = add_customer(shop, SYSTEM, number, f"Customer {number}", country, NOW, group_id=of and of.id)
            invoice(shop, one, f"I{number}", date(2026, 6, 1), date(2026, 7, 1), amount * 100)
    with acting(shop.id):
        report = reads.concentration(shop, AS_OF)
        groups = reads.concentration(shop, AS_OF, by="group")
        countries = reads.concentration(shop, AS_OF, by="country")
        currencies = reads.concentration(shop, AS_OF, by="currency")
    assert report.document["hhi"] == 3800.0 and report.document["top_1_pct"] == 50.0
    assert [(row["customer"], row["share_pct"]) for row in report.rows] == [("C1", 50.0), ("C2", 30.0), ("C3", 20.0)]
    assert [row["gross"] for row in groups.rows] == [500_000, 500_000]
    assert {row["name"] for row in groups.rows} == {"Customer C1", "Holding"}
    assert {row["country"] for row in countries.rows} == {"US", "DE"}
    assert [row["label"] for row in currencies.rows] == ["USD"]


def test_one_currency_shows_its_rates_and_leaves_out_what_has_none(shop):
    with acting(shop.id):
        for currency, rate in (("EUR", "1.10"), ("KWD", "3.25")):
            set_rate(shop, SYSTEM, currency, Decimal(rate), date(2026, 1, 1), NOW)
        acme = add_customer(shop, SYSTEM, "C1", "Acme Ltd", "US", NOW)
        invoice(shop, acme, "I1", date(2026, 6, 1), date(2026, 6, 20), 100_000)
        invoice(shop, acme, "I2", date(2026, 6, 1), date(2026, 7, 20), 200_000, "EUR")
        invoice(shop, acme, "I3", date(2026, 6, 1), date(2026, 7, 20), 1_000, "KWD")
        set_rate(shop, SYSTEM, "EUR", Decimal("1.20"), date(2026, 6, 15), NOW)
    with acting(shop.id):
        report = reads.one_currency(shop, AS_OF)
    by_currency = {row["from_currency"]: row for row in report.rows}
    assert (by_currency["EUR"]["total"], by_currency["EUR"]["rate_date"]) == (240_000, date(2026, 6, 15))
    assert by_currency["KWD"]["total"] == 325
    assert report.totals[0]["total"] == 100_000 + 240_000 + 325
    assert report.totals[0]["1-30"] == 100_000


def test_by_collector_and_group_sum_to_the_ageing(shop):
    aged_book(shop)
    aged_book(shop, "C2", "Other Ltd", group="G1")
    with acting(shop.id):
        collectors = reads.by_collector(shop, AS_OF)
        groups = reads.by_group(shop, AS_OF)
    assert [(row["who"], row["customers"], row["total"]) for row in collectors.rows] == [("Nobody yet", 2, 1_090_000)]
    assert {(row["who"], row["overdue"]) for row in groups.rows} == {("G1", 270_000), ("No group", 270_000)}


def test_the_days_snapshot_answers_until_something_that_counts_happens(shop, monkeypatch):
    monkeypatch.setattr(snapshot, "MARGIN", timedelta(0))
    acme = aged_book(shop)
    now = clock.now()
    run_day(shop, AS_OF, now)
    with acting(shop.id):
        quick = reads.ageing(shop, AS_OF)
        slow = reads.ageing(shop, AS_OF, known_at=clock.now())
        assert (quick.source, slow.source) == ("snapshot", "book")
        assert quick.records() == slow.records() and quick.count == slow.count
        assert quick.totals[0]["total"] == slow.totals[0]["total"]
        assert reads.ageing(shop, date(2026, 6, 29)).source == "book"
        assert reads.ageing(shop, AS_OF, wanted=reads.Slice(text="nobody")).rows == []
        assert len(reads.ageing(shop, AS_OF, wanted=reads.Slice(text="ACME", order="-total")).rows) == 1
    with acting(shop.id):
        add_note(acme, SYSTEM, "Nothing of weight.", clock.now())
        assert reads.ageing(shop, AS_OF).source == "snapshot"
        invoice(shop, acme, "LATE", date(2026, 6, 29), AS_OF, 100)
    with acting(shop.id):
        after = reads.ageing(shop, AS_OF)
    assert (after.source, after.totals[0]["total"]) == ("book", 545_100)


def test_what_was_known_within_the_hour_is_said_not_to_be_final(shop, home):
    aged_book(shop)
    now = clock.now()
    longest = timedelta(seconds=clock.MOST_TRANSACTION_SECONDS)
    with acting(shop.id):
        told = {
            ago: NOT_FINAL in with_finality(reads.ageing(shop, AS_OF, None if ago is None else now - ago), now).notes
            for ago in (None, timedelta(hours=-5), timedelta(0), longest, longest + timedelta(seconds=1))
        }
    assert list(told.values()) == [False, True, True, True, False]
    for role in ("web", "worker"):
        with psycopg.connect(home.database_url(role)) as link:
            assert link.execute("SHOW transaction_timeout").fetchone() == ("1h",), "the hour is held"


def test_nobody_sees_another_sellers_reports(committed, new_seller):
    one, other = new_seller(enter=False), new_seller(enter=False)
    aged_book(one)
    with acting(other.id):
        assert reads.ageing(other, AS_OF).rows == []
        with pytest.raises(PermissionError):
            reads.open_items(one, AS_OF)


def test_every_invoice_of_the_vector_is_there():
    assert sum(amount for *_, amount in AGED) == 5700
