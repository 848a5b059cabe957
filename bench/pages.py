"""Server time of the desk's pages, asked of the web process's own code under the web role by somebody signed in."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from .figures import Figure
from .filling import END, LEDGER, MONTH_AGO, fill
from .timing import quantile, run, seconds

PASSWORD = "correct horse battery"  # noqa: S105 (a user of the bench's own database)
CUSTOMERS = 60


def measure(size: int) -> list[Figure]:
    """Figures of the bench on a seller with `size` invoices."""
    from openterms.apps.analytics.day.actions import run_day
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_user
    from openterms.apps.tenancy.context import acting

    seller = fill(f"LEDGER{size}", size, LEDGER)
    email = f"manager-{size}@bench.example"
    with acting(seller.id):
        add_membership(seller, add_user(email, PASSWORD, "Manager"), "credit_manager", 50_000_000)
    for day in (END - timedelta(days=1), END):
        run_day(seller, day, clock.now())
    child = run(["-m", "bench", "--pages-of", f"{seller.id}:{email}"], {"OPENTERMS_ROLE": "web"})
    return [Figure(**row) for row in _rows(child.output)]


def _rows(output: str) -> list[dict[str, Any]]:
    import json

    return list(json.loads(output.strip().splitlines()[-1]))


def visit(seller_id: str, email: str) -> list[Figure]:
    """Ask for the pages and take the time of each. In a process of the web role."""
    from django.test import Client

    from openterms.apps.analytics.report.books import warm

    assert os.environ["OPENTERMS_ROLE"] == "web"
    warm()  # as the web process does when it starts
    client = Client(SERVER_NAME="localhost")
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    answer = client.get("/")
    assert answer.status_code == 200, f"signed in, Today answers {answer.status_code}"

    def page(address: str, **query: str) -> float:
        def ask() -> None:
            found = client.get(address, query)
            assert found.status_code == 200, f"{address}: {found.status_code}"
            if found.streaming:
                b"".join(found.streaming_content)

        return seconds(ask)

    chosen = _customers(seller_id)
    for id in chosen[:3]:
        page(f"/customers/{id}/")
    customer = [page(f"/customers/{id}/") for id in chosen]
    today = [page("/") for _ in range(15)]
    report, part = "/reports/ageing/", {"part": "body"}
    snapshot = [page(report, as_of=END.isoformat(), **part) for _ in range(7)]
    cold = page(report, as_of=MONTH_AGO.isoformat(), **part)
    page("/reports/open-items/", as_of=END.isoformat(), **part)  # a report that loads the whole book, and keeps it
    loaded = [page(report, as_of=(MONTH_AGO - timedelta(days=n)).isoformat(), **part) for n in range(1, 6)]
    count = f"{len(chosen)} customers, the five largest among them"
    return [
        Figure("pages", "customer page, p95", 1000 * quantile(customer, 0.95), "ms", most=100, note=count),
        Figure("pages", "Today, p95", 1000 * quantile(today, 0.95), "ms", most=200),
        Figure("pages", "ageing report from the day's snapshot, p95", 1000 * quantile(snapshot, 0.95), "ms", most=1000),
        Figure("pages", "ageing report cold at another date", 1000 * cold, "ms", most=3000),
        Figure("pages", "ageing report from a loaded book, p95", 1000 * quantile(loaded, 0.95), "ms", most=1000),
    ]


def _customers(seller_id: str) -> list[str]:
    """The customers with the most invoices, and others spread evenly over the numbers."""
    from .place import owner

    with owner() as connection:
        largest = connection.execute(
            "SELECT customer_id FROM receivables_item WHERE seller_id = %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 5",
            [seller_id],
        ).fetchall()
        others = connection.execute(
            "SELECT id FROM parties_customer WHERE seller_id = %s ORDER BY hashtext(number) LIMIT %s",
            [seller_id, CUSTOMERS - len(largest)],
        ).fetchall()
    return [str(row[0]) for row in largest + others]
