"""Every component on one page, with nothing in it, one row, many rows, long names, large amounts and Arabic.

Only reachable in development and tests; nothing here reads the record.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from openterms.core.base.reasons import Reason

from .tables import Column, Filter, Table

AS_OF = date(2025, 3, 14)
LONG_NAME = "Société Générale de Distribution Alimentaire et de Restauration du Sud"
ARABIC_NAME = "شركة النور للتجارة والمقاولات العامة ذ.م.م"
NAMES = (
    "Acme Tools",
    LONG_NAME,
    ARABIC_NAME,
    "Bergmann & Söhne GmbH",
    "7-Eleven Franchise 4411",
    "Kuwait Steel K.S.C.",
)


class PromiseForm(forms.Form):
    """A form with each kind of field."""

    amount = forms.CharField(label=_("Amount"), help_text=_("In USD, at most 12,400.00."))
    promised_for = forms.DateField(label=_("Promised for"), widget=forms.DateInput(attrs={"type": "date"}))
    person = forms.ChoiceField(
        label=_("Person reached"), choices=[("", ""), ("1", "Jane Doe"), ("2", "محمد العتيبي")], required=False
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)
    tell = forms.BooleanField(label=_("Tell the collector when it is broken"), required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    """The page of components."""
    if not (settings.DEBUG or getattr(settings, "TESTING", False)):
        raise Http404
    many = int(request.GET.get("rows", "12"))
    tables = [_table(request, "many", many), _table(request, "one", 1), _table(request, "none", 0)]
    form = PromiseForm({"amount": "12.400,00", "promised_for": "2025-02-31"})
    if "HX-Panel" in request.headers:
        return render(request, "desk/gallery_panel.html", _content())
    return render(request, "desk/gallery.html", _content() | {"tables": tables, "form": form, "place": "customers"})


def _table(request: HttpRequest, name: str, rows: int) -> Table:
    columns = [
        Column("customer", _("Customer"), "party", sortable=True),
        Column("step", _("Next step"), "status", weight=2),
        Column("ageing", _("By age"), "ageing", weight=3),
        Column("overdue_minor", _("Overdue"), "money", sortable=True, weight=2),
        Column("open_minor", _("Owed"), "money", sortable=True, mixed=True),
        Column("oldest", _("Oldest due"), "date", sortable=True, weight=3),
        Column("days", _("Days overdue"), "days", sortable=True, weight=3, hidden=True),
    ]
    table = Table.of(
        request,
        name,
        columns,
        "-open_minor",
        search="",
        search_label=_("Name or number"),
        filters=[
            Filter("country", _("Country"), choices=[("US", "United States"), ("KW", "الكويت")]),
            Filter("hold", _("On hold"), "check"),
        ]
        if name == "many"
        else [],
        views=[
            {"label": _("All"), "href": "?", "current": True},
            {"label": _("Over limit"), "href": "?view=over"},
            {"label": _("My accounts"), "href": "?view=mine"},
        ]
        if name == "many"
        else [],
        row_href="href",
        select=name == "many",
        exports=name == "many",
        bulk=[{"label": _("Assign to a collector"), "href": "#"}, {"label": _("Pause dunning"), "href": "#"}],
        caption=_("Customers with something open"),
        empty_title=_("No customers yet."),
        empty_text=_("Import your customer list, or add the first one by hand."),
        basis="· as of 14 Mar 2025" if name == "many" else "",
        limit=20,
    )
    table.fill([_row(number) for number in range(rows)], lambda row: row["number"])
    if name == "many" and rows:
        table.count = rows
    if name == "one":
        table.totals = {"open_minor": 1_240_000, "overdue_minor": 413_333, "currency": "USD"}
    return table


def _row(number: int) -> dict[str, Any]:
    currency = ("USD", "USD", "KWD", "EUR", "JPY", "USD")[number % 6]
    amount = (1_240_000, 123_456_789_012, 4_125_250, 31_000, 98_000, -45_000)[number % 6]
    steps = ("reminder", "call", "promised", "contested", "hold", "90+")
    return {
        "id": number,
        "number": f"C-{10040 + number}",
        "customer": {
            "name": NAMES[number % 6],
            "number": f"C-{10040 + number}",
            "status": "hold" if number % 6 == 4 else "",
        },
        "href": f"/gallery/?customer={number}",
        "step": ("due_soon", "1-30", "promised", "contested", "61-90", "90+")[number % 6],
        "steps": steps,
        "ageing": {"current": 500, "1-30": 200 * (number % 4), "31-60": 90 * (number % 3), "61-90": 40, "90+": 60},
        "open_minor": amount,
        "overdue_minor": abs(amount) // 3,
        "currency": currency,
        "oldest": date(2025, 1 + number % 3, 3 + number % 20),
        "days": 18 + number,
    }


REASONS = [
    Reason(
        "call_after_overdue",
        "Invoice INV-2041 is %(days)s days overdue; the strategy calls at 7 days.",
        "",
        "",
        {"days": 18},
    ),
    Reason(
        "broken_promise",
        "A promise of %(amount_minor)s for %(promised_for)s was not kept.",
        "",
        "Agree a new date with the person who can pay.",
        {"amount_minor": 310000, "currency": "USD", "promised_for": "2025-03-07"},
    ),
]


def _content() -> dict[str, Any]:
    """What the components show."""
    buckets = {"current": 930_000, "1-30": 310_000, "31-60": 121_050, "61-90": 45_500, "90+": 88_020}
    return {
        "as_of": AS_OF,
        "crumbs": [{"label": _("Customers"), "href": "#"}, {"label": LONG_NAME}],
        "buckets": buckets,
        "large": {"current": 123_456_789_012, "1-30": 0, "31-60": 9_876_543_210, "61-90": 1, "90+": 55_000_000_000},
        "nothing": {"current": 0, "1-30": 0, "31-60": 0, "61-90": 0, "90+": 0},
        "claims": {"contested": 120_000, "promised": 310_000},
        "reasons": REASONS,
        "statuses": [
            "current", "due_soon", "1-30", "31-60", "61-90", "90+", "contested", "promised", "planned", "in_flight",
            "hold", "paused", "kept", "part_kept", "broken", "settled", "over_limit", "warning",
        ],
        "parties": [
            {"name": "Acme Tools", "number": "C-10040"},
            {"name": LONG_NAME, "number": "C-10041", "status": "hold"},
            {"name": ARABIC_NAME, "number": "C-10042", "status": "contested"},
        ],
        "tabs": [
            {"label": _("Open items"), "href": "#", "current": True, "count": 14},
            {"label": _("Timeline"), "href": "#"},
            {"label": _("Contacts"), "href": "#", "count": 3},
            {"label": _("Documents"), "href": "#"},
        ],
        **_course(),
        **_charts(),
    }  # fmt: skip


def _course() -> dict[str, Any]:
    """A timeline, ahead and behind."""
    return {
        "ahead": [
            {"at": date(2025, 3, 29), "title": _("Final notice"), "detail": "INV-2041, INV-2057", "status": "61-90"},
            {"at": date(2025, 3, 21), "title": _("Promise due"), "detail": "3,100.00 USD", "status": "promised"},
        ],
        "behind": [
            {
                "at": datetime(2025, 3, 12, 9, 30, tzinfo=UTC),
                "title": _("Call"),
                "detail": "Reached Jane Doe; pays 3,100.00 on the 21st.",
                "actor": "Sam Okafor",
                "status": "kept",
            },
            {"at": date(2025, 3, 7), "title": _("Promise broken"), "status": "broken", "actor": "محمد العتيبي"},
            {"at": date(2025, 2, 24), "title": _("Reminder"), "detail": "INV-2041"},
        ],
    }


def _charts() -> dict[str, Any]:
    """One of each kind of chart."""
    months = [f"{year}-{month:02d}-28" for year in (2023, 2024) for month in range(1, 13)]
    return {
        "line_chart": {
            "x": months,
            "unit": "days",
            "series": [
                {"name": "DSO", "values": [41 + (n * 7) % 9 + n // 3 for n in range(24)]},
                {"name": "Best possible", "values": [33 + (n * 3) % 4 for n in range(24)], "dashed": True},
            ],
        },
        "ageing_chart": {
            "x": months,
            "currency": "USD",
            "series": [
                {"name": code, "code": code, "values": [size * (60 + (n * 11) % 40) for n in range(24)]}
                for code, size in (
                    ("current", 930_000), ("1-30", 310_000), ("31-60", 121_050), ("61-90", 45_500), ("90+", 88_020),
                )
            ],
        },
        "bars_chart": {
            "names": list(NAMES),
            "currency": "USD",
            "flat": True,
            "series": [{"name": "Owed", "values": [9_870_000, 7_440_000, 5_120_000, 2_030_000, 990_000, 120_000]}],
        },
        "dots_chart": {
            "unit": "days",
            "currency": "USD",
            "zero": "On time",
            "points": [
                {
                    "x": f"2024-{1 + n // 3:02d}-{1 + (n * 9) % 28:02d}",
                    "y": (n * 13) % 70 - 12 + n,
                    "size": 20_000 + (n * 7919) % 900_000,
                    "name": f"INV-{2000 + n}",
                }
                for n in range(36)
            ],
        },
    }  # fmt: skip
