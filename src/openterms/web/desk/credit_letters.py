"""The letter about a credit decision: to look at, to download, and to send with the case keeping what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.credit.application import files
from openterms.apps.credit.decision import reads
from openterms.apps.credit.decision.models import CreditCase
from openterms.apps.credit.letter.actions import send_letter
from openterms.apps.credit.letter.mailing import keep_mail, send_due, try_again
from openterms.apps.credit.letter.models import CreditLetter, LetterMail
from openterms.apps.credit.letter.reads import Due, find_letter, letter_due, letters_of
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.clock import local_date
from openterms.core.base.errors import BadInput, Refused
from openterms.formats.paper import parts
from openterms.formats.paper.parts import apart
from openterms.formats.paper.typesetting import pdf

from . import display
from .access import actor, may, require, staff
from .cases import find, helps_of, reasons_of
from .doing import attempt, done, refused
from .papers import answered, letterhead, sheet_of, words, written_for

LANGUAGES = (("en", "English"), ("ar", "العربية"))


@dataclass(frozen=True)
class Letter:
    """What a letter says, in the language it was written in."""

    title: str
    opening: list[str]
    reasons_title: str
    reasons: list[str]
    helps_title: str
    helps: list[str]
    closing: list[str]
    law: list[str]


class SendForm(forms.Form):
    """To whom, and the reasons as the customer reads them."""

    sent_to = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "off"})
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons, one on a line"), required=False, max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=gettext_lazy("As the customer reads them, the one that weighed most first."),
    )  # fmt: skip


@staff
def notice_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What the customer is told of a decided case, in its language; to download or to send. Sent ones are listed."""
    case, due, language = _case(request, case_id)
    form = SendForm(
        request.POST or None,
        initial={"sent_to": _address(case.customer), "reasons": "\n".join(_reasons(case, due, language))},
    )
    if due.is_adverse:
        needed = f"{_('A refusal needs its reasons')}. {_('Write the main reasons, one on a line')}."
        form.fields["reasons"].required = True
        form.fields["reasons"].error_messages["required"] = needed
    if request.method == "POST":
        require(request, "credit")
        if form.is_valid() and (sent := _send(request, case, due, language, form)):
            _mail(sent)
            return done(request, _("The letter is sent and kept with the case."), reverse("desk:case", args=[case.id]))
    languages = [
        {"label": label, "href": f"?lang={code}", "current": code == language} for code, label in LANGUAGES
    ]
    context = {
        "place": "credit", "case": case, "customer": case.customer, "languages": languages, "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "letter": _written(case, due, language, _reasons(case, due, language)), "form": form,
        "may_send": may(request, "credit"), "sent": letters_of(case), "is_wanted": due.is_wanted,
        "crumbs": [
            {"href": reverse("desk:credit"), "label": _("Credit")},
            {"href": reverse("desk:case", args=[case.id]), "label": case.customer.name},
            {"label": _("Letter to the customer")},
        ],
    }  # fmt: skip
    return render(request, "desk/credit/notice.html", context, status=422 if form.errors else 200)


@staff
def draft_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The letter as PDF with the policy's reasons, as it would be sent; nothing is kept."""
    case, due, language = _case(request, case_id)
    return answered(_paper(case, due, _reasons(case, due, language), language), f"letter-{case.customer.number}.pdf")


