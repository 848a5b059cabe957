"""Why a piece of work stands where it stands: what it moves, what waiting costs, how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from openterms.core.collecting.priority import DEFAULTS_SINCE

from . import display
from .words import WORK


def why_here(one: Mapping[str, Any], weights: Mapping[str, Any], base_currency: str) -> list[dict[str, str]]:
    """The sentences of one row, as the component `reasons` takes them. `weights` is what the day's run kept of them."""

    def money(minor: int, currency: str = "") -> str:
        code = currency or one["currency"]
        return f"{display.amount(minor, code)} {code}"

    said = {
        "overdue": money(one["collectable_overdue_minor"]), "risk": money(one["amount_at_risk_minor"]),
        "moved": money(one["moved_minor"] - one["waiting_minor"]), "waiting": money(one["waiting_minor"]),
        "minute": money(one["per_minute_base_minor"], base_currency),
    }  # fmt: skip
    texts = [
        _(
            "Of %(overdue)s overdue, %(risk)s would not come within 30 days, as your customers of this kind pay."
            " Asking is expected to move %(moved)s."
        )
        % said,
        _("Waiting 30 days would cost %(waiting)s more.") % said if one["waiting_minor"] else "",
        _time(one, weights),
        _("That is %(minute)s a minute, and the order of the list.") % said,
    ]
    return [{"text": text} for text in texts if text]


def _time(one: Mapping[str, Any], weights: Mapping[str, Any]) -> str:
    minutes = display.number(max(round(one["work_seconds"] / 60, 1), 0.5))
    step = str(WORK.get(one["step"], one["step"]))
    times = int((weights.get("logged") or {}).get(one["step"], 0))
    if one["work_seconds"] == (weights.get("seconds") or {}).get(one["step"]) and times >= 20:
        text = ngettext(
            "%(step)s takes %(minutes)s minutes: the middle of %(times)s that you logged.",
            "%(step)s takes %(minutes)s minutes: the middle of %(times)s that you logged.",
            times,
        )
        return text % {"step": step, "minutes": minutes, "times": display.number(times)}
    return _(
        "%(step)s is taken to last %(minutes)s minutes, a default of %(day)s: too few are logged to know your own."
    ) % {"step": step, "minutes": minutes, "day": display.day(DEFAULTS_SINCE)}
