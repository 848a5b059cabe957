"""Run an action for a form: what the core refuses becomes words at its field, and nothing is half-applied."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from openterms.core.base.errors import BadInput, Refused

from .display import reason_texts

Result = TypeVar("Result")


def attempt(form: Form, act: Callable[[], Result], places: Mapping[str, str] | None = None) -> Result | None:
    """The action's result, or nothing with the form's errors filled. `places` leads from the core's names of places to
    the form's fields where they differ."""
    try:
        with transaction.atomic():
            return act()
    except BadInput as error:
        field = (places or {}).get(error.where, error.where)
        form.add_error(field if field in form.fields else None, explain(error))
    except Refused as error:
        form.add_error(None, explain(error))
    return None


def explain(error: BadInput | Refused) -> str:
    """What was wrong and what would be right, in the person's language."""
    if isinstance(error, Refused):
        said = reason_texts(error.first)
        return " ".join(part for part in (said["text"], said["remedy"]) if part)
    said = reason_texts({"staff": error.what, "remedy": error.remedy, "params": error.params})
    what, remedy = (_sentence(said[part]) for part in ("text", "remedy"))
    return f"{what}. {remedy}." if remedy else f"{what}."


def _sentence(text: str) -> str:
    """A capital at the beginning, no full stop at the end."""
    return (text[:1].upper() + text[1:]).rstrip(".")


def is_partial(request: HttpRequest) -> bool:
    """Whether the page's scripts ask, and put the answer into the page themselves."""
    return request.headers.get("HX-Request") == "true"


def done(
    request: HttpRequest, text: str, back: str, undo: str = "", work_item: Any = None
) -> HttpResponse:  # fmt: skip
    """Say that it is done, and go back. In the worklist the row goes and the focus moves to the next piece of work."""
    if is_partial(request) and work_item is not None:
        row = f'<template><tr id="work-{work_item}" hx-swap-oob="delete"></tr></template>'
        response = HttpResponse(row)
        happened = {"toast": {"text": text, "undo": undo}, "close-panel": {}, "work-done": {}}
        response["HX-Trigger-After-Swap"] = json.dumps(happened)
        return response
    messages.success(request, text, extra_tags=undo)
    if is_partial(request):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = back
        return response
    return HttpResponseRedirect(back)


def refused(request: HttpRequest, error: BadInput | Refused, back: str) -> HttpResponse:
    """A one-button action was refused: say why on the page one came from."""
    messages.error(request, explain(error))
    return HttpResponseRedirect(back)


def came_from(request: HttpRequest, otherwise: str) -> str:
    """Where to go back to: the form's `next`, else the page that sent it, if it is ours."""
    for wanted in (request.POST.get("next"), request.GET.get("next"), request.headers.get("Referer")):
        if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            return wanted
    return otherwise


def amount_field(text: str, currency: str, form: Form, field: str) -> int | None:
    """An amount as people write it, in minor units; what is wrong goes to the field."""
    from openterms.core.base.money import to_minor

    plain = text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩٫٬", "0123456789.,")).replace("\u00a0", "").replace(" ", "")
    try:
        return to_minor(plain.replace(",", ""), currency)
    except BadInput as error:
        form.add_error(field, explain(error))
    except ValueError:
        form.add_error(field, gettext("This is not an amount."))
    return None
