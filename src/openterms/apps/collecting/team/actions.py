"""Give customers to collectors: by rules, by hand, and for the days on which somebody is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.journal.actions import INSERT_DRAFTS, draft, record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Membership, Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.assignment import AssignmentRule, written

from .models import Absence, AssignmentRules
from .reads import Move, Preview, is_over, overlapping, proposal, rules_in_force, shared_out, workers

LEADERS = frozenset({Role.CREDIT_MANAGER, Role.ADMIN})
LONGEST_DAYS = 366

NOT_A_LEADER = Reason(
    "not_team_leader",
    gettext_noop("Customers are given to collectors by a credit manager or an administrator."),
    remedy=gettext_noop("Ask one of them."),
)
NOT_YOUR_ABSENCE = Reason(
    "not_your_absence",
    gettext_noop("Absences are entered by who is away, by a credit manager or by an administrator."),
    remedy=gettext_noop("Ask one of them."),
)
NOT_A_COLLECTOR = Reason(
    "not_a_collector",
    gettext_noop("%(name)s does not work on customers here."),
    remedy=gettext_noop("Choose somebody whose role does."),
)
CHANGED_SINCE = Reason(
    "hands_changed_since",
    gettext_noop("The customers have changed since this was shown."),
    remedy=gettext_noop("Look at it again, then confirm."),
)
AWAY_ALREADY = Reason(
    "away_already",
    gettext_noop("%(name)s is away from %(first)s to %(last)s already."),
    remedy=gettext_noop("End that first, or choose other days."),
)
COVERS_IN_A_CIRCLE = Reason(
    "covers_in_a_circle",
    gettext_noop("%(name)s is away on some of these days, and the cover leads back."),
    remedy=gettext_noop("Choose somebody who is there."),
)
ABSENCE_OVER = Reason("absence_over", gettext_noop("This absence is over already."))

_MOVE = """
UPDATE parties_customer c SET collector_id = m.after
FROM jsonb_to_recordset(%(moves)s::jsonb) AS m (id uuid, after uuid)
WHERE c.seller_id = %(seller)s AND c.id = m.id
"""


def set_rules(
    seller: Seller, actor: Actor, rules: Sequence[AssignmentRule], reason: str, on: date, now: datetime
) -> AssignmentRules:
    """Keep a new version of the rules; nobody changes hands by it. Refused: no right, somebody who does not work here.

    Errors: no reason, no rule."""
    _lead(seller, actor)
    _reason(reason)
    if not rules:
        raise BadInput(gettext_noop("There is no rule"), "rules", gettext_noop("Write at least one"))
    with transaction.atomic():
        _alone(seller)
        emails = {one.user.email for one in workers(seller).values()}
        for name in dict.fromkeys(name for rule in rules for name in rule.to):
            if name not in emails:
                raise Refused([NOT_A_COLLECTOR.given(name=name)])
        last = rules_in_force(seller)
        made = AssignmentRules.objects.create(
            seller=seller, version=last.version + 1 if last else 1, document=written(rules), reason=reason.strip(),
            made_by_id=actor.user_id, made_on=on,
        )  # fmt: skip
        record(
            seller.id, actor, "assignment_rules_set", "assignment_rules", made.id, now, None,
            {"version": made.version, "rules": len(rules), "reason": made.reason},
        )  # fmt: skip
    return made


def assign_by_rules(
    seller: Seller, actor: Actor, everybody: bool, stamp: str, on: date, now: datetime
) -> Preview:
    """Carry out what `proposal` showed, `stamp` its own. Refused: no right; something has changed since; busy."""
    _lead(seller, actor)
    return _carry_out(seller, actor, lambda: proposal(seller, on, everybody), stamp, "rules", "", now)


def assign_new(seller: Seller, on: date, now: datetime) -> int:
    """Give customers who came after the rules were set, and whom nobody looks after, to whom the rules name; how many.

    Asked each day: whom no rule named is asked about again. Customers from before are a person's to assign.
    """
    kept = rules_in_force(seller)
    if kept is None:
        return 0
    since = kept.recorded_at
    with transaction.atomic():
        _alone(seller)
        found = Customer.objects.select_for_update(of=("self",)).filter(
            seller=seller, collector=None, recorded_at__gt=since
        )
        with locking():
            ids = set(found.order_by("id").values_list("id", flat=True))
        moves = [one for one in proposal(seller, on).moves if one.customer_id in ids] if ids else []
        if moves:
            _move(seller, SYSTEM, moves, "day", "", now)
    return len(moves)


def hand_over(
    seller: Seller, actor: Actor, customer_ids: Sequence[UUID], to: Sequence[UUID], stamp: str, reason: str, on: date,
    now: datetime,
) -> Preview:  # fmt: skip
    """Give chosen customers to one person or several, as `shared_out` showed it, with their open work.

    Refused: no right; somebody who does not work here; something has changed since; busy. Errors: no reason, nobody.
    """
    _lead(seller, actor)
    _reason(reason)
    known = workers(seller)
    strangers = [one for one in to if one not in known]
    if strangers:
        raise Refused([NOT_A_COLLECTOR.given(name=str(strangers[0]))])
    if not to or not customer_ids:
        raise BadInput(gettext_noop("Nobody is chosen"), "customers", gettext_noop("Choose customers and a person"))
    return _carry_out(
        seller, actor, lambda: shared_out(seller, on, customer_ids, to), stamp, "by_hand", reason.strip(), now
    )


def go_away(
    seller: Seller, actor: Actor, collector_id: UUID, cover_id: UUID, first: date, last: date, reason: str, on: date,
    now: datetime,
) -> Absence:  # fmt: skip
    """Let another do a collector's work from `first` to `last`, both included; afterwards it is back by itself.

    Refused: no right; somebody who does not work here; away already; covers that lead in a circle. Errors: the same
    person twice, days the wrong way round, past or too many, no reason.
    """
    _check_days(collector_id, cover_id, first, last, on)
    _reason(reason)
    with transaction.atomic():
        _alone(seller)
        if actor.user_id != collector_id or not _membership(seller, actor):
            _lead(seller, actor, NOT_YOUR_ABSENCE)
        known = workers(seller)
        for person in (collector_id, cover_id):
            if person not in known:
                raise Refused([NOT_A_COLLECTOR.given(name=str(person))])
        others = overlapping(seller, first, last)
        _refuse_overlap(others, collector_id, cover_id)
        made = Absence.objects.create(
            seller=seller, collector_id=collector_id, cover_id=cover_id, first=first, last=last,
            reason=reason.strip(), made_by_id=actor.user_id,
        )  # fmt: skip
        _record_absence(actor, "absence_entered", made, known[collector_id], known[cover_id], now)
    return made


def come_back(seller: Seller, actor: Actor, absence_id: UUID, on: date, now: datetime) -> Absence:
    """End an absence: from today the work is the collector's own again. Refused: no right, over already; busy."""
    with transaction.atomic():
        _alone(seller)
        found = Absence.objects.select_related("collector", "cover").filter(seller=seller, id=absence_id).first()
        if found is None:
            raise BadInput(gettext_noop("There is no such absence"), "absence")
        if actor.user_id != found.collector_id or not _membership(seller, actor):
            _lead(seller, actor, NOT_YOUR_ABSENCE)
        if is_over(found, on):
            raise Refused([ABSENCE_OVER])
        found.ended_on, found.ended_by_id = max(on, found.first), actor.user_id
        found.save(update_fields=["ended_on", "ended_by"])
        said = {"collector": str(found.collector), "cover": str(found.cover), "last": found.ended_on.isoformat()}
        record(seller.id, actor, "absence_ended", "absence", found.id, now, None, said)
    return found


