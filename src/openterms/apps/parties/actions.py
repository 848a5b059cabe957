"""Add and change customers and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import pycountry
from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.terms import parse_terms

from .models import (
    Attachment,
    BillingProfile,
    Contact,
    Customer,
    CustomerToken,
    Group,
    Identifier,
    Note,
    Purchaser,
    Site,
)
from .search import fold, tokens

CHANGEABLE = {
    "name", "country", "currency", "locale", "timezone", "terms", "collector_id", "is_sole_trader", "insolvent_on",
    "paused_until", "group_id", "attributes",
}  # fmt: skip


def add_customer(
    seller: Seller,
    actor: Actor,
    number: str,
    name: str,
    country: str,
    now: datetime,
    *,
    currency: str = "",
    created_on: date | None = None,
    group: str = "",
    **more: Any,
) -> Customer:
    """Add a customer under the seller's own number for it. Errors: number taken, unknown country, currency, terms."""
    columns = {
        "name": name.strip(),
        "country": country.upper(),
        "currency": (currency or seller.currency).upper(),
        "timezone": seller.timezone,
    } | more
    _check(number, columns)
    with transaction.atomic():
        if group:
            columns["group"], _ = Group.objects.get_or_create(seller=seller, code=group, defaults={"name": group})
        try:
            with transaction.atomic():
                customer = Customer.objects.create(
                    seller=seller,
                    number=number,
                    search_name=fold(f"{name} {number}")[:300],
                    created_on=created_on or now.date(),
                    **columns,
                )
        except IntegrityError as error:
            raise BadInput(
                gettext_noop("The customer number %(number)s is taken"),
                where="number",
                remedy=gettext_noop("Choose another number, or change the existing customer"),
                params={"number": number},
            ) from error
        index(customer)
        record(
            seller.id, actor, "customer_added", "customer", customer.id, now, customer.id,
            {"number": number, "name": customer.name},
        )  # fmt: skip
    return customer