@staff
def letter_page(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """A letter as it was sent."""
    kept = find_letter(request.seller, letter_id)  # type: ignore[attr-defined]
    content = files.content_of(kept.digest, "clean") if kept else None
    if kept is None or content is None:
        raise Http404
    return answered(content, _name(kept))


def _case(request: HttpRequest, case_id: UUID) -> tuple[CreditCase, Due, str]:
    """The decided case in the address, what it is to the customer, and the language to write in."""
    case = find(request, case_id)
    due = letter_due(case)
    if due is None:
        raise Http404
    usual = case.customer.locale.split("-")[0]
    language = request.GET.get("lang", usual)
    return case, due, language if language in dict(LANGUAGES) else "en"


def _address(customer: Customer) -> str:
    """Where the letter would go: to somebody there who has an address and may be written to."""
    found = customer.contact_set.filter(is_active=True, do_not_contact=False).exclude(email="")
    ranks = {"finance": 0, "owner": 1, "buyer": 2}
    return min(found, key=lambda one: (ranks.get(one.role, 3), one.name)).email if found else ""


def _reasons(case: CreditCase, due: Due, language: str) -> list[str]:
    """The policy's principal reasons, as the customer reads them; none where nothing was refused."""
    if not due.is_adverse:
        return []
    view = reads.case_view(case.seller, case, clock.now())
    told = [one for one in view.outcome["reasons"] if one["customer"]][: due.policy.told.most_reasons]
    with written_for(case.seller, language):
        return [display.reason_texts(one)["text"] for one in reasons_of(view.policy, told, language, "customer")]


def _written(case: CreditCase, due: Due, language: str, reasons: Sequence[str]) -> Letter:
    """The letter's sentences: what was decided, why, and what would help."""
    with written_for(case.seller, language):
        asked = _amount(case.limit_minor, case.currency)
        if due.kind == "decline":
            opening = [
                _("We cannot give you the credit limit of %(amount)s that you asked for.") % {"amount": asked}
                if asked else _("We cannot give you the credit that you asked for.")
            ]  # fmt: skip
        else:
            given = _amount(case.closed_minor, case.currency)
            said = [_("Your credit limit with us is now %(amount)s.") % {"amount": given}]
            if case.until:
                said.append(_("It holds until %(day)s.") % {"day": display.day(case.until)})
            if case.closed_terms:
                said.append(_("Payment terms: %(terms)s.") % {"terms": apart(case.closed_terms)})
            opening = [" ".join(said)]
            if due.kind == "less" and asked and (case.closed_minor or 0) < (case.limit_minor or 0):
                opening.append(_("This is less than the %(amount)s that you asked for.") % {"amount": asked})
            elif due.kind == "less":
                opening.append(
                    _("You asked for a longer time to pay: %(terms)s.") % {"terms": apart(case.terms)}
                )
        tells = due.is_adverse and due.policy.told.would_pass
        helps = helps_of(reads.case_view(case.seller, case, clock.now())) if tells else []
        return Letter(
            title=_("Your credit with us"), opening=opening, reasons=list(reasons) if due.is_adverse else [],
            reasons_title=_("Our reasons, the first weighing most:"), helps=helps,
            helps_title=_("What would help:"),
            closing=[_("You may ask us to explain this within 60 days, and to look at it again with new information."),
                     *([_(due.courtesy)] if due.courtesy else [])]
            if due.is_adverse else [],
            law=[_(text) % {name: apart(value) for name, value in places.items()} if places else _(text)
                 for text, places in due.notices],
        )  # fmt: skip


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else apart(f"{display.amount(minor, currency)} {currency}")


def _paper(case: CreditCase, due: Due, reasons: Sequence[str], language: str) -> bytes:
    """The letter as PDF, dated by the day of the decision's end."""
    letter = _written(case, due, language, reasons)
    seller, customer = case.seller, case.customer
    assert case.closed_at is not None
    with written_for(seller, language):
        made: list[parts.Part] = [parts.text(*letter.opening)]
        for title, entries in ((letter.reasons_title, letter.reasons), (letter.helps_title, letter.helps)):
            if entries:
                made += [parts.heading(title), parts.items([(one, "") for one in entries])]
        made += [parts.text(*letter.closing), *(parts.small(one) for one in letter.law)]
        on = local_date(case.closed_at, seller.timezone)
        return pdf(
            parts.Paper(
                title=letter.title, language=language, dated=on, head=letterhead(seller), words=words(),
                addressee=_addressee(customer), parts=made, sheet=sheet_of(seller),
                facts=[(_("Account"), customer.number), (_("Date"), display.day(on))],
            )
        )  # fmt: skip


def _addressee(customer: Customer) -> list[str]:
    site = customer.site_set.filter(purpose__in=["billing", "registered"]).order_by("purpose").first()
    place = " ".join(part for part in (site.postcode, site.city) if part) if site else ""
    lines = [customer.name, site.street, place, site.region] if site else [customer.name]
    return [line for line in lines if line]


def _send(request: HttpRequest, case: CreditCase, due: Due, language: str, form: SendForm) -> CreditLetter | None:
    given = form.cleaned_data

    def paper(found: CreditCase, what: Due, reasons: Sequence[str]) -> bytes:
        return _paper(found, what, reasons, language)

    return attempt(
        form,
        lambda: send_letter(
            request.seller, actor(request), case.id, language, given["sent_to"], given["reasons"].splitlines(),  # type: ignore[attr-defined]
            paper, clock.now(),
        ),
    )  # fmt: skip


def _mail(letter: CreditLetter) -> None:
    """Send it once it is kept; a mail that is not taken is tried again by the worker."""
    with written_for(letter.seller, letter.language):
        context: dict[str, Any] = {"seller": letter.seller, "customer": letter.customer}
        text = render_to_string("letters/mail_credit_letter.txt", context)
        subject = _("%(seller)s: your credit with us") % {"seller": letter.seller.name}
    mail = keep_mail(letter, subject, text, _name(letter), clock.now())
    transaction.on_commit(lambda: send_due(letter.seller, clock.now(), mail.id))


@require_POST
@staff(right="credit")
def again_page(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Try a mail again that failed."""
    seller = request.seller  # type: ignore[attr-defined]
    mail = get_object_or_404(LetterMail.objects.select_related("letter"), seller=seller, id=mail_id)
    back = reverse("desk:case_notice", args=[mail.letter.case_id])
    try:
        try_again(seller, actor(request), mail.id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    transaction.on_commit(lambda: send_due(seller, clock.now(), mail.id))
    return done(request, _("The letter is sent again."), back)


def _name(letter: CreditLetter) -> str:
    return f"letter-{letter.customer.number}-{letter.sent_at:%Y-%m-%d}.pdf"
