"""What only several fields together show: contradictions, oddities and duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from operator import lt
from typing import Any

import numpy as np

from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.faults import Fault

Found = dict[int, Fault]
_MOST_RECENT = 50_000

_DUE_BEFORE_ISSUE = Fault(
    gettext_noop("due before it was issued"), gettext_noop("check both dates; the row loads as it stands")
)
_SETTLED_BEFORE_ISSUE = Fault(
    gettext_noop("settled before it was issued"),
    gettext_noop("check both dates; the money waits unapplied until the day of issue"),
)
_SETTLED_TOO_MUCH = Fault(
    gettext_noop("more was paid than the invoice's amount"),
    gettext_noop("check both amounts; the rest stays unapplied"),
)
_SETTLED_WITHOUT_DATE = Fault(
    gettext_noop("an amount was paid but not when"), gettext_noop("give the date of the payment as settled_on")
)
_VAT_TOO_HIGH = Fault(
    gettext_noop("the VAT is more than the amount"), gettext_noop("give the amount with VAT included")
)


def check_rows(kind: str, columns: dict[str, list[Any]], faults: Mapping[str, Found]) -> dict[str, Found]:
    """Check fields against each other: contradictions go to ``faults``, oddities come back as warnings, by field.

    An invoice paid by an amount of zero counts as not paid.
    """
    if "vat" in columns:
        pairs = zip(columns["vat"], columns["amount"], strict=True)
        for index, (vat, amount) in enumerate(pairs):
            if vat is not None and amount is not None and vat > amount and index not in faults["amount"]:
                faults["vat"].setdefault(index, _VAT_TOO_HIGH)
    if kind != "invoices":
        return {}
    warnings: dict[str, Found] = {}
    issued = columns["issued_on"]
    for name, warning in (("due_on", _DUE_BEFORE_ISSUE), ("settled_on", _SETTLED_BEFORE_ISSUE)):
        if name in columns:
            warnings[name] = _earlier(columns[name], issued, warning)
    if "settled_amount" in columns:
        warnings["settled_amount"] = _check_settled(columns, faults)
    return warnings


def _earlier(later: list[Any], first: list[Any], warning: Fault) -> Found:
    if None not in later and None not in first and not any(map(lt, later, first)):
        return {}
    return {
        index: warning
        for index, (one, other) in enumerate(zip(later, first, strict=True))
        if one is not None and other is not None and one < other
    }


def _check_settled(columns: dict[str, list[Any]], faults: Mapping[str, Found]) -> Found:
    paid, amounts = columns["settled_amount"], columns["amount"]
    days = columns.get("settled_on") or [None] * len(paid)
    bad_days = faults.get("settled_on", {})
    warnings: Found = {}
    for index, minor in enumerate(paid):
        if minor == 0:
            paid[index] = None
            if days[index] is not None:
                warnings[index] = _PAID_NOTHING
                days[index] = None
        elif minor is not None and days[index] is None and index not in bad_days:
            faults["settled_amount"].setdefault(index, _SETTLED_WITHOUT_DATE)
        elif minor is not None and amounts[index] is not None and minor > amounts[index]:
            warnings[index] = _SETTLED_TOO_MUCH
    return warnings


_PAID_NOTHING = Fault(
    gettext_noop("paid on a date but with an amount of zero"),
    gettext_noop("the invoice loads as open; check both fields"),
)


class Duplicates:
    """Which external ids a file has given so far: 16 bytes each, whatever their length.

    Digests of the latest ids are in a dictionary; now and then they move to a sorted array.
    """

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._keys = np.empty(0, np.int64)
        self._values = np.empty(0, np.int64)

    def find(self, columns: Mapping[str, list[Any]], bad: set[int], faults: dict[str, Found]) -> None:
        """Put rows that repeat the id of an earlier good row into ``faults``, naming the first row."""
        recent = self._recent
        keys = list(map(hash, columns["external_id"]))
        hashes = map(hash, columns["content_hash"])
        values = [row << 32 | (content & 0xFFFFFFFF) for row, content in zip(columns["row"], hashes, strict=True)]
        former = self._former(keys)
        if not bad and not former and len(set(keys)) == len(keys) and recent.keys().isdisjoint(keys):
            recent.update(zip(keys, values, strict=True))
        else:
            for index, (key, value) in enumerate(zip(keys, values, strict=True)):
                if index in bad:
                    continue
                first = former.get(key, recent.get(key))
                if first is None:
                    recent[key] = value
                else:
                    faults.setdefault("external_id", {})[index] = _duplicate(first, value)
        if len(recent) >= _MOST_RECENT:
            self._sort_in()

    def _former(self, keys: list[int]) -> dict[int, int]:
        """Those of the keys that are in the sorted array, with what stands beside them."""
        if not self._keys.size:
            return {}
        asked = np.array(keys, np.int64)
        places = np.minimum(np.searchsorted(self._keys, asked), self._keys.size - 1)
        found = self._keys[places] == asked
        if not found.any():
            return {}
        return dict(zip(asked[found].tolist(), self._values[places[found]].tolist(), strict=True))

    def _sort_in(self) -> None:
        keys = np.concatenate([self._keys, np.fromiter(self._recent, np.int64, len(self._recent))])
        values = np.concatenate([self._values, np.fromiter(self._recent.values(), np.int64, len(self._recent))])
        order = np.argsort(keys, kind="stable")
        self._keys, self._values = keys[order], values[order]
        self._recent.clear()


def _duplicate(first: int, value: int) -> Fault:
    same = first & 0xFFFFFFFF == value & 0xFFFFFFFF
    return Fault(
        gettext_noop("the row repeats row %(first)s")
        if same
        else gettext_noop("the id is already that of row %(first)s, which says something else"),
        gettext_noop("leave the row out") if same else gettext_noop("give each row an id of its own"),
        {"first": first >> 32},
    )
