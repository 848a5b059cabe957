"""What mail servers report into a mailbox about messages of ours: told to the message, as a provider's report is."""

from __future__ import annotations

from datetime import datetime

from openterms.apps.messaging.outgoing.models import Message
from openterms.apps.messaging.outgoing.reporting import Told, tell
from openterms.apps.tenancy.models import Seller
from openterms.formats.mail.delivery import DeliveryReport, Recipient

from .models import IncomingMail

TOLD = {"failed": "failed", "delayed": "deferred", "delivered": "delivered", "relayed": "sent"}


def tell_reported(seller: Seller, mail: IncomingMail, report: DeliveryReport | None, now: datetime) -> int:
    """Tell a message of ours what a kept mail reports of it; how many reports were new.

    The mail must name the message by its Message-ID, and as reader the address that the message went to: what names
    another is left for a person to read. A final failure marks the address and writes to the next contact. Twice is
    once, by the mail's own key.
    """
    message = mail.answers
    if report is None or message is None or message.channel != "email" or not message.address:
        return 0
    new = 0
    for place, one in enumerate(report.recipients):
        if message.address.lower() in {address.lower() for address in one.addresses} and one.action in TOLD:
            kind = "bounced" if one.is_final else TOLD[one.action]
            told = Told(kind, f"mail:{mail.key}:{place}", _when(message, now), _words(one))
            new += tell(seller, message.id, told, now)
    return new


def _when(message: Message, now: datetime) -> datetime:
    """When it was learnt: what a report says of the time is anybody's."""
    return max(now, message.sent_at or now)


def _words(one: Recipient) -> str:
    return " ".join(part for part in (one.status, one.what) if part) or one.action
