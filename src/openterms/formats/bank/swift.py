"""MT940 and MT942 of many banks, with or without their SWIFT envelope (FACTBOOK 7.1)."""

from __future__ import annotations

import re
from datetime import date

from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Balance, Entry, Statement
from openterms.formats.bank.faults import Faults, decoded
from openterms.formats.bank.swift_details import details_of

_TAGS = (
    "20", "21", "25", "25P", "28", "28C", "60F", "60M", "61", "62F", "62M", "64", "65", "86", "90C", "90D", "13", "13D",
    "34F", "NS",
)  # fmt: skip
_TAG = re.compile(rf":({'|'.join(sorted(_TAGS, key=len, reverse=True))}):")
_ENTRY = re.compile(r"(\d{6})(\d{4}|[ ]{4})?(R[DC]|E[DC]|[DC])([A-Z])?([\d,]+)(.*)", re.ASCII)
_BALANCE = re.compile(r"([DC])(\d{6})([A-Z]{3})([\d,]+)", re.ASCII)
_ACCOUNT_CURRENCY = re.compile(r"(.*\d)\s?([A-Z]{3})")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
# What banks put before a statement: their address, the kind of message.
_PREAMBLE = re.compile(r"\s*|:94[02]:|[A-Z0-9 ]{1,40}")
_NOT_A_FIELD = gettext_noop("this line stands outside a statement")
_BEGIN = gettext_noop("a statement begins with :20:")

Field = tuple[str, int, list[str]]


def read(content: bytes, name: str) -> list[Statement]:
    """The statements of a file in its order. ``BadFile`` names every line that is wrong."""
    faults = Faults(name)
    statements, fields, inside = [], list[Field](), False
    line = 0
    for line, raw in enumerate(_CONTROL.sub(" ", decoded(content, faults)).splitlines(), 1):
        text = raw.rstrip()
        if text[:1] == "{":
            text = text.rpartition("{4:")[2] if "{4:" in text else ""
        if text[:1] == "-" and (text == "-" or text.startswith("-}")):
            if fields:
                statements.append(_statement(fields, line, faults))
            fields, inside = [], False
            continue
        found = _TAG.match(text) if text[:1] == ":" else None
        if found is None:
            if inside:
                fields[-1][2].append(text)
            elif not _PREAMBLE.fullmatch(text):
                faults.add(line, _NOT_A_FIELD, _BEGIN)
            continue
        tag = found[1]
        if tag == "20" and any(one[0] == "20" for one in fields):
            statements.append(_statement(fields, line, faults))
            fields = []
        inside = True
        fields.append((tag, line, [text[found.end() :]]))
    if fields:
        statements.append(_statement(fields, line, faults))
    faults.settle()
    return statements


def _statement(fields: list[Field], end: int, faults: Faults) -> Statement:
    named = {tag: (line, parts) for tag, line, parts in reversed(fields)}
    is_interim = not {"60F", "60M", "62F", "62M"} & named.keys() and bool({"34F", "13", "13D"} & named.keys())
    first = fields[0][1]
    account, currency = _account(named)
    opening = _balance(named.get("60F") or named.get("60M"), faults)
    closing = _balance(named.get("62F") or named.get("62M"), faults)
    if not is_interim and (opening is None or closing is None):
        if closing is None:
            raise faults.cut(end)
        faults.add(first, gettext_noop("the opening balance is missing"), gettext_noop("a statement needs :60F:"))
    if not account:
        faults.add(first, gettext_noop("the account is missing"), gettext_noop("a statement needs :25:"))
    stated = [one[1] for one in (opening, closing) if one is not None]
    if len(set(stated)) > 1:
        faults.add(first, gettext_noop("the two balances are in different currencies"))
    if stated:
        currency = stated[0]
    elif "34F" in named:
        currency = named["34F"][1][0][:3]
    number = "".join((named.get("28C") or named.get("28") or (0, [""]))[1]).strip()
    entries = _entries(fields, currency, faults)
    return Statement(
        first, account, number, currency, opening[0] if opening else None, closing[0] if closing else None,
        tuple(entries), is_interim,
    )  # fmt: skip


def _account(named: dict[str, tuple[int, list[str]]]) -> tuple[str, str]:
    """The account of :25:, and the currency that some banks write behind it."""
    text = (named.get("25") or named.get("25P") or (0, [""]))[1][0].strip()
    found = _ACCOUNT_CURRENCY.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def _balance(field: tuple[int, list[str]] | None, faults: Faults) -> tuple[Balance, str] | None:
    if field is None:
        return None
    line, parts = field
    found = _BALANCE.fullmatch(parts[0].strip())
    if found is None:
        faults.add(
            line, gettext_noop("%(value)s is not a balance"), gettext_noop("write it as C260615EUR2240,00"),
            value=repr(parts[0][:40]),
        )  # fmt: skip
        return None
    mark, day, currency, amount = found.groups()
    minor = faults.amount(amount, ",", currency, line)
    return Balance(faults.day(_century(day), line), -minor if mark == "D" else minor, line), currency


def _entries(fields: list[Field], currency: str, faults: Faults) -> list[Entry]:
    entries = []
    for index, (tag, line, parts) in enumerate(fields):
        if tag != "61":
            continue
        after = fields[index + 1] if index + 1 < len(fields) else None
        words = after[2] if after is not None and after[0] == "86" else []
        entry = _entry(line, parts, words, currency, faults)
        if entry is not None:
            entries.append(entry)
    return entries


def _entry(line: int, parts: list[str], words: list[str], currency: str, faults: Faults) -> Entry | None:
    found = _ENTRY.match(parts[0])
    if found is None:
        faults.add(
            line, gettext_noop("%(value)s is not an entry"),
            gettext_noop("write it as 2606150615C1250,00NTRFINV-1001//BANKREF1"), value=repr(parts[0][:40]),
        )  # fmt: skip
        return None
    day, entered, mark, _, amount, rest = found.groups()
    value_on = faults.day(_century(day), line)
    booked_on = _nearest(entered, value_on, line, faults) if entered and entered.strip() else value_on
    minor = faults.amount(amount, ",", currency, line)
    if mark in ("D", "RC", "ED"):
        minor = -minor
    reference, _, bank = rest[4:].partition("//")
    reference = "" if reference.strip() in ("NONREF", "") else reference.strip()
    more = " ".join(parts[1:]).strip()
    return Entry(
        line, booked_on, value_on, minor, currency, rest[:4].strip(), bank.strip(), reference,
        (details_of(words, more, minor),), mark[0] == "R", mark[0] == "E",
    )  # fmt: skip


def _century(day: str) -> str:
    return ("19" if day[:2] >= "80" else "20") + day


def _nearest(entered: str, value_on: date, line: int, faults: Faults) -> date:
    """The entry day MMDD in the year that brings it nearest to the value day."""
    booked = faults.day(f"{value_on.year:04d}{entered}", line)
    distance = (booked - value_on).days
    if abs(distance) > 183 and booked != date.min != value_on:
        year = value_on.year + (1 if distance < 0 else -1)
        return faults.day(f"{year:04d}{entered}", line)
    return booked
