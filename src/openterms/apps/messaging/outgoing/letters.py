"""A letter to be queued, and how its facts are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from openterms.core.base.money import Money
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.templates import Rendered

SHORT_CHANNELS = ("sms", "whatsapp")
"""Channels that take the short text."""
PAGE_CHANNELS = ("email", "portal")
"""Channels that show a page."""

BAD_ADDRESS = Reason(
    "bad_address",
    gettext_noop("%(address)s does not take messages."),
    "",
    gettext_noop("Find another address, or say that this one is good again."),
)
NO_ADDRESS = Reason(
    "no_address", gettext_noop("There is no address for this channel."), "", gettext_noop("Give the contact one.")
)
NO_MAKER = Reason("no_personal_link", gettext_noop("No personal link could be made for this message."))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to be. `key` names its cause, once for ever per seller: a step, its items and the day they fell due.

    `variables` are facts of `core.messaging.purposes.FACTS`; the seller's, customer's and contact's names come by
    themselves. `words` are a person's own instead of a template's. `thread` joins messages into one conversation.
    """

    key: str
    customer_id: UUID
    channel: str
    address: str
    purpose: str = ""
    language: str = "en"
    tone: str = ""
    segment: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    contact_id: UUID | None = None
    words: Rendered | None = None
    thread: str = ""
    not_before: datetime | None = None
    enclosures: Sequence[Enclosure] = ()
    repairs_id: UUID | None = None


def kept(value: Any) -> Any:
    """A fact as JSON. Errors: TypeError for what is no fact."""
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Mapping):
        return {"row": {name: kept(cell) for name, cell in value.items()}}
    if isinstance(value, list | tuple):
        return [kept(one) for one in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a message keeps no {type(value).__name__}")


def read_back(value: Any) -> Any:
    """A fact as it was given."""
    if isinstance(value, list):
        return tuple(read_back(one) for one in value)
    if isinstance(value, dict):
        if "row" in value:
            return {name: read_back(cell) for name, cell in value["row"].items()}
        return date.fromisoformat(value["day"]) if "day" in value else Money(value["minor"], value["currency"])
    return value


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason as a message keeps it: message ids and values, so that a page can translate it."""
    return {"code": reason.code, "staff": reason.staff, "remedy": reason.remedy, "params": dict(reason.params)}


def reason_of(kept_reason: Mapping[str, Any]) -> Reason | None:
    """The reason that a message keeps; None where there is none."""
    if not kept_reason:
        return None
    return Reason(kept_reason["code"], kept_reason["staff"], "", kept_reason.get("remedy", ""), kept_reason["params"])
