"""Channels: how each kind of message goes out, switched on from dry, and tested."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.messaging.channel.actions import ADAPTERS, HOOKS, Setting, set_channel, switch, try_channel
from openterms.apps.messaging.channel.providers import PROVIDERS, report_url
from openterms.apps.messaging.models import MessageChannel
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy import clock
from openterms.core.base.errors import Refused

from .access import actor, may, staff
from .doing import attempt, explain
from .house import tabs

ADAPTER_WORDS = {"smtp": "SMTP", "twilio": "Twilio", "vonage": "Vonage", "meta": "Meta Cloud API",
                 "batch": _("PDF batches"), "portal": _("Portal")}  # fmt: skip
SECRETS = ("user", "password", "hook_secret", "account_sid", "auth_token", "api_key", "api_secret",
           "signature_secret", "phone_number_id", "access_token", "app_secret", "verify_token")  # fmt: skip
SECRET_WORDS = {
    "user": _("User name"), "password": _("Password"), "hook_secret": _("Secret of the reports"),
    "account_sid": "Account SID", "auth_token": "Auth token", "api_key": "API key", "api_secret": "API secret",
    "signature_secret": "Signature secret", "phone_number_id": "Phone number ID", "access_token": "Access token",
    "app_secret": "App secret", "verify_token": "Verify token",
}  # fmt: skip
_LTR = {"dir": "ltr"}


class ChannelForm(forms.Form):
    """One channel. Secrets are written and never shown; left empty they stay as they are."""

    adapter = forms.ChoiceField(label=_("Provider"))
    address = forms.CharField(
        label=_("Address of the server"), max_length=300, required=False, widget=forms.TextInput(attrs=_LTR)
    )
    sender = forms.CharField(label=_("Sender"), max_length=320, required=False, widget=forms.TextInput(attrs=_LTR))
    sender_name = forms.CharField(label=_("Name beside it"), max_length=200, required=False)
    reply_to = forms.EmailField(label=_("Answers go to"), required=False, widget=forms.EmailInput(attrs=_LTR))
    hook = forms.ChoiceField(label=_("Reports come from"), required=False)
    timeout_seconds = forms.IntegerField(label=_("Seconds to wait"), min_value=1, max_value=120, initial=30)

    def __init__(self, *args: Any, kind: str, is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(one, ADAPTER_WORDS[one]) for one in ADAPTERS[kind]]
        self.fields["adapter"].choices = choices  # type: ignore[attr-defined]
        self.fields["hook"].choices = [("", _("Nobody")), *((one, one.title()) for one in HOOKS)]  # type: ignore[attr-defined]
        wanted = {"email": ("address", "sender", "sender_name", "reply_to", "hook", "timeout_seconds"),
                  "sms": ("address", "sender", "timeout_seconds"), "whatsapp": ("address", "sender", "timeout_seconds"),
                  }.get(kind, ())  # fmt: skip
        for name in [one for one in self.fields if one != "adapter" and one not in wanted]:
            del self.fields[name]
        if kind == "email":
            self.fields["address"].help_text = "<bdi dir='ltr'>smtp://mail.company.com:587</bdi>"
            self.secret_names: tuple[str, ...] = ("user", "password", "hook_secret")
        else:
            used = {name for one in ADAPTERS[kind] if one in PROVIDERS for name in PROVIDERS[one].secrets}
            self.secret_names = tuple(name for name in SECRETS if name in used or (name == "verify_token" and used))
        for name in self.secret_names:
            self.fields[name] = forms.CharField(
                label=SECRET_WORDS[name], required=False, strip=False, max_length=4_000,
                help_text="" if is_new else _("Kept. Enter all of them to replace them."),
                widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
            )  # fmt: skip

    def setting(self, kind: str) -> Setting:
        """What was asked for."""
        given = self.cleaned_data
        names = ("address", "sender", "sender_name", "reply_to", "hook")
        return Setting(
            kind=kind, adapter=given["adapter"], timeout_seconds=given.get("timeout_seconds") or 30,
            secrets={name: given.get(name) or "" for name in self.secret_names},
            **{name: given.get(name) or "" for name in names},
        )  # fmt: skip


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every kind of channel, whether it is set up, and whether it is on."""
    found = {one.kind: one for one in MessageChannel.objects.filter(seller=request.seller)}  # type: ignore[attr-defined]
    labels = dict(Contact.Channel.choices)
    rows = [
        {"kind": kind, "word": labels[kind], "one": found.get(kind),
         "adapter": ADAPTER_WORDS[found[kind].adapter] if kind in found else ""}
        for kind in ADAPTERS
    ]  # fmt: skip
    context = {
        "place": "settings", "tabs": tabs(request, "channels"), "rows": rows, "may_change": may(request, "settings")
    }  # fmt: skip
    return render(request, "desk/messages/channels.html", context)


@staff(right="settings")
def show(request: HttpRequest, kind: str) -> HttpResponse:
    """One channel: set it up or change it."""
    if kind not in ADAPTERS:
        raise Http404
    seller = request.seller  # type: ignore[attr-defined]
    one = MessageChannel.objects.filter(seller=seller, kind=kind).first()
    names = ("adapter", "address", "sender", "sender_name", "reply_to", "hook", "timeout_seconds")
    initial = {name: getattr(one, name) for name in names} if one else {"sender_name": seller.name}
    form = ChannelForm(request.POST or None, kind=kind, is_new=one is None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form, lambda: set_channel(seller, actor(request), form.setting(kind), clock.now()),
            {"timeout": "timeout_seconds"},
        )
        if made is not None:
            messages.success(request, gettext("The channel is set up. Test it, then switch it on."))
            return HttpResponseRedirect(reverse("desk:channel", args=[kind]))
    label = str(dict(Contact.Channel.choices)[kind])
    context = {
        "place": "settings", "form": form, "one": one, "kind": kind, "title": label,
        "report_url": report_url(one) if one and (kind != "email" or one.hook) else "",
        "is_tested": kind in ("email", "sms", "whatsapp"),
        "crumbs": [{"label": gettext("Channels"), "href": reverse("desk:channels")}, {"label": label}],
    }  # fmt: skip
    return render(request, "desk/messages/channel.html", context, status=422 if form.errors else 200)


@require_POST
@staff(right="settings")
def act(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Switch a channel on or off, or test it."""
    seller, now = request.seller, clock.now()  # type: ignore[attr-defined]
    if kind not in ADAPTERS or name not in ("on", "off", "test"):
        raise Http404
    try:
        if name == "test":
            tried = try_channel(seller, actor(request), kind, request.POST.get("address", "").strip(), now)
            if tried.is_in:
                messages.success(request, gettext("The channel works."))
            else:
                messages.error(request, gettext("The channel does not work: %(what)s") % {"what": tried.what})
        else:
            switch(seller, actor(request), kind, name == "on", now)
            said = gettext("The channel is on.") if name == "on" else gettext("The channel keeps and does not send.")
            messages.success(request, said)
    except Refused as error:
        messages.error(request, explain(error))
    return HttpResponseRedirect(reverse("desk:channel", args=[kind]))
