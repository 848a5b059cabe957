# ruff: noqa: E501
"""Replies: what customers wrote, whose it is, what it proposes, and one key to decide each."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.collecting.proposal import reads
from openterms.apps.collecting.proposal.actions import confirm, name_customer, reject, values_of
from openterms.apps.collecting.proposal.models import ProposalKind, ReplyItem, ReplyProposal
from openterms.apps.collecting.proposal.reads import ReplyFilter
from openterms.apps.collecting.proposal.values import Values, choosable, defaults
from openterms.apps.messaging.incoming.models import IncomingFile, IncomingMail
from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import search
from openterms.apps.receivables.dispute.models import DisputeReason
from openterms.apps.tenancy import clock, contents
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import to_decimal
from openterms.core.messaging.inbound.matching import Because

from . import display
from .access import actor, may, require, staff, today
from .doing import amount_field, attempt, done, refused
from .paging import cursor, read_cursor, uuid_of
from .posting_forms import DateInput
from .tables import Column, Filter, Table
from .widgets import ItemChoice

COLUMNS = (
    Column("from", gettext_lazy("From")),
    Column("name", gettext_lazy("Customer"), weight=2),
    Column("subject", gettext_lazy("Subject"), weight=2),
    Column("proposes", gettext_lazy("Proposes")),
    Column("received_at", gettext_lazy("Received"), "moment", weight=2),
)
STATES = (("open", gettext_lazy("To decide")), ("who", gettext_lazy("Who is this?")), ("done", gettext_lazy("Decided")))
BECAUSE = {
    Because.THREAD: gettext_lazy("answers a message of ours: %(seen)s"),
    Because.REFERENCE: gettext_lazy("names the invoice %(seen)s"),
    Because.ADDRESS: gettext_lazy("a contact has the address %(seen)s"),
    Because.BILLING: gettext_lazy("invoices go to %(seen)s"),
    Because.DOMAIN: gettext_lazy("a contact has an address at %(seen)s"),
    Because.NAME: gettext_lazy("the sender's name is like the customer's: %(seen)s"),
}
MATCHED = BECAUSE | {"person": gettext_lazy("a person said so")}
FAULTS = {
    "too_large": gettext_lazy("The mail is too large; only its headers were read."),
    "text_cut": gettext_lazy("The text was cut."),
    "file_kind": gettext_lazy("A file of a kind that is not taken was left out."),
    "file_large": gettext_lazy("A file that is too large was left out."),
    "file_mismatch": gettext_lazy("A file that is not what its name says was left out."),
    "too_many_files": gettext_lazy("Some files were left out: there were too many."),
}
FIELDS = {
    "promise": ("amount", "day", "items"), "dispute": ("reason", "items", "amount"),
    "paid": ("amount", "day", "reference", "items"), "remittance": ("amount", "day", "reference", "items"),
    "out_of_office": ("day", "name", "address"), "wrong_person": ("name", "address"), "cannot_pay": ("pause_until",),
}  # fmt: skip


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The replies, latest first; and how often proposals were right."""
    seller = request.seller  # type: ignore[attr-defined]
    filters = (
        Filter("state", gettext_lazy("State"), choices=STATES, blank=_("All")),
        Filter("kind", gettext_lazy("Proposes"), choices=ProposalKind.choices),
    )
    table = Table.of(
        request, "replies", COLUMNS, filters=filters, row_href=lambda row: reverse("desk:reply", args=[row["id"]]),
        panel=False, caption=_("Replies"), empty_title=_("There are no replies here."),
        empty_text=_("Mail comes in from the mailboxes that were added with openterms mailbox add."),
    )  # fmt: skip
    state, kind = (one.value for one in table.filters)
    wanted = ReplyFilter(state=state, kind=kind, customer_id=uuid_of(request.GET.get("customer", "")))
    key = read_cursor(table.after, "uuid")
    found = reads.replies(seller, wanted, UUID(key[0]) if key else None, table.limit + 1)
    table.fill([_row(one) for one in found], cursor)
    rows = [one | {"said": _share(one)} for one in reads.precision(seller)]
    context = {"table": table, "place": "replies", "counts": reads.counts(seller), "report": rows}
    return render(request, "desk/replies/index.html", context)


