"""Changes to the seller itself and to who works for it, each with its event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Membership, Role, Seller, User
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.terms import parse_terms

from .actions import record

CHANGEABLE = ("name", "terms", "timezone", "weekend", "small_difference_minor", "address", "registration",
              "payment_details")  # fmt: skip
MOST_LINES = {"address": 6, "registration": 3, "payment_details": 6}


def change_seller(seller: Seller, actor: Actor, changes: Mapping[str, Any], now: datetime) -> Seller:
    """Change some of the seller's own columns; the journal keeps before and after. Errors: unknown terms or zone."""
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise BadInput(gettext_noop("%(name)s cannot be changed"), unknown[0], params={"name": unknown[0]})
    fresh = dict(changes)
    if "name" in fresh and not str(fresh["name"]).strip():
        raise BadInput(gettext_noop("The name is empty"), "name", gettext_noop("Give the company's name"))
    for name in set(MOST_LINES) & set(fresh):
        fresh[name] = _lines(str(fresh[name]), name)
    if "terms" in fresh:
        fresh["terms"] = str(parse_terms(str(fresh["terms"])))
    if "timezone" in fresh and fresh["timezone"] not in available_timezones():
        raise BadInput(
            gettext_noop("%(zone)s is not a time zone"), "timezone", gettext_noop("Give one such as Europe/Berlin"),
            {"zone": str(fresh["timezone"])},
        )  # fmt: skip
    if fresh.get("small_difference_minor", 0) < 0:
        raise BadInput(
            gettext_noop("The amount is negative"), "small_difference_minor", gettext_noop("Give zero or more")
        )
    with transaction.atomic():
        current = Seller.objects.select_for_update().get(id=seller.id)
        before = {name: getattr(current, name) for name in fresh if getattr(current, name) != fresh[name]}
        if not before:
            return current
        for name in before:
            setattr(current, name, fresh[name])
        current.save(update_fields=list(before))
        record(
            seller.id, actor, "seller_changed", "seller", seller.id, now, None,
            {"before": before, "after": {name: fresh[name] for name in before}},
        )  # fmt: skip
    return current


def _lines(text: str, name: str) -> str:
    """Lines of the letterhead, each trimmed, empty ones left out. Errors: too many, or too long."""
    found = [line for one in text.replace("\0", "").splitlines() if (line := " ".join(one.split()))]
    joined = "\n".join(found)
    most = Seller._meta.get_field(name).max_length or 0
    if len(found) > MOST_LINES[name] or len(joined) > most:
        raise BadInput(
            gettext_noop("These are more than %(lines)s lines or %(most)s characters"), name,
            gettext_noop("Make it shorter"), {"lines": MOST_LINES[name], "most": most},
        )  # fmt: skip
    return joined


def add_person(
    seller: Seller, actor: Actor, email: str, name: str, role: str, authority_minor: int, password: str, now: datetime,
    locale: str = "en",
) -> Membership:  # fmt: skip
    """Let a new person work for the seller. Errors: an address in use, an unknown role, a negative authority."""
    _check(role, authority_minor)
    email = email.strip().lower()
    if not name.strip():
        raise BadInput(gettext_noop("The name is empty"), "name", gettext_noop("Give the person's name"))
    try:
        with transaction.atomic():
            # The membership comes first: only through it may the seller see the person that is about to be written.
            user = User(id=new_id(), email=email, name=name.strip(), locale=locale)
            user.set_password(password)
            membership = Membership.objects.create(
                seller=seller, user_id=user.id, role=role, authority_minor=authority_minor
            )
            user.save(force_insert=True)
            record(
                seller.id, actor, "person_added", "membership", membership.id, now, None,
                {"name": user.name, "email": email, "role": role, "authority_minor": authority_minor},
            )  # fmt: skip
    except IntegrityError as error:
        raise BadInput(
            gettext_noop("%(email)s is in use already"),
            where="email",
            remedy=gettext_noop("Give another address, or have the operator add this person with `openterms user add`"),
            params={"email": email},
        ) from error
    return Membership.objects.select_related("user").get(id=membership.id)


def change_person(
    seller: Seller, actor: Actor, membership_id: Any, role: str, authority_minor: int, is_active: bool, now: datetime
) -> Membership:
    """Change what a person does and may decide, or end it. Errors: oneself, the last administrator, unknown role."""
    _check(role, authority_minor)
    with transaction.atomic():
        found = list(Membership.objects.select_for_update().filter(seller=seller).order_by("id"))
        membership = next((one for one in found if str(one.id) == str(membership_id)), None)
        if membership is None:
            raise BadInput(gettext_noop("There is no such person"), "person")
        stays_admin = role == Role.ADMIN and is_active
        if membership.user_id == actor.user_id and not stays_admin:
            raise BadInput(
                gettext_noop("You cannot take your own rights away"), "role", gettext_noop("Ask another administrator")
            )
        others = [one for one in found if one.role == Role.ADMIN and one.is_active and one.id != membership.id]
        if membership.role == Role.ADMIN and not stays_admin and not others:
            raise BadInput(
                gettext_noop("This is the last administrator"), "role", gettext_noop("Make somebody else one first")
            )
        before = {
            "role": membership.role,
            "authority_minor": membership.authority_minor,
            "active": membership.is_active,
        }
        membership.role, membership.authority_minor, membership.is_active = role, authority_minor, is_active
        membership.save(update_fields=["role", "authority_minor", "is_active"])
        record(
            seller.id, actor, "person_changed", "membership", membership.id, now, None,
            {"user": str(membership.user_id), "before": before,
             "after": {"role": role, "authority_minor": authority_minor, "active": is_active}},
        )  # fmt: skip
    return membership


def _check(role: str, authority_minor: int) -> None:
    if role not in Role.values:
        raise BadInput(gettext_noop("There is no role %(role)s"), "role", params={"role": role})
    if authority_minor < 0:
        raise BadInput(gettext_noop("The amount is negative"), "authority", gettext_noop("Give zero or more"))
