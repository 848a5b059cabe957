"""A desk for tests: short words for what a clerk does, and a fingerprint of everything a seller has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.allocation import actions as allocation
from openterms.apps.receivables.allocation.actions import Part
from openterms.apps.receivables.ledger.reads import control_balances
from openterms.apps.receivables.models import Item
from openterms.apps.receivables.open_item import actions as open_item
from openterms.apps.receivables.open_item.actions import Document
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.base.errors import BadInput, Refused
from openterms.core.receivables.kinds import ItemKind

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def day(text: str) -> date:
    """`03-31` in 2026."""
    return date.fromisoformat(f"2026-{text}")


class Desk:
    """A seller with customers, worked by one clerk."""

    def __init__(self, seller: Any) -> None:
        self.seller = seller
        self.customers: dict[str, Any] = {}

    def customer(self, number: str = "C1", **more: Any) -> Any:
        if number not in self.customers:
            self.customers[number] = add_customer(
                self.seller, SYSTEM, number, f"Customer {number}", "US", NOW, **more
            )
        return self.customers[number]

    def document(self, number: str, on: str, minor: int, currency: str = "", **more: Any) -> Document:
        return Document(number, day(on), minor, currency or self.seller.currency, **more)

    def invoices(self, number: str, on: str, minor: int, currency: str = "", who: str = "C1", **more: Any) -> Any:
        document = self.document(number, on, minor, currency)
        return open_item.post_invoice(self.seller, SYSTEM, self.customer(who), document, NOW, **more)

    def invoice(self, number: str, on: str, minor: int, currency: str = "", who: str = "C1", **more: Any) -> Item:
        (item,) = self.invoices(number, on, minor, currency, who, **more)
        return item

    def receipt(self, number: str, on: str, minor: int, currency: str = "", who: str = "C1", **more: Any) -> Item:
        document = self.document(number, on, minor, currency)
        return open_item.post_receipt(self.seller, SYSTEM, self.customer(who), document, NOW, **more)

    def credit_note(self, number: str, on: str, minor: int, currency: str = "", who: str = "C1", **more: Any) -> Item:
        document = self.document(number, on, minor, currency)
        return open_item.post_credit_note(self.seller, SYSTEM, self.customer(who), document, NOW, **more)

    def charge(self, kind: str, number: str, on: str, minor: int, due: str, who: str = "C1") -> Item:
        document = self.document(number, on, minor)
        customer = self.customer(who)
        return open_item.post_charge(self.seller, SYSTEM, customer, ItemKind(kind), document, day(due), NOW)

    def allocate(self, credit: Item, on: str, *parts: Part | tuple[Item, int]) -> Any:
        read = [part if isinstance(part, Part) else Part(part[0].id, part[1]) for part in parts]
        return allocation.allocate(self.seller, SYSTEM, credit.id, read, day(on), NOW)

    def reverse(self, made: Any, on: str) -> Any:
        return allocation.reverse(self.seller, SYSTEM, made, day(on), NOW, "test")

    def refund(self, item: Item, minor: int, on: str) -> Any:
        return allocation.refund(self.seller, SYSTEM, item.id, minor, day(on), NOW)

    def write_off(self, item: Item, minor: int, on: str) -> Any:
        return allocation.write_off_difference(self.seller, SYSTEM, item.id, minor, day(on), NOW)

    def bank_return(self, item: Item, on: str, **more: Any) -> Any:
        return allocation.bank_return(self.seller, SYSTEM, item.id, day(on), NOW, **more)

    def open(self, *items: Item) -> Any:
        """The open amounts now, and nothing of the item kept in memory."""
        found = [Item.objects.get(id=item.id).open_minor for item in items]
        return found[0] if len(found) == 1 else tuple(found)

    def balance(self, on: str, currency: str = "") -> tuple[int, int]:
        """Receivable and unapplied cash of a currency as of a day."""
        found = control_balances(self.seller.id, day(on)).get(currency or self.seller.currency)
        return (found.receivable_minor, found.unapplied_cash_minor) if found else (0, 0)

    def accounts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Every account's balance by currency: document and base minor units."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account, currency, sum(amount_minor)::bigint, sum(base_minor)::bigint"
                " FROM receivables_posting WHERE seller_id = %s GROUP BY 1, 2",
                [self.seller.id],
            )
            return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall() if row[2] or row[3]}

    @contextmanager
    def refused(self, match: str = ".") -> Iterator[Any]:
        """What happens inside is refused, and nothing at all has changed."""
        before = fingerprint(self.seller)
        with pytest.raises((BadInput, Refused), match=match) as caught:
            yield caught
        assert fingerprint(self.seller) == before


def owned_tables() -> list[str]:
    """Every table that has a seller."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attname = 'seller_id'"
            " AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def fingerprint(seller: Any) -> dict[str, tuple[int, str]]:
    """Count and digest of every table's rows of a seller, and of the seller's own row."""
    found = {}
    with connection.cursor() as cursor:
        for table in [*owned_tables(), "tenancy_seller"]:
            column = "id" if table == "tenancy_seller" else "seller_id"
            cursor.execute(
                f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t"
                f" WHERE t.{column} = %s",
                [seller.id],
            )
            found[table] = cursor.fetchone()
    return found


@pytest.fixture
def desk(seller: Any) -> Desk:
    """A desk at a US seller; everything is rolled back."""
    return Desk(seller)
