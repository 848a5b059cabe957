"""The worklist: whom to call next and why; worked through by keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.analytics.day.reads import latest_run, work_left
from openterms.apps.collecting.legal.award import missed_judgments
from openterms.apps.collecting.team.reads import away, whose_work
from openterms.apps.collecting.worklist import reads
from openterms.apps.collecting.worklist.actions import finish, snooze
from openterms.apps.parties.reads import choices
from openterms.apps.receivables.dispute.reads import late_cases
from openterms.apps.tenancy import clock

from . import display, download, refusals
from .access import actor, may, require, staff, today
from .columns import in_one_currency
from .doing import attempt, came_from, done, refused
from .paging import cursor, every_row, read_cursor
from .saved_views import views_of
from .tables import Column, Filter, Table
from .words import WORK, word
from .worklist_worth import why_here

MOST_LATE = 3
"""Late disputes above the list; the rest are on the page of disputes."""
COLUMNS = (
    Column("name", gettext_lazy("Customer"), "party", under="desk/cells/late_money.html", mixed=True),
    Column("step_word", gettext_lazy("Next step"), "template", template="desk/cells/step.html", weight=2),
    Column(
        "worth", gettext_lazy("A minute moves"), "template", template="desk/cells/worth.html", weight=2, figure=True
    ),
    Column("at_risk", gettext_lazy("At risk"), "money", mixed=True, weight=3),
    Column("overdue", gettext_lazy("Overdue"), "money", mixed=True, weight=2),
    Column("days_overdue", gettext_lazy("Days overdue"), "days", weight=3),
    Column("why", gettext_lazy("Why"), "template", template="desk/cells/why.html", weight=3, hidden=True),
    Column("last", gettext_lazy("Last contact"), "template", template="desk/cells/last.html", weight=4),
    Column("collector_name", gettext_lazy("Collector"), weight=3, hidden=True),
    Column("tools", gettext_lazy("Do"), "template", template="desk/cells/plain.html", weight=3),
)


@staff
def worklist_page(request: HttpRequest) -> HttpResponse:
    """The list: mine or everybody's, most money moved a minute first."""
    seller = request.seller  # type: ignore[attr-defined]
    works = may(request, "work")
    filters = (
        _whose(request),
        Filter("step", gettext_lazy("Next step"), choices=list(WORK.items())),
    )  # fmt: skip
    columns = COLUMNS if works else [one for one in COLUMNS if one.name != "tools"]
    table = Table.of(
        request, "worklist", columns, filters=filters, exports=True, views=views_of(request, "worklist"),
        row_href=lambda row: reverse("desk:customer", args=[row["customer_id"]]) + f"?work={row['id']}",
        caption=_("Worklist"), empty_title=_("The list is done."),
    )  # fmt: skip
    in_one_currency(table, [code for code, _name in choices(seller)["currencies"]])
    mine = (table.filters[0].value or ("mine" if table.filters[0].choices[0][0] == "all" else "all")) == "mine"
    step = table.filters[1].value if table.filters[1].value in WORK else ""
    keys = _keys() if works else ()
    collectors = whose(request) if mine else None
    run = latest_run(seller)
    weights = (run.figures.get("weights") or {}) if run else {}

    def read(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        found = reads.work(seller, collectors, step, after, limit)
        refused_now = refusals.of_work(found, clock.now()) if works and found else {}
        return [
            _row(one, keys)
            | {"worth": why_here(one, weights, seller.currency), "base": seller.currency}
            | {"refused": refused_now.get(one["id"], "")}
            for one in found
        ]

    kind = download.wanted(request)
    if kind:
        return download.download(table, every_row(read), "worklist", kind)
    table.fill(read(read_cursor(table.after, "int", "uuid"), table.limit + 1), cursor)
    left = work_left(seller)
    mine_today = set(collectors or ())
    covers = [str(one.collector) for user_id, one in away(seller, today(request)).items() if user_id in mine_today]
    context = {
        "table": table, "place": "worklist", "run": run, "left": left, "mine": mine, "works": works, "covers": covers,
        "step": step, "late_disputes": late_cases(seller, today(request), collectors)[:MOST_LATE + 1],
        "most_late": MOST_LATE, "missed": missed_judgments(seller, today(request), collectors),
    }  # fmt: skip
    return render(request, "desk/worklist.html", context)


def whose(request: HttpRequest) -> list[UUID]:
    """Whose customers the person works today: the own ones, and those covered for."""
    return whose_work(request.seller, request.user.id, today(request))  # type: ignore[attr-defined,union-attr]


def _whose(request: HttpRequest) -> Filter:
    """Mine or everybody's; the usual one stands without a mark in the address."""
    mine, every = ("mine", _("My accounts")), ("all", _("All accounts"))
    usual, other = (mine, every) if _has_accounts(request) else (every, mine)
    return Filter("whose", gettext_lazy("Whose"), choices=[other], blank=usual[1])


def _has_accounts(request: HttpRequest) -> bool:
    """A collector sees the own accounts first, if there are any."""
    if request.membership.role != "collector":  # type: ignore[attr-defined]
        return False
    return bool(reads.work(request.seller, whose(request), limit=1))  # type: ignore[attr-defined]


def _keys() -> tuple[tuple[str, str, str], ...]:
    """The key toolbar of a row: key, words, and the address with places for customer and work; made once a page."""
    acts = (
        ("c", _("Record the outcome of a call"), "call"),
        ("p", _("Record a promise"), "promise"),
        ("d", _("Record a dispute"), "dispute"),
        ("n", _("Write a note"), "note"),
    )
    any_id = UUID(int=0)
    address = reverse("desk:act", args=[any_id, "name"]).replace(str(any_id), "{customer}")
    found = [(key, said, address.replace("/name/", f"/{name}/") + "?work={work}") for key, said, name in acts]
    for key, said, route in (
        ("s", _("Put off to another day"), "desk:snooze"),
        ("e", _("Mark the step as done"), "desk:finish"),
    ):
        found.append((key, said, reverse(route, args=[any_id]).replace(str(any_id), "{work}")))
    return tuple(found)


def _tools(one: dict[str, Any], keys: tuple[tuple[str, str, str], ...]) -> SafeString:
    links = format_html_join(
        "",
        '<a href="{}" data-panel data-key="{}" title="{}" aria-label="{}">{}</a>',
        (
            (address.format(customer=one["customer_id"], work=one["id"]), key, said, said, key)
            for key, said, address in keys
        ),
    )
    return format_html('<span class="row-tools">{}</span>', links)


def _row(one: dict[str, Any], keys: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    return one | {
        "step_word": word(one["step"]),
        "tools": _tools(one, keys),
        "at_risk": one["amount_at_risk_minor"],
        "overdue": one["collectable_overdue_minor"],
        "row_id": f"work-{one['id']}",
    }


class SnoozeForm(forms.Form):
    """Put off to another day."""

    until = forms.DateField(
        label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _work(request: HttpRequest, work_item_id: UUID) -> dict[str, Any]:
    found = reads.work_item(request.seller, work_item_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@staff
def snooze_page(request: HttpRequest, work_item_id: UUID) -> HttpResponse:
    """Take a customer off the list until a day."""
    require(request, "work")
    work, day = _work(request, work_item_id), today(request)
    back = came_from(request, reverse("desk:worklist"))
    form = SnoozeForm(request.POST or None, initial={"until": day + timedelta(days=1)})
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        made = attempt(
            form,
            lambda: snooze(request.seller, actor(request), work["id"], until, day, clock.now()),  # type: ignore[attr-defined]
        )
        if made is not None:
            text = _("%(name)s is put off until %(day)s.") % {"name": work["name"], "day": display.day(until)}
            return done(request, text, back, reverse("desk:wake", args=[work["id"]]), work["id"])
    quick = [(day + timedelta(days=days), words) for days, words in _choices()]
    context = {"form": form, "work": work, "back": back, "quick": quick, "place": "worklist"}
    return render(request, "desk/snooze.html", context, status=422 if form.errors else 200)


def _choices() -> list[tuple[int, str]]:
    return [(1, _("Tomorrow")), (3, _("In 3 days")), (7, _("In a week")), (14, _("In two weeks"))]


@staff
def finish_step(request: HttpRequest, work_item_id: UUID) -> HttpResponse:
    """Say that the step was done: the reminder is sent, the letter posted."""
    require(request, "work")
    work = _work(request, work_item_id)
    back = came_from(request, reverse("desk:worklist"))
    if request.method == "POST":
        form = forms.Form(request.POST)
        made = attempt(
            form,
            lambda: finish(request.seller, actor(request), work["id"], today(request), clock.now()),  # type: ignore[attr-defined]
        )
        if made is not None:
            said = {"step": WORK.get(work["step"], work["step"]), "name": work["name"]}
            return done(request, _("%(step)s: done for %(name)s.") % said, back, "", work["id"])
        if request.headers.get("HX-Request") != "true":
            from openterms.core.base.errors import BadInput

            return refused(request, BadInput(" ".join(form.non_field_errors())), back)
        return render(request, "desk/finish.html", {"form": form, "work": work, "back": back}, status=422)
    context = {"form": forms.Form(), "work": work, "back": back, "place": "worklist"}
    return render(request, "desk/finish.html", context)
