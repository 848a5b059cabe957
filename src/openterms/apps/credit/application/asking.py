"""Applications that a program begins for a buyer: what it knows is filled in; the buyer signs by a personal link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.locks import BUSY
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.application import Fault, read_section
from openterms.core.credit.application_shape import BY_NAME

from .actions import LANGUAGES
from .entering import derived_link, new_number
from .models import Application, ApplicationAsk
from .reads import form_of
from .rules import FORM_CLOSED, Incomplete

MOST_ADDRESS = 500


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a program says when it begins an application: texts by section and field, as the form takes them."""

    currency: str
    language: str = "en"
    order_ref: str = ""
    return_url: str = ""
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def begin(seller: Seller, actor: Actor, begun: Begun, now: datetime) -> Application:
    """Begin an application for a buyer, with what is known of it. Its link follows from its id (`link_again`).

    Refused: the seller takes no applications. Errors: a language or return address that cannot be; `Incomplete` with
    every answer that is not right, and then nothing is kept.
    """
    if begun.language not in LANGUAGES:
        raise BadInput(gettext_noop("This is none of the choices"), "language", gettext_noop("Choose one of the list"))
    _check_address(begun.return_url)
    answers, faults = _read(begun)
    if faults:
        raise Incomplete(faults)
    form = form_of(seller)
    if not form.is_open:
        raise Refused([FORM_CLOSED])
    application_id = new_id()
    with transaction.atomic():
        row = Application.objects.create(
            id=application_id,
            seller=seller,
            number=new_number(),
            digest=derived_link(application_id)[1],
            language=begun.language,
            currency=begun.currency,
            order_ref=begun.order_ref,
            return_url=begun.return_url,
            answers=answers,
            name=str((answers.get("company") or {}).get("legal_name", ""))[:200],
            started_at=now,
            expires_at=now + timedelta(days=form.valid_days),
        )
        record(
            seller.id, actor, "application_started", "application", row.id, now, None,
            {"number": row.number, "order_ref": row.order_ref, "sections": sorted(answers)},
        )  # fmt: skip
    return row


def keep_answer(row: Application, key: str, body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Keep an answer for its key, in the transaction that began it. Refused as busy: the key is answered elsewhere."""
    if not key:
        return
    try:
        with transaction.atomic():
            ApplicationAsk.objects.create(
                seller_id=row.seller_id, application=row, key=key, body=dict(body), answer=dict(answer)
            )
    except IntegrityError as error:
        raise Refused([BUSY]) from error


def first_answer(seller: Seller, key: str, body: Mapping[str, Any]) -> ApplicationAsk | None:
    """What a key was answered before; None for a new key or none. Errors: the key came with another request."""
    kept = ApplicationAsk.objects.filter(seller=seller, key=key).select_related("application").first() if key else None
    if kept is None:
        return None
    for name in sorted(set(kept.body) | set(body)):
        if kept.body.get(name) != body.get(name):
            raise BadInput(
                gettext_noop("The key %(key)s came before with another %(field)s"), name,
                gettext_noop("Repeat the request as it was, or give a new key"), {"key": key, "field": name},
            )  # fmt: skip
    return kept


def _read(begun: Begun) -> tuple[dict[str, Any], list[Fault]]:
    answers: dict[str, Any] = {}
    faults: list[Fault] = []
    country = begun.sections.get("company", {}).get("country", "").strip().upper()
    for name, given in begun.sections.items():
        said, wrong = read_section(BY_NAME[name], given, begun.currency, country)
        faults += wrong
        if said not in ({}, {"rows": []}):
            answers[name] = said
    return answers, faults


def _check_address(address: str) -> None:
    """A page of the shop: an http or https address without a password in it."""
    try:
        parts = urlsplit(address)
        is_right = not address or (
            len(address) <= MOST_ADDRESS and address.isprintable() and " " not in address and "@" not in parts.netloc
            and parts.scheme in ("http", "https") and bool(parts.hostname)
        )  # fmt: skip
    except ValueError:
        is_right = False
    if not is_right:
        raise BadInput(
            gettext_noop("This is not the address of a page"), "return_url",
            gettext_noop("Give such as https://shop.example/checkout"),
        )  # fmt: skip


