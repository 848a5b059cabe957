"""Change many lines at once: chosen on the list of customers, looked at, confirmed. Very many are the worker's."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.credit.account.reads import AccountFilter, accounts
from openterms.apps.credit.mass_change import working
from openterms.apps.credit.mass_change.actions import MOST_LINES, Target, Wanted, look
from openterms.apps.credit.mass_change.doing import confirm
from openterms.apps.credit.mass_change.models import MassChange, MassChangeRow, Verb
from openterms.apps.credit.mass_change.working import MOST_BY_WORKER
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from . import display
from .access import actor, staff
from .acts_lines import AMOUNT
from .doing import amount_field, attempt, refused
from .paging import uuid_of
from .posting_forms import DateInput

MATCHING = ("q", "collector", "segment", "step", "country", "group", "currency", "overdue", "over_limit", "on_hold")
WORKED = (MassChange.State.LOOKING, MassChange.State.RUNNING)
OVER = (MassChange.State.DONE, MassChange.State.CANCELLED)
SILENT_SECONDS = 20
LOST_SECONDS = 300
OUTCOMES = {
    "done": gettext_lazy("Done"), "stale": gettext_lazy("Has changed since"), "refused": gettext_lazy("Refused"),
}  # fmt: skip


class ChangeForm(forms.Form):
    """What is done to each line."""

    verb = forms.ChoiceField(
        label=gettext_lazy("What to do"), widget=forms.RadioSelect,
        choices=[one for one in Verb.choices if one[0] != Verb.SET.value],
    )  # fmt: skip
    currency = forms.CharField(
        label=gettext_lazy("Currency"), min_length=3, max_length=3, required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}), help_text=gettext_lazy("Of the amount to reduce to."),
    )  # fmt: skip
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=40, required=False, widget=forms.TextInput(attrs=AMOUNT)
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Change in per cent"), required=False, min_value=-100, max_value=1000, decimal_places=2,
        widget=forms.TextInput(attrs=AMOUNT), help_text=gettext_lazy("Such as -20 for a fifth less."),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=DateInput(),
        help_text=gettext_lazy("Empty: the line has no end."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    message = forms.CharField(
        label=gettext_lazy("Notice to the customer"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The principal reasons, as the customer reads them. Empty: no notice."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The amount in minor units of its currency."""
        given = super().clean() or {}
        given["minor"], given["currency"] = None, (given.get("currency") or "").upper()
        if given.get("verb") == Verb.LIMIT:
            if not given["currency"] or not given.get("amount"):
                self.add_error("amount", _("Give the amount and its currency."))
            else:
                given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
        if given.get("verb") == Verb.PERCENT and not given.get("percent"):
            self.add_error("percent", _("Give such as -20."))
        return given

    @property
    def wanted(self) -> Wanted:
        """What the action takes."""
        given = self.cleaned_data
        return Wanted(
            verb=given["verb"], reason=given["reason"], message=given["message"], amount_minor=given["minor"],
            currency=given["currency"], until=given["until"],
            change_bp=int(given["percent"] * 100) if given["percent"] else None,
        )  # fmt: skip


@staff(right="line")
def ask_page(request: HttpRequest) -> HttpResponse:
    """What to do, with the rows that were chosen, or with all that the filter of the list matches."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = [found for text in data.getlist("chosen") if (found := uuid_of(text))]
    matching = {name: data.get(name, "") for name in MATCHING if data.get(name)}
    rows = _rows(request, chosen, matching)
    back = reverse("desk:customers")
    if not rows or len(rows) > MOST_BY_WORKER:
        said = (
            _("Choose %(most)s rows or fewer, for example by a filter.") % {"most": display.number(MOST_BY_WORKER)}
            if rows
            else _("Choose at least one row first.")
        )
        messages.error(request, said)
        return HttpResponseRedirect(back)
    form = ChangeForm(request.POST if "send" in request.POST else None, initial={"verb": Verb.SUSPEND.value})
    if "send" in request.POST and form.is_valid():
        targets = [Target(row["id"], row["currency"]) for row in rows]
        is_large = len(targets) > MOST_LINES
        looked = working.begin if is_large else look
        made = attempt(
            form, lambda: looked(request.seller, actor(request), form.wanted, targets, clock.now())  # type: ignore[attr-defined]
        )
        if made is not None:
            if is_large:
                _defer(made)
            return HttpResponseRedirect(reverse("desk:lines_preview", args=[made.id]))
    context = {
        "form": form, "place": "customers", "back": back, "count": len(rows), "chosen": chosen, "matching": matching,
        "crumbs": [{"href": back, "label": _("Customers")}, {"label": _("Change lines")}],
    }  # fmt: skip
    return render(request, "desk/lines/ask.html", context, status=422 if form.errors else 200)


def _rows(request: HttpRequest, chosen: list[UUID], matching: dict[str, str]) -> list[dict[str, Any]]:
    """Accounts, a row for each customer and currency: those chosen, else all that match, up to one too many."""
    seller = request.seller  # type: ignore[attr-defined]
    collector = matching.get("collector", "")
    wanted = AccountFilter(
        text=matching.get("q", "").replace("\0", ""),
        segment=matching.get("segment", ""),
        step=matching.get("step", ""),
        collector=request.user.id if collector == "me" else uuid_of(collector),  # type: ignore[union-attr]
        country=matching.get("country", ""),
        group=uuid_of(matching.get("group", "")),
        currency=matching.get("currency", ""),
        overdue=bool(matching.get("overdue")),
        over_limit=bool(matching.get("over_limit")),
        on_hold=bool(matching.get("on_hold")),
        ids=tuple(chosen),
    )
    return accounts(seller, wanted, limit=MOST_BY_WORKER + 1)


def _defer(change: MassChange) -> None:
    """Hand it to the worker, in this transaction; asked for twice, it is there once."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    task = app.configure_task("change_lines", allow_unknown=True, queueing_lock=f"lines:{change.id}")
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(seller_id=str(change.seller_id), change_id=str(change.id))


