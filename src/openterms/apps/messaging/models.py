"""Gathers the tables of this app's rooms."""

from .channel.models import MessageChannel
from .incoming.models import IncomingFile, IncomingMail, Mailbox
from .outgoing.models import (
    BadAddress,
    Message,
    MessageAttachment,
    MessageAttempt,
    MessageReport,
    MessageState,
    PostBatch,
)
from .page.models import PageLink, PageRequest, PageTouch
from .template.models import TemplateVersion

__all__ = [
    "BadAddress",
    "IncomingFile",
    "IncomingMail",
    "Mailbox",
    "Message",
    "MessageAttachment",
    "MessageAttempt",
    "MessageChannel",
    "MessageReport",
    "MessageState",
    "PageLink",
    "PageRequest",
    "PageTouch",
    "PostBatch",
    "TemplateVersion",
]
