"""Mailboxes that are read for replies and reports: set up, tried, switched, and when they were read last."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.messaging.incoming.imap import read_url
from openterms.apps.messaging.incoming.mailboxes import (
    OWNERS,
    add_mailbox,
    change_mailbox,
    switch_mailbox,
    try_mailbox,
)
from openterms.apps.messaging.incoming.models import Mailbox
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from .access import actor, staff
from .doing import attempt, explain
from .house import tabs

_LTR = {"dir": "ltr"}
WAYS = [
    ("imaps", _("Encrypted from the start (port 993)")), ("imap", _("Encrypted by STARTTLS (port 143)")),
    ("plain", _("Not encrypted, on this machine alone")),
]  # fmt: skip


class MailboxForm(forms.Form):
    """One mailbox. User and password are written and never shown; left empty they stay as they are."""

    code = forms.CharField(label=_("Short name"), max_length=40, widget=forms.TextInput(attrs=_LTR))
    host = forms.CharField(label=_("Server"), max_length=200, widget=forms.TextInput(attrs=_LTR))
    way = forms.ChoiceField(label=_("Connection"), choices=WAYS)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65_535, required=False)
    user = forms.CharField(
        label=_("User name"), max_length=320, required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=1_000, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
    )  # fmt: skip
    folder = forms.CharField(label=_("Folder"), max_length=200, initial="INBOX", widget=forms.TextInput(attrs=_LTR))
    timeout_seconds = forms.IntegerField(label=_("Seconds to wait"), min_value=1, max_value=120, initial=30)
    marks_seen = forms.BooleanField(label=_("Mark what was read as seen"), required=False)

    def __init__(self, *args: Any, one: Mailbox | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if one is not None:
            del self.fields["code"]
            self.fields["user"].help_text = self.fields["password"].help_text = _(
                "Kept. Enter both to replace them."
            )
        else:
            self.fields["user"].required = self.fields["password"].required = True

    def address(self) -> str:
        """The address of the server as the actions read it, without user and password."""
        given = self.cleaned_data
        host = given["host"].strip()
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        port = given["port"] or (993 if given["way"] == "imaps" else 143)
        scheme = "imaps" if given["way"] == "imaps" else "imap"
        return f"{scheme}://{host}:{port}{'?tls=off' if given['way'] == 'plain' else ''}"

    def rest(self) -> dict[str, Any]:
        """What the actions take beside the address."""
        names = ("user", "password", "folder", "timeout_seconds", "marks_seen")
        return {name: self.cleaned_data[name] for name in names}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every mailbox, whether it is read, when it was last, and what went wrong then."""
    rows = Mailbox.objects.filter(seller=request.seller).order_by("code")  # type: ignore[attr-defined]
    return render(request, "desk/messages/mailboxes.html", {
        "place": "settings", "tabs": tabs(request, "mailboxes"), "rows": rows, "may_change": _is_owner(request),
    })  # fmt: skip


@staff(roles=OWNERS)
def add(request: HttpRequest) -> HttpResponse:
    """Set up a mailbox; it is read from then on."""
    form = MailboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        seller, code = request.seller, form.cleaned_data["code"]  # type: ignore[attr-defined]
        made = attempt(
            form, lambda: add_mailbox(seller, actor(request), code, form.address(), clock.now(), **form.rest()), PLACES
        )
        if made is not None:
            messages.success(request, gettext("The mailbox is added. Test it."))
            return HttpResponseRedirect(reverse("desk:mailbox", args=[made.code]))
    return _page(request, form, None)


@staff(roles=OWNERS)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One mailbox: how it is read, and when it was."""
    seller = request.seller  # type: ignore[attr-defined]
    one = get_object_or_404(Mailbox, seller=seller, code=code)
    place = read_url(one.address)
    initial = {
        "host": place.host, "port": place.port, "folder": one.folder, "timeout_seconds": one.timeout_seconds,
        "way": "imaps" if place.is_secure else "plain" if place.is_plain else "imap", "marks_seen": one.marks_seen,
    }  # fmt: skip
    form = MailboxForm(request.POST or None, one=one, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form, lambda: change_mailbox(seller, actor(request), code, form.address(), clock.now(), **form.rest()),
            PLACES,
        )  # fmt: skip
        if made is not None:
            messages.success(request, gettext("Changed. Test it."))
            return HttpResponseRedirect(reverse("desk:mailbox", args=[code]))
    return _page(request, form, one)


@require_POST
@staff(roles=OWNERS)
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Switch a mailbox on or off, or try to open it."""
    seller = request.seller  # type: ignore[attr-defined]
    one = get_object_or_404(Mailbox, seller=seller, code=code)
    if name not in ("on", "off", "test"):
        raise Http404
    try:
        if name == "test":
            tried = try_mailbox(seller, actor(request), one)
            if tried.fault:
                messages.error(request, gettext("The mailbox does not work: %(what)s") % {"what": tried.fault})
            else:
                said = gettext("The mailbox works; mails in the folder: %(count)s.")
                messages.success(request, said % {"count": tried.mails})
        else:
            switch_mailbox(seller, actor(request), code, name == "on", clock.now())
            said = gettext("The mailbox is read.") if name == "on" else gettext("The mailbox is not read any more.")
            messages.success(request, said)
    except (BadInput, Refused) as error:
        messages.error(request, explain(error))
    return HttpResponseRedirect(reverse("desk:mailbox", args=[code]))


PLACES = {"address": "host"}


def _page(request: HttpRequest, form: MailboxForm, one: Mailbox | None) -> HttpResponse:
    title = one.code if one else gettext("Add a mailbox")
    return render(request, "desk/messages/mailbox.html", {
        "place": "settings", "form": form, "one": one, "title": title,
        "crumbs": [{"label": gettext("Mailboxes"), "href": reverse("desk:mailboxes")}, {"label": title}],
    }, status=422 if form.errors else 200)  # fmt: skip


def _is_owner(request: HttpRequest) -> bool:
    return request.membership.role in OWNERS  # type: ignore[attr-defined]
