"""Give one's authority to another person for some days, and take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Membership, Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .models import Delegation

LONGEST_DAYS = 366

NOT_YOURS = Reason(
    "not_your_authority",
    gettext_noop("Authority is given by who has it, or by an administrator while they are away."),
    "",
    gettext_noop("Ask that person, or an administrator."),
)
TO_ONESELF = Reason(
    "delegated_to_oneself",
    gettext_noop("Nobody gives themselves the authority of another person."),
    "",
    gettext_noop("Ask another administrator to give it."),
)
NOT_WORKING_HERE = Reason(
    "delegation_needs_both",
    gettext_noop("Both persons must work for the seller."),
    "",
    gettext_noop("Choose somebody who does."),
)
MORE_THAN_OWN = Reason(
    "more_than_own_authority",
    gettext_noop("%(authority_minor)s is more than this person may grant: %(own_minor)s."),
    "",
    gettext_noop("Give at most what they have themselves."),
)
HELD_ALREADY = Reason(
    "delegated_already",
    gettext_noop("%(name)s holds this authority from %(first)s to %(last)s already."),
    "",
    gettext_noop("End that first, or choose other days."),
)
ENDED = Reason("delegation_ended", gettext_noop("This delegation is over already."))


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Whose authority whom holds, from a day to a day; `authority_minor` None is all that the giver has."""

    giver_id: UUID
    holder_id: UUID
    first: date
    last: date
    reason: str
    authority_minor: int | None = None


def delegate(seller: Seller, actor: Actor, wanted: Absence, now: datetime) -> Delegation:
    """Let another person hold somebody's authority for dated days. One holder at a time for one giver.

    Refused, with every reason: neither the giver nor an administrator gives it, an administrator gives it to
    themselves, somebody does not work here, more than the giver has, days that another holder has; busy. Errors: days
    the wrong way round, past or too many, no reason, the same person twice.
    """
    _check(wanted, local_date(now, seller.timezone))
    with transaction.atomic():
        with locking(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('delegation:' || %s, 0))", [str(seller.id)])
        members = {one.user_id: one for one in Membership.objects.select_related("user").filter(seller=seller)}
        giver, holder = members.get(wanted.giver_id), members.get(wanted.holder_id)
        if giver is None or holder is None or not all(map(_works, (giver, holder))):
            raise Refused([NOT_WORKING_HERE])
        minor = giver.authority_minor if wanted.authority_minor is None else wanted.authority_minor
        reasons = _against(actor, members, giver, holder)
        if minor > giver.authority_minor:
            reasons.append(
                MORE_THAN_OWN.given(
                    authority_minor=minor, own_minor=giver.authority_minor, currency=seller.currency
                )
            )  # fmt: skip
        other = Delegation.objects.filter(
            seller=seller, giver_id=giver.user_id, ended_at__isnull=True, first__lte=wanted.last,
            last__gte=wanted.first,
        ).select_related("holder").first()  # fmt: skip
        if other is not None:
            name, days = str(other.holder), (other.first.isoformat(), other.last.isoformat())
            reasons.append(HELD_ALREADY.given(name=name, first=days[0], last=days[1]))
        if reasons:
            raise Refused(reasons)
        made = Delegation.objects.create(
            seller=seller, giver_id=giver.user_id, holder_id=holder.user_id, first=wanted.first, last=wanted.last,
            authority_minor=minor, reason=wanted.reason.strip(), given_by_id=actor.user_id, given_at=now,
        )  # fmt: skip
        _record(actor, "authority_delegated", made, giver, holder, now)
    return made


def end_delegation(seller: Seller, actor: Actor, delegation_id: UUID, now: datetime) -> Delegation:
    """Take it back at once. Refused: neither the giver nor an administrator; over already; busy. Errors: unknown."""
    with transaction.atomic():
        with locking():
            found = Delegation.objects.select_for_update(of=("self",)).filter(seller=seller, id=delegation_id).first()
        if found is None:
            raise BadInput(gettext_noop("There is no such delegation"), "delegation")
        members = {one.user_id: one for one in Membership.objects.select_related("user").filter(seller=seller)}
        me = members.get(actor.user_id) if actor.user_id else None
        if me is None or not _works(me) or (me.user_id != found.giver_id and me.role != Role.ADMIN):
            raise Refused([NOT_YOURS])
        if found.ended_at is not None or found.last < local_date(now, seller.timezone):
            raise Refused([ENDED])
        found.ended_at, found.ended_by_id = now, actor.user_id
        found.save(update_fields=["ended_at", "ended_by"])
        _record(actor, "delegation_ended", found, members[found.giver_id], members[found.holder_id], now)
    return found


def _works(one: Membership) -> bool:
    return one.is_active and one.user.is_active


def _against(
    actor: Actor, members: dict[UUID, Membership], giver: Membership, holder: Membership
) -> list[Reason]:
    me = members.get(actor.user_id) if actor.user_id else None
    if me is None or not _works(me):
        return [NOT_YOURS]
    if me.user_id == giver.user_id:
        return []
    found = [] if me.role == Role.ADMIN else [NOT_YOURS]
    if me.user_id == holder.user_id:
        found.append(TO_ONESELF)
    return found


def _check(wanted: Absence, today: date) -> None:
    if wanted.giver_id == wanted.holder_id:
        raise BadInput(gettext_noop("These are the same person"), "holder", gettext_noop("Choose somebody else"))
    if not wanted.reason.strip() or len(wanted.reason.strip()) > 500:
        raise BadInput(
            gettext_noop("The reason is empty or too long"), "reason", gettext_noop("Say why in up to 500 letters")
        )
    if wanted.first < today:
        raise BadInput(gettext_noop("It begins in the past"), "first", gettext_noop("Give today or a later day"))
    if not 0 <= (wanted.last - wanted.first).days < LONGEST_DAYS:
        raise BadInput(
            gettext_noop("The last day is before the first, or more than a year after it"),
            "last",
            gettext_noop("Give a day within a year of the first"),
        )
    if wanted.authority_minor is not None and wanted.authority_minor < 0:
        raise BadInput(gettext_noop("The amount is negative"), "authority", gettext_noop("Give zero or more"))


def _record(
    actor: Actor, kind: str, made: Delegation, giver: Membership, holder: Membership, now: datetime
) -> None:
    said = {
        "giver": str(giver.user), "holder": str(holder.user), "role": giver.role, "first": made.first.isoformat(),
        "last": made.last.isoformat(), "authority_minor": made.authority_minor, "reason": made.reason,
    }  # fmt: skip
    record(made.seller_id, actor, kind, "delegation", made.id, now, None, said)