def change_customer(customer: Customer, actor: Actor, changes: Mapping[str, Any], now: datetime) -> Customer:
    """Change some of a customer's columns; the journal keeps before and after."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise BadInput(f"'{min(unknown)}' cannot be changed", "field")
    _check(customer.number, dict(changes))
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(id=customer.id)
        before = {name: _text(getattr(customer, name)) for name in changes}
        for name, value in changes.items():
            setattr(customer, name, value)
        customer.search_name = fold(f"{customer.name} {customer.number}")[:300]
        customer.save()
        index(customer)
        record(
            customer.seller_id, actor, "customer_changed", "customer", customer.id, now, customer.id,
            {"before": before, "after": {name: _text(value) for name, value in changes.items()}},
        )  # fmt: skip
    return customer


def add_contact(customer: Customer, actor: Actor, now: datetime, **columns: Any) -> Contact:
    """Add a person at the customer."""
    if not str(columns.get("name", "")).strip():
        raise BadInput(gettext_noop("The name is empty"), "name", gettext_noop("Give the person's name"))
    with transaction.atomic():
        contact = Contact.objects.create(seller_id=customer.seller_id, customer=customer, **columns)
        record(
            customer.seller_id, actor, "contact_added", "contact", contact.id, now, customer.id, {"name": contact.name}
        )
    return contact


def add_note(customer: Customer, actor: Actor, text: str, now: datetime) -> Note:
    """Keep a remark on a customer."""
    if not text.strip():
        raise BadInput(gettext_noop("The note is empty"), "text", gettext_noop("Write something"))
    with transaction.atomic():
        note = Note.objects.create(
            seller_id=customer.seller_id, customer=customer, author_id=actor.user_id, text=text.strip()
        )
        record(customer.seller_id, actor, "note_added", "note", note.id, now, customer.id, {"text": note.text})
    return note


def index(customer: Customer) -> None:
    """Rebuild the words by which a customer is found."""
    CustomerToken.objects.filter(customer=customer).delete()
    values = Identifier.objects.filter(customer=customer).values_list("value", flat=True)
    CustomerToken.objects.bulk_create(
        CustomerToken(seller_id=customer.seller_id, customer=customer, token=token)
        for token in tokens(customer.name, customer.number, *values)
    )


def _text(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | dict | None) else str(value)


def _check(number: str, columns: dict[str, Any]) -> None:
    if not number.strip() or len(number) > 80:
        raise BadInput(gettext_noop("The customer number is empty or too long"), "number", "1-80 characters")
    if "name" in columns and not columns["name"]:
        raise BadInput(gettext_noop("The name is empty"), "name", gettext_noop("Give the company's name"))
    country = columns.get("country")
    if country and pycountry.countries.get(alpha_2=country) is None:
        raise BadInput(
            gettext_noop("%(country)s is not a country"), "country", gettext_noop("Give a two-letter code such as DE"),
            {"country": country},
        )  # fmt: skip
    if columns.get("currency"):
        exponent(columns["currency"])
    if columns.get("terms"):
        parse_terms(columns["terms"])
    if columns.get("timezone") and columns["timezone"] not in available_timezones():
        raise BadInput(
            gettext_noop("%(zone)s is not a time zone"), "timezone", gettext_noop("Give one such as Europe/Berlin"),
            {"zone": columns["timezone"]},
        )  # fmt: skip


PARTS = {
    "contact": Contact, "site": Site, "identifier": Identifier, "purchaser": Purchaser, "billing": BillingProfile,
}  # fmt: skip


def keep_part(
    customer: Customer, actor: Actor, part: str, part_id: UUID | None, columns: Mapping[str, Any], now: datetime
) -> Any:
    """Add or change a contact, site, identifier, purchaser or the billing profile of a customer.

    Errors: an identifier that is on record already.
    """
    model = PARTS[part]
    with transaction.atomic():
        kept = model.objects.select_for_update().filter(customer=customer, id=part_id).first() if part_id else None
        is_new = kept is None
        if kept is None:
            kept = model(seller_id=customer.seller_id, customer=customer)
        for name, value in columns.items():
            setattr(kept, name, value)
        try:
            with transaction.atomic():
                kept.save()
        except IntegrityError as error:
            raise BadInput(gettext_noop("This is on record already"), "value") from error
        if part == "identifier":
            index(customer)
        kind = f"{part}_added" if is_new and part == "contact" else f"{part}_changed"
        record(
            customer.seller_id, actor, kind, part, kept.id, now, customer.id,
            {"name": str(columns.get("name") or columns.get("value") or "")} | {
                name: _text(value) if not isinstance(value, list) else list(value) for name, value in columns.items()
                if name not in ("name", "value")
            },
        )  # fmt: skip
    return kept


def add_attachment(
    customer: Customer,
    actor: Actor,
    name: str,
    media_type: str,
    size: int,
    digest: str,
    now: datetime,
    kind: str = "",
    valid_until: date | None = None,
) -> Attachment:
    """Remember a file whose content is stored by its digest; `valid_until` is the last day on which it is good."""
    _known_kind(kind)
    with transaction.atomic():
        kept = Attachment.objects.create(
            seller_id=customer.seller_id, customer=customer, author_id=actor.user_id, name=name, media_type=media_type,
            size=size, digest=digest, kind=kind, valid_until=valid_until,
        )  # fmt: skip
        record(
            customer.seller_id, actor, "attachment_added", "attachment", kept.id, now, customer.id,
            {"name": name, "digest": digest, "size": size, "kind": kind, "valid_until": _text(valid_until)},
        )  # fmt: skip
    return kept


def set_validity(
    customer: Customer, actor: Actor, attachment_id: UUID, kind: str, valid_until: date | None, now: datetime
) -> Attachment:
    """Say what a kept file is and until when it is good (None: it has no end). Errors: no such file or kind."""
    _known_kind(kind)
    with transaction.atomic():
        kept = Attachment.objects.select_for_update().filter(customer=customer, id=attachment_id).first()
        if kept is None:
            raise BadInput(gettext_noop("There is no such file"), "file", gettext_noop("Choose a file of the customer"))
        before = {"kind": kept.kind, "valid_until": _text(kept.valid_until)}
        kept.kind, kept.valid_until = kind, valid_until
        kept.save(update_fields=["kind", "valid_until"])
        record(
            customer.seller_id, actor, "attachment_dated", "attachment", kept.id, now, customer.id,
            {"name": kept.name, "kind": kind, "valid_until": _text(valid_until), "before": before},
        )  # fmt: skip
    return kept


def _known_kind(kind: str) -> None:
    if kind not in Attachment.Kind.values:
        raise BadInput(
            gettext_noop("There is no such kind of document"), "kind", gettext_noop("Choose one of the list")
        )
