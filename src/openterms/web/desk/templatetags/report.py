"""Template tags of the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from openterms.core.collecting.steps import StepRule

from .. import display as reading
from .. import words
from ..tables import Column
from ..tags.figures import NOTHING, money

register = template.Library()


@register.simple_tag
def amount_cell(row: Mapping[str, Any], value: int | None, column: Column) -> SafeString:
    """An amount that leads to what it is made of, where there is something."""
    if value is None:
        return NOTHING
    figure = money(value, column.currency or row["currency"], bare=True, pad=column.mixed)
    if not value:
        return format_html('<span class="faint">{}</span>', figure)
    href = row.get(f"{column.name}_href")
    return format_html('<a class="amount-link" href="{}">{}</a>', href, figure) if href else figure


@register.simple_tag
def translate_message(text: str) -> str:
    """A message id of the core in the person's language."""
    return gettext(text) if text else ""


@register.simple_tag
def strategy_days(rule: StepRule) -> str:
    """When a step is due, in words."""
    days = rule.after_days
    if days < 0:
        text = ngettext("from %(days)s day before the due date", "from %(days)s days before the due date", -days)
    elif days == 0:
        text = gettext("from the due date")
    else:
        text = ngettext("from %(days)s day after the due date", "from %(days)s days after the due date", days)
    said = text % {"days": reading.number(abs(days))} if days else text
    if rule.until_days == 0:
        said += gettext(", until it is due")
    elif rule.until_days is not None:
        said += ngettext(", until day %(day)s", ", until day %(day)s", rule.until_days) % {
            "day": reading.number(rule.until_days)
        }
    return said


@register.simple_tag
def strategy_conditions(rule: StepRule) -> list[str]:
    """What else must hold for a step, a sentence each."""
    said = []
    for step, days in rule.after_step.items():
        text = ngettext("only %(days)s day or more after: %(step)s", "only %(days)s days or more after: %(step)s", days)
        said.append(text % {"days": reading.number(days), "step": words.word(step)})
    for segment, day in rule.by_segment.items():
        if day is None:
            said.append(gettext("never for: %(segment)s") % {"segment": words.word(segment)})
        elif day != rule.after_days:
            text = gettext("from day %(day)s for: %(segment)s")
            said.append(text % {"day": reading.number(day), "segment": words.word(segment)})
    for currency, minor in rule.minimum_minor.items():
        amount = f"{reading.amount(minor, currency)} {currency}"
        said.append(gettext("from %(amount)s on") % {"amount": amount})
    if rule.again_when != "False":
        said.append(gettext("again when: %(condition)s") % {"condition": gettext(rule.because)})
    if rule.when != "True":
        said.append(gettext("only when: %(condition)s") % {"condition": rule.when})
    return said
