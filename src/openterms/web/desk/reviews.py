"""Reviews of credit lines: which are due and why, and one with what has changed since the last decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.decision.acts import Terms
from openterms.apps.credit.decision.models import CaseState
from openterms.apps.credit.review import reads
from openterms.apps.credit.review.actions import begin, dismiss
from openterms.apps.credit.review.models import Ended, Review
from openterms.apps.credit.review.reads import ReviewFilter, ReviewView
from openterms.apps.parties.reads import choices
from openterms.apps.tenancy import clock
from openterms.core.base.money import to_decimal
from openterms.core.credit.policy import Policy

from . import display
from .access import actor, require, staff, today
from .case_forms import amount_input, show_form
from .case_words import age_said, role_word, source_word
from .columns import in_one_currency
from .doing import amount_field, attempt, done, explain
from .fact_words import fact_value, fact_word
from .paging import cursor, read_cursor
from .tables import Column, Filter, Table

COLUMNS = (
    Column("name", gettext_lazy("Customer"), "party"),
    Column("limit_minor", gettext_lazy("Limit"), "money", mixed=True),
    Column("why", gettext_lazy("Why"), weight=1),
    Column("proposes", gettext_lazy("Proposes"), weight=3),
    Column("opened_on", gettext_lazy("Since"), "date", weight=3),
    Column("clock", gettext_lazy("Due"), "template", template="desk/cells/clock.html", weight=2),
)
TRIGGERS: dict[str, Promise | str] = {"cadence": gettext_lazy("Time for a review")}
ACTS: dict[str, Promise | str] = {
    "review": gettext_lazy("a review"),
    "reduce": gettext_lazy("a lower limit"),
    "hold": gettext_lazy("a stop of orders"),
}
MEASURES: dict[str, Promise | str] = {
    "days_since_look": gettext_lazy("Days since the last look"),
    "dbt_cd": gettext_lazy("Days beyond terms"),
    "share_late_bp": gettext_lazy("Share of invoices paid late"),
    "utilisation_bp": gettext_lazy("Use of the limit"),
    "broken_promises": gettext_lazy("Broken promises"),
    "idle_days": gettext_lazy("Days without an invoice or order"),
    "documents_ending": gettext_lazy("Documents that run out"),
    "documents_days_left": gettext_lazy("Days left of the first document"),
    "covers_ending": gettext_lazy("Covers that run out"),
    "covers_days_left": gettext_lazy("Days left of the first cover"),
    "condition": gettext_lazy("Condition of the policy"),
}
PERCENTS = ("share_late_bp", "utilisation_bp")


def trigger_word(code: str, *policies: Policy | None) -> str:
    """What people call a trigger: the policy's own text, else its code with spaces."""
    for one in (one for policy in policies if policy for one in policy.reviews.triggers):
        if one.code == code:
            return one.texts.get(display.current().language) or one.texts["en"]
    return str(TRIGGERS.get(code) or code.replace("_", " ").capitalize())


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The reviews that are due, the most urgent first; or those that have ended."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    policies = reads.policies_of(seller, on)
    codes = [(one, trigger_word(one, *policies.values())) for one in reads.triggers(seller)]
    states = [(f"ended-{code}", label) for code, label in Ended.choices]
    filters = (
        Filter("state", gettext_lazy("State"), choices=[*states, ("ended", _("Ended"))], blank=_("Open")),
        Filter("trigger", gettext_lazy("Why"), choices=codes),
        Filter("act", gettext_lazy("Proposes"), choices=list(ACTS.items())),
        Filter("late", gettext_lazy("Time is up"), kind="check"),
    )
    table = Table.of(
        request, "reviews", COLUMNS, filters=filters, row_href=lambda row: reverse("desk:review", args=[row["id"]]),
        panel=False, caption=_("Reviews"), empty_title=_("No review is due."),
        empty_text=_("The day opens a review when the policy's cadence has passed or one of its triggers fires."),
    )  # fmt: skip
    in_one_currency(table, [code for code, _name in choices(seller)["currencies"]])
    state, trigger, act, late = (one.value for one in table.filters)
    wanted = ReviewFilter(
        is_open=not state.startswith("ended"), trigger=trigger, act=act, late=bool(late),
        ended_as=state.partition("-")[2],
    )  # fmt: skip
    found = reads.reviews(seller, wanted, on, read_cursor(table.after, "text", "uuid"), table.limit + 1)
    table.fill([_row(one, policies.get(one["currency"])) for one in found], cursor)
    return render(request, "desk/reviews/index.html", {"table": table, "place": "reviews"})


def _row(one: dict[str, Any], policy: Policy | None) -> dict[str, Any]:
    first, *others = [trigger_word(code, policy) for code in one["triggers"]]
    ended = one["state"] != "open"
    proposes = str(dict(Ended.choices)[one["ended_as"]]) if ended else str(ACTS[one["act"]])
    return one | {
        "why": f"{first} +{display.number(len(others))}" if others else first,
        "proposes": proposes,
        "clock": one["closed_on"] if ended else one["due_on"],
    }


