"""The strategy in the desk: read as a document for each segment, compared, written, handed in, published by a second
person."""

from __future__ import annotations

import difflib
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.collecting.experiment.models import Experiment
from openterms.apps.collecting.experiment.reads import report
from openterms.apps.collecting.strategy.actions import (
    approve_strategy,
    draft_strategy,
    edit_strategy,
    in_force,
    read_text,
    submit_strategy,
    withdraw_strategy,
)
from openterms.apps.collecting.strategy.models import StrategyDraft, StrategyVersion
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.collecting.segments import SEGMENTS
from openterms.core.collecting.strategies import Strategy
from openterms.core.collecting.strategy_lint import lint

from . import display
from .access import actor, may, require, staff, today
from .doing import attempt, done, explain, refused
from .strategy_words import STATES, channel_word, doer_word, event_word, tone_word
from .words import word


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The strategy in force, its versions, drafts and experiments."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    version, strategy = in_force(seller, on, clock.now())
    segment = request.GET.get("segment", "")
    return render(request, "desk/strategy/index.html", {
        "place": "strategy", "version": version, **_read(strategy, segment),
        "versions": StrategyVersion.objects.filter(seller=seller).order_by("-version"),
        "drafts": [(one, STATES[one.state]) for one in StrategyDraft.objects.filter(
            seller=seller, state__in=("draft", "submitted")).order_by("-number")],
        "experiments": [(one, STATES[one.state]) for one in Experiment.objects.filter(seller=seller).order_by("-id")],
        "can_write": may(request, "policy"),
    })  # fmt: skip


@staff
def version_page(request: HttpRequest, number: int) -> HttpResponse:
    """One published version; `against` compares it with another."""
    seller = request.seller  # type: ignore[attr-defined]
    found = _version(seller, number)
    against = request.GET.get("against", "")
    other = _version(seller, int(against)) if against.isdigit() else None
    return render(request, "desk/strategy/version.html", {
        "place": "strategy", "version": found, **_read(read_text(found.document), request.GET.get("segment", "")),
        "others": StrategyVersion.objects.filter(seller=seller).exclude(id=found.id).order_by("-version"),
        "other": other, "lines": _difference(other.document, found.document) if other else [],
    })  # fmt: skip


class TextForm(forms.Form):
    """A strategy's text, and what is new in it."""

    text = forms.CharField(
        label=gettext_lazy("The strategy, in YAML"), strip=False, max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 30, "dir": "ltr", "spellcheck": "false", "class": "code"}),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("What is new"), max_length=500, required=False)


@staff(right="policy")
def add_page(request: HttpRequest) -> HttpResponse:
    """A new draft, from the version in force."""
    seller = request.seller  # type: ignore[attr-defined]
    version, _strategy = in_force(seller, today(request), clock.now())
    form = TextForm(request.POST or None, initial={"text": version.document})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(form, lambda: draft_strategy(seller, actor(request), given["text"], clock.now(), given["note"]))
        if made is not None:
            return done(request, _("The draft is kept."), reverse("desk:strategy_draft", args=[made.id]))
    return _form(request, form, _("New draft of the strategy"), reverse("desk:strategy"), reverse("desk:strategy_add"))


