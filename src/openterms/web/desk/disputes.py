"""Dispute cases in the desk: the list with its clock and causes, one case, and its steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.reported_payment.actions import answer
from openterms.apps.collecting.reported_payment.models import ReportedPayment
from openterms.apps.journal.models import Event
from openterms.apps.receivables.dispute.cases import move
from openterms.apps.receivables.dispute.models import Department, DisputeCase, DisputeReason
from openterms.apps.receivables.dispute.reads import CAUSES_BY, causes, open_cases
from openterms.apps.receivables.dispute.resolving import Decision, close_case, reopen, resolve
from openterms.apps.tenancy import clock
from openterms.core.receivables.disputes import OPEN_STATES, is_late

from . import download
from .access import actor, may, require, staff, today
from .doing import amount_field, attempt, done
from .event_words import TITLES
from .tables import Column, Table
from .team import period

_TEXT = forms.Textarea(attrs={"rows": 3})
STEPS = {
    "investigating": gettext_lazy("Take it up"),
    "waiting": gettext_lazy("Wait for the customer"),
    "resolve": gettext_lazy("Decide the dispute"),
    "reopen": gettext_lazy("Open it again"),
    "close": gettext_lazy("Close it"),
}
LONGEST_DAYS = 36_500
CAUSE_FIGURES = (
    Column("count", gettext_lazy("Cases"), "number"),
    Column("amount_minor", gettext_lazy("Contested"), "money", mixed=True),
    Column("decided", gettext_lazy("Decided"), "number"),
    Column("upheld_minor", gettext_lazy("Upheld"), "money", mixed=True),
    Column("days", gettext_lazy("Days to decide"), "number"),
    Column("share", gettext_lazy("Upheld, percent"), "number"),
)
CAUSE_HEADINGS = {
    "reason": gettext_lazy("Reason"),
    "department": gettext_lazy("Department"),
    "customer": gettext_lazy("Customer"),
    "month": gettext_lazy("Month"),
}


@staff
def disputes_page(request: HttpRequest) -> HttpResponse:
    """Cases that wait for a decision, those past their clock first; and what disputes of a period (usually a year) come
    from, as a file too."""
    seller, day = request.seller, today(request)  # type: ignore[attr-defined]
    by = request.GET.get("by", "reason")
    by = by if by in CAUSES_BY else "reason"
    words = {"reason": dict(DisputeReason.choices), "department": dict(Department.choices)}.get(by, {})
    first, last = period(request, day, 365, LONGEST_DAYS)
    rows = [
        row | {"word": words.get(row["cause"], row["cause"]), "days": _whole(row["days_to_decide_c"]),
               "share": _whole(row["upheld_bp"])}
        for row in causes(seller, first, last, by)
    ]  # fmt: skip
    if kind := download.wanted(request):
        table = Table.of(request, "causes", (Column("word", CAUSE_HEADINGS[by]), *CAUSE_FIGURES))
        return download.download(table, rows, f"disputes-{by}-{first}-{last}", kind)
    waiting = ReportedPayment.objects.filter(seller=seller, state="open").select_related("customer", "proof")
    context = {
        "cases": open_cases(seller, day), "causes": rows, "by": by, "place": "disputes", "first": first, "last": last,
        "today": day, "query": f"by={by}&first={first}&last={last}",
        "heads": CAUSE_HEADINGS.items(), "head": CAUSE_HEADINGS[by],
        "payments": list(waiting.order_by("waits_until", "id")[:100]),
    }  # fmt: skip
    return render(request, "desk/disputes/list.html", context)


def _whole(hundredths: int | None) -> int | None:
    """Hundredths rounded half up; nothing stays nothing."""
    return None if hundredths is None else (hundredths + 50) // 100


def find(request: HttpRequest, case_id: UUID) -> DisputeCase:
    found = DisputeCase.objects.select_related("customer", "owner")
    return get_object_or_404(found, seller=request.seller, id=case_id)  # type: ignore[attr-defined]


@staff
def dispute_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A case: what is contested, whose it is, its clock, its evidence and everything that was done about it."""
    case = find(request, case_id)
    found = Event.objects.filter(seller=case.seller, subject_type="dispute_case", subject_id=case.id).order_by("id")
    events = [
        {"title": TITLES.get(one.kind, one.kind), "note": one.data.get("note", ""), "at": one.at, "actor": one.actor}
        for one in found[:100]
    ]
    can_move = case.state in OPEN_STATES
    steps = [name for name in ("resolve", "investigating", "waiting") if can_move and name != case.state]
    if case.state == "decided":
        steps += ["close"]
    if case.state in ("decided", "closed") and case.resolution != "withdrawn" and case.upheld_minor < case.amount_minor:
        steps += ["reopen"]
    context = {
        "case": case, "customer": case.customer, "place": "disputes", "is_late": is_late(
            case.state, case.due_on, today(request)), "lines": case.lines.select_related("item").order_by("id"),
        "files": [one.attachment for one in case.files.select_related("attachment")], "events": events,
        "steps": [(name, STEPS[name]) for name in steps] if may(request, "note") else [], "crumbs": [
            {"href": reverse("desk:disputes"), "label": _("Disputes")}, {"label": case.customer.name},
        ], "can_move": can_move and may(request, "note"),
    }  # fmt: skip
    return render(request, "desk/disputes/case.html", context)


