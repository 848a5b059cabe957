"""Receipts drawn with a seed, as banks bring them, with the truth of what each pays kept apart from what is seen.

How the kinds are mixed, in a thousand receipts: 330 name one invoice whole, 180 several; 200 name one with its number
damaged (broken by a space, letters for digits, the letters left out, one digit wrong or two changed about); 100 name
none and pay one invoice to the amount; 40 pay several without a word; 40 keep the discount back and 30 too little; 50
come from a sister company of the group; 20 fit two invoices of one amount; 10 come from a stranger who says nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from openterms.core.cash.values import Item, Payer, Receipt

KINDS = {
    "one": 330, "several": 180, "damaged": 200, "silent": 100, "silent_several": 40, "discount": 40, "short": 30,
    "group": 50, "twins": 20, "stranger": 10,
}  # fmt: skip
_FIRST = "Alder Birk Cedar Dorn Elm Fenn Gale Holm Iver Juno Kern Lund Mora Nord Ostra Pine Quay Rand Stein Thorn Ulm"
_LAST = "Foods Metals Trading Textiles Motors Paper Glass Timber Chemicals Tools Optics Seeds Marine Print Cables Stone"
_FORMS = ("GmbH", "Ltd", "SARL", "BV", "LLC", "")
_TODAY = date(2026, 6, 15)


class Draw(NamedTuple):
    """What was drawn. ``truth`` holds the cash of each item by receipt, ``kinds`` how each receipt came about."""

    items: list[Item]
    payers: list[Payer]
    receipts: list[Receipt]
    truth: Mapping[str, Mapping[str, int]]
    kinds: Mapping[str, str]


def draw_receipts(count: int, items: int, customers: int, seed: int) -> Draw:
    """``count`` receipts against ``items`` open items of ``customers`` in EUR; every third customer has a sister."""
    maker = _Maker(random.Random(seed), items, customers)  # noqa: S311
    names, weights = list(KINDS), list(KINDS.values())
    for at in range(count):
        maker.receipt(f"R{at:06d}", maker.chance.choices(names, weights)[0])
    return Draw(maker.items, maker.payers, maker.receipts, maker.truth, maker.kinds)


class _Maker:
    def __init__(self, chance: random.Random, items: int, customers: int) -> None:
        self.chance = chance
        self.payers = [self._payer(at) for at in range(customers)]
        self.items: list[Item] = []
        self.free: list[list[Item]] = [[] for _ in range(customers)]
        for at in range(items):
            owner = min(chance.randrange(customers), chance.randrange(customers))
            self._item(at, owner)
        self.receipts: list[Receipt] = []
        self.truth: dict[str, dict[str, int]] = {}
        self.kinds: dict[str, str] = {}

    def _payer(self, at: int) -> Payer:
        first, last = _FIRST.split(), _LAST.split()
        name = f"{first[at % len(first)]} {last[at // len(first) % len(last)]} {self._syllables()}"
        group = f"G{at - at % 3}" if at % 3 < 2 else ""
        accounts = (f"DE{at:020d}",) if self.chance.randrange(10) < 6 else ()
        return Payer(f"C{at}", (f"{name} {self.chance.choice(_FORMS)}".strip(),), accounts, group=group)

    def _syllables(self) -> str:
        return "".join(self.chance.choice("bdfgklmnprst") + self.chance.choice("aeiou") for _ in range(3)).title()

    def _item(self, at: int, owner: int) -> None:
        minor = self.chance.choice((self.chance.randrange(500, 2_000_000), self.chance.randrange(5, 2_000) * 1_000))
        due = _TODAY + timedelta(days=self.chance.randrange(-90, 45))
        has_discount = self.chance.randrange(4) == 0
        item = Item(
            f"I{at}", f"C{owner}", f"INV-2026-{at + 1:06d}", minor, "EUR", due,
            _TODAY + timedelta(days=self.chance.randrange(-20, 20)) if has_discount else None,
            minor // 50 if has_discount else 0,
        )  # fmt: skip
        self.items.append(item)
        self.free[owner].append(item)

    def receipt(self, name: str, kind: str) -> None:
        owner = self._owner(6 if kind in ("several", "silent_several") else 2)
        count = self.chance.randrange(2, 6) if kind in ("several", "silent_several") else 1
        taken = [self._take(owner, kind) for _ in range(count)]
        cash = {one.item: one.minor for one in taken}
        if kind == "short":
            cash[taken[0].item] -= max(1, taken[0].minor // self.chance.randrange(4, 20))
        if kind == "discount":
            cash[taken[0].item] -= taken[0].discount_minor
        if kind == "twins":
            twin = taken[0]._replace(item=f"I{len(self.items)}", number=f"INV-2026-{len(self.items) + 1:06d}")
            self.items.append(twin)
        is_said = kind not in ("silent", "silent_several", "twins", "stranger")
        says = [self._written(one.number, kind == "damaged") for one in taken] if is_said else []
        payer, account = self._payer_seen(owner, kind)
        self.receipts.append(Receipt(
            name, sum(cash.values()), "EUR", _TODAY, payer, account,
            " ".join(["payment", *says, self.chance.choice(("", "thank you", "ref 2026", "account 4471"))]),
        ))  # fmt: skip
        self.truth[name], self.kinds[name] = cash, kind

    def _owner(self, least: int) -> int:
        while True:
            at = self.chance.randrange(len(self.free))
            if len(self.free[at]) >= least:
                return at

    def _take(self, owner: int, kind: str) -> Item:
        pool = self.free[owner]
        at = self.chance.randrange(len(pool))
        if kind == "discount":
            due = [one for one, item in enumerate(pool) if item.discount_on and item.discount_on >= _TODAY]
            at = self.chance.choice(due) if due else at
        return pool.pop(at)

    def _payer_seen(self, owner: int, kind: str) -> tuple[str, str]:
        if kind == "stranger":
            return f"{self._syllables()} {self._syllables()}", ""
        sister = owner + (1 if owner % 3 == 0 else -1)
        if kind == "group" and owner % 3 < 2 and sister < len(self.payers):
            owner = sister
        payer = self.payers[owner]
        account = payer.accounts[0] if payer.accounts and self.chance.randrange(10) < 7 else ""
        return self._varied(payer.names[0]), account

    def _varied(self, name: str) -> str:
        """A name as payers and banks write it: in capitals, without the form, cut, or with a letter wrong."""
        words = name.split()
        ways: tuple[Callable[[], str], ...] = (
            lambda: name, lambda: name.upper(), lambda: " ".join(words[:3]), lambda: name[:22],
            lambda: name.replace("e", "a", 1),
        )  # fmt: skip
        return self.chance.choice(ways)()

    def _written(self, number: str, is_damaged: bool) -> str:
        if not is_damaged:
            return self.chance.choice((number, number.replace("-", ""), number.replace("-", " "), number.lower()))
        at = self.chance.randrange(len(number) - 5, len(number) - 1)
        ways = (
            f"{number[:at]} {number[at:]}", number.replace("0", "O"), number.removeprefix("INV-"),
            f"{number[:at]}{self.chance.randrange(10)}{number[at + 1 :]}",
            f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}", number[:at] + number[at + 1 :],
        )  # fmt: skip
        return self.chance.choice(ways)
