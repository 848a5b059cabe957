"""The API's door: a key finds its seller, a body is read, and whatever goes wrong is answered as a problem."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.api_keys import Entered, enter_by_key
from openterms.core.base.errors import BadInput, Refused

from .problems import Problem, bad_input, refused
from .rates import Allowance, count

MOST_BYTES = 64 * 1024
MOST_KEY = 200
REPEATED = "Idempotency-Key"
IMPLIED = {
    "read": ("read", "authorise", "bill", "collect"), "authorise": ("authorise",), "apply": ("apply",),
    "bill": ("bill",), "collect": ("collect",),
}  # fmt: skip


class Call:
    """A request by a key: its seller, who acts, and what was sent."""

    def __init__(self, request: HttpRequest, key: Entered) -> None:
        self.request, self.key = request, key
        self.seller = key.seller
        self.actor = Actor(f"API key {key.name or key.prefix}")

    @property
    def repeated_by(self) -> str:
        """The idempotency key, empty where none was sent."""
        text = self.request.headers.get(REPEATED, "").strip()
        if len(text) > MOST_KEY:
            raise Problem(400, "idempotency_key", _("The idempotency key has more than 200 characters."))
        return text

    def body(self, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
        """The JSON object that was sent; an empty body is an empty object."""
        said = _("The request is larger than %(size)s KiB.") % {"size": most_bytes // 1024}
        try:
            raw = self.request.body
        except RequestDataTooBig as error:
            raise Problem(413, "too_large", said) from error
        if len(raw) > most_bytes:
            raise Problem(413, "too_large", said)
        try:
            found = json.loads(raw or b"{}")
        except (ValueError, RecursionError) as error:
            raise Problem(400, "not_json", _("The request is not JSON.")) from error
        if not isinstance(found, dict):
            raise Problem(400, "not_json", _("The request is not a JSON object."))
        return found


View = Callable[..., dict[str, Any] | tuple[int, dict[str, Any]]]


def door(scope: str, method: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view of the API for keys with a scope: gives the body of the answer, or status and body.

    Nothing of a call that ends in a problem remains. Every answer to a key says how much more it may ask.
    """

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @functools.wraps(view)
        def answer(request: HttpRequest, **places: Any) -> HttpResponse:
            allowance: Allowance | None = None
            try:
                if request.method != method:
                    raise Problem(405, "method", _("This address takes another method."))
                with transaction.atomic():
                    key = _key(request)
                    allowance = count(key.id, key.per_minute)
                    _hold_to(allowance, key, scope)
                    found = view(Call(request, key), **places)
            except Problem as problem:
                response = problem.response()
            except BadInput as error:
                response = bad_input(error).response()
            except Refused as error:
                response = refused(error).response()
            else:
                status, body = found if isinstance(found, tuple) else (200, found)
                response = HttpResponse(json.dumps(body), content_type="application/json", status=status)
            if allowance is not None:
                for name, value in allowance.headers().items():
                    response.headers[name] = value
            return response

        answer.enters_by_key = True  # type: ignore[attr-defined]
        return answer

    return wrap


def _key(request: HttpRequest) -> Entered:
    word, _space, secret = request.headers.get("Authorization", "").partition(" ")
    key = enter_by_key(secret.strip()) if word.lower() == "bearer" and secret.strip() else None
    if key is None:
        raise Problem(401, "no_key", _("Send a key in force as `Authorization: Bearer KEY`."))
    return key


def _hold_to(allowance: Allowance, key: Entered, scope: str) -> None:
    """A key that asked too often, or that does not have the scope, is told so."""
    if allowance.is_over:
        raise Problem(
            429, "too_many", _("This key has sent %(count)s requests in this minute; it may send no more.")
            % {"count": allowance.limit},
        )  # fmt: skip
    if not set(IMPLIED[scope]) & set(key.scopes):
        raise Problem(403, "scope", _("This key does not have the scope for it."), scope=scope)


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """No such address."""
    return Problem(404, "not_found", _("There is nothing at this address.")).response()
