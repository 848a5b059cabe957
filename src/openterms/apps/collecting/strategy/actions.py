"""The strategy in force at a seller, and how another comes into force: written, handed in, published by a second one.

The built-in one holds until another is published. A strategy document is a document of its own, beside the credit
policy, with the same way to be published.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from importlib.resources import files
from uuid import UUID

import yaml
from django.db import connection, transaction

from openterms.apps.credit.policy.checks import AUTHORS, PUBLISHERS, against_person
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking, wait_shortly, waiting
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.strategies import Strategy, from_document
from openterms.core.collecting.strategy_lint import lint

from .models import StrategyDraft, StrategyVersion

MOST_LETTERS = 100_000
LOCK = 7369

__all__ = ["AUTHORS", "PUBLISHERS"]

NO_DRAFT = Reason(
    "strategy_no_draft", gettext_noop("Only a draft is changed; this one was handed in or published."), "",
    gettext_noop("Make a new draft from it."),
)  # fmt: skip
CHANGED = Reason(
    "strategy_changed", gettext_noop("Somebody else has changed this draft in the meantime."), "",
    gettext_noop("Read it again, then decide."),
)  # fmt: skip
NOT_HANDED_IN = Reason("strategy_not_handed_in", gettext_noop("Only a strategy that was handed in is published."))
OWN_STRATEGY = Reason(
    "own_strategy", gettext_noop("Nobody publishes a strategy that they wrote or handed in."), "",
    gettext_noop("Ask another credit manager."),
)  # fmt: skip
DAY_PAST = Reason(
    "strategy_day_past", gettext_noop("A strategy does not begin in the past, on %(day)s."), "",
    gettext_noop("Give %(today)s or a later day."),
)  # fmt: skip
LINT_WRONG = Reason(
    "strategy_wrong", gettext_noop("Lint finds something wrong: %(what)s"), "", gettext_noop("Correct it first.")
)


def standard_document() -> str:
    """The text of the built-in strategy."""
    return files("openterms.core.collecting").joinpath("standard.yaml").read_text(encoding="utf-8")


def read_text(text: str) -> Strategy:
    """The strategy that a text says. Errors: BadInput with the place, also for what is no YAML."""
    if len(text) > MOST_LETTERS:
        raise BadInput(gettext_noop("The document is too long"), "strategy")
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise BadInput(
            gettext_noop("This is not YAML: %(what)s"), f"strategy, line {line}", "", {"what": str(error)[:200]}
        ) from None
    return from_document(document)


def publish(seller: Seller, actor: Actor, document: str, valid_from: date, now: datetime) -> StrategyVersion:
    """Publish a strategy document as the next version. Errors: the document cannot be read."""
    read_text(document)
    with transaction.atomic():
        last = StrategyVersion.objects.filter(seller=seller).order_by("-version").first()
        made = StrategyVersion.objects.create(
            seller=seller, version=(last.version if last else 0) + 1, valid_from=valid_from, document=document,
            digest=hashlib.sha256(document.encode()).hexdigest(),
        )  # fmt: skip
        record(
            seller.id, actor, "strategy_published", "strategy", made.id, now, None,
            {"version": made.version, "digest": made.digest, "valid_from": valid_from.isoformat()},
        )  # fmt: skip
    return made


def draft_strategy(seller: Seller, actor: Actor, text: str, now: datetime, note: str = "") -> StrategyDraft:
    """Keep a text as a draft. Refused: a person who writes no strategies. Errors: it cannot be read."""
    require_person(seller, actor, AUTHORS)
    read_text(text)
    with transaction.atomic():
        _wait(seller)
        last = StrategyDraft.objects.filter(seller=seller).order_by("-number").first()
        made = StrategyDraft.objects.create(
            seller=seller, number=(last.number if last else 0) + 1, text=text, digest=_digest(text),
            note=note.strip()[:500], written_by=[actor.user_id], drafted_at=now,
        )  # fmt: skip
        _record(seller, actor, "strategy_drafted", made, now)
    return made


def edit_strategy(
    seller: Seller, actor: Actor, draft_id: UUID, text: str, revision: int, now: datetime
) -> StrategyDraft:
    """Write a draft anew; `revision` is the one that was read. Refused: changed meanwhile, no draft any more."""
    require_person(seller, actor, AUTHORS)
    read_text(text)
    with transaction.atomic():
        draft = _draft(seller, draft_id, revision)
        if draft.state != StrategyDraft.State.DRAFT:
            raise Refused([NO_DRAFT])
        draft.text, draft.digest, draft.revision = text, _digest(text), draft.revision + 1
        draft.written_by = list(dict.fromkeys([*draft.written_by, actor.user_id]))
        draft.save(update_fields=["text", "digest", "revision", "written_by"])
        _record(seller, actor, "strategy_edited", draft, now)
    return draft


def submit_strategy(seller: Seller, actor: Actor, draft_id: UUID, revision: int, now: datetime) -> StrategyDraft:
    """Hand a draft in to a second person. Refused: what lint finds wrong, changed meanwhile, no draft any more."""
    require_person(seller, actor, AUTHORS)
    with transaction.atomic():
        draft = _draft(seller, draft_id, revision)
        if draft.state != StrategyDraft.State.DRAFT:
            raise Refused([NO_DRAFT])
        _refuse_wrong(draft.text)
        draft.state, draft.submitted_by_id, draft.submitted_at = StrategyDraft.State.SUBMITTED, actor.user_id, now
        draft.save(update_fields=["state", "submitted_by", "submitted_at"])
        _record(seller, actor, "strategy_submitted", draft, now)
    return draft


def approve_strategy(
    seller: Seller, actor: Actor, draft_id: UUID, revision: int, valid_from: date, now: datetime
) -> StrategyVersion:
    """Publish what was handed in, as a second person, in force from a day on.

    Refused, with every reason: the role, one's own work, not handed in, a day gone by, changed meanwhile.
    """
    require_person(seller, actor, PUBLISHERS)
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        draft = _draft(seller, draft_id, revision)
        reasons = []
        if draft.state != StrategyDraft.State.SUBMITTED:
            reasons.append(NOT_HANDED_IN)
        if actor.user_id in (*draft.written_by, draft.submitted_by_id):
            reasons.append(OWN_STRATEGY)
        if valid_from < today:
            reasons.append(DAY_PAST.given(day=valid_from.isoformat(), today=today.isoformat()))
        if reasons:
            raise Refused(reasons)
        _refuse_wrong(draft.text)
        made = publish(seller, actor, draft.text, valid_from, now)
        draft.state, draft.approved_by_id, draft.approved_at = StrategyDraft.State.PUBLISHED, actor.user_id, now
        draft.version = made.version
        draft.save(update_fields=["state", "approved_by", "approved_at", "version"])
    return made


def withdraw_strategy(seller: Seller, actor: Actor, draft_id: UUID, revision: int, now: datetime) -> StrategyDraft:
    """Give a draft up, or send what was handed in back for good. Refused: published already."""
    require_person(seller, actor, AUTHORS)
    with transaction.atomic():
        draft = _draft(seller, draft_id, revision)
        if draft.state not in (StrategyDraft.State.DRAFT, StrategyDraft.State.SUBMITTED):
            raise Refused([NO_DRAFT])
        draft.state = StrategyDraft.State.WITHDRAWN
        draft.save(update_fields=["state"])
        _record(seller, actor, "strategy_withdrawn", draft, now)
    return draft


def in_force(seller: Seller, as_of: date, now: datetime) -> tuple[StrategyVersion, Strategy]:
    """The version in force on a day and its meaning; the built-in document is published on first use."""
    found = StrategyVersion.objects.filter(seller=seller, valid_from__lte=as_of).order_by("-version").first()
    if found is None:
        found = StrategyVersion.objects.filter(seller=seller).order_by("version").first()
    if found is None:
        found = publish(seller, SYSTEM, standard_document(), as_of, now)
    return found, from_document(yaml.safe_load(found.document))


def require_person(seller: Seller, actor: Actor, roles: Sequence[str]) -> None:
    """Refused unless the actor is a person who works here in one of the roles."""
    membership = None
    if actor.user_id is not None:
        membership = Membership.objects.select_related("user").filter(seller=seller, user_id=actor.user_id).first()
    missing = against_person(actor, membership, roles)
    if missing:
        raise Refused([missing])


def _refuse_wrong(text: str) -> None:
    wrong = [one for one in lint(read_text(text)) if one.severity == "wrong"]
    if wrong:
        raise Refused([LINT_WRONG.given(what=f"{one.place}: {one.text()}") for one in wrong])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _wait(seller: Seller) -> None:
    """The drafts of one seller wait for each other."""
    wait_shortly()
    with waiting(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, zlib.crc32(seller.id.bytes) - 2**31])


def _draft(seller: Seller, draft_id: UUID, revision: int) -> StrategyDraft:
    with locking():
        draft = StrategyDraft.objects.select_for_update(of=("self",)).filter(seller=seller, id=draft_id).first()
    if draft is None:
        raise BadInput(gettext_noop("There is no such draft"), "strategy")
    if draft.revision != revision:
        raise Refused([CHANGED])
    return draft


def _record(seller: Seller, actor: Actor, kind: str, draft: StrategyDraft, now: datetime) -> None:
    said = {"number": draft.number, "digest": draft.digest, "revision": draft.revision}
    record(seller.id, actor, kind, "strategy_draft", draft.id, now, None, said)
