"""Back-tests: choose a policy and a period, and see what would have been otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from openterms.apps.analytics.backtest import runs
from openterms.apps.analytics.report.figures import months_before
from openterms.apps.analytics.report.table import Note
from openterms.apps.analytics.trial.models import BackTestRun
from openterms.apps.credit.policy.reads import versions
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.credit.policy import EXAMPLES
from openterms.core.credit.policy_text import LONGEST_TEXT
from openterms.formats.tabular.write import write_csv

from .access import actor, may, require, staff, today
from .doing import attempt, explain
from .links import customer_address
from .policy_words import WORDS as POLICY_WORDS
from .posting_forms import DateInput
from .report_tables import said
from .tables import Column, Table

SHOWN_RUNS = 20
PAGE = 50
LOST_SECONDS = 600
SILENT_SECONDS = 20
ANSWERS: dict[str, Promise | str] = {
    "approved": pgettext_lazy("answer to an order", "Approved"),
    "partly_approved": _("Approved in part"),
    "referred": _("To a person"),
    "declined": _("Declined"),
    "approve": pgettext_lazy("answer to an order", "Approved"),
    "counter_offer": _("Counter-offer"),
    "refer": _("To a person"),
    "decline": _("Declined"),
}
REASONS: dict[str, Promise | str] = {
    "customer_suspended": _("customer suspended"),
    "line_cancelled": _("line cancelled"),
    "line_suspended": _("line suspended"),
    "group_line_cancelled": _("the group's line cancelled"),
    "customer_insolvent": _("customer insolvent"),
    "currency_without_line": _("no limit in this currency"),
    "line_not_begun": _("limit not begun"),
    "purchaser_may_not_order": _("purchaser may not order"),
    "purchaser_limit": _("above the purchaser's limit"),
    "purchaser_budget": _("above the purchaser's limit for the period"),
    "below_least_order": _("below the least amount"),
}
PHASES = {
    "reading": _("Reading orders"),
    "answering": _("Answering them again"),
    "comparing": _("Comparing the answers"),
}
SOURCES = (("auto", _("Stored orders, else invoices")), ("orders", _("Stored orders")), ("invoices", _("Invoices")))


class WishForm(forms.Form):
    """Which policy is tried, against what, on which days."""

    policy = forms.ChoiceField(label=_("Policy to try"), required=False)
    file = forms.FileField(
        label=_("Or a file"), required=False, help_text=_("A policy in YAML; it is tried and not kept as a version."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )  # fmt: skip
    against = forms.ChoiceField(label=_("Held against"))
    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("To"), widget=DateInput())
    source = forms.ChoiceField(label=_("Orders from"), choices=SOURCES, initial="auto")

    def __init__(self, *args: Any, labels: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        kept = [(label, label) for label in labels]
        examples = [(name, gettext("Example: %(name)s") % {"name": name}) for name in EXAMPLES]
        self.fields["policy"].choices = [("", gettext("choose a policy")), *kept, *examples]  # type: ignore[attr-defined]
        self.fields["against"].choices = [  # type: ignore[attr-defined]
            ("current", gettext("The policy in force")),
            ("answered", gettext("What was answered then")),
            *kept,
            *examples,
        ]


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Ask for a back-test, and those asked for before."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    labels = [one.version.label for one in versions(seller, on)]
    initial = {
        "policy": request.GET.get("policy", ""), "against": "current", "first": months_before(on, 12), "last": on,
        "source": "auto",
    }  # fmt: skip
    form = WishForm(request.POST or None, request.FILES or None, labels=labels, initial=initial)
    if request.method == "POST":
        require(request, "policy")
        if form.is_valid():
            places = {"to": "last", "from": "first", "against": "against"}
            run = attempt(form, lambda: _begun(request, form), places)
            if run is not None:
                return HttpResponseRedirect(reverse("desk:backtest", args=[run.id]))
    found = BackTestRun.objects.filter(seller=seller).select_related("user").defer("answer", "text").order_by("-id")
    context = {
        "place": "policy", "form": form, "runs": found[:SHOWN_RUNS], "may_ask": may(request, "policy"),
        "crumbs": [{"label": gettext("Policy"), "href": reverse("desk:policy")}, {"label": gettext("Back-test")}],
    }  # fmt: skip
    return render(request, "desk/backtest/index.html", context, status=422 if request.method == "POST" else 200)


def _begun(request: HttpRequest, form: WishForm) -> BackTestRun:
    """Begin a run and carry it out, or hand it to the worker where it takes longer than a moment."""
    given, seller = form.cleaned_data, request.seller  # type: ignore[attr-defined]
    label, text = given["policy"], ""
    if given["file"] is not None:
        if given["file"].size > LONGEST_TEXT:
            raise BadInput(gettext("The file is too large."), "file")
        try:
            label, text = given["file"].name, given["file"].read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(gettext("The file is not text in UTF-8."), "file") from error
    elif label:
        text = runs.text_of(seller, label)
    else:
        raise BadInput(gettext("No policy is chosen"), "policy", gettext("Choose one, or bring a file"))
    wish = runs.Wish(
        label=label, text=text, against=given["against"], first=given["first"], last=given["last"],
        source=given["source"],
    )  # fmt: skip
    now = clock.now()
    run = runs.begin(seller, actor(request), wish, now)
    if runs.is_large(seller, run):
        from procrastinate.contrib.django import app

        task = app.configure_task("back_test", allow_unknown=True, queueing_lock=f"backtest:{run.id}")
        task.defer(seller_id=str(run.seller_id), run_id=str(run.id))
        return run
    return runs.carry_out(seller, actor(request), run, now)


def _run_of(request: HttpRequest, run_id: UUID) -> BackTestRun:
    run = BackTestRun.objects.filter(seller=request.seller, id=run_id).first()  # type: ignore[attr-defined]
    if run is None:
        raise Http404
    return run


@staff
def show(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One back-test: how far it is, why it was refused, or what it found. `format=csv` gives its customers."""
    run = _run_of(request, run_id)
    crumbs = [
        {"label": gettext("Policy"), "href": reverse("desk:policy")},
        {"label": gettext("Back-test"), "href": reverse("desk:backtests")},
        {"label": run.label},
    ]
    context = {"place": "policy", "run": run, "crumbs": crumbs, "against": against_word(run.against)}
    if run.state == "running":
        return render(request, "desk/backtest/running.html", context | _news(run))
    if run.state == "refused":
        return render(request, "desk/backtest/refused.html", context | {"fault": explain(runs.fault_of(run))})
    if request.GET.get("format") == "csv":
        return _csv(run)
    return render(request, "desk/backtest/result.html", context | _found(request, run))


