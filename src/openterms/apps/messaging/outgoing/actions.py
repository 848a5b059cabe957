"""Queue, send, report; hold, let go, cancel: every verb of messages that go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.messaging.template.reads import Shelf
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .letters import read_back, reason_json
from .models import BadAddress, Message, MessageState
from .queueing import queue, word
from .reporting import report
from .sending import send_due

__all__ = ["KEEPERS", "cancel", "clear_address", "hold_back", "let_go", "queue", "report", "send_due"]

KEEPERS = ("credit_manager", "collector")
"""Roles that may stop or let go a message."""

NOT_YOURS = Reason(
    "messages_not_yours", gettext_noop("Messages to customers are not for this role."), "",
    gettext_noop("Ask a credit manager or a collector."),
)  # fmt: skip
CANCELLED = Reason("cancelled_by_person", gettext_noop("Cancelled by %(name)s."))
HELD_BACK = Reason("held_by_person", gettext_noop("Held by %(name)s."))


def cancel(
    seller: Seller, actor: Actor, message_ids: Sequence[UUID], now: datetime, reason: Reason | None = None
) -> int:
    """Messages that wait, are held or failed never go; how many were stopped. Refused: the role, busy."""
    said = reason or CANCELLED.given(name=actor.name)
    change = {"state": MessageState.CANCELLED, "ended_at": now, "claimed_until": None, "reason": reason_json(said)}
    return _change(seller, actor, message_ids, ("queued", "held", "failed"), change, "messages_cancelled", now)


def hold_back(seller: Seller, actor: Actor, message_ids: Sequence[UUID], now: datetime) -> int:
    """Messages that wait do not go until they are let go; how many. Refused: the role, busy."""
    change = {"state": MessageState.HELD, "reason": reason_json(HELD_BACK.given(name=actor.name))}
    return _change(seller, actor, message_ids, ("queued",), change, "messages_held", now)


def clear_address(seller: Seller, actor: Actor, address_id: UUID, now: datetime) -> BadAddress:
    """A bad address takes messages again, because somebody made sure that it works; the record keeps that it failed.

    Messages held for it are let go by a person. Refused: the role, busy. Errors: it is not marked (any more).
    """
    _require(actor)
    with transaction.atomic(), locking():
        found = BadAddress.objects.select_for_update(of=("self",)).filter(
            seller=seller, id=address_id, cleared_at=None
        ).first()  # fmt: skip
        if found is None:
            raise BadInput(gettext_noop("This address is not marked as bad"), "address")
        found.cleared_at = now
        found.save(update_fields=["cleared_at"])
        customer_id = found.message.customer_id if found.message else None
        said = {"channel": found.channel, "address": found.address, "cause": found.cause}
        record(seller.id, actor, "address_cleared", "bad_address", found.id, now, customer_id, said)
    return found


def let_go(seller: Seller, actor: Actor, message_ids: Sequence[UUID], now: datetime) -> int:
    """Held and failed messages are rendered again where they have a template, and wait to be sent; how many.

    One whose template still cannot be rendered stays held. Refused: the role, busy.
    """
    _require(actor)
    with transaction.atomic():
        found = _locked(seller, message_ids, ("held", "failed"))
        shelf, gone = Shelf(seller), []
        for message in found:
            facts = {name: read_back(value) for name, value in message.variables.items()}
            fault = None
            if message.state == MessageState.HELD and (message.template_hash or not message.text):
                language, tone, segment = message.language, message.tone, message.segment
                fault = word(message, shelf, facts, None)
                message.language, message.tone, message.segment = language, tone, segment
            if fault is not None:
                message.reason = reason_json(fault)
                message.save(update_fields=["reason"])
                continue
            fields = ["state", "reason", "next_try_at", "attempts", "ended_at"]
            if message.state == MessageState.HELD:
                fields += ["subject", "text", "html", "template_version", "template_hash"]
            message.state, message.reason, message.ended_at = MessageState.QUEUED, {}, None
            message.next_try_at, message.attempts = max(message.send_not_before or now, now), 0
            message.save(update_fields=fields)
            gone.append(message)
        _note(seller, actor, "messages_let_go", gone, now)
    return len(gone)


def _change(
    seller: Seller, actor: Actor, message_ids: Sequence[UUID], states: tuple[str, ...], change: dict[str, Any],
    kind: str, now: datetime,
) -> int:  # fmt: skip
    _require(actor)
    with transaction.atomic():
        found = _locked(seller, message_ids, states)
        Message.objects.filter(seller=seller, id__in=[one.id for one in found]).update(**change)
        _note(seller, actor, kind, found, now)
    return len(found)


def _note(seller: Seller, actor: Actor, kind: str, found: Sequence[Message], now: datetime) -> None:
    if found:
        customers = {one.customer_id for one in found}
        only = found[0].customer_id if len(customers) == 1 else None
        said = {"messages": [str(one.id) for one in found][:100], "count": len(found)}
        record(seller.id, actor, kind, "message", found[0].id if len(found) == 1 else None, now, only, said)


def _locked(seller: Seller, message_ids: Sequence[UUID], states: tuple[str, ...]) -> list[Message]:
    with locking():
        found = Message.objects.select_for_update(of=("self",)).filter(
            seller=seller, id__in=list(message_ids), state__in=states
        )
        return list(found.order_by("id"))


def _require(actor: Actor) -> None:
    if actor.role is not None and actor.role not in KEEPERS:
        raise Refused([NOT_YOURS])
