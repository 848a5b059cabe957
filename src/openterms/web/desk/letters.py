"""Texts to copy or print: reminders from kind to firm, and the statement of account, in English and Arabic."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.worklist import reads as work_reads
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item import reads as item_reads

from .access import staff, today
from .customer import customer_of
from .paging import uuid_of

TONES = (
    ("courtesy", gettext_lazy("Before it is due")),
    ("reminder", gettext_lazy("Reminder")),
    ("firm_letter", gettext_lazy("Firm letter")),
    ("final_notice", gettext_lazy("Final notice")),
)
OF_STEP = {"call": "reminder", "propose_demand": "final_notice", "propose_agency": "final_notice"}
LANGUAGES = (("en", "English"), ("ar", "العربية"))
MOST_ITEMS = 500


@staff
def letter_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """A reminder's text, for the customer's language and the step that is due unless others are asked for."""
    customer = customer_of(request, customer_id)
    as_of = today(request)
    work = work_reads.work_of(customer.seller, customer.id)
    due = OF_STEP.get(work[0]["step"], work[0]["step"]) if work else "reminder"
    tone = _known(request.GET.get("tone", ""), TONES, due if due in dict(TONES) else "reminder")
    language = _known(request.GET.get("lang", ""), LANGUAGES, _language_of(customer))
    groups = _groups(customer, as_of, tone)
    text = _text(request, customer, f"letters/{tone}.{language}.txt", language, groups, as_of)
    tabs = [
        {"label": label, "href": f"?tone={code}&lang={language}", "current": code == tone} for code, label in TONES
    ]
    languages = [
        {"label": label, "href": f"?tone={tone}&lang={code}", "current": code == language} for code, label in LANGUAGES
    ]
    context = {
        "customer": customer,
        "text": text,
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "tabs": tabs,
        "languages": languages,
        "work": work,
        "nothing": not groups,
        "place": "customers",
        "crumbs": _crumbs(customer, _("Reminder text")),
    }
    return render(request, "desk/letter.html", context)


@staff
def statement_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """All that is open on the customer's account, or the items in the address alone, to print."""
    customer = customer_of(request, customer_id)
    as_of = today(request)
    language = _known(request.GET.get("lang", ""), LANGUAGES, _language_of(customer))
    found = item_reads.open_items(customer.seller, customer.id, as_of, MOST_ITEMS)
    for one in found:
        one["signed_minor"] = one["open_minor"] if one["is_debit"] else -one["open_minor"]
    wanted = {key for text in request.GET.getlist("item") if (key := uuid_of(text))}
    if wanted:
        found = [one for one in found if one["id"] in wanted]
        account = _account_of(found)
    else:
        account = item_reads.account(customer.seller, customer.id, as_of)
    for one in account:
        one["rows"] = [row for row in found if row["currency"] == one["currency"]]
    same = "".join(f"&item={key}" for key in wanted)
    languages = [
        {"label": label, "href": f"?lang={code}{same}", "current": code == language} for code, label in LANGUAGES
    ]
    context = {
        "customer": customer,
        "account": account,
        "is_part": bool(wanted),
        "as_of": as_of,
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "languages": languages,
        "sites": list(customer.site_set.filter(purpose__in=["billing", "registered"]).order_by("purpose")[:1]),
        "place": "customers",
        "crumbs": _crumbs(customer, _("Statement of account")),
    }
    with translation.override(language):
        context["paper"] = render_to_string("letters/statement.html", context, request)
    return render(request, "desk/statement.html", context)


def _account_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some open items by currency and age, as `account` gives all of them."""
    claims = ("contested", "in_flight", "planned", "promised")
    sums: dict[str, dict[str, Any]] = {}
    for one in found:
        place = sums.setdefault(
            one["currency"],
            {"currency": one["currency"], "ageing": dict.fromkeys(item_reads.BUCKET_DAYS, 0), "unapplied": 0,
             "total": 0, "claims": {}},
        )  # fmt: skip
        place["total"] += one["signed_minor"]
        if one["is_debit"]:
            place["ageing"][item_reads.bucket_of(one["days_overdue"])] += one["open_minor"]
        else:
            place["unapplied"] += one["signed_minor"]
        for kind in claims:
            if one[f"{kind}_minor"]:
                place["claims"][kind] = place["claims"].get(kind, 0) + one[f"{kind}_minor"]
    return [sums[currency] for currency in sorted(sums)]


def _known(given: str, among: Any, otherwise: str) -> str:
    return given if given in dict(among) else otherwise


def _language_of(customer: Customer) -> str:
    return "ar" if customer.locale.startswith("ar") else "en"


def _groups(customer: Customer, as_of: Any, tone: str) -> list[dict[str, Any]]:
    """What a letter asks for: by currency, the items that may be chased for and their sum."""
    found = item_reads.open_items(customer.seller, customer.id, as_of, MOST_ITEMS)
    chased = [one for one in found if one["is_debit"] and one["collectable_minor"] > 0]
    wanted = [one for one in chased if (one["days_overdue"] <= 0) == (tone == "courtesy")]
    if tone == "courtesy":
        wanted = [one for one in wanted if one["days_overdue"] >= -14]
    currencies = dict.fromkeys(one["currency"] for one in wanted)
    return [
        {
            "currency": currency,
            "rows": [one for one in wanted if one["currency"] == currency],
            "sum": sum(one["collectable_minor"] for one in wanted if one["currency"] == currency),
        }
        for currency in currencies
    ]


def _text(
    request: HttpRequest, customer: Customer, template: str, language: str, groups: list[dict[str, Any]], as_of: Any
) -> str:
    contact = customer.contact_set.filter(is_active=True, do_not_contact=False).order_by("role", "name").first()
    context = {
        "customer": customer,
        "seller": customer.seller,
        "contact": contact,
        "groups": groups,
        "as_of": as_of,
        "person": request.user,
    }
    with translation.override(language):
        return render_to_string(template, context).strip()


def _crumbs(customer: Customer, label: str) -> list[dict[str, Any]]:
    return [
        {"href": reverse("desk:customers"), "label": _("Customers")},
        {"href": reverse("desk:customer", args=[customer.id]), "label": customer.name},
        {"label": label},
    ]
