"""Change many lines at once: look first, then do, each line by itself.

Looking asks the refusals of every line's own verb, of facts that are read for all lines at once, so what is refused
then is refused now, with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.credit.line.actions import refuse_role
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.line.states import NO_LINE
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash, rows
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import basis_points

from .ahead import Ahead, Step
from .models import MassChange, MassChangeRow, Verb

MOST_LINES = 500
MOST_CHANGE_BP = 100_000

STALE = Reason(
    "line_changed_since",
    gettext_noop("The line has been changed since it was looked at."),
    remedy=gettext_noop("Look at it again."),
)
NO_LIMIT = Reason(
    "no_limit_to_change",
    gettext_noop("The line has no limit that could be changed by a share."),
    remedy=gettext_noop("Set a limit first."),
)
NOT_LOOKED_AT = Reason(
    "change_not_looked_at",
    gettext_noop("This change is not one that waits to be confirmed."),
    remedy=gettext_noop("Wait until it has been looked at, or ask for it anew."),
)
SAME_LIMIT = Reason(
    "same_limit",
    gettext_noop("The line has this limit already."),
    remedy=gettext_noop("Leave it out."),
)
OTHER_CURRENCY = Reason(
    "line_in_other_currency",
    gettext_noop("The line is in %(currency)s."),
    remedy=gettext_noop("Change lines of one currency at a time."),
)
OWED = """
SELECT w.customer, w.currency, (coalesce(i.minor, 0) + coalesce(l.held_minor, 0))::bigint AS minor
FROM unnest(%(customers)s::uuid[], %(currencies)s::text[]) AS w (customer, currency)
LEFT JOIN (
    SELECT customer_id, currency, sum(CASE WHEN kind IN ('invoice', 'late_fee', 'late_interest', 'charity')
        THEN open_minor ELSE -open_minor END) AS minor
    FROM receivables_item
    WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s::uuid[]) AND open_minor > 0
    GROUP BY customer_id, currency
) i ON i.customer_id = w.customer AND i.currency = w.currency
LEFT JOIN credit_line l ON l.seller_id = %(seller)s AND l.customer_id = w.customer AND l.currency = w.currency
"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is done to each line: a limit in minor units of `currency`, a change in basis points, or a last day (None:
    no end), by the verb; why, and what the customers are told."""

    verb: str
    reason: str
    message: str = ""
    amount_minor: int | None = None
    currency: str = ""
    change_bp: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Target:
    """A line by its customer and currency, and where each has its own, the limit that it gets."""

    customer_id: UUID
    currency: str
    limit_minor: int | None = None


def look(seller: Seller, actor: Actor, wanted: Wanted, targets: Sequence[Target], now: datetime) -> MassChange:
    """See what a change would do to each line, and what is refused and why; no line is changed.

    Refused: a role that sets no limits. Errors: nobody chosen, more than 500 lines, no reason, a figure that the verb
    needs and that is missing or cannot be.
    """
    with transaction.atomic():
        change, found = kept(seller, actor, wanted, targets, now, MassChange.State.PREVIEW, MOST_LINES)
        customers = Customer.objects.in_bulk([row.customer_id for row in found])
        for row in found:
            row.customer = customers[row.customer_id]
        look_at(seller, actor, change, found, now)
        MassChangeRow.objects.bulk_create(found)
    return change


def kept(
    seller: Seller, actor: Actor, wanted: Wanted, targets: Sequence[Target], now: datetime, state: str, most: int
) -> tuple[MassChange, list[MassChangeRow]]:
    """The change as it is kept, and its rows, not yet written and not yet looked at. Refused and errors as `look`."""
    refuse_role(actor)
    _check(wanted, targets, most)
    several = list({(one.customer_id, one.currency): one for one in targets}.values())
    change = MassChange.objects.create(
        seller=seller, verb=wanted.verb, amount_minor=wanted.amount_minor, currency=wanted.currency,
        change_bp=wanted.change_bp, until=wanted.until, reason=wanted.reason.strip()[:500],
        message=wanted.message.strip(), state=state, made_at=now, user_id=actor.user_id,
    )  # fmt: skip
    ids = [one.customer_id for one in several]
    known = set(Customer.objects.filter(seller=seller, id__in=ids).values_list("id", flat=True))
    if not known.issuperset(ids):
        raise BadInput(gettext_noop("This customer is not the seller's"), "customers")
    given = {"seller": seller.id, "customers": ids, "currencies": [one.currency for one in several]}
    with joined_by_hash():
        owed = {(one["customer"], one["currency"]): one["minor"] for one in rows(OWED, given)}
    return change, [
        MassChangeRow(
            seller=seller, change=change, customer_id=one.customer_id, place=place, currency=one.currency,
            after_minor=one.limit_minor, exposure_minor=owed[one.customer_id, one.currency],
        )
        for place, one in enumerate(several)
    ]  # fmt: skip


def look_at(seller: Seller, actor: Actor, change: MassChange, found: Sequence[MassChangeRow], now: datetime) -> None:
    """Fill rows with how their lines are, what would become of them and what is refused. Nothing is written."""
    lines = lines_of(seller, found)
    ahead = Ahead(seller, actor, change, list(lines.values()), now)
    for row in found:
        line = lines.get((row.customer_id, row.currency))
        row.stamp, row.before_minor = stamp_of(line), line.limit_minor if line else None
        row.after_minor = _after(change, line, row.after_minor)
        try:
            ahead.refuse(line, row, step_of(change, row, line))
            row.fault = None
        except (BadInput, Refused) as error:
            row.fault = fault_of(error)


def lines_of(seller: Seller, found: Sequence[MassChangeRow]) -> dict[tuple[UUID, str], Line]:
    """The lines of rows, by customer and currency."""
    lines = Line.objects.filter(seller=seller, customer_id__in=[row.customer_id for row in found])
    return {(line.customer_id, line.currency): line for line in lines}


def confirm(seller: Seller, actor: Actor, change_id: UUID, now: datetime) -> MassChange:
    """Do to each line what was looked at, each by itself: what is refused or has changed since changes nothing there,
    and the others go on. Done twice, it is done once. Refused: a role that sets no limits; cancelled, or still looked
    at; the worker's; busy. Errors: none such."""
    from .doing import carry_out

    refuse_role(actor)
    with transaction.atomic():
        change = locked(seller, change_id)
        if change.state == MassChange.State.DONE:
            return change
        if change.state != MassChange.State.PREVIEW:
            raise Refused([NOT_LOOKED_AT])
        change.confirmed_at, change.confirmed_by_id, change.started_at = now, actor.user_id, now
        carry_out(seller, actor, change, waiting(change), now)
        finish(seller, actor, change, now)
    return change


