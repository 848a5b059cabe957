"""Words of strategies: channels, who does a step, tones, events."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, Promise | str] = {
    "email": _("E-mail"), "portal": _("Portal"), "sms": _("SMS"), "whatsapp": _("WhatsApp"), "post": _("Post"),
    "phone": _("Telephone"),
}  # fmt: skip
DOERS: dict[str, Promise | str] = {
    "run": _("sent by itself"), "collector": _("by the collector"), "credit_manager": _("by the credit manager"),
}  # fmt: skip
TONES: dict[str, Promise | str] = {"friendly": _("friendly"), "firm": _("firm"), "formal": _("formal")}
EVENTS: dict[str, Promise | str] = {
    "account_opened": _("An account was opened"), "promise_broken": _("A promise was broken"),
    "message_bounced": _("A message came back"), "large_invoice_issued": _("A large invoice was issued"),
    "large_invoice_upcoming": _("A large invoice falls due"), "dispute_decided": _("A dispute was decided"),
    "plan_default": _("A payment plan failed"), "instalment_due": _("An instalment falls due"),
}  # fmt: skip
STATES: dict[str, Promise | str] = {
    "draft": _("Draft"), "submitted": _("Submitted"), "published": _("Published"), "withdrawn": _("Withdrawn"),
    "running": _("Running"), "ended": _("Ended"),
}  # fmt: skip
WHYS: tuple[Promise | str, ...] = (
    _("Pays on time; thank and leave alone. A reminder after a week, never at once."),
    _("Means to pay. Remind before and at once with a way to pay; escalate late."),
    _("Needs the paper right. Ask for the accounts-payable contact, the pay run and the purchase order early."),
    _("Uses us as a bank. Firm from the start, the credit manager calls early, few soft words."),
    _("Cannot pay all at once. Talk early, agree a short plan, ask for part now."),
    _("Something is wrong. Find the cause within ten days; collect what is not contested, in a plain tone."),
    _("The law stops dunning; file the claim, supply nothing."),
    _("Nothing is known yet. Be early and friendly, infer nothing."),
)
"""Why the standard strategy treats segments as it does; texts of the document, translated where they are shown."""


def channel_word(code: str) -> str:
    """What people call a channel."""
    return str(CHANNELS.get(code, code))


def doer_word(code: str) -> str:
    """Who does a step."""
    return str(DOERS.get(code, code))


def tone_word(code: str) -> str:
    """How a message speaks."""
    return str(TONES.get(code, code))


def event_word(code: str) -> str:
    """What happened; of a rule's code, the event in it."""
    name = code.partition(":")[0]
    return str(EVENTS.get(name, name))
