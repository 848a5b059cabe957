"""Send what is due: claim, look once more, hand over, record. At least once each, under one key at every try.

Three steps, so that no transaction is open while a provider is asked: messages are claimed for ten minutes; each is
handed over; what came of it is recorded at once. A sender that is killed leaves a claim that runs out: the message is
tried again under the same Message-ID, and a provider that reports it meanwhile ends the claim.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, QuerySet

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.messaging.channel.models import MessageChannel
from openterms.apps.messaging.channel.port import Down, Later, Parcel, Port, Rejected
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import Reason, gettext_noop

from . import last_look
from .events import MessagesHeld, MessagesWentOut
from .letters import BAD_ADDRESS, reason_json
from .models import BadAddress, Message, MessageAttempt, MessageState
from .parcels import parcel_of
from .reporting import Told, tell

AT_ONCE = 50
CLAIM = timedelta(minutes=10)
PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 240, 720, 1_440))
"""After the first try, the second …; after the last one a message has failed."""
WHEN_DOWN = timedelta(minutes=2)
INSIDE = ("portal", "phone")
"""Nothing leaves us: a notice is read on the portal, a call is work for a person."""

WORN_OUT = Reason(
    "tried_too_often", gettext_noop("It was tried %(count)s times; the last answer: %(what)s"), "",
    gettext_noop("Look at the channel, then let the message go again."),
)  # fmt: skip
TURNED_DOWN = Reason("provider_refused", gettext_noop("The provider refused it: %(what)s"))
NO_CHANNEL = Reason("channel_off", gettext_noop("The channel is not switched on; the message was kept and not sent."))

Opener = Callable[[MessageChannel], Port]


def send_due(seller: Seller, now: datetime, opener: Opener | None = None, most: int = 100_000) -> Counter[str]:
    """Send the seller's messages that are due at `now`; how many of each outcome. Not inside a transaction.

    Outcomes: `sent`, `dry`, `later`, `refused`, `failed`, `held`, `cancelled`, `waiting`, `down`. Another sender at the
    same time takes other messages. `opener` opens a channel's port; the channel's own one without it.
    """
    if connection.in_atomic_block and not connection.needs_rollback and opener is None:
        raise RuntimeError("Messages are not sent inside a transaction.")
    from openterms.apps.messaging.channel.opening import open_port

    begun, counts, down = time.monotonic(), Counter[str](), set[str]()
    while sum(counts.values()) < most:
        at = now + timedelta(seconds=time.monotonic() - begun)
        with acting(seller.id):
            claimed, found = _claim(seller, at, down)
        counts += found
        if not claimed and not found:
            break
        done = Counter[str]()
        for channel, messages in claimed:
            if channel.kind == "post":
                from .posting import post

                done += post(seller, messages, at)
                continue
            done += _hand_over(seller, channel, messages, at, opener or open_port, down)
        counts += done
        if done:
            with acting(seller.id):
                said = dict(sorted(done.items()))
                record(seller.id, SYSTEM, "messages_sent", "seller", seller.id, at, None, said)
    return counts


def _claim(
    seller: Seller, at: datetime, down: set[str]
) -> tuple[list[tuple[MessageChannel, list[Message]]], Counter[str]]:
    """Due messages that may go, claimed, by channel; and what became of those that may not."""
    counts: Counter[str] = Counter()
    due = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        seller=seller, state__in=("queued", "sending"), next_try_at__lte=at
    )
    messages = list(due.exclude(channel__in=down).order_by("next_try_at", "id")[:AT_ONCE])
    if not messages:
        return [], counts
    _note_broken_off(messages, at)
    messages = _looked_at(seller, messages, at, counts)
    channels = {one.kind: one for one in MessageChannel.objects.filter(seller=seller)}
    inside = [one for one in messages if one.channel == "phone" or (one.channel == "portal" and _live(channels, one))]
    if inside:
        ids = [one.id for one in inside]
        Message.objects.filter(id__in=ids).update(
            state=MessageState.SENT, sent_at=at, attempts=1, provider="", claimed_until=None
        )
        announce(MessagesWentOut(seller=seller, message_ids=tuple(ids), now=at))
        counts["sent"] += len(ids)
    dry = [one for one in messages if one.channel != "phone" and not _live(channels, one)]
    if dry:
        Message.objects.filter(id__in=[one.id for one in dry]).update(
            state=MessageState.DRY, is_dry=True, ended_at=at, claimed_until=None, reason=reason_json(NO_CHANNEL)
        )
        counts["dry"] += len(dry)
    going = [one for one in messages if one.channel not in INSIDE and _live(channels, one)]
    kinds = list(dict.fromkeys(one.channel for one in going))
    for kind in kinds:
        ids = [one.id for one in going if one.channel == kind]
        Message.objects.filter(id__in=ids).update(
            state=MessageState.SENDING, attempts=F("attempts") + 1, claimed_until=at + CLAIM, next_try_at=at + CLAIM,
            provider=channels[kind].adapter,
        )  # fmt: skip
    for one in going:
        one.state, one.attempts = MessageState.SENDING, one.attempts + 1
    return [(channels[kind], [one for one in going if one.channel == kind]) for kind in kinds], counts


def _live(channels: dict[str, MessageChannel], message: Message) -> bool:
    return message.channel in channels and channels[message.channel].is_live


def _note_broken_off(messages: Iterable[Message], at: datetime) -> None:
    """A claim that ran out is a try of which nobody heard."""
    MessageAttempt.objects.bulk_create(
        MessageAttempt(
            seller_id=one.seller_id, message=one, number=one.attempts, at=at, outcome="broken_off",
            what="the sender ended before it could tell",
        )
        for one in messages if one.state == MessageState.SENDING
    )  # fmt: skip


def _looked_at(seller: Seller, messages: list[Message], at: datetime, counts: Counter[str]) -> list[Message]:
    """Those against which nobody has anything; the others wait, are held, or end."""
    bad = set(
        BadAddress.objects.filter(seller=seller, cleared_at=None, address__in={one.address for one in messages})
        .values_list("channel", "address")
    )  # fmt: skip
    refused = last_look.refusals([one.id for one in messages], at)
    may, held = [], []
    for one in messages:
        refusal = refused.get(one.id)
        if refusal is None and (one.channel, one.address) in bad:
            refusal = last_look.Refusal(BAD_ADDRESS.given(address=one.address))
        if refusal is None:
            may.append(one)
            continue
        one.reason, one.claimed_until = reason_json(refusal.reason), None
        if refusal.is_final:
            one.state, one.ended_at = MessageState.CANCELLED, at
            counts["cancelled"] += 1
        elif refusal.not_before is not None and refusal.not_before > at:
            one.state = MessageState.QUEUED
            one.next_try_at = one.send_not_before = refusal.not_before
            counts["waiting"] += 1
        else:
            one.state = MessageState.HELD
            held.append(one.id)
            counts["held"] += 1
        one.save(
            update_fields=["state", "reason", "claimed_until", "ended_at", "next_try_at", "send_not_before"]
        )
    if held:
        announce(MessagesHeld(seller=seller, message_ids=tuple(held), now=at))
    return may


def _hand_over(
    seller: Seller, channel: MessageChannel, messages: Sequence[Message], at: datetime, opener: Opener, down: set[str]
) -> Counter[str]:
    """Hand messages of one channel over, one after another; what was not reached goes back unharmed."""
    counts, begun = Counter[str](), time.monotonic()
    rest = list(messages)
    most_seconds = CLAIM.total_seconds() - 4 * channel.timeout_seconds
    try:
        with opener(channel) as port:
            while rest and time.monotonic() - begun < most_seconds:
                counts[_send_one(seller, port, rest[0], at)] += 1
                rest.pop(0)
    except Down as fault:
        down.add(channel.kind)
        counts["down"] += len(rest)
        with acting(seller.id):
            _give_back(rest, at + WHEN_DOWN, fault.what, at)
    else:
        if rest:
            with acting(seller.id):
                _give_back(rest, at, "", at)
    return counts


def _send_one(seller: Seller, port: Port, message: Message, at: datetime) -> str:
    """Hand one over and record it at once; the outcome."""
    with acting(seller.id):
        parcel = parcel_of(message)
    begun = time.monotonic()

    def spent() -> int:
        return round((time.monotonic() - begun) * 1000)

    try:
        provider_key = port.send(parcel)
    except Later as fault:
        with acting(seller.id):
            return _again(message, parcel, fault.what, at, spent())
    except Rejected as fault:
        with acting(seller.id):
            _attempted(message, "refused", fault.what, at, spent())
            kind = "bounced" if fault.is_address else "failed"
            tell(seller, message.id, Told(kind, f"try-{message.attempts}", at, fault.what), at)
            return "refused"
    with acting(seller.id):
        _attempted(message, "accepted", provider_key, at, spent())
        took = _ours(message).update(
            state=MessageState.SENT, sent_at=at, provider_key=provider_key, claimed_until=None, reason={}
        )
        if not took:  # its provider was quicker to report it than we to write it down
            Message.objects.filter(id=message.id, provider_key="").update(provider_key=provider_key, sent_at=at)
        else:
            announce(MessagesWentOut(seller=seller, message_ids=(message.id,), now=at))
    return "sent"


def _ours(message: Message) -> QuerySet[Message]:
    """The message, while our claim on it holds."""
    return Message.objects.filter(id=message.id, state=MessageState.SENDING, attempts=message.attempts)


def _again(message: Message, parcel: Parcel, what: str, at: datetime, milliseconds: int) -> str:
    _attempted(message, "later", what, at, milliseconds)
    if message.attempts > len(PAUSES):
        worn = WORN_OUT.given(count=message.attempts, what=what)
        _ours(message).update(
            state=MessageState.FAILED, ended_at=at, claimed_until=None, reason=reason_json(worn)
        )
        return "failed"
    reason = reason_json(Reason("try_again", "%(what)s", "", "", {"what": what}))
    _ours(message).update(
        state=MessageState.QUEUED, next_try_at=at + PAUSES[message.attempts - 1], claimed_until=None, reason=reason
    )
    return "later"


def _attempted(message: Message, outcome: str, what: str, at: datetime, milliseconds: int) -> None:
    MessageAttempt.objects.create(
        seller_id=message.seller_id, message=message, number=message.attempts, at=at, outcome=outcome, what=what[:500],
        milliseconds=milliseconds,
    )  # fmt: skip


def _give_back(messages: Sequence[Message], next_try_at: datetime, what: str, at: datetime) -> None:
    """Messages that were claimed and not handed over wait as before; it counts as no try."""
    for one in messages:
        reason = reason_json(Reason("channel_down", "%(what)s", "", "", {"what": what})) if what else {}
        _ours(one).update(
            state=MessageState.QUEUED, next_try_at=next_try_at, claimed_until=None, attempts=one.attempts - 1,
            reason=reason,
        )  # fmt: skip
