"""What people do with escalations, each as one form: begin one about a customer, and every step that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.escalation import demand, posting, review
from openterms.apps.collecting.escalation.matters import Doing
from openterms.apps.collecting.escalation.models import Agency, Matter, MatterKind
from openterms.apps.collecting.escalation.reads import items_of
from openterms.apps.collecting.insolvency import actions as insolvency
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.placement import actions as placement
from openterms.apps.collecting.settlement import actions as settlement
from openterms.apps.collecting.tracing import actions as tracing
from openterms.apps.collecting.write_off import actions as write_off
from openterms.apps.collecting.write_off import recovering
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy import clock
from openterms.core.base.money import format_amount
from openterms.core.collecting.demand import CHECKLIST, Answer, Question, usual_days
from openterms.core.collecting.escalation import AMOUNTS

from . import display
from . import matter_words as words
from .access import actor, staff, today
from .customer import customer_of
from .doing import attempt, done
from .matter_doing import change_inputs, judge, pay
from .matter_fields import MatterForm, choice_field, day_field, money_field, several_field, text_field
from .matters import find
from .six_checks import check_answers, check_fields

Given = Mapping[str, Any]


NOTE = gettext_lazy("Note")
REASON = gettext_lazy("Reason")
REFERENCE = gettext_lazy("Reference")



@staff(right="note")
def open_page(request: HttpRequest, customer_id: UUID, kind: str) -> HttpResponse:
    """Begin a matter about a customer."""
    customer = customer_of(request, customer_id)
    if kind not in MatterKind.values:
        raise Http404
    on = today(request)
    fields = _opening(kind, customer, on)
    form = MatterForm(fields, customer.currency, request.POST or None)
    if request.method == "POST" and form.is_valid():
        do = _doing(request)
        made = attempt(form, lambda: OPENERS[kind](do, customer, form.cleaned_data))
        if made is not None:
            return done(request, _("%(matter)s is begun.") % {"matter": made}, reverse("desk:matter", args=[made.id]))
    context = {
        "shell": "desk/base.html", "place": "customers", "title": MatterKind(kind).label, "customer": customer,
        "form": form, "back": reverse("desk:customer", args=[customer.id]),
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@staff
def do_page(request: HttpRequest, matter_id: UUID, verb: str) -> HttpResponse:
    """A step of a matter."""
    matter = find(request, matter_id)
    if verb not in words.VERBS[matter.kind]:
        raise Http404
    form = MatterForm(_step_fields(matter, verb), matter.currency, request.POST or None)
    back = reverse("desk:matter", args=[matter.id])
    if request.method == "POST" and form.is_valid():
        do = _doing(request)
        if attempt(form, lambda: STEPS[matter.kind, verb](do, matter, form.cleaned_data)) is not None:
            return done(request, _("It is recorded."), back)
    context = {
        "shell": "desk/base.html", "place": "matters", "title": words.LABELS[verb], "customer": matter.customer,
        "form": form, "back": back,
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


def _doing(request: HttpRequest) -> Doing:
    return Doing(seller=request.seller, actor=actor(request), on=today(request),
        now=clock.now())  # type: ignore[attr-defined]


def _opening(kind: str, customer: Customer, on: date) -> dict[str, forms.Field]:
    items = items_of(customer, on) if kind not in ("insolvency", "tracing") else []
    choices = [
        (str(one.id), display.item_line(one.number, one.due_on, one.collectable_minor, one.currency))
        for one in items
    ]  # fmt: skip
    fields: dict[str, forms.Field] = {}
    if kind not in ("insolvency", "tracing"):
        fields["items"] = several_field(
            gettext_lazy("Items"), choices, required=False, help_text=gettext_lazy("Without any: all that is overdue.")
        )
    fields |= OPENING[kind](customer, on)
    if kind in ("demand", "placement", "legal"):
        fields |= check_fields(customer, on)
    return fields


def _questions(questions: Sequence[Question], prefix: str) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for one in questions:
        known = words.ANSWERS if one.may_be_unneeded else words.ANSWERS[:2]
        fields[f"{prefix}_{one.code}"] = forms.ChoiceField(
            label=_(one.text), choices=known, widget=forms.RadioSelect
        )
    return fields


def _answers(given: Given, questions: Sequence[Question], prefix: str) -> dict[str, Answer]:
    return {
        one.code: Answer(given.get(f"{prefix}_{one.code}", ""), given.get(f"{prefix}_{one.code}_note", ""))
        for one in questions
    }


def _demand_fields(customer: Customer, on: date) -> dict[str, forms.Field]:
    days = usual_days(customer.country, customer.is_sole_trader)
    last = Matter.objects.filter(seller_id=customer.seller_id, kind="demand").order_by("-number").first()
    before = last.terms if last else {}
    return {
        "language": choice_field(gettext_lazy("Language"), (("en", "English"), ("ar", "العربية")),
                            initial="ar" if customer.locale.startswith("ar") else "en"),
        "deadline_on": day_field(gettext_lazy("Last day to pay"), initial=on + timedelta(days=days)),
        "contract": text_field(gettext_lazy("Contract or order, and proof of delivery")),
        "pay_to": text_field(gettext_lazy("How to pay: account and bank"), long=True,
                        initial="\n".join(before.get("pay_to", []))),
        "plan_contact": text_field(gettext_lazy("Whom to ask for a payment plan"),
            initial=before.get("plan_contact", "")),
        "signer": text_field(gettext_lazy("Who signs"), initial=before.get("signer", "")),
        "consequences": several_field(gettext_lazy("What will follow"), list(words.CONSEQUENCES.items())),
        "enclosures": text_field(gettext_lazy("Enclosures, one on a line"), required=False, long=True),
        **_questions(CHECKLIST, "list"),
    }  # fmt: skip


def _agencies(customer: Customer) -> list[tuple[str, str]]:
    found = Agency.objects.filter(seller_id=customer.seller_id, is_active=True).order_by("name")
    return [(str(one.id), one.name) for one in found if not one.countries or customer.country in one.countries]


OPENING: dict[str, Callable[[Customer, date], dict[str, forms.Field]]] = {
    "review": lambda customer, on: {"reason": text_field(NOTE, required=False, long=True)},
    "demand": _demand_fields,
    "settlement": lambda customer, on: {
        "pays_minor": money_field(gettext_lazy("What is taken for the whole")),
        "answer_by": day_field(gettext_lazy("Answer by"), initial=on + timedelta(days=14)),
        "pay_by": day_field(gettext_lazy("Pay by"), initial=on + timedelta(days=28)),
        "reason": text_field(REASON, long=True),
    },
    "placement": lambda customer, on: {
        "agency": choice_field(gettext_lazy("Agency"), _agencies(customer)), "reason": text_field(REASON, long=True),
    },
    "legal": lambda customer, on: {
        "country": text_field(gettext_lazy("Country whose law counts the time"), initial=customer.country),
        "court": text_field(gettext_lazy("Court or procedure")), "lawyer": text_field(gettext_lazy("Lawyer"),
            required=False),
        "reason": text_field(REASON, long=True),
    },
    "insolvency": lambda customer, on: {
        "proceedings": text_field(gettext_lazy("Proceedings")), "court": text_field(gettext_lazy("Court"),
            required=False),
        "administrator": text_field(gettext_lazy("Administrator"), required=False),
        "opened_on": day_field(gettext_lazy("Opened on")),
        "prove_by": day_field(gettext_lazy("Prove the debt by"), required=False),
        "reference": text_field(REFERENCE, required=False),
    },
    "tracing": lambda customer, on: {"note": text_field(gettext_lazy("What was tried"), long=True)},
    "write_off": lambda customer, on: {
        "against": choice_field(gettext_lazy("Against"), words.AGAINST),
        "claims_vat": forms.BooleanField(label=gettext_lazy("Claim the VAT back where it is due"), required=False),
        "reason": text_field(REASON, long=True),
    },
}  # fmt: skip


def _ids(given: Given) -> list[UUID]:
    return [UUID(one) for one in given.get("items", [])]


def _open_demand(do: Doing, customer: Customer, given: Given) -> Matter:
    wanted = demand.Wanted(
        language=given["language"], deadline_on=given["deadline_on"], pay_to=given["pay_to"].splitlines(),
        signer=given["signer"], plan_contact=given["plan_contact"], contract=given["contract"],
        consequences=given["consequences"], enclosures=[one for one in given["enclosures"].splitlines() if one.strip()],
    )  # fmt: skip
    answers = _answers(given, CHECKLIST, "list")
    return demand.issue(do, customer, _ids(given), wanted, answers, check_answers(given))


def _open_settlement(do: Doing, customer: Customer, given: Given) -> Matter:
    wanted = settlement.Offer(
        pays_minor=given["pays_minor"], pay_by=given["pay_by"], answer_by=given["answer_by"], reason=given["reason"]
    )
    return settlement.offer(do, customer, _ids(given), wanted)


def _open_legal(do: Doing, customer: Customer, given: Given) -> Matter:
    claim = legal.Claim(
        country=given["country"].strip().upper(), court=given["court"], lawyer=given["lawyer"], reason=given["reason"]
    )
    return legal.sue(do, customer, _ids(given), claim, check_answers(given))


OPENERS: dict[str, Callable[[Doing, Customer, Given], Matter]] = {
    "review": lambda do, customer, given: review.review(do, customer, _ids(given), given["reason"]),
    "demand": _open_demand,
    "settlement": _open_settlement,
    "placement": lambda do, customer, given: placement.place(
        do, customer, _ids(given), UUID(given["agency"]), check_answers(given), given["reason"]
    ),
    "legal": _open_legal,
    "insolvency": lambda do, customer, given: insolvency.record_insolvency(
        do, customer, insolvency.Proceedings(
            proceedings=given["proceedings"], court=given["court"], administrator=given["administrator"],
            opened_on=given["opened_on"], prove_by=given["prove_by"], reference=given["reference"],
        )
    ),
    "tracing": lambda do, customer, given: tracing.trace(do, customer, given["note"]),
    "write_off": lambda do, customer, given: write_off.write_off(
        do, customer, _ids(given), given["reason"], against=given["against"], claims_vat=given["claims_vat"]
    ),
}  # fmt: skip


def _step_fields(matter: Matter, verb: str) -> dict[str, forms.Field]:
    """The fields of a step: those that it needs beside a note."""
    amount, reference = money_field(gettext_lazy("Amount")), text_field(REFERENCE)
    note = {"note": text_field(NOTE, required=False, long=True)}
    receipts = [
        (str(one.id), f"{one.number} · {format_amount(one.open_minor, one.currency)}")
        for one in Item.objects.filter(
            seller_id=matter.seller_id, customer_id=matter.customer_id, kind="receipt", open_minor__gt=0,
            currency=matter.currency,
        ).order_by("issued_on")[:100]
    ] if verb == "recover" else []  # fmt: skip
    by_verb: dict[str, dict[str, forms.Field]] = {
        "inputs": _input_fields(matter) if verb == "inputs" else {},
        "decide": {"choice": choice_field(gettext_lazy("Action"), list(words.CHOICES.items())), **note},
        "send": {"channel": choice_field(gettext_lazy("By what"), list(words.WAYS.items()))},
        "deliver": {"how": choice_field(gettext_lazy("How"), list(words.PROOFS.items())),
            "reference": reference, **note},
        "accept": {"accepted_by": text_field(gettext_lazy("Who agreed")), **note},
        "acknowledge": {"reference": text_field(REFERENCE, required=False), **note},
        "payment": {"amount": amount, "fee": money_field(gettext_lazy("Fee kept or asked for")), "reference": reference,
                    "is_direct": forms.BooleanField(
                        label=gettext_lazy("The customer paid us directly"), required=False)},
        "fee": {"amount": amount, "reference": reference},
        "milestone": {"kind": choice_field(gettext_lazy("What happened"), [
                          (one, words.STEPS[one]) for one in legal.MILESTONES]),
                      "due_on": day_field(gettext_lazy("Next day"), required=False),
                      "reference": text_field(REFERENCE, required=False), **note},
        "cost": {"amount": amount, "note": text_field(gettext_lazy("What for")),
                 "reference": text_field(REFERENCE, required=False)},
        "judgment": {"amount": money_field(gettext_lazy("Awarded in all")),
            "costs": money_field(gettext_lazy("Of it costs")),
                     "reference": reference,
                     "instalments": text_field(gettext_lazy("Instalments: a day and an amount on each line"),
                         required=False,
                                          long=True)},
        "prove": {"amount": amount, "reference": reference, **note},
        "dividend": {"amount": amount, "reference": reference},
        "look": {"source": choice_field(gettext_lazy("Source"), [(c, _(t)) for c, t in tracing.SOURCES.items()]),
                 "result": choice_field(gettext_lazy("Result"), [(c, _(t)) for c, t in tracing.RESULTS.items()]),
                 "ground": choice_field(gettext_lazy("Lawful basis"), [(c, _(t)) for c, t in tracing.GROUNDS.items()]),
                 **note},
        "recover": {"receipt": choice_field(gettext_lazy("Receipt"), receipts), "amount": amount},
        "unrecover": {"recovery": choice_field(gettext_lazy("Recovery"), [
                          (one.data["allocation"],
                           f"{one.reference} · {format_amount(one.amount_minor or 0, matter.currency)}")
                          for one in recovering.standing(matter)] if verb == "unrecover" else []),
                      "note": text_field(REASON, long=True)},
    }  # fmt: skip
    return by_verb.get(verb, note)


def _input_fields(matter: Matter) -> dict[str, forms.Field]:
    facts = review.facts_of(matter)
    fields: dict[str, forms.Field] = {}
    for name, label in words.INPUTS.items():
        if name == "claim_minor":
            continue
        value = facts[name].value if name in facts else None
        if name in AMOUNTS:
            shown = "" if value is None else format_amount(value, matter.currency).replace(",", "")
            fields[name] = money_field(label, required=False, initial=shown)
        else:
            unit = gettext_lazy("Hundredths of a per cent") if name.endswith("_bp") else ""
            fields[name] = forms.IntegerField(label=label, min_value=0, initial=value, help_text=unit)
    fields["note"] = text_field(REASON, long=True)
    return fields


Acting = Callable[[Doing, Matter, Given], Any]
STEPS: dict[tuple[str, str], Acting] = {
    ("review", "inputs"): change_inputs,
    ("review", "decide"): lambda do, one, given: review.decide(do, one.id, given["choice"], given["note"]),
    ("review", "approve"): lambda do, one, given: review.approve(do, one.id, given["note"]),
    ("review", "withdraw"): lambda do, one, given: review.withdraw(do, one.id, given["note"]),
    ("demand", "send"): lambda do, one, given: posting.send(do, one.id, given["channel"]),
    ("demand", "deliver"): lambda do, one, given: demand.deliver(
        do, one.id, given["how"], given["reference"], given["note"]
    ),
    ("demand", "withdraw"): lambda do, one, given: demand.withdraw(do, one.id, given["note"]),
    ("settlement", "approve"): lambda do, one, given: settlement.approve(do, one.id, given["note"]),
    ("settlement", "accept"): lambda do, one, given: settlement.accept(
        do, one.id, given["accepted_by"], given["note"]
    ),
    ("settlement", "decline"): lambda do, one, given: settlement.end_offer(do, one.id, "decline", given["note"]),
    ("settlement", "withdraw"): lambda do, one, given: settlement.end_offer(do, one.id, "withdraw", given["note"]),
    ("placement", "approve"): lambda do, one, given: placement.approve(do, one.id, given["note"]),
    ("placement", "acknowledge"): lambda do, one, given: placement.answer(
        do, one.id, "acknowledge", given["reference"], given["note"]
    ),
    ("placement", "decline"): lambda do, one, given: placement.answer(do, one.id, "decline", "", given["note"]),
    ("placement", "payment"): pay,
    ("placement", "fee"): lambda do, one, given: placement.pay_agency(do, one.id, given["amount"], given["reference"]),
    ("placement", "recall"): lambda do, one, given: placement.answer(do, one.id, "recall", "", given["note"]),
    ("placement", "close"): lambda do, one, given: placement.answer(do, one.id, "close", "", given["note"]),
    ("legal", "approve"): lambda do, one, given: legal.approve(do, one.id, given["note"]),
    ("legal", "milestone"): lambda do, one, given: legal.milestone(
        do, one.id, given["kind"], given["note"], given["reference"], given["due_on"]
    ),
    ("legal", "cost"): lambda do, one, given: legal.pay_cost(
        do, one.id, given["amount"], given["note"], given["reference"]
    ),
    ("legal", "judgment"): judge,
    ("legal", "close"): lambda do, one, given: legal.close(do, one.id, given["note"]),
    ("insolvency", "prove"): lambda do, one, given: insolvency.prove(
        do, one.id, given["amount"], given["reference"], given["note"]
    ),
    ("insolvency", "dividend"): lambda do, one, given: insolvency.dividend(
        do, one.id, given["amount"], given["reference"]
    ),
    ("insolvency", "close"): lambda do, one, given: insolvency.end(do, one.id, given["note"]),
    ("insolvency", "dismiss"): lambda do, one, given: insolvency.end(do, one.id, given["note"], is_dismissed=True),
    ("tracing", "look"): lambda do, one, given: tracing.look(
        do, one.id, given["source"], given["result"], given["ground"], given["note"]
    ),
    ("tracing", "found"): lambda do, one, given: tracing.finish(do, one.id, True, given["note"]),
    ("tracing", "give_up"): lambda do, one, given: tracing.finish(do, one.id, False, given["note"]),
    ("write_off", "approve"): lambda do, one, given: write_off.approve(do, one.id, given["note"]),
    ("write_off", "decline"): lambda do, one, given: write_off.decline(do, one.id, given["note"]),
    ("write_off", "recover"): lambda do, one, given: recovering.record_recovery(
        do, one.id, UUID(given["receipt"]), given["amount"]
    ),
    ("write_off", "unrecover"): lambda do, one, given: recovering.take_recovery_back(
        do, one.id, UUID(given["recovery"]), given["note"]
    ),
    ("write_off", "take_back"): lambda do, one, given: write_off.take_back(do, one.id, given["note"]),
}
