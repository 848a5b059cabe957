"""When and how often a person may be contacted: hours in the person's own zone, days of rest, holidays, caps, consent.

The rules are rows of a jurisdiction pack, in force on a day, for a business or a consumer (a sole trader gets the
consumer's). Where a country's pack has no row, the house's own (``house.yaml``) holds. All clock times are the wall
clock where the contact is: on a night when the clock goes back, an hour that happens twice is permitted, or not, both
times; an hour that the clock leaps over is not waited for. Source: FACTBOOK 5.1, 5.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from openterms.core.base.errors import BadInput
from openterms.core.base.jurisdictions import Pack, Row
from openterms.core.base.reasons import gettext_noop

CHANNELS = ("email", "phone", "sms", "whatsapp", "post", "portal")
FARTHEST_DAYS = 60
"""How far ahead a permitted instant is looked for; more than the longest run of holidays."""


class Hours(NamedTuple):
    """From ``opens`` to ``closes`` (both permitted) on the ISO weekdays ``days``, public holidays or not."""

    opens: time
    closes: time
    days: frozenset[int]
    on_holidays: bool


class Cap(NamedTuple):
    """At most ``most`` contacts by these channels within ``in_days`` days, the day itself included."""

    channels: frozenset[str]
    most: int
    in_days: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """What holds for contacts in a country on a day. A channel without hours is permitted at any time."""

    country: str
    hours: Mapping[str, Hours] = field(default_factory=dict, hash=False)
    caps: tuple[Cap, ...] = ()
    days_between: Mapping[str, int] = field(default_factory=dict, hash=False)
    days_after_talk: int | None = None
    consent: frozenset[str] = frozenset()
    notice_days: int | None = None
    sources: tuple[str, ...] = field(default=(), compare=False, repr=False)


class HourFacts(NamedTuple):
    """What the clock says of a contact; ``not_before`` the next permitted instant (UTC) where it forbids now."""

    outside_hours: bool = False
    rest_day: bool = False
    holiday: bool | None = False
    not_before: datetime | None = None


def rules_of(pack: Pack | None, house: Pack, on: date, is_consumer: bool = False) -> ContactRules:
    """The rules in force on a day: the country's rows, and the house's where a section has none."""

    def rows(section: str) -> tuple[Row, ...]:
        found = pack.rows(section, on, is_consumer) if pack else ()
        return found or house.rows(section, on, is_consumer)

    weekend = (pack or house).weekend
    hours: dict[str, Hours] = {}
    for row in rows("hours"):
        for channel in _channels(row):
            hours.setdefault(channel, _hours(row, weekend))
    between: dict[str, int] = {}
    for row in rows("between"):
        for channel in _channels(row):
            between.setdefault(channel, row.whole("days"))
    consent = frozenset(channel for row in rows("consent") for channel in _channels(row))
    talk, notice = next(iter(rows("after_talk")), None), next(iter(rows("notice")), None)
    used = [*rows("hours"), *rows("caps"), *rows("between"), *rows("consent"), *rows("after_talk"), *rows("notice")]
    return ContactRules(
        (pack or house).country, hours, tuple(_caps(rows("caps"))), between, talk.whole("days") if talk else None,
        consent, notice.whole("days") if notice else None, tuple(dict.fromkeys(row.source for row in used)),
    )  # fmt: skip


def hour_facts(
    rules: ContactRules, channel: str, zone: str, now: datetime, holiday: Callable[[date], bool | None]
) -> HourFacts:
    """What the clock of a zone says of a contact by a channel at an instant (aware), with all that forbids it.

    ``holiday`` says whether a day is a public holiday there (None: not known, and no holiday). ``BadInput`` for an
    unknown zone; ``ValueError`` for an instant without one.
    """
    if now.tzinfo is None:
        raise ValueError("the instant has no time zone")
    hours = rules.hours.get(channel)
    if hours is None:
        return HourFacts()
    there = zone_of(zone)
    local = now.astimezone(there)
    is_holiday = holiday(local.date())
    found = HourFacts(
        not hours.opens <= local.time() <= hours.closes,
        local.isoweekday() not in hours.days,
        is_holiday if is_holiday is None else is_holiday and not hours.on_holidays,
    )
    if not (found.outside_hours or found.rest_day or found.holiday):
        return found
    return found._replace(not_before=next_permitted(hours, there, now, holiday))


def next_permitted(
    hours: Hours, zone: ZoneInfo, now: datetime, holiday: Callable[[date], bool | None]
) -> datetime | None:
    """The first permitted instant at or after ``now``, in UTC; None where there is none within 60 days."""

    def permits(instant: datetime) -> bool:
        local = instant.astimezone(zone)
        return (
            hours.opens <= local.time() <= hours.closes
            and local.isoweekday() in hours.days
            and (hours.on_holidays or not holiday(local.date()))
        )

    if permits(now):
        return now.astimezone(UTC)
    today = now.astimezone(zone).date()
    for ahead in range(FARTHEST_DAYS + 1):
        for instant in _openings(today + timedelta(days=ahead), hours.opens, zone):
            if instant >= now and permits(instant):
                return instant
    return None


def _openings(day: date, opens: time, zone: ZoneInfo) -> Iterable[datetime]:
    """The instants (UTC) at which the wall clock reaches a time on a day: two where the hour happens twice.

    Where the clock leaps over it, the instant of the leap; where it leaps over the day, none that is of that day.
    """
    wanted = datetime.combine(day, opens)
    for fold in (0, 1):
        instant = wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wanted:
            yield instant
        elif fold == 1:  # the later offset gives the earlier instant: walk up to the leap
            while instant.astimezone(zone).replace(tzinfo=None) < wanted:
                instant += timedelta(minutes=1)
            yield instant


def zone_of(name: str) -> ZoneInfo:
    """A zone by name; ``BadInput`` where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            gettext_noop("there is no time zone %(name)s"), "timezone", gettext_noop("give a name like Europe/Paris"),
            {"name": name},
        ) from error  # fmt: skip


