"""What the address of a report asks: the day, what was known when, the period, the way to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from openterms.apps.analytics.models import DayRun
from openterms.apps.analytics.report.figures import months_before

from .access import today

PERIOD_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """The question. `faults` says, by field, what could not be understood and what was taken instead."""

    as_of: date
    start: date
    known_at: datetime | None
    known_on: date | None
    by: str
    text: str
    order: str
    place: int
    customer: str
    bucket: str
    currency: str
    query: QueryDict
    faults: Mapping[str, str] = field(default_factory=dict)

    def address(self, path: str, **changes: str | None) -> str:
        """An address that asks the same of another page, with some parameters changed or removed by `None`."""
        query = {name: given for name, given in self.query.lists() if name not in ("part", "after", "format")}
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = [value]
        text = urlencode(query, doseq=True)
        return f"{path}?{text}" if text else path


def asked(request: HttpRequest, by: str = "") -> Asked:
    """Read the address. A date that is none is told beside its field, and the usual one is taken."""
    given, faults = request.GET, {}
    usual = usual_day(request)
    as_of = _day(given.get("to") or given.get("as_of"), usual, "as_of", faults)
    start = _day(given.get("from"), months_before(as_of, PERIOD_MONTHS), "from", faults)
    if start > as_of:
        faults["from"] = _("The period ends before it starts; twelve months are shown.")
        start = months_before(as_of, PERIOD_MONTHS)
    known_on = _day(given.get("known"), None, "known", faults)
    zone = ZoneInfo(request.seller.timezone)  # type: ignore[attr-defined]
    known_at = None
    if known_on is not None:
        midnight = datetime.combine(known_on + timedelta(days=1), time(), zone)
        known_at = midnight.astimezone(UTC) - timedelta(microseconds=1)
    place = given.get("after", "")
    return Asked(
        as_of=as_of,
        start=start,
        known_at=known_at,
        known_on=known_on,
        by=given.get("by", by),
        text=given.get("q", ""),
        order=given.get("sort", ""),
        place=int(place) if place.isascii() and place.isdecimal() and len(place) < 9 else 0,
        customer=given.get("customer", ""),
        bucket=given.get("bucket", ""),
        currency=given.get("currency", "")[:3],
        query=given,
        faults=faults,
    )


def usual_day(request: HttpRequest) -> date:
    """The day that reports are about when nobody says: that of the last run, else today."""
    seller = request.seller  # type: ignore[attr-defined]
    last = DayRun.objects.filter(seller=seller, finished_at__isnull=False).order_by("-date").first()
    return last.date if last else today(request)  # type: ignore[no-any-return]


def _day(text: str | None, usual: date | None, name: str, faults: dict[str, str]) -> date:
    if not text:
        return usual  # type: ignore[return-value]
    try:
        found = date.fromisoformat(text.strip()[:10])
    except ValueError:
        faults[name] = _("%(text)s is not a date; give it as YYYY-MM-DD.") % {"text": text[:20]}
        return usual  # type: ignore[return-value]
    if not 1900 <= found.year <= 2200:
        faults[name] = _("%(text)s is too far away.") % {"text": text[:20]}
        return usual  # type: ignore[return-value]
    return found
