"""OFX 1 (SGML) and OFX 2 (XML) by one reader of tags, which knows no entities but the five of text (FACTBOOK 7.4)."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from datetime import date

from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Balance, Details, Entry, Statement
from openterms.formats.bank.faults import Faults, decoded

_TAG = re.compile(r"<(/?)([A-Za-z0-9_.]+)\s*(/?)>([^<]*)")
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_CHARSET = re.compile(rb"(?:CHARSET:|encoding=[\"'])([A-Za-z0-9-]+)")
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_MISSING = gettext_noop("%(value)s is missing")


def read(content: bytes, name: str) -> list[Statement]:
    """The bank and card statements of a file. Only a closing balance is stated."""
    faults = Faults(name)
    text = _text(content, faults)
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    if (found := _DECLARATION.search(text)) is not None:
        raise faults.fatal(
            bisect_right(starts, found.start()),
            gettext_noop("a document type declaration is not allowed in a bank file"), gettext_noop("remove it"),
        )  # fmt: skip
    reader = _Reader(faults)
    closed = False
    for tag in _TAG.finditer(text):
        ends, label, empty, value = tag.groups()
        label = label.upper()
        line = bisect_right(starts, tag.start())
        if ends:
            reader.end(label)
            closed = closed or label == "OFX"
        elif not empty:
            reader.start(label, html.unescape(value.strip()) if "&" in value else value.strip(), line)
    if not closed:
        raise faults.cut(len(starts))
    faults.settle()
    if not reader.statements:
        raise faults.fatal(1, gettext_noop("this OFX holds no bank statement"), "STMTRS, CCSTMTRS")
    return reader.statements


def _text(content: bytes, faults: Faults) -> str:
    """The text in the character set that the header names, else as text files are read."""
    found = _CHARSET.search(content[:600])
    named = found[1].decode("ascii").lower() if found else ""
    if named in ("1252", "windows-1252", "cp1252"):
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return decoded(content, faults)


class _Reader:
    """The fields of the statement and of the entry that are open."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.statements: list[Statement] = []
        self.line = 0
        self.inside = False
        self.part = ""
        self.fields: dict[str, tuple[str, int]] = {}
        self.entry: dict[str, tuple[str, int]] | None = None
        self.entries: list[Entry] = []

    def start(self, label: str, value: str, line: int) -> None:
        if label in _STATEMENTS:
            self.inside, self.line, self.fields, self.entries = True, line, {}, []
        elif not self.inside:
            return
        elif label == "STMTTRN":
            self._close_entry()
            self.entry = {"": ("", line)}
        elif label in ("LEDGERBAL", "AVAILBAL", "BANKACCTFROM", "CCACCTFROM", "BANKACCTTO", "PAYEE", "BANKTRANLIST"):
            self.part = label
            if label in ("LEDGERBAL", "AVAILBAL"):
                self._close_entry()
        elif value and self.entry is not None:
            key = f"TO.{label}" if self.part == "BANKACCTTO" else label
            self.entry.setdefault(key, (value, line))
        elif value:
            self.fields.setdefault(f"{self.part}.{label}" if self.part else label, (value, line))

    def end(self, label: str) -> None:
        if label == "STMTTRN":
            self._close_entry()
        elif label == self.part:
            self.part = ""
        elif label in _STATEMENTS and self.inside:
            self._close_entry()
            self.statements.append(self._statement())
            self.inside, self.part = False, ""

    def _close_entry(self) -> None:
        if self.entry is not None:
            found = self._entry(self.entry)
            if found is not None:
                self.entries.append(found)
            self.entry = None
            self.part = "" if self.part in ("BANKACCTTO", "PAYEE") else self.part

    def _currency(self) -> str:
        return self.fields.get("CURDEF", ("", 0))[0].upper()

    def _signed(self, text: str, line: int) -> int:
        sign = -1 if text.startswith("-") else 1
        plain = text.lstrip("+-")
        decimal = "," if "," in plain and "." not in plain else "."
        plain = plain.replace(",", "") if decimal == "." else plain
        return sign * self.faults.amount(plain, decimal, self._currency(), line)

    def _entry(self, fields: dict[str, tuple[str, int]]) -> Entry | None:
        line = fields[""][1]
        missing = [one for one in ("TRNAMT", "DTPOSTED", "FITID") if one not in fields]
        if missing:
            self.faults.add(line, _MISSING, value=", ".join(missing))
            return None
        texts = {key: value for key, (value, _) in fields.items()}
        on = self.faults.day(texts["DTPOSTED"][:8], fields["DTPOSTED"][1])
        minor = self._signed(*fields["TRNAMT"])
        text = " ".join(filter(None, (texts.get("MEMO", ""), texts.get("CHECKNUM", ""))))
        payer = texts.get("NAME", "")
        return Entry(
            line, on, on, minor, self._currency(), texts.get("TRNTYPE", ""), texts["FITID"], texts.get("REFNUM", ""),
            (Details(minor, payer=payer, payer_account=texts.get("TO.ACCTID", ""), text=text or payer),),
        )  # fmt: skip

    def _statement(self) -> Statement:
        account = self.fields.get("BANKACCTFROM.ACCTID") or self.fields.get("CCACCTFROM.ACCTID")
        bank = self.fields.get("BANKACCTFROM.BANKID", ("", 0))[0]
        if account is None or not self._currency():
            self.faults.add(self.line, _MISSING, value="ACCTID" if account is None else "CURDEF")
            return Statement(self.line, "", "", "", None, None, ())
        closing = None
        if (amount := self.fields.get("LEDGERBAL.BALAMT")) is not None:
            day = self.fields.get("LEDGERBAL.DTASOF", ("", 0))[0]
            on = self.faults.day(day[:8], amount[1]) if day else None
            closing = Balance(on if on != date.min else None, self._signed(*amount), amount[1])
        number = f"{bank}/{account[0]}" if bank else account[0]
        return Statement(self.line, number, "", self._currency(), None, closing, tuple(self.entries))