def _carry_out(
    seller: Seller, actor: Actor, read: Callable[[], Preview], stamp: str, by: str, reason: str, now: datetime
) -> Preview:
    """Lock, read again, refuse what differs, then one statement for the customers and one for their events."""
    with transaction.atomic():
        _alone(seller)
        ids = [one.customer_id for one in read().moves]
        with locking():
            wanted = Customer.objects.select_for_update().filter(seller=seller, id__in=ids)
            list(wanted.order_by("id").values_list("id"))
        found = read()
        if found.stamp != stamp:
            raise Refused([CHANGED_SINCE])
        if found.moves:
            _move(seller, actor, found.moves, by, reason, now)
    return found


def _move(seller: Seller, actor: Actor, moves: Sequence[Move], by: str, reason: str, now: datetime) -> None:
    people = Membership.objects.filter(seller=seller).select_related("user")
    names = {one.user_id: str(one.user) for one in people}
    drafts = [
        draft(
            seller.id, actor, "collector_assigned", "customer", one.customer_id, now, one.customer_id,
            {"before": names.get(one.before, "") if one.before else "", "after": names[one.after], "by": by,
             "reason": reason},
        )
        for one in moves
    ]  # fmt: skip
    moved = [{"id": str(one.customer_id), "after": str(one.after)} for one in moves]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"moves": json.dumps(moved), "seller": seller.id})
        cursor.execute(INSERT_DRAFTS, {"events": json.dumps(drafts)})


