"""Parsed rows of invoices, receipts and credit notes become staged items and wishes to allocate."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.models import Seller
from openterms.core.base.calendar import BusinessCalendar
from openterms.core.base.errors import BadInput
from openterms.core.base.identifiers import uuid7_texts
from openterms.core.base.money import MOST_MINOR, split
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.receivables.postings import BaseRate
from openterms.core.receivables.schedules import Instalment, Terms
from openterms.core.receivables.terms import parse_terms
from openterms.formats.tabular.faults import RowError
from openterms.formats.tabular.records import ParsedBatch

from .plain import content_key, plain_lines

SETTLED = "/settled"
MOST_KNOWN = 200_000
KINDS = {"invoices": "invoice", "receipts": "receipt", "credit-notes": "credit_note"}


@dataclass
class Staged:
    """What one batch becomes: items as lines of COPY and as rows, allocation rows, errors."""

    lines: list[str] = field(default_factory=list)
    items: list[tuple[Any, ...]] = field(default_factory=list)
    allocations: list[tuple[Any, ...]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.lines) + len(self.items)

    def add(self, more: Staged) -> None:
        """Take in what another batch became, but for its errors."""
        self.lines += more.lines
        self.items += more.items
        self.allocations += more.allocations


def _at_once() -> None:
    """Nothing to wait for."""


class RowBuilder:
    """Builds staged rows of one kind for one seller; remembers rates, terms and customers it has looked up."""

    def __init__(self, seller: Seller, kind: str, now_ms: int, before_asking: Callable[[], None] = _at_once) -> None:
        """`before_asking` is called before the database is asked anything."""
        self.seller = seller
        self.before_asking = before_asking
        self.kind = KINDS[kind]
        self.calendar = BusinessCalendar.of(seller.weekend)
        self.rates: dict[tuple[str, date], BaseRate | BadInput] = {}
        self.terms: dict[str, Terms] = {}
        self.customers: dict[str, tuple[str, str]] = {}
        self.has_all_customers = False
        self.ids = uuid7_texts(now_ms, os.urandom)

    def build(self, batch: ParsedBatch) -> Staged:
        """Stage a batch. Errors of rows: unknown customer, locked date, no rate."""
        columns, staged, places = batch.columns, Staged(), None
        customers = self._customers(columns["customer"])
        if self.kind == "invoice":
            locked = self.seller.locked_through
            staged.lines, places = plain_lines(columns, customers, self.seller.currency, locked, self.ids)
            columns = {name: [column[place] for place in places] for name, column in columns.items()}
        build = self._invoice if self.kind == "invoice" else self._credit
        names = list(columns)
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            customer = customers.get(row["customer"])
            if customer is None:
                staged.errors.append(_unknown_customer(row))
                continue
            items, allocations = len(staged.items), len(staged.allocations)
            try:
                build(row, customer, self.ids, staged)
            except BadInput as error:
                # An invoice is not loaded without the receipt of its row.
                del staged.items[items:], staged.allocations[allocations:]
                staged.errors.append(_error(row, error))
        return staged

    def know_customers(self) -> None:
        """Look all customers up beforehand, where they are not very many."""
        self.before_asking()
        if Customer.objects.filter(seller=self.seller)[: MOST_KNOWN + 1].count() <= MOST_KNOWN:
            self._look_up(Customer.objects.filter(seller=self.seller))
            self.has_all_customers = True

    def _customers(self, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Id and terms of the customers by number; remembered, for as long as they are not very many."""
        if self.has_all_customers:
            return self.customers
        unseen = set(numbers) - self.customers.keys()
        if len(self.customers) + len(unseen) > MOST_KNOWN:
            self.customers.clear()
            unseen = set(numbers)
        if unseen:
            self.before_asking()
            self._look_up(Customer.objects.filter(seller=self.seller, number__in=unseen))
        return self.customers

    def _look_up(self, wanted: QuerySet[Customer]) -> None:
        for number, id, terms in wanted.values_list("number", "id", "terms").iterator(chunk_size=5_000):
            self.customers[number] = str(id), terms

    def _rate(self, currency: str, on: date) -> BaseRate:
        if currency == self.seller.currency:
            on = date.min
        rate = self.rates.get((currency, on))
        if rate is None:
            self.before_asking()
            try:
                rate = base_rate(self.seller, currency, on)
            except BadInput as error:
                rate = error
            self.rates[currency, on] = rate
        if isinstance(rate, BadInput):
            raise rate
        return rate

    def _base(self, currency: str, on: date, minor: int) -> int:
        """An amount in the seller's currency at the rate of a day."""
        base = self._rate(currency, on).to_base(minor)
        if base > MOST_MINOR:
            raise BadInput(gettext_noop("The amount is too large"), "amount", gettext_noop("Give a smaller amount"))
        return base

    def _unlocked(self, on: date, where: str) -> None:
        locked = self.seller.locked_through
        if locked is not None and on <= locked:
            raise BadInput(
                gettext_noop("%(day)s lies in a locked period"),
                where,
                gettext_noop("Use a date after %(locked)s"),
                {"day": on.isoformat(), "locked": locked.isoformat()},
            )

    def _schedule(self, row: dict[str, Any], customer_terms: str) -> tuple[Sequence[Instalment], str]:
        due_on = row.get("due_on")
        if due_on is not None:
            return [Instalment(due_on, row["amount"], None, 0, due_on)], row.get("terms") or ""
        notation = row.get("terms") or customer_terms or self.seller.terms
        terms = self.terms.get(notation)
        if terms is None:
            terms = self.terms[notation] = parse_terms(notation)
        return terms.schedule(row["issued_on"], row["amount"], self.calendar), notation

    def _invoice(self, row: dict[str, Any], customer: tuple[str, str], ids: Iterator[str], staged: Staged) -> None:
        issued_on, amount, currency = row["issued_on"], row["amount"], row["currency"]
        self._unlocked(issued_on, "issued_on")
        base = self._base(currency, issued_on, amount)
        tax = row.get("vat") or 0
        if tax > amount:
            raise BadInput(
                gettext_noop("The VAT is more than the amount"), "vat", gettext_noop("Give the VAT contained")
            )
        tax_base = divide(base * tax, amount)
        schedule, notation = self._schedule(row, customer[1])
        bases = (base,) if len(schedule) == 1 else split(base, [part.amount_minor for part in schedule])
        document, entry = next(ids), next(ids)
        key = content_key(row["customer"], row["number"], issued_on, row.get("due_on"), amount, currency, tax)
        attributes = json.dumps(row["attributes"], ensure_ascii=False) if row["attributes"] else None
        reference = row.get("purchase_order") or row.get("description") or ""
        for place, (part, part_base) in enumerate(zip(schedule, bases, strict=True), 1):
            staged.items.append(
                (
                    row["row"], document if place == 1 else next(ids), entry, document, customer[0], "invoice",
                    row["number"], row["external_id"], place, len(schedule), issued_on, part.due_on, currency,
                    part.amount_minor, part_base, part.discount_on, part.discount_minor, notation, reference,
                    attributes, key, tax, tax_base, amount, base,
                )
            )  # fmt: skip
        if row.get("settled_on") is not None:
            self._settlement(row, customer[0], ids, staged)

    def _settlement(self, row: dict[str, Any], customer_id: str, ids: Iterator[str], staged: Staged) -> None:
        """The receipt of a row that is an invoice and its settlement; waits unapplied until the issue date."""
        on, paid, currency = row["settled_on"], row.get("settled_amount") or row["amount"], row["currency"]
        self._unlocked(on, "settled_on")
        base = self._base(currency, on, paid)
        receipt, entry = next(ids), next(ids)
        external_id = row["external_id"] + SETTLED
        key = content_key(row["customer"], external_id, on, None, paid, currency, 0)
        staged.items.append(
            (
                row["row"], receipt, entry, receipt, customer_id, "receipt", row["number"], external_id, 1, 1, on, on,
                currency, paid, base, None, 0, "", row["number"], None, key, 0, 0, paid, base,
            )
        )  # fmt: skip
        staged.allocations.append(
            (row["row"], "receipt", external_id, row["external_id"], None, customer_id, paid, max(on, row["issued_on"]))
        )

    def _credit(self, row: dict[str, Any], customer: tuple[str, str], ids: Iterator[str], staged: Staged) -> None:
        """A receipt or credit note, and the invoice it names, if any."""
        on = row["received_on"] if self.kind == "receipt" else row["issued_on"]
        amount, currency = row["amount"], row["currency"]
        self._unlocked(on, "received_on" if self.kind == "receipt" else "issued_on")
        base = self._base(currency, on, amount)
        tax = row.get("vat") or 0
        item, entry = next(ids), next(ids)
        number = row.get("number") or row["external_id"]
        key = content_key(row["customer"], number, on, None, amount, currency, tax)
        attributes = json.dumps(row["attributes"], ensure_ascii=False) if row["attributes"] else None
        staged.items.append(
            (
                row["row"], item, entry, item, customer[0], self.kind, number, row["external_id"], 1, 1, on, on,
                currency, amount, base, None, 0, "", row.get("reference") or row.get("description") or "", attributes,
                key, tax, divide(base * tax, amount), amount, base,
            )
        )  # fmt: skip
        if row.get("invoice"):
            staged.allocations.append(
                (row["row"], self.kind, row["external_id"], None, row["invoice"], customer[0], amount, on)
            )


def _unknown_customer(row: dict[str, Any]) -> RowError:
    return RowError(
        row=row["row"],
        field="customer",
        what=gettext_noop("There is no customer with this number"),
        remedy=gettext_noop("Import the customers first, or let the map say `new_customers: add`"),
        value=str(row["customer"]),
        position=row["position"],
    )


def _error(row: dict[str, Any], error: BadInput) -> RowError:
    return RowError(
        row=row["row"],
        field=error.where or "row",
        what=error.what,
        remedy=error.remedy,
        value=str(row.get(error.where, "")),
        position=row["position"],
        params=error.params,
    )


def conflict_error(row: int, external_id: str) -> RowError:
    """A row whose id is on record with other content."""
    return RowError(
        row=row,
        field="external_id",
        what=gettext_noop("This id is on record with other content"),
        remedy=gettext_noop("Correct it by a credit note, or give the row an id of its own"),
        value=external_id,
        position=-1,
    )
