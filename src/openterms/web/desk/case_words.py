"""Words for what credit decisions speak of: limit methods, queues, roles, sources, ages of facts."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from . import display
from .credit_terms import BINDS, QUEUES, ROLES, SOURCES
from .policy_words import WORDS as POLICY_WORDS


def method_word(name: str) -> str:
    """What people call a limit method or another bound."""
    return str(POLICY_WORDS.get(name) or BINDS.get(name) or name.replace("_", " ").capitalize())


def queue_word(code: str) -> str:
    """What people call a queue."""
    return str(QUEUES.get(code) or code.replace("_", " ").capitalize())


def role_word(code: str) -> str:
    """What people call a role."""
    return str(ROLES.get(code) or code.replace("_", " ").capitalize())


def source_word(code: str) -> str:
    """Where a fact comes from; what people wrote stays as it is."""
    return str(SOURCES.get(code) or code)


def age_said(as_of: str, today: date) -> str:
    """How old a fact is: `today`, or the day with its age."""
    on = date.fromisoformat(as_of)
    days = (today - on).days
    return gettext("today") if days <= 0 else f"{display.day(on)} ({display.days(days)})"
