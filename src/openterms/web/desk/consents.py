"""Consents of a customer's people to be reached by channels that need it: kept with their proof, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.collecting.pause.actions import give_consent, withdraw_consent
from openterms.apps.collecting.pause.models import Consent
from openterms.apps.collecting.pause.reads import consents_of
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput

from .access import actor, may, require, staff, today
from .customer import customer_of
from .doing import attempt, done, refused
from .posting_forms import DateInput


class ConsentForm(forms.Form):
    """Who agreed to which channel, when, and the proof."""

    contact = forms.ChoiceField(label=gettext_lazy("Who agreed"))
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Contact.Channel.choices)
    given_on = forms.DateField(label=gettext_lazy("Given on"), widget=DateInput())
    source = forms.CharField(
        label=gettext_lazy("How and where it was given"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The proof: a signed form, an e-mail with its day, a recorded call."),
    )  # fmt: skip

    def __init__(self, customer: Customer, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        found = Contact.objects.filter(seller_id=customer.seller_id, customer=customer, is_active=True)
        self.people = {str(one.id): one for one in found.order_by("name", "id")}
        self.fields["contact"].choices = [(key, one.name) for key, one in self.people.items()]  # type: ignore[attr-defined]


@staff
def consents_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """A customer's consents, and a form for another."""
    customer = customer_of(request, customer_id)
    back = reverse("desk:consents", args=[customer.id])
    form = ConsentForm(customer, request.POST or None, initial={"given_on": today(request)})
    if request.method == "POST":
        require(request, "parties")
        if form.is_valid():
            given = form.cleaned_data
            contact = form.people[given["contact"]]
            made = attempt(
                form,
                lambda: give_consent(
                    customer.seller, actor(request), contact, given["channel"], given["source"], given["given_on"],
                    clock.now(),
                ),
            )
            if made is not None:
                return done(request, _("The consent is kept."), back)
    context = {
        "customer": customer, "consents": consents_of(customer.seller, customer.id), "form": form, "address": back,
        "may_set": may(request, "parties"), "place": "customers",
        "crumbs": [
            {"href": reverse("desk:customer", args=[customer.id]), "label": customer.name}, {"label": _("Consents")},
        ],
    }  # fmt: skip
    return render(request, "desk/consents.html", context, status=422 if form.errors else 200)


@require_POST
@staff(right="parties")
def withdraw_page(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """A consent is taken back today."""
    kept = Consent.objects.filter(seller=request.seller, id=consent_id).first()  # type: ignore[attr-defined,misc]
    if kept is None:
        raise Http404
    back = reverse("desk:consents", args=[kept.customer_id])
    try:
        withdraw_consent(kept.seller, actor(request), kept.id, today(request), clock.now())
    except BadInput as error:
        return refused(request, error, back)
    return done(request, _("The consent is taken back."), back)
