"""BAI2: accounts in groups in a file, with control totals at each level (FACTBOOK 7.3)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from openterms.core.base.money import CURRENCIES, exponent
from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Balance, Details, Entry, Statement
from openterms.formats.bank.faults import BadFile, Faults, decoded

_CODES = frozenset({"01", "02", "03", "16", "49", "88", "98", "99"})
_DEFAULT_CURRENCY = "USD"  # the format's own, where neither account nor group names one

_NO_RECORD = gettext_noop("%(value)s is not a record of BAI2")
_NO_TYPE = gettext_noop("%(value)s is not a type code of an entry")


class _Record(NamedTuple):
    code: str
    line: int
    fields: list[str]
    height: int


def read(content: bytes, name: str) -> list[Statement]:
    """The statements of a file, one for each account and day. Totals and counts of records are checked."""
    faults = Faults(name)
    return _Reader(faults).read(_records(decoded(content, faults), faults))


def _records(text: str, faults: Faults) -> list[_Record]:
    """Records with their continuations (88) joined; ``height`` is how many lines of the file each takes."""
    records: list[_Record] = []
    for line, raw in enumerate(text.splitlines(), 1):
        row = raw.strip()
        if not row:
            continue
        code, _, rest = row.partition(",")
        if code not in _CODES:
            raise faults.fatal(line, _NO_RECORD, "01 02 03 16 49 88 98 99", value=repr(code[:10]))
        rest = rest.removesuffix("/")
        if code == "88":
            if not records:
                raise faults.fatal(line, _NO_RECORD, "01", value="'88'")
            last = records[-1]
            records[-1] = last._replace(fields=[*last.fields, *rest.split(",")], height=last.height + 1)
        else:
            records.append(_Record(code, line, rest.split(","), 1))
    return records


class _Reader:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.statements: list[Statement] = []
        self.currency = _DEFAULT_CURRENCY
        self.on = date.min
        self.account: _Record | None = None
        self.account_currency = ""
        self.balances: dict[str, Balance] = {}
        self.entries: list[Entry] = []
        self.totals = {"49": 0, "98": 0, "99": 0}
        self.heights = {"49": 0, "98": 0, "99": 0}
        self.counts = {"98": 0, "99": 0}

    def read(self, records: list[_Record]) -> list[Statement]:
        if not records or records[0].code != "01":
            raise self.faults.fatal(1, gettext_noop("the first record is missing"), "01")
        for record in records:
            for level in self.heights:
                self.heights[level] += record.height
            try:
                getattr(self, f"_on_{record.code}")(record)
            except IndexError:
                self.faults.add(record.line, gettext_noop("the record is too short"))
        last = records[-1]
        if last.code != "99":
            raise self.faults.cut(last.line + last.height - 1)
        self.faults.settle()
        return self.statements

    def _on_01(self, record: _Record) -> None:
        self.heights["99"] = record.height

    def _on_02(self, record: _Record) -> None:
        self.heights["98"] = record.height
        self.totals["98"] = self.counts["98"] = 0
        self.on = self.faults.day("20" + record.fields[3], record.line)
        self.currency = (record.fields[5] if len(record.fields) > 5 else "") or _DEFAULT_CURRENCY

    def _on_03(self, record: _Record) -> None:
        if self.account is not None:
            raise self.faults.cut(record.line)
        self.account, self.entries, self.balances = record, [], {}
        self.account_currency = record.fields[1] or self.currency
        self.heights["49"], self.totals["49"] = record.height, 0
        rest, at = record.fields[2:], 0
        while at < len(rest):
            if not rest[at]:  # some banks end the line with a comma too many
                at += 1
                continue
            code, amount = rest[at], rest[at + 1] if at + 1 < len(rest) else ""
            if amount:
                minor = self._amount(amount, record.line)
                self.totals["49"] += minor
                if code in ("010", "015"):
                    self.balances[code] = Balance(self.on, minor, record.line)
            at += 3
            funds = rest[at] if at < len(rest) else ""
            at += 1 + _extra(funds, rest, at + 1)

    def _on_16(self, record: _Record) -> None:
        fields = record.fields
        code, amount, funds = fields[0], fields[1], fields[2] if len(fields) > 2 else ""
        at = 3 + _extra(funds, fields, 3)
        bank, customer = [*fields[at : at + 2], "", ""][:2]
        text = ",".join(fields[at + 2 :]).strip()
        if not amount:
            return
        minor = self._amount(amount, record.line)
        self.totals["49"] += minor
        sign = _sign(code)
        if sign == 0:
            if code != "890":
                self.faults.add(record.line, _NO_TYPE, "100-799, 920-999", value=repr(code))
            return
        self.entries.append(Entry(
            record.line, self.on, self.on, sign * minor, self.account_currency, code, bank.strip(), customer.strip(),
            (Details(sign * minor, text=text),),
        ))  # fmt: skip

    def _on_49(self, record: _Record) -> None:
        if self.account is None:
            raise self.faults.fatal(record.line, gettext_noop("the first record is missing"), "03")
        self._check(record, "49", 0, 1)
        self.totals["98"] += self.totals["49"]
        self.counts["98"] += 1
        places = exponent(self.account_currency) if self.account_currency in CURRENCIES else None
        if places is None:
            self.faults.add(
                self.account.line, gettext_noop("%(value)s is not a currency code"), value=repr(self.account_currency)
            )
        self.statements.append(Statement(
            self.account.line, self.account.fields[0].strip(), self.on.isoformat(), self.account_currency,
            self.balances.get("010"), self.balances.get("015"), tuple(self.entries),
        ))  # fmt: skip
        self.account = None

    def _on_98(self, record: _Record) -> None:
        if self.account is not None:
            raise self.faults.cut(record.line)
        self._check(record, "98", 0, 2)
        self.totals["99"] += self.totals["98"]
        self.counts["99"] += 1

    def _on_99(self, record: _Record) -> None:
        self._check(record, "99", 0, 2)

    def _check(self, record: _Record, level: str, total_at: int, count_at: int) -> None:
        """A trailer's total, records and parts against what was read; an empty field states nothing."""
        stated = [(record.fields[total_at], self.totals[level])]
        if len(record.fields) > count_at:
            stated.append((record.fields[count_at], self.heights[level]))
        if count_at == 2 and len(record.fields) > 1:
            stated.append((record.fields[1], self.counts[level]))
        for text, found in stated:
            if text.strip() and self._amount(text, record.line) != found:
                self.faults.add(
                    record.line, gettext_noop("the trailer says %(value)s, the file holds %(found)s"),
                    gettext_noop("fetch the whole file from the bank again"), value=text.strip(), found=found,
                )  # fmt: skip

    def _amount(self, text: str, line: int) -> int:
        """An amount in minor units, with an optional sign; BAI2 writes no decimal point."""
        digits = text.strip()
        sign = -1 if digits.startswith("-") else 1
        digits = digits.lstrip("+-")
        if not (digits.isdecimal() and digits.isascii()) or len(digits) > 18:
            self.faults.add(
                line, gettext_noop("%(value)s is not an amount in %(currency)s"),
                gettext_noop("correct it, or ask the bank for the file again"),
                value=repr(text[:40]), currency=self.account_currency or self.currency,
            )  # fmt: skip
            return 0
        return sign * int(digits)


def _extra(funds: str, fields: list[str], at: int) -> int:
    """How many further fields a funds type brings: V a day and a time, S three amounts, D a count and its pairs."""
    if funds == "V":
        return 2
    if funds == "S":
        return 3
    if funds == "D" and at < len(fields) and fields[at].isdecimal():
        return 1 + 2 * min(int(fields[at]), len(fields))
    return 0


def _sign(code: str) -> int:
    if not code.isdecimal() or len(code) != 3 or code == "890":
        return 0
    number = int(code)
    if 100 < number < 400 or 700 <= number < 760 or 920 <= number < 960:
        return 1
    if 400 < number < 700 or 760 <= number < 800 or 960 <= number <= 999:
        return -1
    return 0


__all__ = ["BadFile", "read"]
