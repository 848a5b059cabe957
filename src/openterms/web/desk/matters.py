"""Escalations: lists by kind with filters, and one matter with its figures, items and steps."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.collecting.escalation import demand, review
from openterms.apps.collecting.escalation.models import RUNNING, Matter, MatterItem, MatterKind, MatterState, MatterStep
from openterms.apps.collecting.legal.award import award_of, instalments_of, paid_on
from openterms.apps.collecting.legal.bundle import bundle_pdf
from openterms.apps.collecting.legal.reads import near_bars
from openterms.apps.collecting.placement.actions import collected
from openterms.apps.collecting.settlement.actions import received
from openterms.apps.collecting.write_off.recovering import recovered
from openterms.core.base.money import format_amount

from . import display
from . import matter_words as words
from .access import may, staff, today
from .papers import answered, letterhead, sheet_of, written_for

MOST = 100


@staff
def matters_page(request: HttpRequest) -> HttpResponse:
    """Matters of one kind, the latest first; the address keeps kind, state and where the page begins."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in MatterKind.values else "review"
    state = request.GET.get("state", "")
    seller = request.seller  # type: ignore[attr-defined]
    found = Matter.objects.select_related("customer", "agency").filter(seller=seller, kind=kind)
    if state == "running":
        found = found.filter(state__in=RUNNING)
    elif state in MatterState.values:
        found = found.filter(state=state)
    if (before := request.GET.get("before", "")).isdigit():
        found = found.filter(number__lt=int(before[:9]))
    rows = list(found.order_by("-number")[: MOST + 1])
    context = {
        "place": "matters", "kind": kind, "state": state, "rows": rows[:MOST],
        "before": rows[MOST - 1].number if len(rows) > MOST else None,
        "tabs": [
            {"label": label, "href": f"?kind={code}", "current": code == kind} for code, label in MatterKind.choices
        ],
        "states": [("", _("All")), ("running", _("Running")), *MatterState.choices],
        "can_post": may(request, "post"),
        "near": near_bars(seller, today(request)) if kind == "legal" else [],
    }  # fmt: skip
    return render(request, "desk/matters/list.html", context)


@staff
def matter_page(request: HttpRequest, matter_id: UUID) -> HttpResponse:
    """One matter: what it is about, what was done, and what may be done now."""
    matter = find(request, matter_id)
    steps = list(MatterStep.objects.filter(matter=matter).order_by("number"))
    for one in steps:
        one.label = words.STEPS.get(one.kind, one.kind)  # type: ignore[attr-defined]
    items = MatterItem.objects.filter(matter=matter).select_related("item").order_by("item__due_on", "item__number")
    context = {
        "place": "matters", "matter": matter, "customer": matter.customer, "steps": steps, "items": list(items[:500]),
        "figures": _figures(request, matter), "said": _said(matter), "instalments": _instalments(request, matter),
        "has_paper": matter.kind in ("demand", "legal"),
        "verbs": [
            (verb, words.LABELS[verb]) for verb, states in words.VERBS[matter.kind].items() if matter.state in states
        ] if may(request, "note") or may(request, "credit") else [],
        "crumbs": [
            {"href": f"{reverse('desk:matters')}?kind={matter.kind}", "label": matter.get_kind_display()},
            {"label": str(matter)},
        ],
    }  # fmt: skip
    if matter.kind == "review":
        context |= _compared(matter)
    return render(request, "desk/matters/matter.html", context)


@staff
def paper_page(request: HttpRequest, matter_id: UUID) -> HttpResponse:
    """The demand letter as it was issued, or the claim bundle of a legal case as one PDF."""
    matter = find(request, matter_id)
    if matter.kind == "demand":
        content = demand.content_of(matter)
    elif matter.kind == "legal":
        language = request.GET.get("lang", matter.customer.locale.split("-")[0])
        language = language if language in ("en", "ar") else "en"
        with written_for(matter.seller, language):
            head, sheet = letterhead(matter.seller), sheet_of(matter.seller)
        content = bundle_pdf(matter, language, today(request), head, sheet)
    else:
        content = None
    if content is None:
        raise Http404
    return answered(content, f"{matter}.pdf")


def find(request: HttpRequest, matter_id: UUID) -> Matter:
    """The matter in the address; 404 for another seller's."""
    found = Matter.objects.select_related("customer", "seller", "agency").filter(
        seller=request.seller, id=matter_id  # type: ignore[attr-defined]
    ).first()
    if found is None:
        raise Http404
    return found


