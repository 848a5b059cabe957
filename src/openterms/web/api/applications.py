"""The API of applications: a shop begins one for a buyer, who signs by the link, and sees what became of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from openterms.apps.credit.application.actions import add_file
from openterms.apps.credit.application.asking import Begun, begin, first_answer, keep_answer
from openterms.apps.credit.application.casework import case_of
from openterms.apps.credit.application.entering import link_again
from openterms.apps.credit.application.models import Application, ApplicationFile
from openterms.apps.credit.application.reads import find_application
from openterms.apps.credit.application.rules import Incomplete
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import fill, gettext_noop
from openterms.core.credit.application import Fault, missing
from openterms.core.credit.application_shape import BY_NAME, Field, Section
from openterms.web.desk.application_mails import send_link

from . import fields
from .authorisations import money
from .door import Call, door
from .problems import Problem, filled

IDENTIFIERS = ("register", "vat", "tax", "lei", "duns")
REQUEST = {
    "requested_limit": "limit", "requested_terms_days": "terms_days", "expected_purchases": "yearly",
    "first_order": "first_order", "deposit": "deposit", "guarantee": "guarantee", "remark": "remark",
}  # fmt: skip
"""Field of the API -> question of the form."""
OBJECTS, LISTS = ("contact", "company", "bank"), ("people", "references", "statements")
PLAIN = ("order_ref", "return_url", "language", "currency")
MOST_FILE_BYTES = 4 * 2**20
"""Of a request with a file: 3 MB of content in base64."""
KNOWN = (*PLAIN, *OBJECTS, "identifiers", *REQUEST, *LISTS)


@door("apply", "POST")
def applications(call: Call) -> tuple[int, dict[str, Any]]:
    """Begin an application for a buyer: 201 with its link. The buyer adds what is missing, and signs."""
    body = call.body()
    fields.refuse_unknown(body, KNOWN)
    key = call.repeated_by
    kept = first_answer(call.seller, key, body)
    if kept is not None:
        return 201, kept.answer | {"link": _link(call, kept.application)}
    row = _begun(call, body)
    answer = shown(row)
    keep_answer(row, key, body, answer)
    secret = link_again(row)
    if secret:
        with translation.override(row.language):
            send_link(call.request, row, call.seller, secret)
    return 201, answer | {"link": _link(call, row)}


@door("apply", "GET")
def application(call: Call, application_id: UUID) -> dict[str, Any]:
    """How an application stands, and the credit that came of it."""
    row = find_application(call.seller, application_id)
    if row is None:
        raise Problem(404, "not_found", _("There is no such application."))
    return shown(row) | {"link": _link(call, row)}


@door("apply", "POST")
def files(call: Call, application_id: UUID) -> tuple[int, dict[str, Any]]:
    """Add a file to an application that is not sent yet: 201. The same file for the same purpose is kept once."""
    body = call.body(MOST_FILE_BYTES)
    fields.refuse_unknown(body, ("purpose", "name", "content"))
    row = find_application(call.seller, application_id)
    if row is None:
        raise Problem(404, "not_found", _("There is no such application."))
    sent = body.get("content")
    try:
        content = b64decode(sent if isinstance(sent, str) else "\0", validate=True)
    except ValueError as error:
        raise BadInput(
            gettext_noop("This is not base64"), "content", gettext_noop("Send the bytes of the file in base64")
        ) from error
    purpose, name = fields.text(body, "purpose"), fields.text(body, "name", needed=True)
    try:
        return 201, _file(add_file(row.id, purpose, name, content, clock.now()))
    except BadInput as error:
        where = "content" if error.where == "file" else error.where
        raise BadInput(error.what, where, error.remedy, error.params) from error


def _file(one: ApplicationFile) -> dict[str, Any]:
    return {
        "id": str(one.id), "purpose": one.purpose, "name": one.name, "size": one.size, "media_type": one.media_type,
        "sha256": one.digest, "status": one.state,
    }  # fmt: skip


def shown(row: Application) -> dict[str, Any]:
    """An application as it is sent, without its link: nothing of what the seller thinks of it."""
    request = row.answers.get("request") or {}
    limit, case = request.get("limit"), case_of(row)
    is_started = row.state == Application.State.STARTED
    has_expired = is_started and row.expires_at <= clock.now()
    credit = None
    if case is not None:
        granted = None if case.closed_minor is None else money(case.closed_minor, case.currency)
        credit = {"status": case.outcome or case.state, "limit": granted, "terms": case.closed_terms or None}
    return {
        "id": str(row.id),
        "number": row.number,
        "status": "expired" if has_expired else row.state,
        "order_ref": row.order_ref,
        "currency": row.currency,
        "company": row.name,
        "requested_limit": None if limit is None else money(int(limit), row.currency),
        "requested_terms_days": int(request["terms_days"]) if request.get("terms_days") else None,
        "files": [_file(one) for one in ApplicationFile.objects.filter(application=row).order_by("id")],
        "missing": [_place(fault) for fault in missing(row.answers)] if is_started else [],
        "message": row.message,
        "customer": row.customer.number if row.customer else None,
        "credit": credit,
        "expires_at": _instant(row.expires_at),
        "submitted_at": _instant(row.submitted_at),
        "decided_at": _instant(row.decided_at),
    }


def _begun(call: Call, body: Mapping[str, Any]) -> Application:
    language = fields.text(body, "language") or "en"
    begun = Begun(
        currency=fields.currency_of(body) if body.get("currency") is not None else call.seller.currency,
        language=language,
        order_ref=fields.text(body, "order_ref"),
        return_url=fields.text(body, "return_url"),
        sections=_sections(body),
    )
    try:
        return begin(call.seller, call.actor, begun, clock.now())
    except Incomplete as error:
        faults = [_fault(fault) for fault in error.faults]
        raise Problem(422, "bad_input", **(faults[0] | {"faults": faults})) from error


def _sections(body: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The request as texts by section and field, as the form takes them. Errors: what cannot be, by its place."""
    found = {}
    for name in OBJECTS:
        if body.get(name) is not None:
            known = [one.name for one in BY_NAME[name].fields if name != "company" or one.name not in IDENTIFIERS]
            found[name] = _texts(BY_NAME[name], _object(body, name), name, known)
    if body.get("identifiers") is not None:
        given = _texts(BY_NAME["company"], _object(body, "identifiers"), "identifiers", IDENTIFIERS)
        found.setdefault("company", {}).update(given)
    asked = {REQUEST[name]: body[name] for name in REQUEST if body.get(name) is not None}
    if asked:
        places = {question: name for name, question in REQUEST.items()}
        request = BY_NAME["request"]
        found["request"] = {name: _text(request.field(name), value, places[name]) for name, value in asked.items()}
    for name in LISTS:
        if body.get(name) is not None:
            found[name] = _rows(BY_NAME[name], body[name], name)
    return found


