"""The switch for language, theme, numerals and calendar, on every page, also before login."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from .display import CALENDARS, COOKIE, LANGUAGES, NUMERALS, THEMES, of_cookie

_FIELDS = {"locale": LANGUAGES, "numerals": NUMERALS, "calendar": CALENDARS, "theme": THEMES}
_YEAR = 365 * 24 * 3600


@require_POST
def set_display(request: HttpRequest) -> HttpResponse:
    """Keep the choices sent (any of `locale`, `numerals`, `calendar`, `theme`) and go back to `next`.

    A signed-in person's choices are stored with the person, others in a cookie. Unknown values change nothing.
    """
    chosen = {name: request.POST[name] for name, values in _FIELDS.items() if request.POST.get(name) in values}
    response = HttpResponseRedirect(_back(request))
    user = request.user
    if user.is_authenticated and chosen:
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))
    kept = of_cookie(request.COOKIES.get(COOKIE, "")) | {name: v for name, v in chosen.items() if name != "locale"}
    cookie = {"max_age": _YEAR, "samesite": "Lax", "httponly": True, "secure": settings.SESSION_COOKIE_SECURE}
    response.set_cookie(COOKIE, json.dumps(kept), **cookie)
    if "locale" in chosen:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen["locale"], **cookie)
    return response


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    here = {request.get_host()}
    return wanted if url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure()) else "/"