def locked(seller: Seller, change_id: UUID) -> MassChange:
    """A change under its lock. Refused: busy. Errors: none such."""
    with locking():
        change = MassChange.objects.select_for_update().filter(seller=seller, id=change_id).first()
    if change is None:
        raise BadInput(gettext_noop("There is no such change"), "change")
    return change


def waiting(change: MassChange, most: int | None = None) -> list[MassChangeRow]:
    """The rows that are still to be done, in order."""
    found = MassChangeRow.objects.filter(change=change, outcome="", fault__isnull=True, is_looked=True)
    return list(found.order_by("place")[:most])


def finish(seller: Seller, actor: Actor, change: MassChange, now: datetime) -> None:
    """Say that everything was tried, in one event with what came of it."""
    change.state = MassChange.State.DONE
    change.save(update_fields=["state", "confirmed_at", "confirmed_by", "started_at"])
    done = MassChangeRow.objects.filter(change=change, outcome="done").count()
    record(
        seller.id, actor, "lines_changed", "mass_change", change.id, now, None,
        {"verb": change.verb, "done": done, "refused": MassChangeRow.objects.filter(change=change).count() - done,
         "reason": change.reason},
    )  # fmt: skip


def step_of(change: MassChange, row: MassChangeRow, line: Line | None) -> Step:
    """Which verb of a line a row comes to: a limit is lowered by its own, and raised with authority. Refused: none."""
    if line is None and change.verb != Verb.SET:
        raise Refused([NO_LINE.given(currency=row.currency)])
    if change.verb in (Verb.SUSPEND, Verb.RESUME, Verb.UNTIL):
        return Step(change.verb)
    after = row.after_minor
    if change.verb == Verb.LIMIT and row.currency != change.currency:
        raise Refused([OTHER_CURRENCY.given(currency=row.currency)])
    if after is None:
        raise Refused([NO_LIMIT])
    if line is not None and line.limit_minor == after:
        raise Refused([SAME_LIMIT])
    lowers = line is not None and (line.is_unlimited or (line.limit_minor is not None and after < line.limit_minor))
    return Step.REDUCE if lowers or change.verb == Verb.LIMIT else Step.SET


def _after(change: MassChange, line: Line | None, own_minor: int | None) -> int | None:
    """The limit afterwards; None where the verb makes none."""
    if change.verb == Verb.SET:
        return own_minor
    before = line.limit_minor if line else None
    if change.verb == Verb.LIMIT:
        return change.amount_minor
    if change.verb == Verb.PERCENT:
        return None if before is None else max(before + basis_points(before, change.change_bp or 0), 0)
    return before


def stamp_of(line: Line | None) -> str:
    """What must still be so when a change is confirmed."""
    if line is None:
        return ""
    parts = (line.limit_minor, line.is_unlimited, line.state, line.valid_until, line.temporary_until)
    return " ".join(str(part) for part in parts)


def fault_of(error: BadInput | Refused) -> dict[str, Any]:
    """A refusal as it is kept with a row: code, text and remedy as message ids, places."""
    if isinstance(error, Refused):
        first = error.first
        return {"code": first.code, "staff": first.staff, "remedy": first.remedy, "params": dict(first.params)}
    return {"code": error.where, "staff": error.what, "remedy": error.remedy, "params": dict(error.params)}


def _check(wanted: Wanted, targets: Sequence[Target], most: int) -> None:
    if not targets:
        raise BadInput(gettext_noop("Nobody is chosen"), "customers", gettext_noop("Choose at least one row"))
    if len(targets) > most:
        raise BadInput(
            gettext_noop("%(count)s lines are too many at once"),
            "customers",
            gettext_noop("Choose %(most)s or fewer, for example by a filter"),
            {"count": len(targets), "most": most},
        )
    if not wanted.reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the lines change"))
    if wanted.verb not in Verb.values:
        raise BadInput(gettext_noop("There is no such change"), "verb", gettext_noop("Choose one of the list"))
    if wanted.verb == Verb.LIMIT:
        if wanted.amount_minor is None or wanted.amount_minor < 0:
            raise BadInput(
                gettext_noop("A limit is zero or more"), "amount", gettext_noop("Give an amount such as 1000.00")
            )
        exponent(wanted.currency)
    if wanted.verb == Verb.PERCENT and (
        not wanted.change_bp or not -10_000 <= wanted.change_bp <= MOST_CHANGE_BP
    ):
        raise BadInput(
            gettext_noop("A limit changes by -100 % to 1000 %, and not by nothing"),
            "percent",
            gettext_noop("Give such as -20"),
        )