@staff
def review_page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Why a line is looked at again, what has changed since the last decision, and what to do about it."""
    review = _find(request, review_id)
    on = today(request)
    view = reads.review_view(review.seller, review, clock.now())
    is_open = review.state == "open"
    context = {
        "place": "reviews", "review": review, "customer": review.customer, "view": view, "today": on,
        "crumbs": [{"href": reverse("desk:reviews"), "label": _("Reviews")}, {"label": review.customer.name}],
        "is_open": is_open, "is_late": is_open and review.due_on < on, "proposes": str(ACTS[review.act]),
        "reasons": [_reason(one, view) for one in review.reasons],
        "changed": [_changed(one, view) for one in view.changed],
        "facts": _facts(view, on), "need": [role_word(one) for one in view.weight.need.roles] if view.weight else [],
        "why_not": explain(view.why_not) if view.why_not else "",
        "case": view.case if view.case is not None and view.case.state == CaseState.OPEN else None,
        "answer": view.case if view.case is not None and view.case.state != CaseState.OPEN else None,
        "ended_as": review.get_ended_as_display() if not is_open else "",
    }  # fmt: skip
    return render(request, "desk/reviews/review.html", context)


def _find(request: HttpRequest, review_id: UUID) -> Review:
    found = reads.find_review(request.seller, review_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _reason(one: Mapping[str, Any], view: ReviewView) -> dict[str, Any]:
    """A reason with its figures as people read them: what was at the last decision, where the trigger has none."""
    figures = []
    for figure in one["figures"]:
        name = figure["measure"]
        before = figure["before"] if figure["before"] is not None else view.before.get(name)
        figures.append({
            "name": str(MEASURES.get(name) or fact_word(name)), "before": _figure(name, before, view),
            "after": _figure(name, figure["after"], view), "threshold": _threshold(name, figure["threshold"], view),
        })  # fmt: skip
    when = next((t.when.source for t in view.policy.reviews.triggers if t.code == one["trigger"] and t.when), "")
    return {"text": trigger_word(one["trigger"], view.policy), "figures": figures, "when": when}


def _figure(name: str, value: Any, view: ReviewView) -> str:
    if value is None:
        return ""
    if name == "dbt_cd":
        return display.number(value / 100, 1)
    if name in PERCENTS:
        return display.percent(value / 100, 0 if value % 100 == 0 else 1)
    return display.number(value) if name in MEASURES else fact_value(name, value, view.policy)


def _threshold(name: str, value: int | None, view: ReviewView) -> str:
    """A threshold in the unit of what is compared: a fall of a limit is a share of it."""
    if name == "bureau_limit_minor" and value is not None:
        return display.percent(value / 100, 0 if value % 100 == 0 else 1)
    return _figure(name, value, view)


def _changed(one: Mapping[str, Any], view: ReviewView) -> dict[str, str]:
    name, difference = one["name"], one["difference"]
    return {
        "name": fact_word(name), "before": fact_value(name, one["before"], view.policy),
        "after": fact_value(name, one["after"], view.policy),
        "difference": "" if difference is None else fact_value(name, difference, view.policy),
        "sign": "" if difference is None or difference < 0 else "+",
    }  # fmt: skip


def _facts(view: ReviewView, on: Any) -> list[dict[str, str]]:
    found = []
    for name, value in view.now.facts.items():
        place = view.now.sources[name]
        found.append({
            "name": fact_word(name), "value": fact_value(name, value, view.policy),
            "source": source_word(place["source"]), "age": age_said(place["as_of"], on),
        })  # fmt: skip
    return found


class BeginForm(forms.Form):
    """Open the case; with a limit, recommend it at once."""

    limit = forms.CharField(
        label=gettext_lazy("Recommend a limit"), max_length=40, required=False, widget=amount_input(),
        help_text=gettext_lazy("Empty: only open the case, at the present limit."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, currency: str, *given: Any, **more: Any) -> None:
        self.currency = currency
        super().__init__(*given, **more)

    def clean_limit(self) -> int | None:
        """In minor units."""
        text = self.cleaned_data["limit"]
        return amount_field(text, self.currency, self, "limit") if text else None


class DismissForm(forms.Form):
    """Why nothing needs to change."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


@staff
def begin_page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Open the case that answers a review."""
    require(request, "credit")
    review = _find(request, review_id)
    back = reverse("desk:review", args=[review.id])
    line = reads.line_of(review)
    present = "" if line is None or line.limit_minor is None else f"{to_decimal(line.limit_minor, review.currency):f}"
    form = BeginForm(review.currency, request.POST or None)
    form.fields["limit"].widget.attrs["placeholder"] = present
    if request.method == "POST" and form.is_valid():
        minor, reason = form.cleaned_data["limit"], form.cleaned_data["reason"]
        wanted = Terms(limit_minor=minor) if minor is not None else None
        made = attempt(form, lambda: begin(review.seller, actor(request), review.id, reason, clock.now(), wanted))
        if made is not None:
            said = _("The rules have granted it.") if made.state == CaseState.DECIDED else _("The case is open.")
            return done(request, said, reverse("desk:case", args=[made.id]))
    return show_form(
        request, form, _("Open the case"), _("Ask the policy"), back, review.customer,
        reverse("desk:review_begin", args=[review.id]),
    )  # fmt: skip


@staff
def dismiss_page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Close a review, because nothing needs to change."""
    require(request, "credit")
    review = _find(request, review_id)
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        made = attempt(form, lambda: dismiss(review.seller, actor(request), review.id, reason, clock.now()))
        if made is not None:
            return done(request, _("The review is dismissed."), reverse("desk:reviews"))
    return show_form(
        request, form, _("Dismiss the review"), _("Dismiss"), reverse("desk:review", args=[review.id]), review.customer,
        reverse("desk:review_dismiss", args=[review.id]), destroys=True,
    )  # fmt: skip
