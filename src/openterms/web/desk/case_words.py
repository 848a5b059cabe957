"""Words for what credit decisions speak of: facts, limit methods, queues, roles, steps; and their values for people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext

from openterms.core.credit.policy import Policy

from . import display
from .credit_terms import BINDS, CODES, FACTS, QUEUES, ROLES, SOURCES
from .policy_document import WORDS as POLICY_WORDS
from .words import SEGMENTS


def fact_word(name: str) -> str:
    """What people call a fact; the policy's own by its name with spaces."""
    return str(FACTS.get(name) or name.replace("_", " ").capitalize())


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


def fact_value(name: str, value: Any, policy: Policy) -> str:
    """A fact's value as people read it, by its unit."""
    if value is None:
        return gettext("unknown")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str):
        return str(CODES.get(value) or SEGMENTS.get(value) or value)
    fact = policy.facts.get(name)
    unit = fact.unit if fact else ""
    if unit == "minor":
        return f"{display.amount(value, policy.currency)} {policy.currency}"
    if unit == "bp":
        return display.percent(value / 100, 0 if value % 100 == 0 else 2)
    if unit == "c":
        return display.number(value / 100, 2)
    if unit == "cd":
        return gettext("%(days)s days") % {"days": display.number(value / 100, 1)}
    if unit == "days":
        return display.days(value)
    if unit == "months":
        return gettext("%(months)s months") % {"months": display.number(value)}
    return display.number(value)


def age_said(as_of: str, today: date) -> str:
    """How old a fact is: `today`, or the day with its age."""
    on = date.fromisoformat(as_of)
    days = (today - on).days
    return gettext("today") if days <= 0 else f"{display.day(on)} ({display.days(days)})"
