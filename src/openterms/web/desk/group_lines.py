"""Pages of the line of a group: what it is, and its verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.handover.actions import cancel_group_and_collect
from openterms.apps.credit.group_line import actions
from openterms.apps.credit.group_line.models import GroupLineChange
from openterms.apps.credit.group_line.reads import GroupView, group_view, members_told
from openterms.apps.parties.models import Group
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_decimal

from .access import actor, staff, today
from .acts_lines import AMOUNT
from .doing import amount_field, explain
from .form_page import form_page
from .lines import line_notice
from .posting_forms import DateInput


class ReasonForm(forms.Form):
    """Why."""

    currency = ""
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TellForm(ReasonForm):
    """Why, and what the members are told."""

    message = forms.CharField(
        label=gettext_lazy("Notice to the customers"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The principal reasons, as each customer of the group reads them. Empty: no notice."),
    )  # fmt: skip


class LimitForm(ReasonForm):
    """The limit of a group."""

    currency = forms.CharField(
        label=gettext_lazy("Currency"), min_length=3, max_length=3, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    amount = forms.CharField(
        label=gettext_lazy("Limit"), max_length=40, required=False, widget=forms.TextInput(attrs=AMOUNT),
        help_text=gettext_lazy("Empty: the group has no limit of its own."),
    )  # fmt: skip
    field_order = ("currency", "amount", "reason")

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        given["minor"] = None
        if given.get("currency"):
            given["currency"] = given["currency"].upper()
            if given.get("amount"):
                try:
                    given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
                except BadInput as error:
                    self.add_error("currency", explain(error))
        return given


class ReduceForm(ReasonForm):
    """A lower limit, in the line's currency."""

    amount = forms.CharField(
        label=gettext_lazy("New limit"), max_length=40, widget=forms.TextInput(attrs=AMOUNT)
    )
    field_order = ("amount", "reason")

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        if given.get("amount"):
            given["minor"] = amount_field(given["amount"], self.currency, self, "amount")
        return given


class EndForm(ReasonForm):
    """Through which day it holds."""

    until = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=DateInput(),
        help_text=gettext_lazy("Empty: the line has no end."),
    )  # fmt: skip
    field_order = ("until", "reason")


@dataclass(frozen=True)
class Verb:
    """What can be done to a group's line: its form, its title, the action with what the form gave, what is said."""

    form: type[ReasonForm]
    title: Promise | str
    act: Callable[[tuple[Any, ...], Any, Any], Any]
    said: Promise | str


VERBS = {
    "limit": Verb(
        LimitForm, gettext_lazy("Set the limit of the group"),
        lambda where, given, now: actions.set_group_line(
            *where, given["currency"], given["minor"], given["reason"], now
        ),
        gettext_lazy("The limit of the group is set."),
    ),
    "suspend": Verb(
        TellForm, gettext_lazy("Suspend the line of the group"),
        lambda where, given, now: actions.suspend_group_line(*where, given["reason"], now, given["message"]),
        gettext_lazy("The line of the group is suspended. New orders of its customers wait for a person."),
    ),
    "resume": Verb(
        TellForm, gettext_lazy("Resume the line of the group"),
        lambda where, given, now: actions.resume_group_line(*where, given["reason"], now, given["message"]),
        gettext_lazy("The line of the group is resumed."),
    ),
    "reduce": Verb(
        ReduceForm, gettext_lazy("Reduce the limit of the group"),
        lambda where, given, now: actions.reduce_group_line(*where, given["minor"], given["reason"], now),
        gettext_lazy("The limit of the group is set."),
    ),
    "end": Verb(
        EndForm, gettext_lazy("Set the last day of the group's line"),
        lambda where, given, now: actions.end_group_line(*where, given["until"], given["reason"], now),
        gettext_lazy("The last day is set."),
    ),
    "cancel": Verb(
        ReasonForm, gettext_lazy("Cancel the line of the group"),
        lambda where, given, now: cancel_group_and_collect(*where, given["reason"], now),
        gettext_lazy("The line of the group is cancelled. What is overdue is on today's worklist."),
    ),
}  # fmt: skip


def _group(request: HttpRequest, group_id: UUID) -> Group:
    return get_object_or_404(Group, seller=request.seller, id=group_id)  # type: ignore[attr-defined]


def _view(request: HttpRequest, group: Group) -> GroupView:
    return group_view(request.seller, group, today(request), clock.now())  # type: ignore[attr-defined]


@staff
def group_page(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """A group: its line, what its customers could cost together, and what each may."""
    group = _group(request, group_id)
    view = _view(request, group)
    context = {
        "view": view, "group": group, "place": "customers", "as_of": today(request),
        "fault": explain(view.fault) if view.fault else "",
        "limit": view.line.limit_minor if view.line else None,
        "crumbs": [{"href": reverse("desk:customers"), "label": _("Customers")}, {"label": group.name}],
    }  # fmt: skip
    return render(request, "desk/lines/group.html", context)


@staff
def group_notice_page(request: HttpRequest, group_id: UUID, change_id: UUID) -> HttpResponse:
    """The letters that tell each member what was done to the group's line and why, each in its language."""
    group = _group(request, group_id)
    change = get_object_or_404(GroupLineChange, seller=group.seller_id, line__group=group, id=change_id)
    if not change.told:
        raise Http404
    told = members_told(change)
    context = {
        "group": group, "place": "customers", "papers": [line_notice(request, change, one, group) for one in told],
        "crumbs": [{"href": reverse("desk:group", args=[group.id]), "label": group.name}, {"label": _("Letters")}],
    }  # fmt: skip
    return render(request, "desk/lines/group_notice.html", context)


@staff(right="line")
def group_act_page(request: HttpRequest, group_id: UUID, verb: str) -> HttpResponse:
    """Do one verb of the group's line."""
    wanted = VERBS.get(verb)
    if wanted is None:
        raise Http404
    group = _group(request, group_id)
    view = _view(request, group)
    initial: dict[str, Any] = {"currency": view.currency}
    if view.line is not None and view.line.limit_minor is not None:
        initial["amount"] = f"{to_decimal(view.line.limit_minor, view.currency):f}"
        initial["until"] = view.line.valid_until
    form = wanted.form(request.POST or None, initial=initial)
    if not isinstance(form, LimitForm):
        form.currency = view.currency
    where = (request.seller, actor(request), group)  # type: ignore[attr-defined]
    return form_page(
        request, form, str(wanted.title), group, reverse("desk:group", args=[group.id]),
        lambda given: wanted.act(where, given, clock.now()), str(wanted.said),
    )  # fmt: skip
