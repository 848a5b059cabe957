"""The life of a policy version: drafted, edited, back-tested, submitted, approved by a second person, withdrawn.

The steps of one seller wait for each other; each is one transaction with one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .back_tests import NOT_TESTED, has_history, newest_back_test
from .checks import AUTHORS, PUBLISHERS, against_person, against_publishing, refuse_wrong
from .models import PolicyVersion, State
from .reads import find_version, parsed
from .texts import content_of, plain_text

CHANGED_MEANWHILE = Reason(
    "changed_meanwhile",
    gettext_noop("Somebody else has changed this version in the meantime."),
    "",
    gettext_noop("Read it again, then decide."),
)
NOT_A_DRAFT = Reason(
    "not_a_draft",
    gettext_noop("Only a draft is changed; this version is not one any more."),
    "",
    gettext_noop("Make a new draft from it, or have a submitted one sent back."),
)
NOT_WAITING = Reason(
    "not_waiting", gettext_noop("Only a submitted version is sent back; this one is not."), "", ""
)
BEGUN = Reason(
    "begun",
    gettext_noop("A policy that has begun is not withdrawn: decisions were made by it."),
    "",
    gettext_noop("Publish another version, which takes its place."),
)
GONE = Reason("gone", gettext_noop("This version is withdrawn already."), "", "")


def draft_policy(seller: Seller, actor: Actor, text: str, now: datetime, note: str = "") -> PolicyVersion:
    """Keep a text as the next version of its policy, as a draft. What lint finds does not matter yet.

    A text that cannot be read as a policy is kept too, as long as a line `code:` says whose version it is. Refused: a
    person who writes no policies; busy. Errors: no such line, with the place where reading stopped; too long.
    """
    text = plain_text(text)
    content = content_of(text, seller.currency)
    with transaction.atomic():
        _wait(seller)
        _person(seller, actor, AUTHORS)
        last = PolicyVersion.objects.filter(seller=seller, code=content["code"]).order_by("-number").first()
        made = PolicyVersion.objects.create(
            seller=seller,
            number=last.number + 1 if last else 1,
            **content,
            note=_note(note),
            written_by=[actor.user_id],
            drafted_by_id=actor.user_id,
            drafted_at=now,
        )
        _record(actor, "policy_drafted", made, now, {"note": made.note})
    return made


def edit_draft(
    seller: Seller, actor: Actor, version_id: UUID, text: str, revision: int, now: datetime, note: str | None = None
) -> PolicyVersion:
    """Write a draft anew. `revision` is the one that was read; `note` stays as it is where None.

    Refused: changed meanwhile, no draft any more, a person who writes no policies; busy. Errors: a text of another
    policy; too long.
    """
    text = plain_text(text)
    with transaction.atomic():
        _wait(seller)
        _person(seller, actor, AUTHORS)
        kept = _read(seller, version_id, revision)
        if kept.state != State.DRAFT:
            raise Refused([NOT_A_DRAFT])
        content = content_of(text, kept.currency, kept.code)
        if content["code"] != kept.code:
            raise BadInput(
                gettext_noop("This is a draft of %(code)s, and the text is of %(other)s"),
                "policy, code",
                gettext_noop("Keep the code, or make a new draft"),
                {"code": kept.code, "other": content["code"]},
            )
        fresh = content | {"note": kept.note if note is None else _note(note)}
        if all(getattr(kept, name) == value for name, value in fresh.items()):
            return kept
        for name, value in fresh.items():
            setattr(kept, name, value)
        kept.revision += 1
        kept.written_by = list(dict.fromkeys([*kept.written_by, actor.user_id]))
        kept.save(update_fields=[*fresh, "revision", "written_by"])
        _record(actor, "policy_edited", kept, now)
    return kept


def submit_policy(seller: Seller, actor: Actor, version_id: UUID, revision: int, now: datetime) -> PolicyVersion:
    """Hand a draft to a second person; from now on its text waits unchanged.

    Refused: something that lint finds wrong (`FoundWrong`, with every finding), changed meanwhile, no draft any more, a
    person who writes no policies; busy. Errors: a text that cannot be read, with the place.
    """
    refuse_wrong(parsed(find_version(seller, version_id)))
    with transaction.atomic():
        _wait(seller)
        _person(seller, actor, AUTHORS)
        kept = _read(seller, version_id, revision)
        if kept.state != State.DRAFT:
            raise Refused([NOT_A_DRAFT])
        kept.state, kept.submitted_by_id, kept.submitted_at = State.SUBMITTED, actor.user_id, now
        kept.save(update_fields=["state", "submitted_by", "submitted_at"])
        _record(actor, "policy_submitted", kept, now)
    return kept


def return_policy(seller: Seller, actor: Actor, version_id: UUID, reason: str, now: datetime) -> PolicyVersion:
    """Send a submitted version back to its writers, as a draft. Refused: not submitted, wrong role; busy.

    Errors: no reason.
    """
    reason = _reason(reason)
    with transaction.atomic():
        _wait(seller)
        _person(seller, actor, AUTHORS)
        kept = _read(seller, version_id)
        if kept.state != State.SUBMITTED:
            raise Refused([NOT_WAITING])
        kept.state = State.DRAFT
        kept.save(update_fields=["state"])
        _record(actor, "policy_returned", kept, now, {"reason": reason})
    return kept


def publish_policy(
    seller: Seller, actor: Actor, version_id: UUID, revision: int, effective_from: date, now: datetime,
    untested: str = "",
) -> PolicyVersion:  # fmt: skip
    """Approve a submitted version as a second person, in force from a day at the seller on.

    The newest back-test of its document is kept with it; where none was run, `untested` says why, unless the seller has
    no history in the currency to run one on.

    `revision` is the one that was read. The person is a credit manager who neither wrote nor submitted it, works here
    at this very moment, and may grant at least what the policy lets be granted without a person. Refused, with every
    reason: any of that, not submitted, no back-test and no reason for it, a day gone by or taken by another version of
    the currency, something that lint finds wrong, changed meanwhile; busy.
    """
    untested = untested.strip()
    if len(untested) > 500:
        raise BadInput(gettext_noop("The reason is too long"), "untested", gettext_noop("Write at most 500 letters"))
    refuse_wrong(parsed(find_version(seller, version_id)))
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        _wait(seller)
        membership = _membership(seller, actor)
        kept = _read(seller, version_id, revision)
        reasons = list(against_publishing(seller, kept, actor, membership, effective_from, today))
        tested = newest_back_test(kept)
        has_past = tested is not None or has_history(seller, kept.currency)
        if tested is None and has_past and not untested:
            reasons.append(NOT_TESTED)
        if reasons:
            raise Refused(reasons)
        kept.state, kept.effective_from = State.PUBLISHED, effective_from
        kept.approved_by_id, kept.approved_at = actor.user_id, now
        kept.back_test, kept.untested = tested, "" if tested or not has_past else untested
        kept.save(
            update_fields=["state", "effective_from", "approved_by", "approved_at", "back_test", "untested"]
        )  # fmt: skip
        said = {"effective_from": effective_from.isoformat(), "has_history": has_past, "untested": kept.untested}
        if tested:
            said["back_test"] = {"id": str(tested.id), "against": tested.against, "figures": tested.figures}
        _record(actor, "policy_published", kept, now, said)
    return kept


def withdraw_policy(seller: Seller, actor: Actor, version_id: UUID, reason: str, now: datetime) -> PolicyVersion:
    """Take a version back for good: a draft or a submitted one, or a published one before its day.

    Refused: in force already or superseded, withdrawn already, a role that does not write (or, for a published one, not
    approve) policies; busy. Errors: no reason.
    """
    reason = _reason(reason)
    with transaction.atomic():
        _wait(seller)
        kept = _read(seller, version_id)
        _person(seller, actor, PUBLISHERS if kept.state == State.PUBLISHED else AUTHORS)
        against = against_withdrawing(kept, local_date(now, seller.timezone))
        if against:
            raise Refused([against])
        kept.state, kept.withdrawn_by_id, kept.withdrawn_at = State.WITHDRAWN, actor.user_id, now
        kept.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
        _record(actor, "policy_withdrawn", kept, now, {"reason": reason})
    return kept


def against_withdrawing(version: PolicyVersion, today: date) -> Reason | None:
    """What keeps a version from being withdrawn, whoever asks; None where nothing does."""
    if version.state == State.WITHDRAWN:
        return GONE
    if version.state == State.PUBLISHED and version.effective_from is not None and version.effective_from <= today:
        return BEGUN
    return None


def _wait(seller: Seller) -> None:
    """One step of one seller's policies at a time: numbers and days are given out one after the other."""
    with locking(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('policy:' || %s, 0))", [str(seller.id)])


