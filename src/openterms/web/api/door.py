"""The API's door: a key finds its seller, a body is read, and whatever goes wrong is answered as a problem."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.api_keys import enter_by_key
from openterms.apps.tenancy.models import ApiKey, Seller
from openterms.core.base.errors import BadInput, Refused

from .problems import Problem, bad_input, refused

MOST_BYTES = 64 * 1024
MOST_KEY = 200
REPEATED = "Idempotency-Key"
IMPLIED = {"read": ("read", "authorise"), "authorise": ("authorise",)}


class Call:
    """A request by a key: its seller, who acts, and what was sent."""

    def __init__(self, request: HttpRequest, key: ApiKey) -> None:
        self.request, self.key = request, key
        self.seller = Seller.objects.get(id=key.seller_id)
        self.actor = Actor(f"API key {key.name or key.prefix}")

    @property
    def repeated_by(self) -> str:
        """The idempotency key, empty where none was sent."""
        text = self.request.headers.get(REPEATED, "").strip()
        if len(text) > MOST_KEY:
            raise Problem(400, "idempotency_key", _("The idempotency key has more than 200 characters."))
        return text

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; an empty body is an empty object."""
        try:
            raw = self.request.body
        except RequestDataTooBig as error:
            raise Problem(413, "too_large", _("The request is larger than 64 KiB.")) from error
        if len(raw) > MOST_BYTES:
            raise Problem(413, "too_large", _("The request is larger than 64 KiB."))
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

    Nothing of a call that ends in a problem remains.
    """

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @functools.wraps(view)
        def answer(request: HttpRequest, **places: Any) -> HttpResponse:
            try:
                if request.method != method:
                    raise Problem(405, "method", _("This address takes another method."))
                with transaction.atomic():
                    found = view(Call(request, _key(request, scope)), **places)
            except Problem as problem:
                return problem.response()
            except BadInput as error:
                return bad_input(error).response()
            except Refused as error:
                return refused(error).response()
            status, body = found if isinstance(found, tuple) else (200, found)
            return JsonResponse(body, status=status)

        answer.enters_by_key = True  # type: ignore[attr-defined]
        return answer

    return wrap


def _key(request: HttpRequest, scope: str) -> ApiKey:
    word, _space, secret = request.headers.get("Authorization", "").partition(" ")
    key = enter_by_key(secret.strip()) if word.lower() == "bearer" and secret.strip() else None
    if key is None:
        raise Problem(401, "no_key", _("Send a key in force as `Authorization: Bearer KEY`."))
    if not set(IMPLIED[scope]) & set(key.scopes):
        raise Problem(403, "scope", _("This key does not have the scope for it."), scope=scope)
    return key


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """No such address."""
    return Problem(404, "not_found", _("There is nothing at this address.")).response()
