"""Receipts and statements of account as papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openterms.core.base.money import format_amount
from openterms.formats.paper.bill import Bill, Brand, Row
from openterms.formats.paper.bill_words import Sayer

BUCKETS = ("current", "b1", "b2", "b3", "b4")
_LAST_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPaper:
    """Money received: what it paid, item by item, and what is not applied yet. Minor units of `currency`."""

    number: str
    received_on: date
    currency: str
    amount_minor: int
    customer: Sequence[str]
    customer_number: str
    paid: Sequence[tuple[str, int]] = ()
    languages: Sequence[str] = ("en",)

    @property
    def left_minor(self) -> int:
        """What is not applied."""
        return self.amount_minor - sum(minor for _number, minor in self.paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """An entry that is open: credits have negative amounts. `kind` is the item's kind."""

    number: str
    kind: str
    issued_on: date
    due_on: date
    currency: str
    amount_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPaper:
    """What was open on an account at the end of a day."""

    as_of: date
    customer: Sequence[str]
    customer_number: str
    lines: Sequence[StatementLine]
    pay_to: Sequence[tuple[str, str]] = ()
    """Words (`iban`, `bic`, `bank`, `holder`) with their values."""
    pay_words: str = ""
    languages: Sequence[str] = ("en",)


def receipt_bill(paper: ReceiptPaper, brand: Brand, sheet: str = "a4") -> Bill:
    """The receipt as a paper. Errors: BadInput for a language that there is none for."""
    say = Sayer(paper.languages)
    money = say.moneys(paper.amount_minor, paper.currency)
    totals: list[Row] = [(say("amount"), money[0], True)]
    if paper.left_minor:
        totals.append((say("left"), say.money(paper.left_minor, paper.currency), False))
    return Bill(
        languages=say.languages, dated=paper.received_on, title=say("receipt"), number=paper.number, brand=brand,
        addressee=paper.customer, sheet=sheet,
        facts=[(say("number"), paper.number, False), (say("date"), say.day(paper.received_on), False),
               (say("account"), paper.customer_number, False)],
        opening=say.each("received", amount=money, day=say.days(paper.received_on)),
        columns=[(say("paid_for"), "wide"), (say("applied"), "end")] if paper.paid else [],
        rows=[[number, format_amount(minor, paper.currency)] for number, minor in paper.paid], totals=totals,
    )  # fmt: skip


def statement_bill(paper: StatementPaper, brand: Brand, sheet: str = "a4") -> Bill:
    """The statement as a paper: what is open, by currency, with its age. Errors: as `receipt_bill`."""
    say = Sayer(paper.languages)
    pay: list[Row] = [(say(name), value, False) for name, value in paper.pay_to if value]
    if paper.pay_words and not pay:
        pay = [([""] * len(say.languages), paper.pay_words, False)]
    columns = [(say("number"), "wide"), (say("what"), "start"), (say("date"), "start"), (say("due"), "start"),
               (say("amount"), "end"), (say("open"), "end")]  # fmt: skip
    return Bill(
        languages=say.languages, dated=paper.as_of, title=say("statement"), number=paper.customer_number, brand=brand,
        addressee=paper.customer, sheet=sheet,
        facts=[(say("account"), paper.customer_number, False), (say("as_of"), say.day(paper.as_of), True)],
        opening=[] if paper.lines else say("nothing"), columns=columns if paper.lines else [],
        rows=[_row(one, say) for one in paper.lines], totals=_sums(paper, say), payment=pay if paper.lines else [],
    )  # fmt: skip


def _row(one: StatementLine, say: Sayer) -> list[str]:
    return [
        one.number, " / ".join(say(f"kind_{one.kind}")), say.day(one.issued_on),
        "" if one.kind in ("receipt", "credit_note") else say.day(one.due_on),
        f"{format_amount(one.amount_minor, one.currency)} {one.currency}",
        format_amount(one.open_minor, one.currency),
    ]  # fmt: skip


def _sums(paper: StatementPaper, say: Sayer) -> list[Row]:
    """For each currency: what is not due, what is late by age, what is in the customer's favour, the balance."""
    found: list[Row] = []
    for currency in sorted({one.currency for one in paper.lines}):
        lines = [one for one in paper.lines if one.currency == currency]
        ages = dict.fromkeys(BUCKETS, 0)
        for one in lines:
            if one.open_minor > 0:
                late = (paper.as_of - one.due_on).days
                ages[BUCKETS[sum(late > last for last in _LAST_DAYS)]] += one.open_minor
        favour = sum(one.open_minor for one in lines if one.open_minor < 0)
        found += [(say(name), say.money(minor, currency), False) for name, minor in ages.items() if minor]
        if favour:
            found.append((say("unapplied"), say.money(favour, currency), False))
        found.append((say("balance"), say.money(sum(ages.values()) + favour, currency), True))
    return found
