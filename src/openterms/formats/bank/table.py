"""Bank entries as CSV: which column means what is said by a map, never guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES, exponent
from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Balance, Details, Entry, Statement
from openterms.formats.bank.faults import Faults, decoded
from openterms.formats.tabular.amounts import read_amount
from openterms.formats.tabular.dates import is_date_format, read_date
from openterms.formats.tabular.faults import Fault

COLUMNS = (
    "date", "value_date", "amount", "credit", "debit", "currency", "balance", "account", "payer", "payer_account",
    "reference", "bank_reference", "text",
)  # fmt: skip


class CsvMap(NamedTuple):
    """What the columns of a bank's CSV mean: ours to the file's own. ``account`` and ``currency`` stand for columns
    that the file has not; ``decimal`` is its decimal sign, ``dates`` its way of writing days."""

    columns: Mapping[str, str]
    delimiter: str = ","
    decimal: str = "."
    dates: str = "iso"
    account: str = ""
    currency: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any], name: str) -> CsvMap:
        """A map as it is written in a file. ``BadInput`` names the key that is wrong."""
        columns = given.get("columns")
        known = {"columns", "delimiter", "decimal", "dates", "account", "currency"}
        wrong = [str(key) for key in given if key not in known]
        if not isinstance(columns, Mapping):
            wrong.append("columns")
        else:
            wrong += [f"columns.{key}" for key in columns if key not in COLUMNS]
            if "date" not in columns or not ("amount" in columns or {"credit", "debit"} <= set(columns)):
                wrong.append("columns.date, columns.amount")
        if str(given.get("decimal", ".")) not in (".", ","):
            wrong.append("decimal")
        if not is_date_format(str(given.get("dates", "iso"))):
            wrong.append("dates")
        if wrong:
            raise BadInput(
                gettext_noop("the map of columns is wrong at %(value)s"), name, ", ".join(COLUMNS),
                {"value": ", ".join(wrong)},
            )  # fmt: skip
        texts = {key: str(value) for key, value in given.items() if key != "columns"}
        return cls({str(ours): str(theirs) for ours, theirs in dict(columns or {}).items()}, **texts)


def read(content: bytes, name: str, layout: CsvMap) -> list[Statement]:
    """One statement per account and currency, in the file's order. ``BadFile`` names every row that is wrong.

    With a column of running balances each row is proved against the one before it.
    """
    faults = Faults(name)
    rows = csv.reader(io.StringIO(decoded(content, faults)), delimiter=layout.delimiter, strict=True)
    reader = _Reader(layout, faults)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        missing = [column for column in layout.columns.values() if column not in header]
        if missing:
            raise faults.fatal(
                1, gettext_noop("the column %(value)s is missing"), ", ".join(header), value=", ".join(missing)
            )
        places = {ours: header.index(theirs) for ours, theirs in layout.columns.items()}
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise faults.cut(rows.line_num)
            reader.row({ours: cells[at].strip() for ours, at in places.items()}, rows.line_num)
    except csv.Error:
        raise faults.cut(rows.line_num) from None
    faults.settle()
    return reader.statements()


class _Reader:
    def __init__(self, layout: CsvMap, faults: Faults) -> None:
        self.layout, self.faults = layout, faults
        self.found: dict[tuple[str, str], list[tuple[Entry, int | None]]] = {}

    def row(self, cells: Mapping[str, str], line: int) -> None:
        currency = cells.get("currency") or self.layout.currency
        account = cells.get("account") or self.layout.account
        if currency not in CURRENCIES:
            self.faults.add(line, gettext_noop("%(value)s is not a currency code"), value=repr(currency))
            return
        if not account:
            self.faults.add(line, gettext_noop("the account is missing"), gettext_noop("name it in the map of columns"))
            return
        minor = self._minor(cells, currency, line)
        booked = self._day(cells["date"], line)
        valued = self._day(cells["value_date"], line) if cells.get("value_date") else booked
        balance = self._amount(cells["balance"], currency, line) if cells.get("balance") else None
        detail = Details(
            minor, cells.get("payer", ""), cells.get("payer_account", ""), reference="", text=cells.get("text", "")
        )
        entry = Entry(
            line, booked, valued, minor, currency, "", cells.get("bank_reference", ""), cells.get("reference", ""),
            (detail,),
        )  # fmt: skip
        self.found.setdefault((account, currency), []).append((entry, balance))

    def _minor(self, cells: Mapping[str, str], currency: str, line: int) -> int:
        if "amount" in cells:
            return self._amount(cells["amount"], currency, line)
        credit = self._amount(cells["credit"], currency, line) if cells["credit"] else 0
        debit = self._amount(cells["debit"], currency, line) if cells["debit"] else 0
        return credit - abs(debit)

    def _amount(self, text: str, currency: str, line: int) -> int:
        found = read_amount(text, self.layout.decimal, exponent(currency))
        if isinstance(found, int):
            return found
        self.faults.add(
            line, gettext_noop("%(value)s is not an amount in %(currency)s"),
            gettext_noop("correct it, or ask the bank for the file again"), value=repr(text[:40]), currency=currency,
        )  # fmt: skip
        return 0

    def _day(self, text: str, line: int) -> date:
        found = read_date(text, (self.layout.dates,))
        if isinstance(found, Fault):
            self.faults.add(line, gettext_noop("%(value)s is not a date"), self.layout.dates, value=repr(text[:40]))
            return date.min
        return found

    def statements(self) -> list[Statement]:
        """Oldest first: a bank that writes the newest on top is turned round. A balance that jumps fails the proof."""
        made = []
        for (account, currency), rows in self.found.items():
            ordered = rows[::-1] if rows[0][0].booked_on > rows[-1][0].booked_on else rows
            first, last = ordered[0], ordered[-1]
            opening = closing = None
            if first[1] is not None and last[1] is not None:
                opening = Balance(first[0].booked_on, first[1] - first[0].minor, first[0].line)
                closing = Balance(last[0].booked_on, last[1], last[0].line)
            entries = tuple(entry for entry, _ in ordered)
            made.append(Statement(rows[0][0].line, account, "", currency, opening, closing, entries))
        return made