def _lead(seller: Seller, actor: Actor, otherwise: Reason = NOT_A_LEADER) -> None:
    found = _membership(seller, actor)
    if found is None or found.role not in LEADERS:
        raise Refused([otherwise])


def _membership(seller: Seller, actor: Actor) -> Membership | None:
    """The actor's own membership, as it is now and not as the session remembers it."""
    wanted = Membership.objects.filter(seller=seller, user_id=actor.user_id, is_active=True, user__is_active=True)
    return wanted.first() if actor.user_id else None


def _alone(seller: Seller) -> None:
    """One change of hands of a seller at a time."""
    with locking(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('team:' || %s, 0))", [str(seller.id)])


def _reason(reason: str) -> None:
    if not reason.strip() or len(reason.strip()) > 500:
        raise BadInput(
            gettext_noop("The reason is empty or too long"), "reason", gettext_noop("Say why in up to 500 letters")
        )


def _check_days(collector_id: UUID, cover_id: UUID, first: date, last: date, on: date) -> None:
    if collector_id == cover_id:
        raise BadInput(gettext_noop("These are the same person"), "cover", gettext_noop("Choose somebody else"))
    if first < on:
        raise BadInput(gettext_noop("It begins in the past"), "first", gettext_noop("Give today or a later day"))
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise BadInput(
            gettext_noop("The last day is before the first, or more than a year after it"),
            "last",
            gettext_noop("Give a day within a year of the first"),
        )


def _refuse_overlap(others: Sequence[Absence], collector_id: UUID, cover_id: UUID) -> None:
    """Away twice on a day, or covers that lead back to whom they cover."""
    mine = next((one for one in others if one.collector_id == collector_id), None)
    if mine is not None:
        days = (mine.first.isoformat(), mine.last.isoformat())
        raise Refused([AWAY_ALREADY.given(name=str(mine.collector), first=days[0], last=days[1])])
    seen, following = {collector_id}, [cover_id]
    while following:
        person = following.pop()
        if person in seen:
            continue
        seen.add(person)
        for one in others:
            if one.collector_id == person:
                if one.cover_id == collector_id:
                    raise Refused([COVERS_IN_A_CIRCLE.given(name=str(one.collector))])
                following.append(one.cover_id)


def _record_absence(
    actor: Actor, kind: str, made: Absence, collector: Membership, cover: Membership, now: datetime
) -> None:
    said = {
        "collector": str(collector.user), "cover": str(cover.user), "first": made.first.isoformat(),
        "last": made.last.isoformat(), "reason": made.reason,
    }  # fmt: skip
    record(made.seller_id, actor, kind, "absence", made.id, now, None, said)
