"""Who looks after which customer: rules read from the first on, and loads that stay even.

A rule holds for a customer when everything it names is true of it, and a rule that names nothing holds for all. The
first that holds decides. Where it names several people, customers go, the largest first, to whoever has least; the
load is what is overdue (minor units of the seller's currency) and one unit for the customer itself, so that customers
who owe nothing spread too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.documents import section
from openterms.core.collecting.segments import SEGMENTS, UNCLASSIFIED

MOST_MINOR = 10**16
MOST_RULES = 200


class Account(NamedTuple):
    """A customer as the rules see it. ``overdue_minor`` in the seller's currency."""

    key: str
    number: str
    group: str
    segment: str
    country: str
    overdue_minor: int
    collector: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """One rule: what it asks of a customer, and who gets it. Empty asks nothing; amounts both included."""

    to: tuple[str, ...]
    customers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    least_minor: int | None = None
    most_minor: int | None = None

    def holds(self, one: Account) -> bool:
        """Whether it is for a customer."""
        named = (
            (self.customers, one.number),
            (self.groups, one.group),
            (self.segments, one.segment),
            (self.countries, one.country),
        )
        if any(wanted and value not in wanted for wanted, value in named):
            return False
        if self.least_minor is not None and one.overdue_minor < self.least_minor:
            return False
        return self.most_minor is None or one.overdue_minor <= self.most_minor


def assigned(
    accounts: Iterable[Account], rules: Sequence[AssignmentRule], load: Mapping[str, int] | None = None
) -> dict[str, str]:
    """``{key: person}`` for customers that a rule holds for, whoever had them; ``load`` is what people have besides.

    The same accounts give the same answer in whatever order they come.
    """
    known = sorted(accounts, key=lambda one: (-one.overdue_minor, one.number, one.key))
    carried = dict(load or {})
    found = {}
    for one in known:
        rule = next((rule for rule in rules if rule.holds(one)), None)
        if rule is None:
            continue
        person = min(rule.to, key=lambda name: (carried.get(name, 0), rule.to.index(name)))
        carried[person] = carried.get(person, 0) + weight(one)
        found[one.key] = person
    return found


def weight(one: Account) -> int:
    """What a customer adds to somebody's load."""
    return one.overdue_minor + 1


def read_rules(document: object) -> tuple[AssignmentRule, ...]:
    """The rules of ``{"rules": [{"to": [...], "countries": [...], …}]}``; refuses what cannot be, with its place."""
    whole = section(document, "rules")
    whole.only("rules")
    found = []
    for one in whole.sections("rules", "to"):
        one.only("to", "customers", "groups", "segments", "countries", "least_minor", "most_minor")
        names = {key: _texts(one.values.get(key), one.at(key)) for key in ("to", "customers", "groups", "countries")}
        if not names["to"]:
            raise BadInput(gettext_noop("Nobody gets these customers"), one.at("to"), gettext_noop("Name a person"))
        least = one.number("least_minor", 0, MOST_MINOR) if one.has("least_minor") else None
        most = one.number("most_minor", 0, MOST_MINOR) if one.has("most_minor") else None
        if least is not None and most is not None and most < least:
            raise BadInput(
                gettext_noop("The largest amount is below the least"), one.at("most_minor"),
                gettext_noop("Give a larger one"),
            )  # fmt: skip
        segments = tuple(one.choices("segments", (*SEGMENTS, UNCLASSIFIED)))
        found.append(
            AssignmentRule(
                names["to"], names["customers"], names["groups"], segments, names["countries"], least, most
            )
        )
    if len(found) > MOST_RULES:
        raise BadInput(gettext_noop("These are too many rules"), "rules", gettext_noop("Give at most 200"))
    return tuple(found)


def written(rules: Iterable[AssignmentRule]) -> dict[str, object]:
    """Rules as the document that ``read_rules`` reads."""
    names = ("to", "customers", "groups", "segments", "countries")
    found = []
    for rule in rules:
        one: dict[str, object] = {name: list(getattr(rule, name)) for name in names if getattr(rule, name)}
        one |= {n: getattr(rule, n) for n in ("least_minor", "most_minor") if getattr(rule, n) is not None}
        found.append(one)
    return {"rules": found}


def covering(absent: Mapping[str, str]) -> dict[str, str]:
    """Who does the work of everybody who is away: ``{away: there}`` from ``{away: cover}``, through covers who are away
    too. Where covers lead round in a circle nobody is there, and the work stays with its own person."""
    found = {}
    for person in absent:
        seen, at = {person}, absent[person]
        while at in absent and at not in seen:
            seen.add(at)
            at = absent[at]
        found[person] = person if at in seen else at
    return found


def _texts(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadInput(
            gettext_noop("%(value)s cannot stand here"), where, gettext_noop("write a list of texts"),
            {"value": repr(value)[:60]},
        )  # fmt: skip
    return tuple(dict.fromkeys(one.strip() for one in value))
