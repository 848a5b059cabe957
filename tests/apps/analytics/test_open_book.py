"""What was open at a date, read alone, ages as the whole book does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from openterms.apps.analytics.loading import load_book
from openterms.apps.analytics.report import books, reads
from openterms.apps.receivables.allocation.actions import reverse
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting, context_sql
from openterms.portfolio.book import postgres
from openterms.portfolio.measures.ageing import ageing
from openterms.portfolio.runs.day import plan_day
from tests.portfolio.test_rules import standard

from .books import NOW, aged_book, credited, invoice, paid

STRATEGY = standard()
FIRST = date(2026, 4, 1)
PLAN = ("customers", "worklist", "totals")


def _open_on(shop, day):
    return postgres.load_needed(books.database_uri(), context_sql(shop.id), shop.id, open_on=day)


@pytest.mark.deep
def test_any_day_of_a_lively_book(committed, new_seller):
    shop = new_seller(enter=False)
    acme = aged_book(shop)
    with acting(shop.id):
        early = invoice(shop, acme, "early", FIRST, FIRST + timedelta(30), 70_000)
        undone = invoice(shop, acme, "undone", FIRST, FIRST + timedelta(30), 40_000)
        paid(shop, acme, [early], date(2026, 5, 20))
        allocation = paid(shop, acme, [undone], date(2026, 5, 25))
        reverse(shop, SYSTEM, allocation, date(2026, 6, 10), NOW)
        credited(shop, acme, "credit", date(2026, 6, 1), 5_000)
    with acting(shop.id):
        with postgres.load(books.database_uri(), context_sql(shop.id), shop.id) as whole:
            for day in (FIRST + timedelta(28 * n + 7) for n in range(4)):
                with _open_on(shop, day) as part:
                    for by in ("due", "invoice"):
                        expected = whole.rows(ageing(whole, day, by=by))
                        assert part.rows(ageing(part, day, by=by)) == expected, day
                with load_book(shop) as needed:
                    plan, expected = plan_day(needed, day, STRATEGY), plan_day(whole, day, STRATEGY)
                assert [getattr(plan, name).equals(getattr(expected, name)) for name in PLAN] == [True] * len(PLAN)
        cold = reads.ageing(shop, date(2026, 6, 5)).records()
        reads.open_items(shop, date(2026, 6, 5))  # keeps the whole book
        assert reads.ageing(shop, date(2026, 6, 5)).records() == cold