def _change(request: HttpRequest, change_id: UUID) -> MassChange:
    return get_object_or_404(
        MassChange.objects.select_related("user"), seller=request.seller, id=change_id  # type: ignore[attr-defined]
    )


@staff(right="line")
def preview_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Each line before and after, what is refused and why, and the sums; afterwards what became of each.

    Of very many lines the refused ones come first, and no more are shown than a page can hold.
    """
    change = _change(request, change_id)
    found = MassChangeRow.objects.filter(seller=change.seller, change=change).select_related("customer")
    context: dict[str, Any] = {
        "change": change, "place": "customers", "is_done": change.state == MassChange.State.DONE,
        "is_working": change.state in WORKED, "is_cancelled": change.state == MassChange.State.CANCELLED,
        "may_cancel": change.started_at is None and change.state not in OVER,
        "percent": display.number((change.change_bp or 0) / 100) if change.change_bp else "",
        "crumbs": [{"href": reverse("desk:customers"), "label": _("Customers")}, {"label": _("Change lines")}],
    }  # fmt: skip
    if context["is_working"]:
        return render(request, "desk/lines/working.html", context | _news(change))
    shown = found.annotate(is_fine=Q(fault__isnull=True)).order_by("is_fine", "place")[:MOST_LINES]
    standing = working.progress_of(change)
    context |= {
        "rows": [_shown(row) for row in sorted(shown, key=lambda row: row.place)],
        "sums": found.filter(fault__isnull=True).values("currency").order_by("currency").annotate(
            before=Coalesce(Sum("before_minor"), Value(0)), after=Coalesce(Sum("after_minor"), Value(0))
        ),
        "fine": standing.fine, "refused": standing.total - standing.fine, "hidden": standing.total - len(shown),
    }  # fmt: skip
    return render(request, "desk/lines/preview.html", context)


@staff(right="line")
def progress_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """How far the worker is; when it is over, the page itself is shown again."""
    change = _change(request, change_id)
    if change.state not in WORKED:
        response = HttpResponse(status=200)
        response["HX-Redirect"] = reverse("desk:lines_preview", args=[change.id])
        return response
    return render(request, "desk/lines/progress.html", {"change": change} | _news(change))


def _news(change: MassChange) -> dict[str, Any]:
    standing, is_looking = working.progress_of(change), change.state == MassChange.State.LOOKING
    done = standing.looked if is_looking else standing.tried
    since = change.made_at if is_looking else change.confirmed_at or change.made_at
    silent = (clock.now() - since).total_seconds()
    label = _("Looking at the lines") if is_looking else _("Changing the lines")
    return {
        "label": label if done else _("Waiting for the worker"), "done": done,
        "total": standing.total if is_looking else standing.fine + _refused_meanwhile(change),
        "is_silent": not done and silent > SILENT_SECONDS, "may_ask": silent > LOST_SECONDS,
        "may_cancel": change.started_at is None,
    }  # fmt: skip


def _refused_meanwhile(change: MassChange) -> int:
    return MassChangeRow.objects.filter(change=change, fault__isnull=False).exclude(outcome="").count()


def _shown(row: MassChangeRow) -> dict[str, Any]:
    return {
        "customer": row.customer,
        "currency": row.currency,
        "before": row.before_minor,
        "after": row.after_minor,
        "exposure": row.exposure_minor,
        "fault": display.reason_texts(row.fault) if row.fault else None,
        "outcome": OUTCOMES.get(row.outcome, ""),
        "state": "done" if row.outcome == "done" else "refused" if row.fault else "",
    }


@require_POST
@staff(right="line")
def confirm_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Do it, line by line; pressed twice, it is done once. Many lines are the worker's."""
    change, back = _change(request, change_id), reverse("desk:lines_preview", args=[change_id])
    is_large = MassChangeRow.objects.filter(change=change).count() > MOST_LINES
    try:
        if is_large:
            change = working.ask_for(change.seller, actor(request), change.id, clock.now())
        else:
            confirm(change.seller, actor(request), change.id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    if is_large:
        if change.state == MassChange.State.RUNNING:
            _defer(change)
        return HttpResponseRedirect(back)
    count = MassChangeRow.objects.filter(change=change, outcome="done").count()
    messages.success(request, _("%(count)s lines are changed.") % {"count": display.number(count)})
    return HttpResponseRedirect(back)


@require_POST
@staff(right="line")
def again_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Ask the worker again, where it broke off; what is done stays done."""
    change = _change(request, change_id)
    if change.state in WORKED:
        _defer(change)
    return HttpResponseRedirect(reverse("desk:lines_preview", args=[change.id]))


@require_POST
@staff(right="line")
def cancel_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Take it back before its first line is changed."""
    change, back = _change(request, change_id), reverse("desk:lines_preview", args=[change_id])
    try:
        working.cancel(change.seller, actor(request), change.id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("The change is cancelled. No line has changed."))
    return HttpResponseRedirect(back)
