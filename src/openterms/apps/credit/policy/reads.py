"""Which policy is in force, what a version says, and how each version stands on a day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.policy import Policy, read_policy

from .models import PolicyVersion, State

IN_FORCE, SUPERSEDED, TO_COME = "in_force", "superseded", "to_come"
MOST_PARSED = 64
_parsed: OrderedDict[str, Policy] = OrderedDict()
_turn = Lock()


def policy_on(seller: Seller, currency: str, on: date) -> PolicyVersion | None:
    """The published version in force for a currency on a day at the seller; None where none was published by then.

    Its text is read from the record only when asked for.
    """
    found = PolicyVersion.objects.filter(
        seller=seller, currency=currency, state=State.PUBLISHED, effective_from__lte=on
    ).order_by("-effective_from")
    return found.defer("text").first()


def parsed(version: PolicyVersion) -> Policy:
    """What a version says. Equal documents are read once; the last 64 are kept.

    Raises BadInput where the product no longer reads what it once published.
    """
    with _turn:
        found = _parsed.get(version.hash)
        if found is not None:
            _parsed.move_to_end(version.hash)
            return found
    found = read_policy(version.text)
    with _turn:
        _parsed[version.hash] = found
        while len(_parsed) > MOST_PARSED:
            _parsed.popitem(last=False)
    return found


def fault_of(version: PolicyVersion) -> BadInput | None:
    """Why the text of a version cannot be read as a policy; None where it can."""
    try:
        parsed(version)
    except BadInput as fault:
        return fault
    return None


def find_version(seller: Seller, version_id: UUID) -> PolicyVersion:
    """A version of the seller. Errors: there is none such."""
    found = PolicyVersion.objects.filter(seller=seller, id=version_id).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no policy version %(id)s"),
            "id",
            gettext_noop("Give the id of a version of this seller"),
            {"id": str(version_id)},
        )
    return found


def named_version(seller: Seller, label: str) -> PolicyVersion:
    """The version that `code@number` names. Errors: it is not written so, or there is none such."""
    code, _, number = label.rpartition("@")
    if not code or not number.isdecimal() or len(number) > 9:
        raise BadInput(
            gettext_noop("%(label)s does not name a policy version"),
            "policy",
            gettext_noop("Write it as wholesale@3"),
            {"label": label},
        )
    found = PolicyVersion.objects.filter(seller=seller, code=code, number=int(number)).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no policy version %(id)s"),
            "policy",
            gettext_noop("`openterms policy list --seller %(seller)s` lists them"),
            {"id": label, "seller": seller.code},
        )
    return found


@dataclass(frozen=True, slots=True)
class Stood:
    """A version and how it stands on a day: a state of its own, or in force, superseded, to come.

    `until` is the day on which the next published version of its currency begins, where there is one.
    """

    version: PolicyVersion
    standing: str
    until: date | None = None


def versions(seller: Seller, on: date) -> Sequence[Stood]:
    """Every version of the seller without its text, policies in order of code, the newest first."""
    found = PolicyVersion.objects.filter(seller=seller).defer("text").order_by("code", "-number")
    people = found.select_related("drafted_by", "submitted_by", "approved_by")
    return stood(list(people), on)


def stood(found: Sequence[PolicyVersion], on: date) -> list[Stood]:
    """How each of all versions of a seller stands on a day."""
    begun: dict[str, list[date]] = {}
    for one in found:
        if one.state == State.PUBLISHED and one.effective_from:
            begun.setdefault(one.currency, []).append(one.effective_from)
    answer = []
    for one in found:
        if one.state != State.PUBLISHED or one.effective_from is None:
            answer.append(Stood(one, one.state))
            continue
        until = min((day for day in begun[one.currency] if day > one.effective_from), default=None)
        standing = TO_COME if one.effective_from > on else SUPERSEDED if until and until <= on else IN_FORCE
        answer.append(Stood(one, standing, until))
    return answer


def stood_now(version: PolicyVersion, on: date) -> Stood:
    """How one version stands on a day."""
    others = PolicyVersion.objects.filter(
        seller_id=version.seller_id, currency=version.currency, state=State.PUBLISHED
    ).exclude(id=version.id)
    return stood([version, *others.defer("text")], on)[0]
