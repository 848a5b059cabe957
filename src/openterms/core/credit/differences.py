"""What changed between two versions of a policy: by place, the old text and the new.

Lists whose entries have a name (rules, scorecards, bins ...) are compared entry by entry under that name, so that a
rule put in front does not make every other one look changed; an entry that kept its text and only changed its order
among the others is told as moved. Comments and spacing say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_text import canonical

Kind = Literal["added", "removed", "changed", "moved"]
_TITLES = ("rule", "scorecard", "attribute", "label", "risk_class", "name", "method", "flag", "trigger", "fact")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``old`` and ``new`` are texts; empty where the place did not or does not exist."""

    kind: Kind
    place: str
    old: str
    new: str


def differences(old: Policy, new: Policy) -> tuple[Difference, ...]:
    """Every difference, in the order of the new document; what was removed follows what stands at its level."""
    return tuple(_mappings(old.document, new.document, ""))


def _compare(old: object, new: object, place: str) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mappings(old, new, place)
        return
    earlier, later = _named(old), _named(new)
    if earlier is not None and later is not None:
        yield from _mappings(earlier, later, place)
        yield from _moved(list(earlier), list(later), place)
        return
    yield Difference("changed", place, _text(old), _text(new))


def _mappings(old: Mapping[str, object], new: Mapping[str, object], place: str) -> Iterator[Difference]:
    for key, value in new.items():
        at = f"{place}, {key}" if place else key
        if key in old:
            yield from _compare(old[key], value, at)
        else:
            yield Difference("added", at, "", _text(value))
    for key, value in old.items():
        if key not in new:
            yield Difference("removed", f"{place}, {key}" if place else key, _text(value), "")


def _moved(old: Sequence[str], new: Sequence[str], place: str) -> Iterator[Difference]:
    """Entries that stand elsewhere among those that both lists have: the fewest moves that explain the order."""
    before = [name for name in old if name in new]
    after = [name for name in new if name in old]
    kept = _longest_rise([before.index(name) for name in after])
    for position, name in enumerate(after):
        if position not in kept:
            yield Difference("moved", f"{place}, {name}", str(old.index(name) + 1), str(new.index(name) + 1))


def _longest_rise(places: Sequence[int]) -> frozenset[int]:
    """The positions of a longest rising part: the entries that need not be said to have moved."""
    best: list[tuple[int, ...]] = []
    for position, place in enumerate(places):
        fitting = [run for run in best if places[run[-1]] < place]
        best.append((*(sorted(fitting, key=len)[-1] if fitting else ()), position))
    return frozenset(sorted(best, key=len)[-1] if best else ())


def _named(value: object) -> dict[str, object] | None:
    """A list's entries under their names; None where they have none, or a name stands twice."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return None
    found: dict[str, object] = {}
    for entry in value:
        name = (
            next((str(entry[title]) for title in _TITLES if title in entry), "") if isinstance(entry, Mapping) else ""
        )
        if not name or name in found:
            return None
        found[name] = entry
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value)
