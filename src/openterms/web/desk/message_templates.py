"""Templates: the words for each purpose, their versions, a draft with its preview on a customer, publishing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.messaging.models import TemplateVersion
from openterms.apps.messaging.template import actions, reads
from openterms.apps.parties.reads import search
from openterms.apps.tenancy import clock
from openterms.core.base.errors import Refused
from openterms.core.messaging.purposes import FACTS, LANGUAGES, PURPOSES
from openterms.core.messaging.templates import Finding, Source, TemplateFault, lint
from openterms.core.messaging.templates import render as render_message

from . import message_words as words
from .access import actor, may, staff, today
from .display import reason_texts
from .doing import attempt, explain
from .house import tabs


class DraftForm(forms.Form):
    """The parts of a template, and the customer to look at it with."""

    subject = forms.CharField(label=_("Subject"), max_length=500)
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 16}))
    short = forms.CharField(
        label=_("Short text"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For SMS and WhatsApp."),
    )  # fmt: skip
    customer = forms.CharField(
        label=_("Preview for the customer"), max_length=100, required=False, help_text=_("Name or number.")
    )

    def source(self) -> Source:
        """What was written."""
        given = self.cleaned_data
        return Source(given["subject"], given["text"].replace("\r\n", "\n"), given["short"].replace("\r\n", "\n"))


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every template by purpose, with where its words are from."""
    seller = request.seller  # type: ignore[attr-defined]
    shelf = reads.Shelf(seller)
    drafts = set(
        TemplateVersion.objects.filter(seller=seller, state="draft").values_list(
            "purpose", "language", "tone", "segment"
        )
    )
    places = sorted(set(shelf.words) | drafts, key=lambda one: (list(PURPOSES).index(one[0]), one[1:]))
    rows = [
        {"place": _names(place), "href": _address(place), "number": shelf.words[place].number if place in shelf.words
         else 0, "has_draft": place in drafts, "subject": shelf.words[place].source.subject if place in shelf.words
         else "", "language": place[1]}
        for place in places
    ]  # fmt: skip
    context = {"place": "settings", "tabs": tabs(request, "templates"), "rows": rows}
    return render(request, "desk/messages/templates.html", context)


@staff
def show(request: HttpRequest, purpose: str, language: str, tone: str, segment: str = "") -> HttpResponse:
    """One template: write its draft, look at it on a customer, publish it, see its versions."""
    seller, place = request.seller, (purpose, language, tone, segment)  # type: ignore[attr-defined]
    if purpose not in PURPOSES or language not in LANGUAGES or tone not in words.TONES or segment not in words.SEGMENTS:
        raise Http404
    versions = reads.versions(seller, place)
    draft = next((one for one in versions if one.state == "draft"), None)
    chosen = reads.chosen(seller, *place)
    source = Source(draft.subject, draft.text, draft.short) if draft else chosen.source
    may_write = may(request, "write_templates")
    initial = {"subject": source.subject, "text": source.text, "short": source.short}
    form = DraftForm(request.POST or None if may_write else None, initial=initial)
    for name in initial:
        form.fields[name].widget.attrs |= {"dir": "rtl" if language == "ar" else "ltr", "lang": language}
    which = request.POST.get("which", "")
    if request.method == "POST" and may_write and form.is_valid():
        source = form.source()
        if which in ("save", "publish") and _kept(request, form, place, source, which):
            return HttpResponseRedirect(_address(place))
    customer_text = (form.data.get("customer", "") if form.is_bound else "").strip()
    found = list(search(seller, customer_text)[:1]) if customer_text else list(search(seller, "")[:1])
    context = {
        "place": "settings", "form": form if may_write else None, "versions": versions, "draft": draft,
        "chosen": chosen, "names": _names(place), "language": language, "facts": _facts(),
        "findings": [_finding(one) for one in lint(source, purpose, language)], "may_publish": may(request, "publish"),
        "preview": _preview(request, source, language, found[0] if found else None),
        "title": str(words.PURPOSES[purpose]),
        "crumbs": [{"label": gettext("Templates"), "href": reverse("desk:templates")},
                   {"label": str(words.PURPOSES[purpose])}],
    }  # fmt: skip
    return render(request, "desk/messages/template.html", context, status=422 if form.errors else 200)


def _kept(
    request: HttpRequest, form: DraftForm, place: reads.Place, source: Source, which: str
) -> TemplateVersion | None:
    """Keep the draft, and publish it where that was asked for."""
    seller, who = request.seller, actor(request)  # type: ignore[attr-defined]

    def act() -> TemplateVersion:
        made = actions.save_draft(seller, who, place, source, clock.now())
        return actions.publish(seller, who, place, clock.now()) if which == "publish" else made

    made = attempt(form, act)
    if made is not None:
        said = gettext("Published.") if which == "publish" else gettext("The draft is kept.")
        messages.success(request, said)
    return made


def _preview(request: HttpRequest, source: Source, language: str, customer: Any) -> dict[str, Any]:
    """The words on a real customer, with sample figures; or why that cannot be."""
    seller = request.seller  # type: ignore[attr-defined]
    facts = words.sample(seller.name, customer.currency if customer else seller.currency, today(request))
    facts["customer_name"] = customer.name if customer else gettext("Customer")
    contact = customer.contact_set.filter(is_active=True).order_by("role", "id").first() if customer else None
    if contact is not None:
        facts["contact_name"] = contact.name
    try:
        full = render_message(source, facts, language)
        short = render_message(source, facts, language, True).text if source.short else ""
    except TemplateFault as fault:
        return {"fault": explain(Refused([fault.reason])), "customer": customer}
    return {"subject": full.subject, "text": full.text, "short": short, "customer": customer}


def _finding(one: Finding) -> dict[str, Any]:
    said = reason_texts(one.reason)
    return {"is_error": one.is_error, "where": one.where, "text": said["text"], "remedy": said["remedy"]}


def _facts() -> list[dict[str, Any]]:
    return [{"name": name, "is_optional": fact.is_optional} for name, fact in FACTS.items()]


def _names(place: reads.Place) -> dict[str, Any]:
    purpose, language, tone, segment = place
    return {
        "purpose": words.PURPOSES[purpose], "language": words.LANGUAGES[language], "tone": words.TONES[tone],
        "segment": words.SEGMENTS.get(segment, segment),
    }  # fmt: skip


def _address(place: reads.Place) -> str:
    return reverse("desk:template", args=[part for part in place if part])