@staff
def draft_page(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """A draft: its findings, how it differs from the version in force, its ladder, and what can be done with it."""
    seller, draft = request.seller, _draft(request, draft_id)  # type: ignore[attr-defined]
    version, _strategy = in_force(seller, today(request), clock.now())
    strategy = read_text(draft.text)
    findings = [{"place": one.place, "is_wrong": one.severity == "wrong",
                 "text": display.reason_texts({"staff": one.message, "params": one.params})["text"]}
                for one in lint(strategy)]  # fmt: skip
    return render(request, "desk/strategy/draft.html", {
        "place": "strategy", "draft": draft, "state": STATES[draft.state], "findings": findings, "version": version,
        "lines": _difference(version.document, draft.text), **_read(strategy, request.GET.get("segment", "")),
        "can_write": may(request, "policy"), "can_publish": may(request, "approve_policy"),
    })  # fmt: skip


@staff(right="policy")
def edit_page(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Write a draft anew."""
    draft = _draft(request, draft_id)
    form = TextForm(request.POST or None, initial={"text": draft.text, "note": draft.note})
    back = reverse("desk:strategy_draft", args=[draft.id])
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: edit_strategy(
            draft.seller, actor(request), draft.id, form.cleaned_data["text"], draft.revision, clock.now()
        ))  # fmt: skip
        if made is not None:
            return done(request, _("The draft is kept."), back)
    return _form(request, form, _("Edit the draft"), back, reverse("desk:strategy_edit", args=[draft.id]))


class PublishForm(forms.Form):
    """From when on a strategy is in force."""

    valid_from = forms.DateField(
        label=gettext_lazy("In force from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@staff(right="approve_policy")
def publish_page(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Publish what was handed in, as a second person."""
    draft, on = _draft(request, draft_id), today(request)
    form = PublishForm(request.POST or None, initial={"valid_from": on})
    back = reverse("desk:strategy_draft", args=[draft.id])
    if request.method == "POST" and form.is_valid():
        begins: date = form.cleaned_data["valid_from"]
        made = attempt(form, lambda: approve_strategy(
            draft.seller, actor(request), draft.id, draft.revision, begins, clock.now()
        ))  # fmt: skip
        if made is not None:
            return done(request, _("The strategy is published."), reverse("desk:strategy"))
    return _form(request, form, _("Publish the strategy"), back, reverse("desk:strategy_publish", args=[draft.id]))


@require_POST
@staff
def step_page(request: HttpRequest, draft_id: UUID, name: str) -> HttpResponse:
    """Hand a draft in, or give it up."""
    require(request, "policy")
    draft = _draft(request, draft_id)
    back = reverse("desk:strategy_draft", args=[draft.id])
    acts = {"submit": (submit_strategy, _("Handed in.")), "withdraw": (withdraw_strategy, _("Given up."))}
    if name not in acts:
        raise Http404
    act, said = acts[name]
    try:
        act(draft.seller, actor(request), draft.id, draft.revision, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    return done(request, said, back)


@staff
def experiment_page(request: HttpRequest, code: str) -> HttpResponse:
    """What an experiment shows, with intervals and sizes, or that it cannot tell."""
    seller = request.seller  # type: ignore[attr-defined]
    names = {"days_to_pay": _("Days to pay, weighted by amount"), "paid_by_30": _("Share paid within 30 days of due"),
             "complaints": _("Complaints for each customer")}  # fmt: skip
    arms = {"champion": _("Champion"), "challenger": _("Challenger"), "hold_out": _("Hold-out")}
    try:
        found = report(seller, code, today(request))
    except BadInput as error:
        raise Http404(explain(error)) from None
    measures = [
        {"name": names[name], "champion": _shown(name, one["champion"]), "challenger": _shown(name, one["challenger"]),
         "low": _shown(name, one["low"]), "high": _shown(name, one["high"]),
         "said": display.reason_texts({"staff": one["staff"], "params": one["params"]})["text"]}
        for name, one in found["measures"].items()
    ]  # fmt: skip
    sizes = [(arms[arm], count, found["customers_with_invoices"][arm]) for arm, count in found["customers"].items()]
    return render(request, "desk/strategy/experiment.html", {
        "place": "strategy", "found": found, "measures": measures, "sizes": sizes, "state": STATES[found["state"]],
        "may_act": may(request, "approve_policy"), "may_write": may(request, "policy"),
    })  # fmt: skip


def _shown(name: str, value: int | None) -> str:
    """A measure for people: days and complaints with two decimals, shares in per cent with one."""
    if value is None:
        return "–"
    digits, divisor, sign = (1, 100, "%") if name == "paid_by_30" else (2, 10_000, "")
    return f"{value / divisor:.{digits}f}{sign}"


def _version(seller: Any, number: int) -> StrategyVersion:
    found = StrategyVersion.objects.filter(seller=seller, version=number).first()
    if found is None:
        raise Http404
    return found


def _draft(request: HttpRequest, draft_id: UUID) -> StrategyDraft:
    found = StrategyDraft.objects.filter(seller=request.seller, id=draft_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _form(request: HttpRequest, form: forms.Form, title: str, back: str, address: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "address": address, "place": "strategy"}
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


def _read(strategy: Strategy, segment: str) -> dict[str, Any]:
    """A strategy as a page reads it: the rules of segments, one segment's ladder, the events."""
    chosen = segment if segment in SEGMENTS else "unclassified"
    adjustment = strategy.adjustments.get(chosen)
    rungs = []
    for rule in strategy.steps:
        for is_large in (False, True) if rule.large_after_days is not None or rule.large_delivery else (False,):
            day, how = rule.day_for(chosen, is_large), rule.carried_out(chosen, is_large)
            if day is not None:
                rungs.append({
                    "rule": rule, "day": day, "is_large": is_large, "step": word(rule.step),
                    "tone": tone_word(how.tone), "by": doer_word(how.by),
                    "channels": ", ".join(channel_word(name) for name in how.channels),
                })  # fmt: skip
    return {
        "strategy": strategy, "segment": chosen, "segment_word": word(chosen),
        "why": _(adjustment.why) if adjustment and adjustment.why else "",
        "segments": [(name, word(name)) for name in SEGMENTS], "rungs": rungs,
        "rules": [{"segment": word(one.segment), "reason": _(one.reason), "when": one.when.source}
                  for one in strategy.segments],
        "events": [{"event": event_word(one.event), "rule": one, "by": doer_word(one.delivery.by),
                    "channels": ", ".join(channel_word(name) for name in one.delivery.channels)}
                   for one in strategy.events],
    }  # fmt: skip


def _difference(old: str, new: str) -> list[tuple[str, str]]:
    """Lines that differ, each with its sign, in their surroundings."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
    return [(line[:1], line[1:]) for line in lines]