def _rows(section: Section, value: Any, where: str) -> dict[str, str]:
    known = [one.name for one in section.fields]
    if not isinstance(value, list) or len(value) > section.rows or not all(isinstance(one, dict) for one in value):
        raise BadInput(
            gettext_noop("This is not a list of at most %(most)s objects"), where,
            gettext_noop("Give one object for each"), {"most": section.rows},
        )  # fmt: skip
    found = {}
    for number, row in enumerate(value):
        for name, text in _texts(section, row, f"{where}.{number}", known).items():
            found[f"{number}-{name}"] = text
    return found


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body[name]
    if not isinstance(value, dict):
        raise BadInput(gettext_noop("This is not an object"), name, gettext_noop("Give its fields in { }"))
    return value


def _texts(section: Section, given: Mapping[str, Any], where: str, known: Sequence[str]) -> dict[str, str]:
    _refuse_unknown(given, known, where)
    return {
        name: _text(section.field(name), value, f"{where}.{name}") for name, value in given.items() if value is not None
    }


def _refuse_unknown(given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise BadInput(
                gettext_noop("This field is not known"), f"{where}.{name}"[:200], gettext_noop("Give only: %(fields)s"),
                {"fields": ", ".join(known)},
            )  # fmt: skip


def _text(field: Field, value: Any, where: str) -> str:
    """A value as the form would take it. Errors: a flag that is none, an amount that is no text, another type."""
    if field.kind == "flag":
        if not isinstance(value, bool):
            raise BadInput(gettext_noop("This is neither true nor false"), where, gettext_noop("Give true or false"))
        return "on" if value else ""
    if isinstance(value, int) and not isinstance(value, bool) and field.kind in ("whole", "percent", "choice"):
        return str(value)
    if not isinstance(value, str):
        is_money = field.kind == "money"
        raise BadInput(
            gettext_noop("An amount is a text, so that no digit is lost") if is_money
            else gettext_noop("This is not a text"),
            where, gettext_noop('Give such as "1000.00"') if is_money else gettext_noop("Give a text"),
        )  # fmt: skip
    if len(value) > max(field.most, 254) or "\0" in value:
        raise BadInput(
            gettext_noop("This has more than %(most)s characters"), where, gettext_noop("Make it shorter"),
            {"most": field.most},
        )  # fmt: skip
    return value


def _place(fault: Fault) -> str:
    """A question of the form by its name in the API."""
    if fault.section == "request":
        return next((name for name, question in REQUEST.items() if question == fault.field), fault.field)
    section = "identifiers" if fault.section == "company" and fault.field in IDENTIFIERS else fault.section
    return f"{section}.{fault.field}" if fault.row is None else f"{section}.{fault.row}.{fault.field}"


def _fault(fault: Fault) -> dict[str, str]:
    places = filled(fault.error.params)
    remedy = fill(_(fault.error.remedy), places) if fault.error.remedy else ""
    return {"detail": fill(_(fault.error.what), places), "field": _place(fault), "remedy": remedy}


def _link(call: Call, row: Application) -> str | None:
    secret = link_again(row)
    return call.request.build_absolute_uri(reverse("pages:application", args=[secret])) if secret else None


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None