def _figures(request: HttpRequest, matter: Matter) -> list[tuple[Any, int]]:
    terms = matter.terms
    found: list[tuple[Any, int]] = [(_("At stake"), matter.amount_minor)] if matter.amount_minor else []
    if matter.kind == "settlement":
        found += [(_("To be paid"), terms["pays_minor"]), (_("Forgiven then"), terms["forgiven_minor"]),
                  (_("Received so far"), received(matter, today(request)))]  # fmt: skip
    elif matter.kind == "placement":
        paid, fees = collected(matter)
        found += [(_("Collected"), paid), (_("Fees"), fees), (_("Remains"), paid - fees)]
    elif matter.kind == "demand":
        found += [(_("Interest to date"), terms["interest_minor"]), (_("Fixed compensation"), terms["lump_sum_minor"]),
                  (_("Demanded"), terms["total_minor"])]  # fmt: skip
    elif matter.kind == "legal" and (award := award_of(matter)) is not None:
        paid = paid_on(matter, award, today(request))
        found += [(_("Awarded in all"), award.amount_minor), (_("Of it costs"), award.costs_minor),
                  (_("Received so far"), paid)]  # fmt: skip
    elif matter.kind == "write_off":
        found += [(_("VAT inside"), terms["relief"]["vat_minor"]), (_("Recovered"), recovered(matter))]
    return found


def _instalments(request: HttpRequest, matter: Matter) -> list[dict[str, Any]]:
    """What a court allowed to be paid by and by, each instalment with how it stands."""
    if matter.kind != "legal":
        return []
    return [
        one._asdict() | {"open_minor": one.open_minor, "word": words.KEPT[one.state]}
        for one in instalments_of(matter, today(request))
    ]


def _said(matter: Matter) -> list[tuple[Any, str]]:
    """What was fixed when the matter began, in words."""
    terms, found = matter.terms, []
    for name, label in (
        ("pay_by", _("Pay by")), ("answer_by", _("Answer by")), ("deadline_on", _("Last day to pay")),
        ("court", _("Court")), ("lawyer", _("Lawyer")), ("country", _("Country")),
        ("limitation_on", _("Last day to sue")), ("proceedings", _("Proceedings")),
        ("administrator", _("Administrator")), ("opened_on", _("Opened on")), ("prove_by", _("Prove the debt by")),
    ):  # fmt: skip
        if terms.get(name):
            found.append((label, _day(terms[name]) if name.endswith(("_by", "_on")) else str(terms[name])))
    if "fee_bp" in terms:
        found.append((_("Fee"), display.percent(terms["fee_bp"] / 100, 2)))
    if matter.kind == "write_off":
        note = str(terms["relief"]["note"])
        found.append((_("VAT relief"), _(note)))
        if terms["relief"]["next_on"]:
            found.append((_("VAT may be claimed from"), _day(terms["relief"]["next_on"])))
    return found


def _day(stored: str) -> str:
    return display.day(date.fromisoformat(stored))


def _compared(matter: Matter) -> dict[str, Any]:
    """The comparison as tables: actions by value, inputs with their source, what would turn the choice, a chart."""
    data = review.comparison(matter).data
    answer, currency = data["answer"], matter.currency
    best = answer["best"]

    def shown(name: str, value: int | None) -> str:
        if value is None:
            return ""
        if name.endswith("_bp"):
            return f"{value / 100:.2f} %"
        return f"{format_amount(value, currency)} {currency}" if name.endswith("_minor") else str(value)

    turns = {one["name"]: one for one in answer["turns"]}
    inputs = []
    for name, label in words.INPUTS.items():
        fact, turn = data["facts"].get(name), turns.get(name)
        if fact is None or (fact["value"] is None and name != "settlement_minor"):
            continue
        edges = [
            (shown(name, turn[side]), words.CHOICES[turn[f"{side}_best"]])
            for side in ("below", "above") if turn and turn[side] is not None
        ]  # fmt: skip
        inputs.append({"label": label, "value": shown(name, fact["value"]), "source": words.SOURCES[fact["source"]],
                       "count": fact["count"], "is_assumed": fact["source"] == "assumed", "edges": edges})  # fmt: skip
    return {
        "values": [(words.CHOICES[code], minor, code == best) for code, minor in answer["values"].items()],
        "best": words.CHOICES[best], "least_offer": answer["least_offer_minor"], "inputs": inputs,
        "bars": _bars(answer, best),
    }  # fmt: skip


def _bars(answer: dict[str, Any], best: str) -> list[dict[str, Any]]:
    """For each input, what the best action's lead over the next is with a fifth less and more, as widths of a bar."""
    found = []
    for one in answer["swings"][:8]:
        ends = []
        for side in ("at_low", "at_high"):
            values = one[side]
            ends.append(values[best] - max(minor for code, minor in values.items() if code != best))
        found.append({"label": words.INPUTS[one["name"]], "low": min(ends), "high": max(ends)})
    found = [one for one in found if one["low"] != one["high"]]
    most = max((abs(end) for one in found for end in (one["low"], one["high"])), default=0)
    for one in found:
        left, right = (50 + 50 * one[end] // most if most else 50 for end in ("low", "high"))
        one["x"], one["width"] = 3 * left, max(3 * (right - left), 2)
    return found
