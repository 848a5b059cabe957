"""Ageing at a past date: from the database to the finished table, and once the book is loaded."""

from __future__ import annotations

from typing import Any

from .figures import Figure
from .filling import LEDGER, MONTH_AGO, fill
from .place import owner
from .timing import interleaved

IN_SQL = """
SELECT c.number, c.name, i.currency,
    sum(open_minor) FILTER (WHERE debit AND days <= 0) AS current,
    sum(open_minor) FILTER (WHERE debit AND days BETWEEN 1 AND 30) AS days_1_30,
    sum(open_minor) FILTER (WHERE debit AND days BETWEEN 31 AND 60) AS days_31_60,
    sum(open_minor) FILTER (WHERE debit AND days BETWEEN 61 AND 90) AS days_61_90,
    sum(open_minor) FILTER (WHERE debit AND days > 90) AS over_90,
    -sum(open_minor) FILTER (WHERE NOT debit) AS unapplied
FROM (
    SELECT i.customer_id, i.currency, i.kind NOT IN ('receipt', 'credit_note') AS debit, %(day)s - i.due_on AS days,
        i.amount_minor - coalesce(s.settled, 0) AS open_minor
    FROM receivables_item i LEFT JOIN (
        SELECT item_id, sum(amount_minor)::bigint AS settled FROM receivables_settlement
        WHERE seller_id = %(seller)s AND settled_on <= %(day)s GROUP BY item_id
    ) s ON s.item_id = i.id
    WHERE i.seller_id = %(seller)s AND i.issued_on <= %(day)s AND i.amount_minor <> coalesce(s.settled, 0)
) i JOIN parties_customer c ON c.id = i.customer_id
GROUP BY c.id, c.number, c.name, i.currency ORDER BY c.number, i.currency
"""


def measure(size: int, times: int = 3) -> list[Figure]:
    """Figures of the bench over `size` invoices and their receipts."""
    from openterms.apps.analytics.loading import database_uri
    from openterms.apps.tenancy.context import context_sql
    from openterms.portfolio.book import postgres
    from openterms.portfolio.measures.ageing import ageing

    seller = fill(f"LEDGER{size}", size, LEDGER)
    uri = database_uri()

    def finished() -> Any:
        with postgres.load_needed(uri, context_sql(seller.id), seller.id, open_on=MONTH_AGO) as book:
            return book.collect(ageing(book, MONTH_AGO))

    def bare() -> dict[str, Any]:
        return postgres.fetch(uri, context_sql(seller.id), seller.id, tables=("items", "settlements"))

    book = postgres.load(uri, context_sql(seller.id), seller.id)
    rows = book.collect(ageing(book, MONTH_AGO)).num_rows
    assert finished().num_rows == rows, "both ways to the table must give the same rows"
    with owner() as connection, book:
        connection.execute("SET work_mem = '256MB'")
        params = {"seller": seller.id, "day": MONTH_AGO}
        assert len(connection.execute(IN_SQL, params).fetchall()) == rows, "SQL must answer the same question"
        taken = interleaved(
            times,
            finished=finished,
            bare=bare,
            loaded=lambda: book.collect(ageing(book, MONTH_AGO)),
            in_sql=lambda: connection.execute(IN_SQL, params).fetchall(),
        )
    note = f"{taken['finished']:.2f} s to {taken['bare']:.2f} s, {rows:,} rows of {size:,} invoices and their receipts"
    return [
        Figure("ageing", "from the database, to the bare columnar read", taken["finished"] / taken["bare"], "x",
               most=1.5, note=note),
        Figure("ageing", "loaded book, times faster than SQL", taken["in_sql"] / taken["loaded"], "x", least=5,
               note=f"{taken['loaded']:.3f} s to {taken['in_sql']:.2f} s"),
        Figure("ageing", "seconds", taken["finished"], "s"),
    ]  # fmt: skip
