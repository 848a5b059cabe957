"""Limits from a file: which line gets which. Every bad row is told, and nothing is half-read."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent, to_minor
from openterms.core.base.reasons import gettext_noop

from .actions import Target

COLUMNS = ("customer", "currency", "limit")


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read: its number in the file (the header is 1), and what is wrong."""

    number: int
    error: BadInput


def targets_of(seller: Seller, text: str) -> tuple[list[Target], list[BadRow]]:
    """The lines of a CSV file with the columns `customer, currency, limit`, and the rows that cannot be read.

    Customers are named by their numbers. Errors: a file without these columns.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [str(name or "").strip().lower() for name in reader.fieldnames or ()]
    if not set(COLUMNS) <= set(names):
        raise BadInput(
            gettext_noop("The file lacks a column"),
            "file",
            gettext_noop("Give the columns customer, currency and limit"),
        )
    reader.fieldnames = names
    told = [(at, {name: str(row.get(name) or "").strip() for name in COLUMNS}) for at, row in enumerate(reader, 2)]
    numbers = {row["customer"] for _, row in told}
    known = dict(Customer.objects.filter(seller=seller, number__in=numbers).values_list("number", "id"))
    targets: list[Target] = []
    bad: list[BadRow] = []
    seen: set[tuple[str, str]] = set()
    for at, row in told:
        try:
            targets.append(_target(row, known, seen))
        except BadInput as error:
            bad.append(BadRow(at, error))
    return targets, bad


def _target(row: dict[str, str], known: dict[str, object], seen: set[tuple[str, str]]) -> Target:
    currency = row["currency"].upper()
    exponent(currency)
    if row["customer"] not in known:
        raise BadInput(
            gettext_noop("There is no customer %(name)s"),
            "customer",
            gettext_noop("Give the customer's number or id"),
            {"name": row["customer"]},
        )
    if (row["customer"], currency) in seen:
        raise BadInput(
            gettext_noop("The line of %(name)s comes twice"),
            "customer",
            gettext_noop("Give each line once"),
            {"name": row["customer"]},
        )
    seen.add((row["customer"], currency))
    minor = to_minor(row["limit"], currency)
    if minor < 0:
        raise BadInput(gettext_noop("A limit is zero or more"), "limit", gettext_noop("Give an amount such as 1000.00"))
    return Target(known[row["customer"]], currency, minor)  # type: ignore[arg-type]
