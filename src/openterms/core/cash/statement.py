"""What a bank says: statements, entries and balances, and the proof that they add up (FACTBOOK 7.1 to 7.4).

Amounts are minor units of the statement's currency, positive where money came in. ``line`` is the line of the file on
which a thing begins, as a person counts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Proof(StrEnum):
    """Whether a statement's balances add up; ``UNSTATED`` where the bank gave only one of them, or none."""

    PROVED = "proved"
    FAILED = "failed"
    UNSTATED = "unstated"


class Balance(NamedTuple):
    """A balance that the bank states for a day."""

    on: date | None
    minor: int
    line: int


class Details(NamedTuple):
    """One payment of an entry: its share, who paid, and what they wrote. A batch entry has several."""

    minor: int
    payer: str = ""
    payer_account: str = ""
    payer_bank: str = ""
    end_to_end: str = ""
    reference: str = ""
    text: str = ""
    return_reason: str = ""


class Entry(NamedTuple):
    """A line of a statement. ``is_reversal`` takes an earlier entry back; ``is_pending`` is announced, not booked."""

    line: int
    booked_on: date
    value_on: date
    minor: int
    currency: str
    kind: str
    bank_reference: str
    reference: str
    details: tuple[Details, ...]
    is_reversal: bool = False
    is_pending: bool = False


class Statement(NamedTuple):
    """The entries of one account over a time. ``is_interim`` tells of money that a later statement books."""

    line: int
    account: str
    number: str
    currency: str
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...]
    is_interim: bool = False


class Gap(NamedTuple):
    """Between two statements something is missing: the first closes with another balance than the next opens with."""

    account: str
    closed: Balance
    opened: Balance


def booked_minor(entries: Iterable[Entry]) -> int:
    """The sum of what is booked, in minor units; announced entries are left out."""
    return sum(entry.minor for entry in entries if not entry.is_pending)


def proof_of(statement: Statement) -> Proof:
    """Whether opening balance and booked entries come to the closing balance (TV-85)."""
    if statement.opening is None or statement.closing is None:
        return Proof.UNSTATED
    expected = statement.opening.minor + booked_minor(statement.entries)
    return Proof.PROVED if expected == statement.closing.minor else Proof.FAILED


def gaps_between(statements: Iterable[Statement]) -> Iterator[Gap]:
    """Where the statements of an account and currency, put in the order of their days, do not follow on one another.

    The same statement twice is no gap. Interim statements and those without both balances are left out.
    """
    by_account: dict[tuple[str, str], dict[tuple[object, ...], Statement]] = {}
    for one in statements:
        if one.is_interim or one.opening is None or one.closing is None:
            continue
        kept = by_account.setdefault((one.account, one.currency), {})
        kept[(one.opening[:2], one.closing[:2], one.number, len(one.entries))] = one
    for (account, _), kept in by_account.items():
        yield from _gaps(account, sorted(kept.values(), key=_order))


def _order(statement: Statement) -> tuple[date, date, str]:
    opening = statement.opening.on if statement.opening else None
    closing = statement.closing.on if statement.closing else None
    return (closing or opening or date.min, opening or date.min, statement.number.zfill(12))


def _gaps(account: str, ordered: Sequence[Statement]) -> Iterator[Gap]:
    for before, after in pairwise(ordered):
        assert before.closing is not None
        assert after.opening is not None
        if before.closing.minor != after.opening.minor:
            yield Gap(account, before.closing, after.opening)


def identities(account: str, entries: Iterable[Entry]) -> Iterator[tuple[str, ...]]:
    """What names each entry once and for all, whatever file brings it (FACTBOOK 7.6).

    Account, day, amount, currency, the bank's reference and the payer's, the words where the bank gave no reference,
    and the ordinal among entries that are alike in all of these: two equal payments of one day are two. Two overlapping
    files give an entry the same name, as long as each holds the account's whole days.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        words = "" if entry.bank_reference else "|".join(one.text for one in entry.details)
        name = (
            account, entry.booked_on.isoformat(), str(entry.minor), entry.currency,
            entry.bank_reference, entry.reference, words,
        )  # fmt: skip
        seen[name] += 1
        yield (*name, str(seen[name]))