def counted(cap: Cap, contacts: Iterable[tuple[str, date]], on: date) -> int:
    """How many contacts (channel, day) fall under a cap on a day: those of the last ``in_days`` days (TV-59)."""
    first = on - timedelta(days=cap.in_days - 1)
    return sum(channel in cap.channels and first <= day <= on for channel, day in contacts)


def caps_for(rules: ContactRules, channel: str) -> tuple[Cap, ...]:
    """The caps that a contact by a channel counts towards."""
    return tuple(cap for cap in rules.caps if channel in cap.channels)


def _caps(rows: Iterable[Row]) -> Iterable[Cap]:
    for row in rows:
        yield Cap(frozenset(_channels(row)), row.whole("most"), row.whole("in_days"))


def _hours(row: Row, weekend: frozenset[int]) -> Hours:
    opens, closes = (_clock(row, key) for key in ("opens", "closes"))
    days = row.values.get("days")
    chosen = frozenset(days) if isinstance(days, list) else frozenset(range(1, 8)) - weekend
    return Hours(opens, closes, chosen, row.values.get("on_holidays") is True)


def _clock(row: Row, key: str) -> time:
    try:
        return time.fromisoformat(row.text(key))
    except ValueError as error:
        raise BadInput(
            gettext_noop("this cannot be read"), f"{row.where}, {key}", gettext_noop("write a time like 08:00")
        ) from error


def _channels(row: Row) -> tuple[str, ...]:
    found = row.texts("channels")
    if not found or not set(found) <= set(CHANNELS):
        raise BadInput(
            gettext_noop("this cannot be read"), f"{row.where}, channels", gettext_noop("name some of: %(known)s"),
            {"known": ", ".join(CHANNELS)},
        )  # fmt: skip
    return found