class StepForm(forms.Form):
    """A step of a case; a decision says what is upheld of each line, a reopening what is contested again."""

    def __init__(self, case: DisputeCase, step: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.lines = case, list(case.lines.select_related("item").order_by("id"))
        if step == "resolve":
            choices = [one for one in DisputeCase.Resolution.choices if one[0] != "withdrawn"]
            self.fields["resolution"] = forms.ChoiceField(label=_("Outcome"), choices=choices)
        if step in ("resolve", "reopen"):
            text = _("%(number)s: upheld, in %(currency)s") if step == "resolve" else _(
                "%(number)s: contested again, in %(currency)s"
            )
            for line in self._asked(step):
                self.fields[f"line_{line.id.hex}"] = forms.CharField(
                    label=text % {"number": line.item.number, "currency": case.currency}, max_length=40, required=False,
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}),
                    help_text=_("Leave empty for all of it.") if step == "resolve" else "",
                )  # fmt: skip
        if step == "resolve":
            self.fields["message"] = forms.CharField(
                label=_("What the customer reads"), required=False, max_length=2000, widget=_TEXT
            )
        if step != "close":
            self.fields["note"] = forms.CharField(
                label=_("Note"), required=step != "investigating", max_length=2000, widget=_TEXT
            )

    def _asked(self, step: str) -> list[Any]:
        """The contested lines; for a reopening one line of each item."""
        if step == "resolve":
            return [line for line in self.lines if line.closed_on is None]
        return list({line.item_id: line for line in self.lines}.values())

    def amounts(self, step: str) -> dict[UUID, int]:
        """What is typed of each line (by its id) or item; what is empty is left out."""
        found: dict[UUID, int] = {}
        for line in self._asked(step):
            name = f"line_{line.id.hex}"
            if text := self.cleaned_data.get(name):
                minor = amount_field(text, self.case.currency, self, name)
                if minor is not None:
                    found[line.id if step == "resolve" else line.item_id] = minor
        return found


@staff
def dispute_step_page(request: HttpRequest, case_id: UUID, step: str) -> HttpResponse:
    """Do a step of a case."""
    case = find(request, case_id)
    require(request, "decide_dispute" if step in ("resolve", "reopen", "close") else "note")
    form = StepForm(case, step, request.POST if request.method == "POST" else None)
    back = reverse("desk:dispute", args=[case.id])
    if request.method == "POST" and form.is_valid():
        amounts = form.amounts(step)
        if not form.errors and attempt(form, lambda: _do(request, case, step, form, amounts)) is not None:
            return done(request, _("The case is kept."), back)
    context = {
        "form": form, "heading": STEPS[step], "customer": case.customer, "place": "disputes", "back": back,
        "address": reverse("desk:dispute_step", args=[case.id, step]),
    }  # fmt: skip
    return render(request, "desk/plans/form.html", context, status=422 if form.errors else 200)


def _do(request: HttpRequest, case: DisputeCase, step: str, form: StepForm, amounts: dict[UUID, int]) -> DisputeCase:
    who, day, now, given = actor(request), today(request), clock.now(), form.cleaned_data
    if step == "resolve":
        decision = Decision(
            resolution=given["resolution"], upheld=amounts, note=given["note"], message=given["message"]
        )
        return resolve(case.seller, who, case.id, decision, day, now)
    if step == "reopen":
        return reopen(case.seller, who, case.id, amounts, day, now, given["note"])
    if step == "close":
        return close_case(case.seller, who, case.id, day, now)
    return move(case.seller, who, case.id, step, day, now, given["note"])


class FoundForm(forms.Form):
    """What cash found of a payment that a customer reported."""

    state = forms.ChoiceField(
        label=gettext_lazy("Found"), widget=forms.RadioSelect,
        choices=[
            ("arrived", gettext_lazy("It has arrived")), ("not_found", gettext_lazy("It is not there")),
            ("withdrawn", gettext_lazy("The customer takes it back")),
        ],
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500, widget=_TEXT)


@staff
def reported_page(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Answer a reported payment."""
    require(request, "note")
    kept = get_object_or_404(
        ReportedPayment.objects.select_related("customer"), seller=request.seller, id=payment_id  # type: ignore[attr-defined]
    )
    form, back = FoundForm(request.POST or None), reverse("desk:disputes")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: answer(
                kept.seller, actor(request), kept.id, given["state"], today(request), clock.now(), given["note"]
            ),
        )
        if made is not None:
            return done(request, _("The answer is kept."), back)
    context = {
        "form": form, "heading": _("Payment that the customer reports"), "verb": _("Keep the answer"),
        "customer": kept.customer, "place": "disputes", "back": back, "payment": kept,
        "address": reverse("desk:reported", args=[kept.id]),
    }  # fmt: skip
    return render(request, "desk/plans/form.html", context, status=422 if form.errors else 200)
