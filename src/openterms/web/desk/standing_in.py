"""Standing in: who holds whose authority while they are away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.credit.delegation.actions import Absence, delegate, end_delegation
from openterms.apps.credit.delegation.models import Delegation
from openterms.apps.credit.delegation.reads import delegations
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Membership
from openterms.core.base.errors import BadInput, Refused

from .access import actor, may, staff, today
from .doing import amount_field, attempt, explain
from .house import tabs
from .posting_forms import DateInput, amount_input


class AbsenceForm(forms.Form):
    """Who is away, who stands in, on which days, with how much, and why."""

    giver = forms.ChoiceField(label=_("Who is away"))
    holder = forms.ChoiceField(label=_("Who stands in"))
    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("To"), widget=DateInput(), help_text=_("The last day, included."))
    authority = forms.CharField(label=_("May decide alone up to"), max_length=40, required=False, widget=amount_input())
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, members: list[Membership], me: Membership, is_admin: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.currency = me.seller.currency
        people = [(str(one.user_id), f"{one.user.name} ({one.get_role_display()})") for one in members]
        mine = [pair for pair in people if pair[0] == str(me.user_id)]
        choose = ("", gettext("choose a person"))
        self.fields["giver"].choices = [choose, *people] if is_admin else mine  # type: ignore[attr-defined]
        self.fields["holder"].choices = [choose, *(one for one in people if is_admin or one not in mine)]  # type: ignore[attr-defined]
        self.fields["authority"].help_text = _("In %(currency)s; empty is all that they have.") % {
            "currency": self.currency
        }

    def clean(self) -> dict[str, Any]:
        """The authority in minor units; none where it is all."""
        given = super().clean() or {}
        text = given.get("authority") or ""
        given["minor"] = amount_field(text, self.currency, self, "authority") if text else None
        return given


@staff
def page(request: HttpRequest) -> HttpResponse:
    """Who stands in for whom, and a form to ask somebody to."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    me: Membership = request.membership  # type: ignore[attr-defined]
    is_admin = may(request, "settings")
    members = list(Membership.objects.filter(seller=seller, is_active=True).select_related("user", "seller")
                   .order_by("user__name"))  # fmt: skip
    form = AbsenceForm(request.POST or None, members=members, me=me, is_admin=is_admin, initial={"first": on})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = Absence(
            giver_id=UUID(given["giver"]), holder_id=UUID(given["holder"]), first=given["first"], last=given["last"],
            reason=given["reason"], authority_minor=given["minor"],
        )  # fmt: skip
        made = attempt(form, lambda: delegate(seller, actor(request), wanted, clock.now()))
        if made is not None:
            messages.success(request, gettext("%(name)s stands in.") % {"name": made.holder.name})
            return HttpResponseRedirect(reverse("desk:settings_standing_in"))
    rows = [
        {"one": one, "status": _status(one, on), "may_end": _status(one, on) in ("in_force", "to_come")
         and (is_admin or one.giver_id == me.user_id)}
        for one in delegations(seller, on)
    ]  # fmt: skip
    context = {
        "place": "settings", "tabs": tabs(request, "settings_standing_in"), "form": form, "rows": rows,
        "seller": seller, "is_auditor": me.role == "auditor",
    }  # fmt: skip
    return render(request, "desk/settings/standing_in.html", context, status=422 if request.method == "POST" else 200)


def _status(one: Delegation, on: Any) -> str:
    if one.ended_at is not None:
        return "withdrawn"
    return "to_come" if one.first > on else "in_force" if one.last >= on else "superseded"


@require_POST
@staff
def end(request: HttpRequest, delegation_id: UUID) -> HttpResponse:
    """Take it back at once."""
    try:
        end_delegation(request.seller, actor(request), delegation_id, clock.now())  # type: ignore[attr-defined]
    except BadInput as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, gettext("It is taken back."))
    return HttpResponseRedirect(reverse("desk:settings_standing_in"))
