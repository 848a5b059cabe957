"""Who is on the team, what they look after, who is away, and what a change of hands would do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from openterms.apps.tenancy.models import Membership, Role, Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.collecting.assignment import Account, AssignmentRule, assigned, covering, read_rules, weight

from .models import Absence, AssignmentRules

WORKERS = frozenset({Role.CREDIT_MANAGER, Role.ANALYST, Role.COLLECTOR})
"""Roles that may have customers to look after."""

ACCOUNTS = """
SELECT c.id::text AS key, c.number, c.name, coalesce(g.code, '') AS "group", c.country,
       coalesce(s.segment, 'unclassified') AS segment, coalesce(i.overdue_minor, 0)::bigint AS overdue_minor,
       c.collector_id
FROM parties_customer c
LEFT JOIN parties_group g ON g.id = c.group_id
LEFT JOIN receivables_standing s ON s.seller_id = c.seller_id AND s.customer_id = c.id AND s.currency = c.currency
LEFT JOIN (SELECT customer_id, sum(base_minor::numeric * open_minor / amount_minor) AS overdue_minor
    FROM receivables_item WHERE seller_id = %(seller)s AND open_minor > 0 AND due_on < %(on)s
    AND kind NOT IN ('credit_note', 'receipt') GROUP BY customer_id) i ON i.customer_id = c.id
WHERE c.seller_id = %(seller)s
"""


@dataclass(frozen=True)
class Move:
    """One customer that would change hands. `overdue_minor` in the seller's currency."""

    customer_id: UUID
    number: str
    name: str
    overdue_minor: int
    before: UUID | None
    after: UUID


@dataclass(frozen=True)
class Preview:
    """What a change of hands would do, the largest first, and what must still be so when it is carried out."""

    moves: Sequence[Move]
    stays: int
    stamp: str


def workers(seller: Seller) -> dict[UUID, Membership]:
    """Everybody who may have customers now, by user."""
    found = Membership.objects.filter(seller=seller, is_active=True, user__is_active=True, role__in=WORKERS)
    return {one.user_id: one for one in found.select_related("user").order_by("user__name", "user_id")}


def _away(seller: Seller, first: date, last: date) -> QuerySet[Absence]:
    wanted = Absence.objects.filter(seller=seller, first__lte=last, last__gte=first)
    return wanted.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=first))


def away(seller: Seller, on: date) -> dict[UUID, Absence]:
    """Who is away on a day."""
    return {one.collector_id: one for one in _away(seller, on, on).select_related("collector", "cover")}


def overlapping(seller: Seller, first: date, last: date) -> Sequence[Absence]:
    """The absences with a day between two days, both included."""
    return list(_away(seller, first, last).select_related("collector", "cover").order_by("first", "id"))


def absences(seller: Seller, on: date, most: int = 100) -> Sequence[Absence]:
    """Those of today and to come, then past ones, the latest first."""
    found = Absence.objects.filter(seller=seller).select_related("collector", "cover", "made_by")
    several = list(found.order_by("-last", "-id")[:most])
    return sorted(several, key=lambda one: is_over(one, on))


def is_over(one: Absence, on: date) -> bool:
    """Whether the collector is back."""
    return one.last < on or (one.ended_on is not None and one.ended_on <= on)


def whose_work(seller: Seller, user_id: UUID, on: date) -> list[UUID]:
    """Whose customers a person works on a day: the own ones, and those of people for whom that person covers.

    A person who is away has none, unless covers lead back to them.
    """
    absent = {str(one): str(found.cover_id) for one, found in away(seller, on).items()}
    there = covering(absent)
    mine = [UUID(person) for person, worker in there.items() if worker == str(user_id)]
    return mine if str(user_id) in there else [user_id, *mine]


def rules_in_force(seller: Seller) -> AssignmentRules | None:
    """The latest version of the rules; None where there is none."""
    return AssignmentRules.objects.filter(seller=seller).select_related("made_by").order_by("-version").first()


def accounts(seller: Seller, on: date, where: str = "", **params: Any) -> list[dict[str, Any]]:
    """Customers as the rules see them, with `name` and `collector_id`."""
    return rows(ACCOUNTS + where, {"seller": seller.id, "on": on, **params})


def proposal(seller: Seller, on: date, everybody: bool = False) -> Preview:
    """What the rules in force would assign: customers without a collector, or everybody."""
    kept = rules_in_force(seller)
    people = {one.user.email: user_id for user_id, one in workers(seller).items()}
    rules = _present(read_rules(kept.document) if kept else (), people)
    found = accounts(seller, on)
    wanted = found if everybody else [one for one in found if one["collector_id"] is None]
    load: dict[str, int] = {}
    emails = {user_id: email for email, user_id in people.items()}
    if not everybody:
        for one in found:
            if one["collector_id"] in emails:
                name = emails[one["collector_id"]]
                load[name] = load.get(name, 0) + weight(_account(one))
    to = assigned(map(_account, wanted), rules, load)
    return preview(wanted, {key: people[email] for key, email in to.items()})


def shared_out(seller: Seller, on: date, customer_ids: Sequence[UUID], to: Sequence[UUID]) -> Preview:
    """What giving chosen customers to people would do; between several the load stays even, with what they have."""
    found = accounts(seller, on)
    chosen = set(customer_ids)
    load: dict[str, int] = {}
    for one in found:
        if one["collector_id"] in to and UUID(one["key"]) not in chosen:
            name = str(one["collector_id"])
            load[name] = load.get(name, 0) + weight(_account(one))
    wanted = [one for one in found if UUID(one["key"]) in chosen]
    given = assigned(map(_account, wanted), [AssignmentRule(tuple(map(str, to)))], load) if to else {}
    return preview(wanted, {key: UUID(person) for key, person in given.items()})


def preview(wanted: Iterable[Mapping[str, Any]], to: Mapping[str, UUID]) -> Preview:
    """The customers of `wanted` whose collector `to` changes."""
    known = list(wanted)
    moves = [
        Move(UUID(one["key"]), one["number"], one["name"], one["overdue_minor"], one["collector_id"], to[one["key"]])
        for one in known
        if one["key"] in to and to[one["key"]] != one["collector_id"]
    ]
    moves.sort(key=lambda one: (-one.overdue_minor, one.number))
    said = "\n".join(f"{one.customer_id} {one.before} {one.after}" for one in moves)
    return Preview(moves, len(known) - len(moves), hashlib.sha256(said.encode()).hexdigest())


def customers_of(seller: Seller, collector_id: UUID | None) -> list[UUID]:
    """A collector's portfolio: the ids of the customers; with None, of those that nobody looks after."""
    which = "c.collector_id = %(collector)s" if collector_id else "c.collector_id IS NULL"
    found = rows(
        f"SELECT c.id FROM parties_customer c WHERE c.seller_id = %(seller)s AND {which} ORDER BY c.id",
        {"seller": seller.id, "collector": collector_id},
    )
    return [one["id"] for one in found]


def _account(one: Mapping[str, Any]) -> Account:
    who = str(one["collector_id"] or "")
    return Account(
        one["key"], one["number"], one["group"], one["segment"], one["country"], one["overdue_minor"], who
    )


def _present(rules: Iterable[AssignmentRule], people: Mapping[str, UUID]) -> list[AssignmentRule]:
    """Rules with those who still work here; a rule of which nobody is left holds for nobody."""
    found = []
    for rule in rules:
        left = tuple(one for one in rule.to if one in people)
        if left:
            found.append(
                AssignmentRule(
                    left, rule.customers, rule.groups, rule.segments, rule.countries, rule.least_minor, rule.most_minor
                )
            )
    return found
