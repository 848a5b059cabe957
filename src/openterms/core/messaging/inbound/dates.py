# ruff: noqa: E501
"""The days that a mail names, in English and Arabic: written out, in figures, or told from the day it was sent."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hijridate import Gregorian, Hijri

_MONTHS_EN = ("jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?", "aug(?:ust)?",
              "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?")  # fmt: skip
_MONTHS_AR = ("يناير|كانون الثاني", "فبراير|شباط", "مارس|اذار", "ابريل|نيسان", "مايو|ايار", "يونيو|حزيران",
              "يوليو|تموز", "اغسطس|اب", "سبتمبر|ايلول", "اكتوبر|تشرين الاول", "نوفمبر|تشرين الثاني",
              "ديسمبر|كانون الاول")  # fmt: skip
_MONTHS_HIJRI = ("محرم", "صفر", "ربيع الاول", "ربيع (?:الثاني|الاخر)", "جماد[يه] الاول[يه]", "جماد[يه] (?:الثانيه|الاخره)",
                 "رجب", "شعبان", "رمضان", "شوال", "ذ[وي] القعده", "ذ[وي] الحجه")  # fmt: skip
_DAYS_EN = ("monday|mon", "tuesday|tues?", "wednesday|wed", "thursday|thurs?", "friday|fri", "saturday|sat",
            "sunday|sun")  # fmt: skip
_DAYS_AR = ("الاثنين|الاتنين", "الثلاثاء", "الاربعاء", "الخميس", "الجمعه", "السبت", "الاحد")
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10,
    "fourteen": 14, "يوم": 1, "يومين": 2, "اسبوع": 1, "اسبوعين": 2, "شهر": 1, "شهرين": 2, "ثلاثه": 3, "ثلاث": 3,
    "اربعه": 4, "خمسه": 5, "سته": 6, "سبعه": 7, "عشره": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader has to know: the day it was sent at the sender's, whether the month comes first in figures, the
    days on which nobody works there (1 is Monday), and whether a day without its year lies ahead or behind."""

    on: date
    month_first: bool = False
    weekend: frozenset[int] = frozenset({6, 7})
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A day, where it stands in the folded text, and whether people could mean another one by it."""

    start: int
    end: int
    day: date
    is_loose: bool = False


_Reader = Callable[[re.Match[str], Said], "tuple[date, bool] | None"]


def find_dates(text: str, said: Said) -> list[FoundDate]:
    """The days in a folded text, in order; of what overlaps the longest counts."""
    found: list[FoundDate] = []
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            try:
                known = read(match, said)
            except (ValueError, OverflowError):
                continue
            if known is not None:
                found.append(FoundDate(match.start(), match.end(), *known))
    found.sort(key=lambda one: (one.start - one.end, one.start))
    kept: list[FoundDate] = []
    for one in found:
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _near(day: int, month: int, said: Said) -> date:
    """A day without its year: the next such day, or the last one."""
    years = range(said.on.year - 1, said.on.year + 3)
    days = [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]
    if said.ahead:
        return next(one for one in days if one >= said.on) if days else date(said.on.year, month, day)
    return max(one for one in days if one <= said.on)


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)


def _iso(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    if 1340 <= year <= 1500:
        return _lunar(year, month, day), False
    return (date(year, month, day), False) if 1990 <= year <= 2100 else None


def _figures(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    first, second, year = int(match[1]), int(match[3]), match[4]
    if match[2] == "." and not year and len(match[3]) < 2:  # 1.5 is a number
        return None
    month_first = second > 12 or (said.month_first and first <= 12)
    day, month = (second, first) if month_first else (first, second)
    is_loose = first <= 12 and second <= 12 and first != second
    if year and 1340 <= int(year) <= 1500:
        return _lunar(int(year), month, day), False
    if year:
        full = _full(year)
        return (date(full, month, day), is_loose) if 1990 <= full <= 2100 else None
    return _near(day, month, said), is_loose


def _named(names: tuple[str, ...], day_group: str, month_group: str) -> _Reader:
    patterns = [re.compile(name) for name in names]

    def read(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
        month = next(place for place, one in enumerate(patterns, 1) if one.fullmatch(match[month_group]))
        day, year = int(match[day_group]), match["year"]
        return (date(_full(year), month, day) if year else _near(day, month, said)), False

    return read


def _lunar(year: int, month: int, day: int) -> date:
    """A day of the Umm al-Qura calendar. Errors: ValueError, OverflowError where there is none."""
    found = Hijri(year, month, day).to_gregorian()
    return date(found.year, found.month, found.day)


def _hijri(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    month = next(place for place, name in enumerate(_MONTHS_HIJRI, 1) if re.fullmatch(name, match["month"]))
    year = int(match["year"]) if match["year"] else 0
    base = Gregorian(said.on.year, said.on.month, said.on.day).to_hijri().year
    days = [_lunar(one, month, int(match["day"])) for one in ((year,) if year else (base - 1, base, base + 1))]
    if year:
        return days[0], False
    fitting = [one for one in days if (one >= said.on) == said.ahead or one == said.on]
    return ((min(fitting) if said.ahead else max(fitting)), True) if fitting else None


def _weekday(names: tuple[str, ...]) -> _Reader:
    patterns = [re.compile(name) for name in names]

    def read(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
        wanted = next(place for place, one in enumerate(patterns) if one.fullmatch(match["day"]))
        groups = match.groupdict()
        if not said.ahead or groups.get("last"):
            return said.on - timedelta((said.on.weekday() - wanted - 1) % 7 + 1), False
        coming = said.on + timedelta((wanted - said.on.weekday() - 1) % 7 + 1)
        if not groups.get("next"):
            return coming, False
        week = said.on - timedelta(said.on.weekday()) + timedelta(7)
        of_next = week + timedelta(wanted)
        return of_next, of_next != coming

    return read


def _count(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    groups = match.groupdict()
    number = groups.get("number") or ""
    unit = match["unit"]
    count = int(number) if number.isdigit() else _NUMBERS.get(number or unit, 0)
    if not 0 < count <= 400:
        return None
    sign = -1 if groups.get("ago") else 1
    if re.match(r"month|شهر|اشهر|شهور", unit):
        return _months_on(said.on, sign * count), False
    days = 7 * count if re.match(r"week|اسبوع|اسابيع", unit) else count
    if groups.get("business"):
        return _working(said.on, sign * count, said.weekend), False
    return said.on + timedelta(sign * days), False


def _months_on(on: date, count: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + count, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def _working(on: date, count: int, weekend: frozenset[int]) -> date:
    step, left, day = (1 if count > 0 else -1), abs(count), on
    while left:
        day += timedelta(step)
        left -= day.isoweekday() not in weekend
    return day


def _end(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    groups = match.groupdict()
    step = 1 if groups.get("next") else 0
    if re.match(r"month|الشهر|شهر", match["unit"]):
        first = _months_on(said.on.replace(day=1), step)
        if groups.get("middle"):
            return first.replace(day=15), True
        return first.replace(day=monthrange(first.year, first.month)[1]), False
    start = said.on - timedelta(said.on.weekday())
    last = next(day for day in range(7, 0, -1) if day not in said.weekend and (day % 7 + 1) in said.weekend | {1})
    end = start + timedelta(last - 1 + 7 * step)
    return (end if end >= said.on else end + timedelta(7)), True


def _span(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    """`next week`, `next month`: its last working day, for a promise is broken after it and not within."""
    if re.match(r"month|الشهر", match["unit"]):
        return _end_of(said, 1), True
    start = said.on - timedelta(said.on.weekday()) + timedelta(7)
    working = [start + timedelta(n) for n in range(7) if (start + timedelta(n)).isoweekday() not in said.weekend]
    return working[-1], True


def _end_of(said: Said, step: int) -> date:
    first = _months_on(said.on.replace(day=1), step)
    return first.replace(day=monthrange(first.year, first.month)[1])


def _of_month(match: re.Match[str], said: Said) -> tuple[date, bool] | None:
    """`by the 25th`, `يوم 25`: of this month, else of the next."""
    day = int(match["day"])
    for step in (0, 1, 2) if said.ahead else (0, -1, -2):
        first = _months_on(said.on.replace(day=1), step)
        if day <= monthrange(first.year, first.month)[1]:
            wanted = first.replace(day=day)
            if (wanted >= said.on) if said.ahead else (wanted <= said.on):
                return wanted, True
    return None


def _days(count: int) -> _Reader:
    return lambda match, said: (said.on + timedelta(count), False)


def _any(names: tuple[str, ...]) -> str:
    return "|".join(names)


def _patterns() -> Iterator[tuple[str, _Reader]]:
    b, e = r"(?<![\w/.\-])", r"(?![\w/\-]|\.\d)"
    n = r"(?P<number>\d{1,3}|" + "|".join(one for one in _NUMBERS if one.isascii()) + ")"
    na = r"(?P<number>\d{1,3}|ثلاثه|ثلاث|اربعه|خمسه|سته|سبعه|عشره)"
    later = r"(?:القادم|المقبل|القادمه|المقبله|التالي|التاليه)"
    yield b + r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + e, _iso
    yield b + r"(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?" + e, _figures
    for names in (_MONTHS_EN,):
        month = rf"(?P<month>{_any(names)})\.?"
        yield rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of|-)?\s*{month}(?:[ ,]+(?P<year>20\d\d))?\b", _named(names, "day", "month")
        yield rf"\b{month}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:[ ,]+(?P<year>20\d\d)\b)?", _named(names, "day", "month")
    yield rf"(?<!\w)(?P<day>\d{{1,2}})\s*(?:من\s*)?(?:شهر\s*)?(?P<month>{_any(_MONTHS_AR)})(?!\w)(?:[ ,/]+(?P<year>20\d\d))?", _named(_MONTHS_AR, "day", "month")
    yield rf"(?<!\w)(?P<day>\d{{1,2}})\s*(?:من\s*)?(?:شهر\s*)?(?P<month>{_any(_MONTHS_HIJRI)})(?!\w)(?:[ ,/]+(?P<year>1[345]\d\d))?", _hijri
    yield rf"\b(?:(?P<next>next)|(?P<last>last)|this|coming|on|by)?\s*\b(?P<day>{_any(_DAYS_EN)})\b(?! (?:morning )?meeting)", _weekday(_DAYS_EN)
    yield rf"(?<!\w)(?:يوم\s*)?(?P<day>{_any(_DAYS_AR)})(?!\w)(?:\s*(?P<last>الماضي|الماضيه|الفائت)|\s*{later})?", _weekday(_DAYS_AR)
    yield rf"\b(?:in|within|after)\s+(?:the next\s+)?{n}\s+(?P<business>business\s+|working\s+)?(?P<unit>days?|weeks?|months?)\b", _count
    yield rf"\b{n}\s+(?P<unit>days?|weeks?|months?)\s+(?P<ago>ago)\b", _count
    yield rf"(?<!\w)(?:خلال|بعد|في غضون)\s+{na}\s+(?P<unit>ايام|يوم|يوما|اسابيع|اسبوع|اشهر|شهور|شهر)(?P<business>\s+عمل)?(?!\w)", _count
    yield r"(?<!\w)(?:خلال|بعد|في غضون)\s+(?P<unit>يومين|يوم|اسبوعين|اسبوع|شهرين|شهر)(?!\w)", _count
    yield r"(?<!\w)(?P<ago>قبل|منذ)\s+(?P<unit>يومين|يوم|اسبوعين|اسبوع|شهرين|شهر)(?!\w)", _count
    yield rf"(?<!\w)(?P<ago>قبل|منذ)\s+{na}\s+(?P<unit>ايام|يوم|يوما|اسابيع|اسبوع)(?!\w)", _count
    yield r"\b(?:by )?(?:the )?(?:end of|month[- ]?end of) (?:(?:the|this|current)\s+)?(?P<next>(?:the )?(?:next|following|coming)\s+)?(?P<unit>week|month)\b", _end
    yield r"\b(?P<middle>mid(?:dle)?(?: of)?)[- ](?:(?:the|this)\s+)?(?P<next>next\s+)?(?P<unit>month)\b", _end
    yield rf"(?<!\w)(?:نهايه|اخر|اواخر)\s+(?:هذا\s+)?(?P<unit>الشهر|شهر|الاسبوع)(?:\s+(?P<next>{later})|\s+(?:الحالي|الجاري))?(?!\w)", _end
    yield rf"(?<!\w)(?P<middle>منتصف)\s+(?:هذا\s+)?(?P<unit>الشهر)(?:\s+(?P<next>{later}))?(?!\w)", _end
    yield r"\bnext (?P<unit>week|month)\b", _span
    yield rf"(?<!\w)(?P<unit>الاسبوع|الشهر)\s+{later}(?!\w)", _span
    yield r"\b(?:by|on|before|until) the (?P<day>[12]?\d|3[01])(?:st|nd|rd|th)\b(?!\s*(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))", _of_month
    yield r"(?<!\w)يوم\s+(?P<day>[12]?\d|3[01])(?![\w/.\-])(?!\s*[\u0600-\u06ff])", _of_month
    yield r"\b(?:today|(?:by )?(?:cob|eod)(?: today)?)\b", _days(0)
    yield r"(?<!\w)اليوم(?!\w)", _days(0)
    yield r"\bday after tomorrow\b", _days(2)
    yield r"\btomorrow\b", _days(1)
    yield r"\byesterday\b", _days(-1)
    yield r"(?<!\w)بعد غد(?:ا)?(?!\w)", _days(2)
    yield r"(?<!\w)غدا?(?!\w)", _days(1)
    yield r"(?<!\w)(?:امس|البارحه)(?!\w)", _days(-1)


_PATTERNS = [(re.compile(pattern), read) for pattern, read in _patterns()]