@staff
def progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a run is; when it is over, the page itself is shown again."""
    run = _run_of(request, run_id)
    if run.state != "running":
        response = HttpResponse(status=200)
        response["HX-Redirect"] = reverse("desk:backtest", args=[run.id])
        return response
    return render(request, "desk/backtest/progress.html", {"run": run} | _news(run))


def _news(run: BackTestRun) -> dict[str, Any]:
    phase, silent = runs.phase_of(run), (clock.now() - run.started_at).total_seconds()
    return {
        "label": PHASES.get(phase, _("Waiting for the worker")), "done": 0, "total": None,
        "is_silent": not phase and silent > SILENT_SECONDS,
    }  # fmt: skip


def against_word(label: str) -> str:
    """What a back-test is held against, inside a sentence."""
    words = {
        "current": gettext("the policy in force"), "answered": gettext("what was answered then"),
        "standard": gettext("the standard rules"),
    }  # fmt: skip
    return words.get(label, label)


def _reason(code: str) -> str:
    return str(REASONS.get(code) or POLICY_WORDS.get(code) or code)


def _found(request: HttpRequest, run: BackTestRun) -> dict[str, Any]:
    """The answer in the page's words."""
    answer, currency = run.answer, run.answer["currency"]
    orders, months = answer["orders"], answer["orders"]["months"]
    chart = {
        "x": [f"{row['month']}-01" for row in months],
        "currency": currency,
        "series": [
            {"name": gettext("Before"), "values": [row["before_minor"] for row in months], "dashed": True},
            {"name": gettext("With this policy"), "values": [row["after_minor"] for row in months]},
        ],
        "head": gettext("Month"),
    }
    work = {
        "x": [f"{row['month']}-01" for row in months],
        "unit": gettext("orders"),
        "series": [
            {"name": gettext("Before"), "values": [row["referred_before"] for row in months], "dashed": True},
            {"name": gettext("With this policy"), "values": [row["referred_after"] for row in months]},
        ],
        "head": gettext("Month"),
    }
    decisions = answer["decisions"]
    return {
        "answer": answer, "currency": currency, "totals": orders["totals"], "chart": chart, "work": work,
        "against": against_word(answer["against"]), "flips": [_flip(row) for row in orders["flips"]],
        "workload": [row | {"word": _reason(row["reason"])} for row in orders["workload"]],
        "decisions": decisions and decisions | {"flips": [_flip(row) for row in decisions["flips"]]},
        "table": _customers(request, orders, currency),
        "notes": [said(Note(note["text"], _params(note["params"]))) for note in answer["notes"]],
    }  # fmt: skip


def _params(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A note's places as they were before they were kept: the day is a date."""
    return {name: date.fromisoformat(value) if name == "day" else value for name, value in kept.items()}


def _flip(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "before": ANSWERS.get(row["before"], row["before"]),
        "after": ANSWERS.get(row["after"], row["after"]),
        "word": _reason(row["reason"]),
    }


def _customers(request: HttpRequest, orders: Mapping[str, Any], currency: str) -> Table:
    """Whom it touches, the largest change first, a page at a time."""
    columns = [
        Column("customer", _("Customer"), "party", href="href"),
        Column("flips", _("Orders"), "number", weight=2),
        Column("change_minor", _("Change of sales"), "money", currency=currency),
        Column("avoided_minor", _("Loss avoided"), "money", currency=currency),
        Column("risked_minor", _("Loss added"), "money", currency=currency, weight=3),
        Column("word", _("Why"), weight=2),
    ]
    table = Table.of(
        request, "affected", columns, panel=False, limit=PAGE, caption=_("Affected customers"),
        empty_title=_("No order would have been answered otherwise."), count=orders["totals"]["customers"],
    )  # fmt: skip
    start = int(table.after) if table.after.isdecimal() and len(table.after) < 6 else 0
    rows = [
        dict(row) | {
            "customer": {"name": row["name"], "number": row["number"]}, "href": customer_address(row["customer_id"]),
            "word": _reason(row["reason"]),
        }
        for row in orders["customers"][start : start + PAGE + 1]
    ]  # fmt: skip
    table.fill(rows, lambda row: str(start + PAGE))
    return table


def _csv(run: BackTestRun) -> HttpResponse:
    """The affected customers as a file, amounts in minor units."""
    names = (
        "number", "name", "flips", "less_minor", "more_minor", "change_minor", "avoided_minor", "risked_minor",
        "slow_minor", "reason",
    )  # fmt: skip
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="backtest-{run.first}-{run.last}.csv"'
    response.write("\ufeff")
    write_csv(response, list(names), ([row[name] for name in names] for row in run.answer["orders"]["customers"]))  # type: ignore[arg-type]
    return response
