"""Gathers the tables of this app's rooms."""

from .channel.models import MessageChannel
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
