"""What people call facts, how their values are written, and conditions over them in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from openterms.core.base.expression_words import told
from openterms.core.base.expressions import Expression
from openterms.core.credit.policy import Policy

from . import display
from .credit_terms import CODES, FACTS
from .words import SEGMENTS

NAMED = ("altman_z_c", "ohlson_bp", "pd_bp")
"""Facts whose words begin with a name, also inside a sentence."""
_UNIT = re.compile(r"_(?:minor|bp|cd?|days|months)$")


def fact_word(name: str) -> str:
    """What people call a fact; the policy's own by its name with spaces, without its unit."""
    return str(FACTS.get(name) or _UNIT.sub("", name).replace("_", " ").capitalize())


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


def apart(text: str) -> str:
    """A text that keeps its own direction inside a sentence of another (first-strong isolate)."""
    return f"\u2068{text}\u2069"


class _Words:
    """The reader's words for one policy's conditions."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def say(self, message: str, params: Mapping[str, str]) -> str:
        text = gettext(message)
        return text % params if params else text

    def fact(self, name: str) -> str:
        text = fact_word(name)
        is_latin = display.current().language == "en" and name not in NAMED
        return text[:1].lower() + text[1:] if is_latin else text

    def value(self, name: str, value: int | bool | str) -> str:
        return apart(fact_value(name, value, self.policy))


def condition_said(condition: Expression, policy: Policy) -> str:
    """A condition in the reader's words: "oldest overdue above 30 days and overdue above 500.00 USD"."""
    return told(condition.tree, _Words(policy))
