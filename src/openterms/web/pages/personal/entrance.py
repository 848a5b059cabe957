"""The way into a personal page: how often it may be asked for, and what is said where a link has ended."""

from __future__ import annotations

import functools
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from openterms.apps.messaging.page.actions import send_fresh
from openterms.apps.messaging.page.entering import ended_page, enter_page
from openterms.apps.messaging.page.models import PageLink
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.messaging.layout import page
from openterms.core.messaging.templates import Rendered

from ..door import by_link, in_language, private
from ..limits import wait_seconds

View = Callable[..., HttpResponse]


def _enter(secret: str) -> PageLink | None:
    return enter_page(secret, clock.now())


def limited(view: View) -> View:
    """For a view whose address has a `secret`: asked for too often, it answers when to come back."""

    @functools.wraps(view)
    @sensitive_variables("secret")
    def answer(request: HttpRequest, secret: str, **places: object) -> HttpResponse:
        wait = wait_seconds(request, secret)
        if wait:
            response = private(render(request, "pages/personal/busy.html", {"seconds": wait}, status=429))
            response.headers["Retry-After"] = str(wait)
            return response
        return view(request, secret, **places)

    answer.enters_by_key = True  # type: ignore[attr-defined]
    return answer


def reader_of(view: View) -> View:
    """For a view of the page: gives it a `Visit`; where the link has expired, says so and offers a new one."""
    opened = by_link(_enter)(view)

    @functools.wraps(view)
    @sensitive_variables("secret")
    def answer(request: HttpRequest, secret: str, **places: object) -> HttpResponse:
        response = opened(request, secret, **places)
        if response.status_code != 404:
            return response
        link = ended_page(secret, clock.now())
        return _ended(request, secret, link) if link is not None else response

    return limited(answer)


def _ended(request: HttpRequest, secret: str, link: PageLink, is_asked: bool = False) -> HttpResponse:
    shop = Seller.objects.get(id=link.seller_id)
    language = in_language(request) if "lang" in request.GET or "lang" in request.POST else link.language
    with translation.override(language), timezone.override(ZoneInfo(shop.timezone)):
        context = {"shop": shop, "secret": secret, "link": link, "language": language, "is_asked": is_asked}
        response = private(render(request, "pages/personal/ended.html", context, status=200 if is_asked else 404))
        response.headers["Content-Language"] = language
        return response


@limited
@require_POST
@sensitive_variables("secret")
def fresh(request: HttpRequest, secret: str) -> HttpResponse:
    """Send a new link to the address on record. Whoever asks reads the same, whether there is one or not."""
    now = clock.now()
    link = ended_page(secret, now)
    if link is None:
        return private(HttpResponseRedirect(reverse("pages:personal", args=[secret])))
    with acting(link.seller_id):
        shop = Seller.objects.get(id=link.seller_id)
        with translation.override(link.language):
            send_fresh(link, lambda address: _words(shop, link.language, address), now)
    return _ended(request, secret, link, is_asked=True)


def _words(shop: Seller, language: str, address: str) -> Rendered:
    """The message of a new link."""
    subject = _("Your account with %(shop)s") % {"shop": " ".join(shop.name.split())}
    lines = [
        _("You asked for a new link to your account with %(shop)s. It is for you alone:") % {"shop": shop.name},
        address,
        _("If you did not ask for it, you need not do anything."),
    ]  # fmt: skip
    body = "\n\n".join(lines)
    return Rendered(subject[:200], body, page(subject, _as_page(lines, address), language, shop.name))


def _as_page(lines: list[str], address: str) -> str:
    shown = [format_html('<a href="{0}">{0}</a>', one) if one == address else escape(one) for one in lines]
    return "\n\n".join(str(one) for one in shown)


def thank(request: HttpRequest, text: str) -> None:
    """Say on the next page what happens now."""
    messages.success(request, text)
