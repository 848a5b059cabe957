"""Requests of programs go straight to the API: no session, no person, no page needs to be looked for.

Stands first among the middleware. An address that is not the API's goes on as ever.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

PREFIX = "/api/v1/"


class ApiEntrance:
    """Answers what is under the API's prefix, in the language that was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.resolver = URLResolver(RegexPattern(r"^/api/v1/"), "openterms.web.api.urls")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find the view and call it."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        match = self.resolver.resolve(request.path_info)
        request.resolver_match = match
        with translation.override(_language(request.headers.get("Accept-Language", ""))):
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _language(wanted: str) -> str:
    """The first language asked for that the product speaks; English where none is."""
    for code, _ in parse_accept_lang_header(wanted) if wanted else ():
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return "en"
