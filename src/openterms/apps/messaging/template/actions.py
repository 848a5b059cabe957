"""Write, publish and withdraw the seller's own words."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.purposes import LANGUAGES, PURPOSES, TONES
from openterms.core.messaging.templates import Source, lint

from .models import TemplateVersion
from .reads import Place, hash_of

AUTHORS = ("credit_manager", "collector")
PUBLISHERS = ("credit_manager",)

NOT_AN_AUTHOR = Reason(
    "template_not_yours", gettext_noop("Templates are not for this role."), "",
    gettext_noop("Ask a credit manager or a collector."),
)  # fmt: skip
NOT_A_PUBLISHER = Reason(
    "template_not_published_by_you", gettext_noop("Templates are published by a credit manager."), "",
    gettext_noop("Ask a credit manager."),
)  # fmt: skip
NO_DRAFT = Reason("template_no_draft", gettext_noop("There is no draft of this template."))


def save_draft(seller: Seller, actor: Actor, place: Place, source: Source, now: datetime) -> TemplateVersion:
    """Write the draft of a place; one with faults may be kept and not published. Refused: the role, busy.

    Errors: an unknown purpose, language or tone; parts that are too long to be read.
    """
    _require(actor, AUTHORS, NOT_AN_AUTHOR)
    purpose, language, tone, segment = place
    for value, known, where in ((purpose, PURPOSES, "purpose"), (language, LANGUAGES, "language"),
                                (tone, TONES, "tone")):  # fmt: skip
        if value not in known:
            raise BadInput(gettext_noop("This is none of the choices"), where, gettext_noop("Choose one of the list"))
    if len(source.subject) > 500 or len(source.text) > 20_000 or len(source.short) > 2_000:
        raise BadInput(gettext_noop("The template is too long"), "text", gettext_noop("Make it shorter"))
    with transaction.atomic():
        with locking():
            of_place = TemplateVersion.objects.select_for_update(of=("self",)).filter(
                seller=seller, purpose=purpose, language=language, tone=tone, segment=segment
            )
            draft = of_place.filter(state="draft").first()
        if draft is None:
            last = of_place.model.objects.filter(
                seller=seller, purpose=purpose, language=language, tone=tone, segment=segment
            ).aggregate(last=Max("number"))["last"]
            draft = TemplateVersion(
                seller=seller, purpose=purpose, language=language, tone=tone, segment=segment, number=(last or 0) + 1
            )
        draft.subject, draft.text, draft.short = source.subject, source.text, source.short
        draft.hash, draft.drafted_by_id, draft.drafted_at = hash_of(source), actor.user_id, now
        draft.save()
        _note(seller, actor, "template_drafted", draft, now)
    return draft


def publish(seller: Seller, actor: Actor, place: Place, now: datetime) -> TemplateVersion:
    """Let the draft of a place be used from now on. Refused: the role, no draft, a fault that lint calls an error."""
    _require(actor, PUBLISHERS, NOT_A_PUBLISHER)
    with transaction.atomic():
        draft = _draft(seller, place)
        errors = [one.reason for one in lint(Source(draft.subject, draft.text, draft.short), place[0], place[1])
                  if one.is_error]  # fmt: skip
        if errors:
            raise Refused(errors)
        draft.state, draft.published_by_id, draft.published_at = "published", actor.user_id, now
        draft.save(update_fields=["state", "published_by", "published_at"])
        _note(seller, actor, "template_published", draft, now)
    return draft


def withdraw(seller: Seller, actor: Actor, place: Place, now: datetime) -> int:
    """Go back to the words that the product brings: every published version of a place is withdrawn. How many."""
    _require(actor, PUBLISHERS, NOT_A_PUBLISHER)
    purpose, language, tone, segment = place
    with transaction.atomic():
        with locking():
            found = list(
                TemplateVersion.objects.select_for_update(of=("self",)).filter(
                    seller=seller, purpose=purpose, language=language, tone=tone, segment=segment, state="published"
                )
            )
        for one in found:
            one.state = "withdrawn"
            one.save(update_fields=["state"])
            _note(seller, actor, "template_withdrawn", one, now)
    return len(found)


def _draft(seller: Seller, place: Place) -> TemplateVersion:
    purpose, language, tone, segment = place
    with locking():
        found = TemplateVersion.objects.select_for_update(of=("self",)).filter(
            seller=seller, purpose=purpose, language=language, tone=tone, segment=segment, state="draft"
        ).first()  # fmt: skip
    if found is None:
        raise Refused([NO_DRAFT])
    return found


def _note(seller: Seller, actor: Actor, kind: str, one: TemplateVersion, now: datetime) -> None:
    said = {"purpose": one.purpose, "language": one.language, "tone": one.tone, "segment": one.segment,
            "number": one.number, "hash": one.hash}  # fmt: skip
    record(seller.id, actor, kind, "template", one.id, now, None, said)


def _require(actor: Actor, roles: tuple[str, ...], reason: Reason) -> None:
    if actor.role is not None and actor.role not in roles:
        raise Refused([reason])
