"""Template tags of credit cases."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..case_words import role_word as said_role

register = template.Library()


@register.filter
def role_word(code: str) -> str:
    """What people call a role."""
    return said_role(code)


@register.simple_tag
def waterfall(start: float, width: float) -> SafeString:
    """What an attribute lost, as a piece of the whole score, in per cent from the start of the bar."""
    return format_html(
        '<svg class="waterfall" width="100%" aria-hidden="true">'
        '<rect class="waterfall-kept" width="{}%" height="100%"/>'
        '<rect class="waterfall-lost" x="{}%" width="{}%" height="100%"/></svg>',
        start, start, max(width, 0.5) if width else 0,
    )  # fmt: skip