def _membership(seller: Seller, actor: Actor) -> Membership | None:
    """The person's membership as it is now, and nobody changes it before this step is done."""
    if actor.user_id is None:
        return None
    with locking():
        found = Membership.objects.select_for_update(no_key=True).filter(seller=seller, user_id=actor.user_id)
        return found.first()


def _person(seller: Seller, actor: Actor, roles: Sequence[str]) -> None:
    against = against_person(actor, _membership(seller, actor), roles)
    if against:
        raise Refused([against])


def _read(seller: Seller, version_id: UUID, revision: int | None = None) -> PolicyVersion:
    found = find_version(seller, version_id)
    if revision is not None and found.revision != revision:
        raise Refused([CHANGED_MEANWHILE])
    return found


def _note(text: str) -> str:
    if len(text.strip()) > 500:
        raise BadInput(gettext_noop("The note is too long"), "note", gettext_noop("Write at most 500 letters"))
    return text.strip()


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why"))
    return text.strip()


def _record(actor: Actor, kind: str, version: PolicyVersion, now: datetime, more: dict[str, Any] | None = None) -> None:
    said = {
        "policy": version.label, "name": version.name, "currency": version.currency, "revision": version.revision,
        "hash": version.hash,
    }  # fmt: skip
    record(version.seller_id, actor, kind, "policy_version", version.id, now, None, said | (more or {}))
