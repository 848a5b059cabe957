"""The door of personal links: finds what a link opens, signs its context, speaks the reader's language."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_variables

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.web.desk.doing import explain

LANGUAGES = ("en", "ar")


class Visit:
    """A request by a personal link: what it opens, whose it is, the secret of its address."""

    def __init__(self, found: Any, shop: Seller, secret: str) -> None:
        self.found, self.shop, self.secret = found, shop, secret


def by_link(enter: Callable[[str], Any]) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For a view whose address has a `secret`: gives it a `Visit`, or answers that nothing is there."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        @sensitive_variables("secret")
        def answer(request: HttpRequest, secret: str, **places: Any) -> HttpResponse:
            found = enter(secret)
            if found is None:
                return private(render(request, "pages/gone.html", status=404))
            shop = Seller.objects.get(id=found.seller_id)
            with translation.override(found.language), timezone.override(ZoneInfo(shop.timezone)):
                response = private(view(request, Visit(found, shop, secret), **places))
                response.headers["Content-Language"] = found.language
                return response

        answer.enters_by_key = True  # type: ignore[attr-defined]
        return answer

    return wrap


def in_language(request: HttpRequest) -> str:
    """The language that the address asks for, else the browser's."""
    asked = request.GET.get("lang") or request.POST.get("lang") or (translation.get_language() or "en")
    return asked[:2] if asked[:2] in LANGUAGES else "en"


def private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody on the way, found by no search, its address told to no other site."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer" if response.status_code == 404 else "same-origin"
    return response


def told(error: BadInput | Refused) -> str:
    """What was wrong, as a customer reads it: a refusal in its customer text, without the remedy that is for staff."""
    if isinstance(error, Refused) and error.first.customer:
        return explain(Refused([replace(error.first, staff=error.first.customer, remedy="")]))
    return explain(error)


def address_of(request: HttpRequest) -> str:
    """The network address that asks."""
    return str(request.META.get("REMOTE_ADDR") or "")
