"""What people do about a credit case, each as one form; and how a case begins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.credit.decision import acts
from openterms.apps.credit.decision.actions import CaseRequest, add_facts, decide_case, open_case
from openterms.apps.credit.decision.acts import Terms
from openterms.apps.credit.decision.given import ASKED, Given
from openterms.apps.credit.decision.models import CaseState, CreditCase, Source
from openterms.apps.credit.decision.reads import CaseView, case_view
from openterms.apps.credit.line.models import Line
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, to_decimal

from .access import actor, require, staff, today
from .cases import find
from .customer import customer_of
from .doing import amount_field, attempt, done, refused
from .fact_words import fact_word
from .posting_forms import DateInput

YES_OR_NO = {
    "yes": True, "true": True, "1": True, "نعم": True, "no": False, "false": False, "0": False, "لا": False,
}  # fmt: skip
def amount_input() -> forms.TextInput:
    """A field for an amount."""
    return forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})


class OpenForm(forms.Form):
    """What is asked."""

    source = forms.ChoiceField(
        label=gettext_lazy("What for"), widget=forms.RadioSelect,
        choices=[
            (Source.REQUEST.value, gettext_lazy("the customer, or sales, asks for it")),
            (Source.REVIEW.value, gettext_lazy("a review of our own")),
        ],
    )  # fmt: skip
    currency = forms.CharField(
        label=gettext_lazy("Currency"), min_length=3, max_length=3, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    limit = forms.CharField(
        label=gettext_lazy("Limit"), max_length=40, required=False, widget=amount_input(),
        help_text=gettext_lazy("Empty: whatever the policy finds right."),
    )  # fmt: skip
    terms = forms.CharField(
        label=gettext_lazy("Payment terms"), max_length=120, required=False,
        help_text=gettext_lazy("Such as net 30. Empty: the usual ones."), widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Only until"), required=False, widget=DateInput(),
        help_text=gettext_lazy("The last day of a temporary limit. Empty: it lasts."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        given["minor"] = None
        if given.get("currency"):
            given["currency"] = given["currency"].upper()
            try:
                exponent(given["currency"])
            except BadInput:
                self.add_error("currency", _("There is no currency %(code)s.") % {"code": given["currency"]})
                return given
            if given.get("limit"):
                given["minor"] = amount_field(given["limit"], given["currency"], self, "limit")
        return given


@staff
def open_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Begin a case about a customer; where one is open already, go there."""
    require(request, "open_case")
    customer = customer_of(request, customer_id)
    initial = _of_customer(customer, request.GET.get("source", "")) | {
        name: value for name, value in request.GET.items() if name in ("currency", "limit")
    }
    form = OpenForm(request.POST or None, initial=initial)
    currency = str(request.POST.get("currency") or initial["currency"]).upper()[:3]
    there = CreditCase.objects.filter(
        seller=customer.seller, customer=customer, currency=currency, state=CaseState.OPEN
    ).first()
    if there is not None and request.method == "GET":
        return done(request, _("A case is open already."), reverse("desk:case", args=[there.id]))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = CaseRequest(
            currency=given["currency"], limit_minor=given["minor"], terms=given["terms"], until=given["until"],
            reason=given["reason"],
        )  # fmt: skip
        made = attempt(
            form,
            lambda: open_case(
                customer.seller, actor(request), customer, wanted, [], clock.now(), source=given["source"]
            ),
        )
        if made is not None:
            said = _("The rules have granted it.") if made.state == CaseState.DECIDED else _("The case is open.")
            return done(request, said, reverse("desk:case", args=[made.id]))
    return show_form(
        request, form, _("Review credit"), _("Ask the policy"), reverse("desk:customer", args=[customer.id]), customer,
        reverse("desk:open_case", args=[customer.id]), there,
    )  # fmt: skip


def _of_customer(customer: Customer, source: str) -> dict[str, Any]:
    line = Line.objects.filter(seller=customer.seller, customer=customer, currency=customer.currency).first()
    limit = "" if line is None or line.limit_minor is None else f"{to_decimal(line.limit_minor, customer.currency):f}"
    kind = source if source in Source.values else Source.REQUEST.value
    return {"currency": customer.currency, "limit": "" if kind == Source.REVIEW else limit, "source": kind}


