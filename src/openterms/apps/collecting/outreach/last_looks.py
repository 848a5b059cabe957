"""The guard's last look: just before a message goes, what was planned is asked again of what is so now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from openterms.apps.collecting.guard.reads import verdicts
from openterms.apps.messaging.outgoing.last_look import Refusal
from openterms.apps.messaging.outgoing.models import Message
from openterms.core.collecting.guard import Act

from .models import MessageItem
from .planning import ASKING

FINAL = frozenset({"nothing_collectable", "insolvent", "in_flight", "contested", "promised", "planned", "placed"})
"""Reasons that time does not lift for this very message: the next run asks anew."""
NOT_NOW = frozenset({"too_often", "too_soon"})
"""Reasons that the run has weighed: a message of the same day does not stand in its own way."""


def refusals(message_ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Refusal]:
    """What the guard has against messages that wait, by message; set-wise, in the sender's transaction."""
    messages = list(Message.objects.filter(id__in=list(message_ids)))
    items: dict[UUID, list[UUID]] = defaultdict(list)
    for message_id, item_id in MessageItem.objects.filter(message_id__in=list(message_ids)).values_list(
        "message_id", "item_id"
    ):
        items[message_id].append(item_id)
    groups: dict[tuple[str, bool, bool], list[list[Message]]] = defaultdict(list)
    for one in messages:
        layers = groups[one.channel, one.purpose in ASKING, bool(items[one.id])]
        place = next((layer for layer in layers if all(other.customer_id != one.customer_id for other in layer)), None)
        if place is None:
            layers.append([one])
        else:
            place.append(one)
    found: dict[UUID, Refusal] = {}
    for (channel, is_asking, _has_items), layers in groups.items():
        for layer in layers:
            asked = [item for one in layer for item in items[one.id]]
            said = verdicts(
                [one.customer_id for one in layer], Act.MESSAGE, now, channel=channel, item_ids=asked,
                is_asking=is_asking,
            )  # fmt: skip
            for one in layer:
                verdict = said[one.customer_id]
                reasons = [reason for reason in verdict.reasons if reason.code not in NOT_NOW]
                if reasons:
                    is_final = any(reason.code in FINAL for reason in reasons)
                    found[one.id] = Refusal(reasons[0], verdict.not_before, is_final)
    return found
