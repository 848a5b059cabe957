"""A plan's messages in words before they go, as a page and a command show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openterms.apps.messaging.outgoing.letters import SHORT_CHANNELS
from openterms.apps.messaging.template.reads import Shelf
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason
from openterms.core.messaging.templates import Rendered, TemplateFault, render

from .plans import Plan, Planned

LINK = "https://link.invalid/made-when-it-goes"
"""Stands where the reader's own link will be: links are made when a message is queued."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A planned message with its words, or with what keeps it from having any."""

    planned: Planned
    words: Rendered | None
    fault: Reason | None


def shown(seller: Seller, plan: Plan, most: int = 10_000) -> list[Shown]:
    """The first messages of a plan in words; a template's fault stands with its message and stops no other."""
    shelf = Shelf(seller)
    return [_shown(seller, shelf, one) for one in plan.messages[:most]]


def _shown(seller: Seller, shelf: Shelf, one: Planned) -> Shown:
    facts = {"seller_name": seller.name, "customer_name": one.customer.name, "link": LINK}
    if one.contact_name:
        facts["contact_name"] = one.contact_name
    try:
        chosen = shelf.chosen(one.purpose, one.language, one.tone, one.segment)
        words = render(chosen.source, facts | dict(one.variables), chosen.language, one.channel in SHORT_CHANNELS)
    except TemplateFault as fault:
        return Shown(one, None, fault.reason)
    except BadInput as fault:
        return Shown(one, None, Reason("template_none", fault.what, "", fault.remedy, fault.params))
    return Shown(one, words, None)


def plain(plan: Plan, messages: Sequence[Shown]) -> dict[str, Any]:
    """A plan as JSON: amounts as whole minor units, days as texts, reasons as English sentences."""
    return {
        "date": plan.date,
        "strategy": plan.strategy_version,
        "messages": [_message(one) for one in messages],
        "declined": [
            {
                "customer": one.customer.number, "step": one.step, "channel": one.channel,
                "codes": [reason.code for reason in one.reasons],
                "reasons": [reason.staff_text() for reason in one.reasons], "items": len(one.items),
            }
            for one in plan.declined
        ],
        "tasks": [
            {"customer": one.customer.number, "event": one.code, "by": one.by, "on": one.happened_on}
            for one in plan.tasks
        ],
        "left_to_people": dict(plan.people),
        "already": plan.already,
    }  # fmt: skip


def _message(one: Shown) -> dict[str, Any]:
    planned = one.planned
    return {
        "customer": planned.customer.number, "contact": planned.contact_name, "channel": planned.channel,
        "address": planned.address, "language": planned.language, "purpose": planned.purpose, "tone": planned.tone,
        "step": planned.step, "not_before": planned.not_before, "why_channel": planned.why_channel.staff_text(),
        "items": [
            {"item": item.item_id, "step": item.step, "due_on": item.due_on, "minor": item.minor,
             "currency": item.currency}
            for item in planned.items
        ],
        "subject": one.words.subject if one.words else "", "text": one.words.text if one.words else "",
        "fault": one.fault.staff_text() if one.fault else "",
    }  # fmt: skip