def show_form(
    request: HttpRequest, form: forms.Form, title: str, verb: str, back: str, customer: Customer, address: str,
    case: CreditCase | None = None, destroys: bool = False,
) -> HttpResponse:  # fmt: skip
    """A form about a customer's credit, in the panel or as a page."""
    context = {
        "form": form, "title": title, "verb": verb, "back": back, "customer": customer, "address": address,
        "case": case, "place": "credit", "destroys": destroys,
    }  # fmt: skip
    return render(request, "desk/credit/form.html", context, status=422 if form.errors else 200)


class ProposalForm(forms.Form):
    """A limit, terms and a last day to propose."""

    needs_reason = False
    limit = forms.CharField(label=gettext_lazy("Limit"), max_length=40, widget=amount_input())
    terms = forms.CharField(
        label=gettext_lazy("Payment terms"), max_length=120, required=False,
        help_text=gettext_lazy("Empty: as the policy decided."), widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Only until"), required=False, widget=DateInput(),
        help_text=gettext_lazy("The last day of a temporary limit. Empty: it lasts."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        self.view = view
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.needs_reason
        minor = view.weighed_minor
        if minor is not None:
            self.initial.setdefault("limit", f"{to_decimal(minor, view.case.currency):f}")
        self.initial.setdefault("terms", view.outcome["terms"])
        self.initial.setdefault("until", view.case.until)

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        if given.get("limit"):
            given["minor"] = amount_field(given["limit"], self.view.case.currency, self, "limit")
        return given

    @property
    def wanted(self) -> Terms:
        """What is proposed."""
        given = self.cleaned_data
        return Terms(limit_minor=given["minor"], terms=given["terms"], until=given["until"])


class OverrideForm(ProposalForm):
    """The same against the policy's answer: never without a reason."""

    needs_reason = True


class ReasonForm(forms.Form):
    """Why."""

    needs_reason = True
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    proposal = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.needs_reason
        if view.proposed is not None:
            self.initial.setdefault("proposal", view.proposed.number)


class ApproveForm(ReasonForm):
    """Agree to what was seen; a reason where the authority asks for one."""

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        self.fields["reason"].required = bool(view.need and view.need.is_reason_mandatory)

    answer_by = forms.DateField(
        label=gettext_lazy("Offer it until"), required=False, widget=DateInput(),
        help_text=gettext_lazy("It then waits for the customer's yes through that day. Empty: it holds at once."),
    )  # fmt: skip


class FactForm(forms.Form):
    """A fact with where it comes from and of which day it is."""

    name = forms.ChoiceField(label=gettext_lazy("Fact"))
    value = forms.CharField(
        label=gettext_lazy("Value"), max_length=60, widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Amounts such as 1000.00; yes or no; whole numbers; a code."),
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("Where from"), max_length=80)
    as_of = forms.DateField(label=gettext_lazy("As of"), widget=DateInput())

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        self.view = view
        super().__init__(*args, **kwargs)
        names = sorted((fact_word(name), name) for name in view.policy.facts if name not in ASKED)
        self.fields["name"].choices = [(name, said) for said, name in names]  # type: ignore[attr-defined]
        missing = [name for name in view.outcome["missing"] if name not in ASKED]
        if missing:
            self.initial.setdefault("name", missing[0])

    def clean(self) -> dict[str, Any]:
        """The value as the fact's type wants it."""
        given = super().clean() or {}
        fact = self.view.policy.facts.get(given.get("name", ""))
        text = (given.get("value") or "").strip()
        if fact is None or not text:
            return given
        if fact.type == "bool":
            given["parsed"] = YES_OR_NO.get(text.lower())
            if given["parsed"] is None:
                self.add_error("value", _("Write yes or no."))
        elif fact.unit == "minor":
            given["parsed"] = amount_field(text, self.view.case.currency, self, "value")
        elif fact.type == "int":
            try:
                given["parsed"] = int(text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")))
            except ValueError:
                self.add_error("value", _("Write a whole number."))
        else:
            given["parsed"] = text
        return given

    @property
    def given(self) -> list[Given]:
        """The fact as it is kept."""
        told = self.cleaned_data
        return [Given(told["name"], told["parsed"], told["source"], told["as_of"])]


ACTS: dict[str, tuple[type[forms.Form], Any, Any, Any]] = {
    "recommend": (ProposalForm, gettext_lazy("Recommend a limit"), gettext_lazy("Recommend"),
                  gettext_lazy("It is recommended.")),
    "override": (OverrideForm, gettext_lazy("Override the policy"), gettext_lazy("Override"),
                 gettext_lazy("The policy is overridden; somebody else approves it.")),
    "approve": (ApproveForm, gettext_lazy("Approve"), gettext_lazy("Approve"), gettext_lazy("It is approved.")),
    "reject": (ReasonForm, gettext_lazy("Decline the request"), gettext_lazy("Decline"),
               gettext_lazy("It is declined.")),
    "escalate": (ReasonForm, gettext_lazy("Give it to the next authority"), gettext_lazy("Escalate"),
                 gettext_lazy("It is with the next authority.")),
    "withdraw": (ReasonForm, gettext_lazy("Withdraw the case"), gettext_lazy("Withdraw"),
                 gettext_lazy("The case is withdrawn.")),
    "fact": (FactForm, gettext_lazy("Give a fact"), gettext_lazy("Keep it"),
             gettext_lazy("The fact is kept, and the policy was asked again.")),
}  # fmt: skip
"""Act -> form, heading, verb, what is said afterwards."""


@staff
def act_page(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """Show an act's form, or do it; a refusal is told in the form."""
    if name not in ACTS:
        raise Http404
    require(request, "credit")
    case = find(request, case_id)
    kind, heading, verb, said = ACTS[name]
    back = reverse("desk:case", args=[case.id])
    if case.state != CaseState.OPEN:
        messages.error(request, _("This case is decided or withdrawn already."))
        return HttpResponseRedirect(back)
    view = case_view(case.seller, case, clock.now())
    sent = request.POST if request.method == "POST" else None
    form = kind(view, sent, initial={"as_of": today(request)})  # type: ignore[arg-type]
    if sent is not None and form.is_valid() and attempt(form, lambda: _do(request, case, name, form)) is not None:
        return done(request, str(said), back)
    return show_form(
        request, form, str(heading), str(verb), back, case.customer,
        reverse("desk:case_act", args=[case.id, name]), case, name in ("reject", "withdraw"),
    )  # fmt: skip


def _do(request: HttpRequest, case: CreditCase, name: str, form: Any) -> Any:
    seller, person, now, given = case.seller, actor(request), clock.now(), form.cleaned_data
    if name == "recommend":
        return acts.recommend(seller, person, case.id, form.wanted, given["reason"], now)
    if name == "override":
        return acts.override(seller, person, case.id, form.wanted, given["reason"], now)
    if name == "approve":
        return acts.approve(
            seller, person, case.id, given["proposal"], now, given["reason"], answer_by=given["answer_by"]
        )
    if name == "fact":
        add_facts(seller, person, case.id, form.given, now)
        return decide_case(seller, person, case.id, now)
    act = {"reject": acts.reject, "escalate": acts.escalate, "withdraw": acts.withdraw}[name]
    return act(seller, person, case.id, given["reason"], now)


@require_POST
@staff(right="credit")
def take_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Work on it oneself."""
    return _at_once(request, case_id, acts.take, _("It is in your hands."))


@require_POST
@staff(right="credit")
def again_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask the policy again, with the facts of today."""
    return _at_once(request, case_id, decide_case, _("The policy was asked again."))


def _at_once(request: HttpRequest, case_id: UUID, act: Any, said: str) -> HttpResponse:
    case = find(request, case_id)
    back = reverse("desk:case", args=[case.id])
    try:
        act(case.seller, actor(request), case.id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, said)
    return HttpResponseRedirect(back)
