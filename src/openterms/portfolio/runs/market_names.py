"""Names, people and addresses for the simulated portfolio, composed from our own word lists. Nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Country:
    """Where customers are: share of the portfolio, locale, time zone, dialling code and legal forms."""

    code: str
    weight: float
    locale: str
    timezone: str
    dialling: str
    forms: tuple[str, ...]


COUNTRIES: tuple[Country, ...] = (
    Country("US", 0.58, "en", "America/Chicago", "+1 555 01", ("Inc.", "LLC", "Corp.", "Co.")),
    Country("CA", 0.10, "en", "America/Toronto", "+1 555 02", ("Ltd.", "Inc.")),
    Country("GB", 0.10, "en", "Europe/London", "+44 20 7946 0", ("Ltd", "LLP", "PLC")),
    Country("IE", 0.03, "en", "Europe/Dublin", "+353 20 91", ("Ltd", "DAC")),
    Country("DE", 0.05, "en", "Europe/Berlin", "+49 30 2312 5", ("GmbH", "AG", "KG")),
    Country("SA", 0.06, "ar", "Asia/Riyadh", "+966 11 555 0", ("ذ.م.م", "المحدودة")),
    Country("AE", 0.05, "ar", "Asia/Dubai", "+971 4 555 0", ("ذ.م.م", "م.م.ح")),
    Country("JO", 0.03, "ar", "Asia/Amman", "+962 6 555 0", ("ذ.م.م",)),
)

PLACES = (
    "Alder", "Amber", "Ashford", "Beacon", "Birch", "Blue Ridge", "Briar", "Brookside", "Cedar", "Clearwater",
    "Copper Hill", "Cove", "Crescent", "Eastgate", "Elm Park", "Fairview", "Falcon", "Fern Valley", "Foxglove",
    "Granite", "Greenfield", "Harbour", "Hawthorn", "Hazel", "Highland", "Ironbridge", "Juniper", "Kestrel",
    "Lakeside", "Larch", "Linden", "Long Meadow", "Maple", "Millbrook", "Moorland", "Northgate", "Oak Hollow",
    "Old Quay", "Orchard", "Otter Creek", "Pine Bluff", "Prairie", "Quarry", "Redwood", "River Bend", "Rowan",
    "Saltmarsh", "Silver Lake", "Spruce", "Stonegate", "Summit", "Swift River", "Tamarack", "Thistle",
    "Tidewater", "Upland", "Valley Forge Road", "Westport", "Willow", "Windmill",
)  # fmt: skip
TRADES = (
    "Bakery Supply", "Building Materials", "Catering", "Ceramics", "Cold Storage", "Components",
    "Dental Supply", "Distribution", "Electrical", "Fabrication", "Farm Stores", "Fasteners", "Fixtures",
    "Flooring", "Foods", "Freight", "Furniture", "Garden Centre", "Glassworks", "Hardware", "Hydraulics",
    "Instruments", "Joinery", "Labels", "Lighting", "Logistics", "Machine Works", "Marine", "Medical Supply",
    "Office Interiors", "Packaging", "Paints", "Paper", "Plumbing", "Print", "Pumps", "Retail", "Roofing",
    "Safety Wear", "Signs", "Tools", "Trading", "Transport", "Wholesale",
)  # fmt: skip
ARABIC_HEADS = ("شركة", "مؤسسة", "مجموعة")
ARABIC_PLACES = (
    "النخيل", "الواحة", "الميناء", "البحيرة", "الوادي", "الصنوبر", "المنارة", "الربيع", "الساحل", "القلعة",
    "النورس", "الياسمين", "الزيتون", "الفجر", "السنابل", "الجسر",
)  # fmt: skip
ARABIC_TRADES = (
    "للتجارة", "لمواد البناء", "للأغذية", "للنقل", "للأثاث", "للمعدات", "للتغليف", "للكهرباء",
    "للمستلزمات الطبية", "للدهانات",
)  # fmt: skip
FIRST = (
    "Alice", "Ben", "Carmen", "Daniel", "Elena", "Frank", "Grace", "Henry", "Iris", "James", "Karen", "Leo",
    "Maria", "Noah", "Olivia", "Paul", "Quinn", "Rosa", "Samuel", "Teresa", "Umar", "Vera", "Walter", "Yara",
    "Zoe",
)  # fmt: skip
LAST = (
    "Abbott", "Barnes", "Castillo", "Dawson", "Ellery", "Farrow", "Grantham", "Holloway", "Ivers", "Jansen",
    "Keating", "Lindqvist", "Marlow", "Norwood", "Okafor", "Prescott", "Quigley", "Ramsey", "Sandoval",
    "Thorne", "Underhill", "Vance", "Whitlock", "Yates",
)  # fmt: skip
ARABIC_FIRST = ("أحمد", "ليلى", "سامي", "نور", "خالد", "هند", "يوسف", "مريم", "طارق", "سلمى")
ARABIC_LAST = ("الحداد", "النجار", "الخطيب", "العطار", "البناء", "السقا", "الصباغ", "الوراق")


def countries_of(rng: np.random.Generator, count: int) -> Ints:
    """The place in ``COUNTRIES`` of each customer."""
    weights = np.array([country.weight for country in COUNTRIES])
    return rng.choice(len(COUNTRIES), size=count, p=weights / weights.sum())


def company_names(rng: np.random.Generator, countries: Ints) -> list[str]:
    """One name for each customer, no two alike, Arabic where the country's locale is."""
    picks = rng.integers(0, 1_000_000, size=(len(countries), 3))
    seen: dict[str, int] = {}
    names = []
    for (first, second, third), place in zip(picks.tolist(), countries.tolist(), strict=True):
        country = COUNTRIES[place]
        form = country.forms[third % len(country.forms)]
        if country.locale == "ar":
            head, where = ARABIC_HEADS[third % len(ARABIC_HEADS)], ARABIC_PLACES[first % len(ARABIC_PLACES)]
            name = f"{head} {where} {ARABIC_TRADES[second % len(ARABIC_TRADES)]} {form}"
        else:
            name = f"{PLACES[first % len(PLACES)]} {TRADES[second % len(TRADES)]} {form}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names


def group_names(rng: np.random.Generator, count: int) -> list[str]:
    """Names of parent companies."""
    order = rng.permutation(len(PLACES))
    return [
        f"{PLACES[order[n % len(order)]]} Holdings" + (f" {n // len(order) + 1}" if n >= len(order) else "")
        for n in range(count)
    ]


def people(rng: np.random.Generator, countries: Ints) -> list[str]:
    """One person for each customer."""
    picks = rng.integers(0, 1_000_000, size=(len(countries), 2)).tolist()
    return [
        f"{ARABIC_FIRST[a % len(ARABIC_FIRST)]} {ARABIC_LAST[b % len(ARABIC_LAST)]}"
        if COUNTRIES[place].locale == "ar"
        else f"{FIRST[a % len(FIRST)]} {LAST[b % len(LAST)]}"
        for (a, b), place in zip(picks, countries.tolist(), strict=True)
    ]
