"""How the API says no: problem documents (RFC 9457), in the language that was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _

from openterms.apps.tenancy.locks import BUSY
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, fill

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer other than the one asked for: its status, a word that programs read, and a sentence."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.more = status, code, detail, more

    def body(self) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": f"urn:openterms:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.more,
        }

    def response(self) -> JsonResponse:
        """The problem document as an answer."""
        response = JsonResponse(self.body(), status=self.status, content_type=MEDIA_TYPE)
        if self.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = "1"
        return response


def bad_input(error: BadInput) -> Problem:
    """What was given cannot be: 422, with the field and what would be right."""
    places = filled(error.params)
    return Problem(
        422,
        "bad_input",
        fill(_(error.what), places),
        field=error.where,
        remedy=fill(_(error.remedy), places) if error.remedy else "",
    )


def refused(error: Refused) -> Problem:
    """A rule says no: 409 with every reason; 503 where somebody else is at work and trying again helps."""
    reasons = told(error.reasons)
    if any(reason.code == BUSY.code for reason in error.reasons):
        return Problem(503, BUSY.code, reasons[0]["message"], reasons=reasons)
    return Problem(409, error.first.code, reasons[0]["message"], reasons=reasons)


def told(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Reasons for a checkout page: the customer's text where there is one, and the remedy, in its language."""
    found = []
    for reason in reasons:
        places = filled(reason.params)
        message = fill(_(reason.customer or reason.staff), places)
        remedy = fill(_(reason.remedy), places) if reason.remedy else ""
        found.append({"code": reason.code, "message": message, "remedy": remedy})
    return found


def filled(params: Any) -> dict[str, str | int]:
    """Params as people read them: minor units as amounts with their currency."""
    currency = params.get("currency")
    return {
        name: f"{format_amount(value, currency)} {currency}"
        if currency and name.endswith("_minor") and isinstance(value, int)
        else value
        for name, value in params.items()
    }