def _row(mail: IncomingMail) -> dict[str, Any]:
    proposals = [one for one in mail.replyproposal_set.all() if one.state != ReplyProposal.State.REJECTED]
    who = mail.customer.name if mail.customer else _("Who is this?") if mail.state == "read" else _("Not read yet")
    return {
        "id": mail.id, "key": [str(mail.id)], "from": mail.sender_name or mail.sender_address or _("no sender"),
        "name": who, "subject": mail.subject[:120], "received_at": mail.received_at,
        "proposes": ", ".join(str(one.get_kind_display()) for one in proposals[:3]) or (_("Nothing to do") if mail.customer_id else ""),
    }  # fmt: skip


def _share(one: dict[str, Any]) -> str:
    if one["share"] is None:
        return _("nothing decided yet")
    return _("%(share)s (%(low)s to %(high)s)") % {
        name: display.percent(one[name], 0) for name in ("share", "low", "high")
    }


@staff
def reply_page(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """One mail: its words with the evidence marked, what it proposes, whose it is."""
    seller, mail = request.seller, _find(request, mail_id)  # type: ignore[attr-defined]
    proposals = reads.proposals_of(seller, mail)
    items = reads.items_of(seller, mail)
    text = request.GET.get("who", "").strip()[:80]
    first = next((one for one in proposals if one.state == "open"), None)
    context = {
        "place": "replies", "mail": mail, "items": items, "files": reads.files_of(seller, mail),
        "crumbs": [{"href": reverse("desk:replies"), "label": _("Replies")}, {"label": mail.subject or _("no subject")}],
        "words": pieces(mail.own, proposals, items, False), "title": pieces(mail.subject, proposals, items, True),
        "has_rest": mail.text.strip() != mail.own.strip(), "first": first,
        "proposals": [_shown(request, mail, one) for one in proposals],
        "candidates": _candidates(request, mail), "found": list(search(seller, text)[:8]) if text else [], "who": text,
        "why": str(MATCHED.get(mail.matched_by, "")) % {"seen": _seen(mail)} if mail.matched_by else "",
        "faults": [str(FAULTS[one]) for one in dict.fromkeys(mail.faults) if one in FAULTS],
        "may_work": may(request, "work"), "next": reads.next_open(seller, mail.id),
    }  # fmt: skip
    return render(request, "desk/replies/reply.html", context)


def _find(request: HttpRequest, mail_id: UUID) -> IncomingMail:
    found = reads.reply(request.seller, mail_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _seen(mail: IncomingMail) -> str:
    for one in mail.candidates:
        if mail.customer_id and one["customer"] == str(mail.customer_id):
            return next((e["seen"] for e in one["evidence"] if e["because"] == mail.matched_by), "")
    return ""


class Piece(NamedTuple):
    """A run of letters, and what it is evidence of: a kind's words, `item`, or nothing."""

    text: str
    label: str = ""


def pieces(
    text: str, proposals: Iterable[ReplyProposal], items: Iterable[ReplyItem], in_subject: bool
) -> list[Piece]:
    """A text cut up where evidence begins and ends. Put together the pieces are the text."""
    spans = [(one.start, one.end, _("Invoice")) for one in items if one.in_subject == in_subject and one.end > one.start]
    spans += [(one.start, one.end, str(one.get_kind_display())) for one in proposals
              if one.in_subject == in_subject and one.end > one.start and one.state != "rejected"]  # fmt: skip
    cuts = sorted({0, len(text), *(min(place, len(text)) for start, end, _label in spans for place in (start, end))})
    made: list[Piece] = []
    for start, end in pairwise(cuts):
        labels = dict.fromkeys(label for a, b, label in spans if a <= start and end <= b)
        label = ", ".join(labels)
        if made and made[-1].label == label:
            made[-1] = Piece(made[-1].text + text[start:end], label)
        else:
            made.append(Piece(text[start:end], label))
    return made


def _shown(request: HttpRequest, mail: IncomingMail, one: ReplyProposal) -> dict[str, Any]:
    """A proposal as people read it: what would be done, how sure it is."""
    facts: list[tuple[str, str]] = []
    if mail.customer is not None and one.state == "open":
        mail.customer.seller = request.seller  # type: ignore[attr-defined]
        facts = _facts(request, mail.customer, one)
    return {
        "one": one, "label": one.get_kind_display(), "sure": display.percent(one.confidence_bp / 100, 0), "facts": facts,
        "is_sure": one.confidence_bp >= 8_000, "is_open": one.state == "open", "result": _result(mail, one),
        "editable": one.kind in FIELDS,
    }  # fmt: skip


def _facts(request: HttpRequest, customer: Customer, one: ReplyProposal) -> list[tuple[str, str]]:
    values = defaults(customer.seller, customer, one, today(request))
    named = {item["id"]: item for item in choosable(customer.seller, customer, one, today(request))}
    chosen = [named[id] for id in values.item_ids if id in named]
    currency = chosen[0]["currency"] if chosen else customer.currency
    found: list[tuple[str, str]] = []
    if values.amount_minor and one.kind in ("promise", "dispute", "paid", "remittance"):
        found.append((_("Amount"), f"{display.amount(values.amount_minor, currency)} {currency}"))
    if values.day and one.kind in ("promise", "paid", "remittance", "out_of_office"):
        found.append((_("Day"), display.day(values.day)))
    if one.kind == "dispute":
        found.append((_("Reason"), str(dict(DisputeReason.choices).get(values.reason, values.reason))))
    if chosen:
        more = f" +{display.number(len(chosen) - 4)}" if len(chosen) > 4 else ""
        found.append((_("Invoices"), ", ".join(item["number"] for item in chosen[:4]) + more))
    found += [
        (str(label), value)
        for label, value in ((_("Reference"), values.reference), (_("Person"), values.name), (_("Address"), values.address))
        if value
    ]
    return found


def _result(mail: IncomingMail, one: ReplyProposal) -> str:
    return reverse("desk:customer", args=[mail.customer_id]) if one.result_id and mail.customer_id else ""


def _candidates(request: HttpRequest, mail: IncomingMail) -> list[dict[str, Any]]:
    if mail.customer_id is not None:
        return []
    ids = [UUID(one["customer"]) for one in mail.candidates]
    known = {one.id: one for one in Customer.objects.filter(seller=request.seller, id__in=ids)}  # type: ignore[attr-defined,misc]
    return [
        {"customer": known[UUID(one["customer"])],
         "why": [str(BECAUSE[Because(e["because"])]) % {"seen": e["seen"]} for e in one["evidence"]]}
        for one in mail.candidates if UUID(one["customer"]) in known
    ]  # fmt: skip


@require_POST
@staff(right="work")
def who_page(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Say whose a mail is; it is read for that customer at once."""
    mail, customer_id = _find(request, mail_id), uuid_of(request.POST.get("customer", ""))
    back = reverse("desk:reply", args=[mail.id])
    if customer_id is None:
        raise Http404
    try:
        name_customer(mail.seller, actor(request), mail.id, customer_id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("The mail is with its customer."))
    return HttpResponseRedirect(back)


@require_POST
@staff(right="work")
def decide(request: HttpRequest, proposal_id: UUID, answer: str) -> HttpResponse:
    """Confirm a proposal as it stands, or reject it; then the next one."""
    one = _proposal(request, proposal_id)
    back = reverse("desk:reply", args=[one.mail_id])
    try:
        if answer == "confirm":
            confirm(one.seller, actor(request), one.id, today(request), clock.now())
            messages.success(request, _("Done: %(what)s.") % {"what": one.get_kind_display()})
        else:
            reject(one.seller, actor(request), one.id, clock.now())
            messages.success(request, _("Rejected: %(what)s.") % {"what": one.get_kind_display()})
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    return HttpResponseRedirect(_after(request, one))


def _after(request: HttpRequest, one: ReplyProposal) -> str:
    """The same mail while there is more in it, else the next one, else the list."""
    seller = request.seller  # type: ignore[attr-defined]
    if ReplyProposal.objects.filter(seller=seller, mail_id=one.mail_id, state="open").exists():
        return reverse("desk:reply", args=[one.mail_id])
    following = reads.next_open(seller, one.mail_id)
    return reverse("desk:reply", args=[following]) if following else reverse("desk:replies")


def _proposal(request: HttpRequest, proposal_id: UUID) -> ReplyProposal:
    found = ReplyProposal.objects.filter(seller=request.seller, id=proposal_id).select_related("mail").first()  # type: ignore[attr-defined,misc]
    if found is None or found.mail.customer_id is None:
        raise Http404
    return found


class EditForm(forms.Form):
    """What a proposal means, put right by a person."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40, required=False)
    day = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DateInput())
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=DisputeReason.choices, required=False)
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=200, required=False)
    name = forms.CharField(label=gettext_lazy("Person"), max_length=200, required=False)
    address = forms.EmailField(label=gettext_lazy("Address"), required=False)
    pause_until = forms.DateField(label=gettext_lazy("Pause dunning until"), required=False, widget=DateInput())
    items = forms.MultipleChoiceField(label=gettext_lazy("Invoices"), widget=ItemChoice, required=False)

    def __init__(self, one: ReplyProposal, values: Values, found: list[dict[str, Any]], *given: Any) -> None:
        wanted = FIELDS.get(one.kind, ())
        self.currency = found[0]["currency"] if found else ""
        minor = values.amount_minor
        initial = {
            "amount": f"{to_decimal(minor, self.currency):f}" if minor and self.currency else "", "day": values.day,
            "reason": values.reason, "reference": values.reference, "name": values.name, "address": values.address,
            "items": [str(id) for id in values.item_ids], "pause_until": values.pause_until,
        }  # fmt: skip
        super().__init__(*given, initial=initial)
        for name in [one for one in self.fields if one not in wanted]:
            del self.fields[name]
        if "items" in self.fields:
            self.fields["items"].choices = [(str(item["id"]), SimpleNamespace(**item)) for item in found]  # type: ignore[attr-defined]
        for name in ("amount", "reference", "address"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"dir": "ltr", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """The amount in minor units."""
        given = super().clean() or {}
        if given.get("amount") and self.currency:
            given["minor"] = amount_field(given["amount"], self.currency, self, "amount")
        return given


@staff
def edit_page(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Put a proposal right, and confirm it so."""
    require(request, "work")
    one = _proposal(request, proposal_id)
    customer = Customer.objects.get(seller=request.seller, id=one.mail.customer_id)  # type: ignore[attr-defined,misc]
    customer.seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    form = EditForm(one, defaults(customer.seller, customer, one, on), choosable(customer.seller, customer, one, on),
                    *((request.POST,) if request.method == "POST" else ()))  # fmt: skip
    if request.method == "POST" and form.is_valid():
        values = values_of(form.cleaned_data)
        made = attempt(
            form, lambda: confirm(one.seller, actor(request), one.id, on, clock.now(), values), {"date": "day", "paid_on": "day"}
        )
        if made is not None:
            return done(request, _("Done: %(what)s.") % {"what": one.get_kind_display()}, _after(request, one))
    context = {
        "form": form, "title": one.get_kind_display(), "verb": _("Confirm"), "customer": customer, "place": "replies",
        "back": reverse("desk:reply", args=[one.mail_id]), "address": reverse("desk:reply_edit", args=[one.id]),
    }  # fmt: skip
    return render(request, "desk/credit/form.html", context, status=422 if form.errors else 200)


@staff
def file_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """A file of a mail, to be saved: never shown in the desk's own place, whatever it says it is."""
    kept = IncomingFile.objects.filter(seller=request.seller, id=file_id).exclude(digest="").first()  # type: ignore[attr-defined,misc]
    if kept is None or not contents.path_of(kept.digest).exists():
        raise Http404
    response = FileResponse(
        contents.path_of(kept.digest).open("rb"), as_attachment=True, filename=kept.name or "file",
        content_type=kept.media_type,
    )  # fmt: skip
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
