"""What the guard says where an act would have been: on the worklist, and above the form of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from openterms.apps.collecting.guard.reads import verdict, verdicts
from openterms.core.collecting.guard import Act, Verdict

from . import display

ACTS = {"call": Act.CALL}
"""The act that a step ends in; every other step ends in a message."""


def said(one: Verdict) -> str:
    """The first reason in the person's language, and from when on the hours permit it; empty where nothing refuses."""
    if one.allowed:
        return ""
    text = display.reason_texts(one.reasons[0])["text"]
    if one.not_before is None:
        return text
    return _("%(reason)s Permitted from %(moment)s.") % {"reason": text, "moment": display.moment(one.not_before)}


def of_work(works: Iterable[Mapping[str, Any]], now: datetime) -> dict[UUID, str]:
    """For each piece of work, by its id, why its step may not be taken now; those that may are left out."""
    several: dict[Act, list[Mapping[str, Any]]] = {}
    for one in works:
        several.setdefault(ACTS.get(one["step"], Act.MESSAGE), []).append(one)
    found = {}
    for act, group in several.items():
        answers = verdicts([one["customer_id"] for one in group], act, now)
        for one in group:
            answer = answers.get(one["customer_id"])
            if answer is not None and not answer.allowed:
                found[one["id"]] = said(answer)
    return found


def of_call(customer_id: UUID, now: datetime) -> Verdict:
    """Whether the customer may be called now."""
    return verdict(customer_id, Act.CALL, now)
