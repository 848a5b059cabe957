"""How a step is carried out: by which channels, in which words and tone, and by whom.

A step that the run does goes out as a message; a step of a collector or a credit manager is a task for that person,
whatever its channels. ``phone`` is never done by a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openterms.core.collecting.documents import Section

CHANNELS = ("email", "portal", "sms", "whatsapp", "post", "phone")
"""Ways to reach a customer, as a strategy names them."""

TONES = ("friendly", "firm", "formal")
"""How a message speaks, mild to severe."""

RUN, COLLECTOR, CREDIT_MANAGER = "run", "collector", "credit_manager"
DOERS = (RUN, COLLECTOR, CREDIT_MANAGER)
"""Who does a step."""

PURPOSES = (
    "courtesy", "reminder", "call", "firm_letter", "final_notice", "demand", "placement_notice", "welcome", "statement",
    "promise_broken", "plan_broken", "dispute_decided", "instalment_due",
)  # fmt: skip
"""What a template is for: the steps, and the words of events."""

KEYS = ("channels", "template", "tone", "by")


@dataclass(frozen=True, slots=True)
class Delivery:
    """``channels`` in order of preference, ``purpose`` and ``tone`` of the template, ``by`` whom."""

    channels: tuple[str, ...]
    purpose: str
    tone: str
    by: str

    @property
    def is_message(self) -> bool:
        """Whether a run sends it."""
        return self.by == RUN

    def changed(self, part: Section) -> Delivery:
        """The same with what a part of the document says otherwise. Errors name the place."""
        return Delivery(
            tuple(part.choices("channels", CHANNELS)) if part.has("channels") else self.channels,
            part.choice("template", PURPOSES) if part.has("template") else self.purpose,
            part.choice("tone", TONES) if part.has("tone") else self.tone,
            part.choice("by", DOERS) if part.has("by") else self.by,
        )


_USUAL: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "courtesy": (("email", "portal"), "friendly", RUN),
    "reminder": (("email", "portal"), "friendly", RUN),
    "call": (("phone",), "firm", COLLECTOR),
    "firm_letter": (("email", "portal"), "firm", RUN),
    "final_notice": (("email", "post"), "formal", RUN),
    "propose_demand": (("post", "email"), "formal", CREDIT_MANAGER),
    "propose_agency": (("post",), "formal", CREDIT_MANAGER),
}
_WORDS = {"propose_demand": "demand", "propose_agency": "placement_notice"}


def usual_delivery(step: str) -> Delivery:
    """How a step is carried out where the document does not say: letters by the run, calls and law by people."""
    channels, tone, by = _USUAL[step]
    return Delivery(channels, _WORDS.get(step, step), tone, by)
