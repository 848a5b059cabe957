"""When a person may be contacted: hours where the person is, nights when the clock changes, caps, packs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.apps.parties.jurisdictions import house, pack_of, packs
from openterms.core.base.errors import BadInput
from openterms.core.base.jurisdictions import from_document
from openterms.core.messaging.contact_rules import Cap, Hours, counted, hour_facts, next_permitted, rules_of
from openterms.core.messaging.public_holidays import is_holiday
from openterms.core.receivables.limitation import limitation_on
from tests.shared import vector

EVERY_DAY = frozenset(range(1, 8))
ON = date(2026, 6, 1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def no_holiday(day: date) -> bool:
    return False


def waits(opens: str, closes: str, zone: str, now: str, days=EVERY_DAY) -> str:
    """When a contact is next permitted, in UTC."""
    hours = Hours(time.fromisoformat(opens), time.fromisoformat(closes), frozenset(days), True)
    found = next_permitted(hours, ZoneInfo(zone), at(now), no_holiday)
    return found.strftime("%m-%d %H:%M") if found else "never"


def test_tv58_the_calling_window():
    given = vector(58)
    rules = rules_of(pack_of("US"), house(), ON)
    found = [
        not hour_facts(rules, "phone", "America/New_York", at(f"2026-06-02T{text}", "America/New_York"), no_holiday)
        .outside_hours
        for text in given["inputs"]["times"]
    ]  # fmt: skip
    assert found == given["expected"]["allowed"]


def test_tv59_seven_calls_in_seven_days():
    given = vector(59)
    calls = [("phone", date.fromisoformat(text)) for text in given["inputs"]["calls"]]
    rules = rules_of(pack_of("US"), house(), ON, is_consumer=True)
    (cap,) = [cap for cap in rules.caps if "phone" in cap.channels]
    found = []
    for case in given["inputs"]["cases"]:
        on = date.fromisoformat(case["try_on"])
        spoke = max(map(date.fromisoformat, case["conversations"]), default=None)
        talked = spoke is not None and (on - spoke).days < rules.days_after_talk
        found.append(counted(cap, calls, on) < cap.most and not talked)
    assert found == given["expected"]["presumed_ok"]


@pytest.mark.parametrize(
    ("opens", "closes", "zone", "now", "expected"),
    [
        # New York leaps from 02:00 to 03:00 on 8 March 2026, at 07:00 UTC
        ("02:30", "21:00", "America/New_York", "2026-03-08T05:00", "03-08 07:00"),
        ("08:00", "21:00", "America/New_York", "2026-03-08T05:00", "03-08 12:00"),
        ("02:10", "02:50", "America/New_York", "2026-03-08T05:00", "03-09 06:10"),
        # and goes back from 02:00 to 01:00 on 1 November 2026, at 06:00 UTC
        ("08:00", "21:00", "America/New_York", "2026-11-01T04:00", "11-01 13:00"),
        ("01:30", "21:00", "America/New_York", "2026-11-01T05:00", "11-01 05:30"),
        ("01:30", "21:00", "America/New_York", "2026-11-01T06:10", "11-01 06:30"),
        ("08:00", "21:00", "America/New_York", "2026-11-01T02:00", "11-01 13:00"),
        # Cairo leaps at midnight of 24 April 2026: 00:00 is 01:00
        ("00:00", "06:00", "Africa/Cairo", "2026-04-23T10:00", "04-23 22:00"),
        # Apia had no 30 December 2011
        ("08:00", "20:00", "Pacific/Apia", "2011-12-30T07:00", "12-30 18:00"),
        # Riyadh has no summer time
        ("09:00", "20:00", "Asia/Riyadh", "2026-03-29T18:00", "03-30 06:00"),
    ],
)
def test_the_next_permitted_instant_on_nights_when_the_clock_changes(opens, closes, zone, now, expected):
    assert waits(opens, closes, zone, now) == expected


def test_days_of_rest_and_holidays_are_leapt_over():
    rules = rules_of(pack_of("US"), house(), ON)
    there = hour_facts(
        rules, "phone", "America/New_York", at("2026-12-24T22:00", "America/New_York"), partial(is_holiday, "US")
    )
    assert there.outside_hours and not there.holiday
    assert there.not_before == datetime(2026, 12, 28, 13, tzinfo=UTC)  # Christmas is a Friday
    assert waits("09:00", "17:00", "UTC", "2026-06-05T18:00", [1, 2, 3, 4, 5]) == "06-08 09:00"
    assert waits("09:00", "17:00", "UTC", "2026-06-05T18:00", []) == "never"
    saudi = rules_of(pack_of("SA"), house(), ON)
    assert hour_facts(saudi, "phone", "Asia/Riyadh", at("2026-06-05T12:00"), no_holiday).rest_day
    assert is_holiday("ZZ", ON) is None


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Dubai"]),
    st.integers(0, 23 * 60),
    st.integers(1, 60),
)
def test_the_next_instant_is_permitted_and_the_first(now, zone, opens, length):
    """Nothing between now and the answer, minute by minute of its last hours, is permitted."""
    start = time(opens // 60, opens % 60)
    last = min(opens + length, 1439)
    hours = Hours(start, time(last // 60, last % 60), EVERY_DAY, True)
    there, now = ZoneInfo(zone), now.replace(second=0, microsecond=0, tzinfo=UTC)
    found = next_permitted(hours, there, now, no_holiday)

    def inside(instant):
        return hours.opens <= instant.astimezone(there).time() <= hours.closes

    assert found is not None and found >= now and inside(found)
    earlier = (found - timedelta(minutes=back) for back in range(1, 240))
    assert not any(inside(instant) for instant in earlier if now <= instant)


def test_a_sole_trader_gets_the_stricter_rules():
    business, consumer = (rules_of(pack_of("GB"), house(), ON, strict) for strict in (False, True))
    assert (business.notice_days, consumer.notice_days) == (14, 30)
    assert business.days_after_talk < consumer.days_after_talk
    assert business.days_between["email"] < consumer.days_between["email"]
    american = rules_of(pack_of("US"), house(), ON, True)
    assert "email" in american.hours and "email" not in rules_of(pack_of("US"), house(), ON).hours


def test_every_pack_reads_and_says_where_it_is_from():
    assert {"", "EU", "GB", "DE", "FR", "IT", "ES", "US", "SA", "AE"} == set(packs())
    assert pack_of("NL") is packs()["EU"] and pack_of("IE") is None and pack_of("") is None
    for pack in packs().values():
        for strict in (False, True):
            rules = rules_of(pack, house(), ON, strict)
            assert rules.sources and rules.hours["phone"] and rules.notice_days
        assert pack.country == "" or pack.rows("letter", ON) or pack.rows("letter", ON, True)


def test_tv63_limitation():
    given = vector(63)
    found = limitation_on(pack_of("DE"), date.fromisoformat(given["inputs"]["due"]))
    assert found == date.fromisoformat(given["expected"]["last_day"])
    assert limitation_on(None, ON) is None


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"country": "XX"}, "pack"),
        ({"country": "XX", "zone": "UTC", "colour": []}, "pack"),
        ({"country": "XX", "zone": "UTC", "caps": [{"most": 3}]}, "pack XX, caps, 1"),
        ({"country": "XX", "zone": "UTC", "caps": [{"source": "s", "from": "soon"}]}, "pack XX, caps, 1"),
    ],
)
def test_a_pack_that_cannot_be_read_is_refused_with_its_place(document, place):
    with pytest.raises(BadInput) as caught:
        from_document(document)
    assert caught.value.where == place


def test_a_cap_counts_the_days_up_to_today():
    cap = Cap(frozenset({"email"}), 3, 7)
    contacts = [("email", date(2026, 5, 26)), ("email", date(2026, 5, 25)), ("phone", ON), ("email", ON)]
    assert counted(cap, contacts, ON) == 2
