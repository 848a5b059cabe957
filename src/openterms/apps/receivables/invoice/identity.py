"""What invoices say of the seller: set once, changed when it changes; the journal keeps each change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.formats.paper.bill import colour_of, logo_of
from openterms.formats.payment_qr.payloads import iban as checked_iban

from .drafting import PAPER_LANGUAGES
from .models import BillingIdentity

FIELDS = (
    "street", "postcode", "city", "vat_number", "tax_number", "register", "email", "phone", "contact", "endpoint",
    "endpoint_scheme", "iban", "bic", "bank", "holder", "late_charge", "colour",
)  # fmt: skip
MAY_SET = (Role.ADMIN, Role.CREDIT_MANAGER, Role.CFO)
NOT_YOURS = Reason(
    "billing_identity_not_yours",
    gettext_noop("Only an administrator, a credit manager or the chief financial officer changes what invoices say."),
    remedy=gettext_noop("Ask one of them."),
)


def set_identity(
    seller: Seller, actor: Actor, given: Mapping[str, str], now: datetime, logo: bytes | None = None
) -> BillingIdentity:
    """Set what is given and leave the rest; `languages` is a text such as `en` or `en,ar`, `logo` an SVG or PNG.

    Refused: another role. Errors: an account whose check does not hold, a colour that cannot be read, a text too long.
    """
    if actor.user_id is not None and actor.role not in MAY_SET:
        raise Refused([NOT_YOURS])
    values: dict[str, Any] = {name: _text(name, given[name]) for name in FIELDS if name in given}
    if values.get("iban"):
        values["iban"] = checked_iban(values["iban"])
    if values.get("colour"):
        values["colour"] = colour_of(values["colour"])
    if "languages" in given:
        values["languages"] = _languages(given["languages"])
    if logo is not None:
        values["logo"] = logo_of(logo) if logo else ""
    with transaction.atomic():
        row, _made = BillingIdentity.objects.get_or_create(seller=seller)
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            row.save(update_fields=list(changed))
            told = {name: "…" if name == "logo" else value for name, value in changed.items()}
            record(seller.id, actor, "billing_identity_changed", "seller", seller.id, now, data=told)
    return row


def _text(name: str, value: str) -> str:
    most = BillingIdentity._meta.get_field(name).max_length
    kept = value.strip()
    if len(kept) > most or not kept.isprintable() or (name == "endpoint_scheme" and not re.fullmatch(r"|\d{4}", kept)):
        raise BadInput(
            gettext_noop("This is not a text of at most %(most)s characters"), name,
            gettext_noop("Give a text on one line"), {"most": most},
        )  # fmt: skip
    return kept


def _languages(text: str) -> list[str]:
    found = [one for one in re.split(r"[\s,]+", text) if one]
    if len(set(found)) != len(found) or not set(found) <= set(PAPER_LANGUAGES):
        raise BadInput(
            gettext_noop("Papers are written in English, in Arabic, or in both"), "languages",
            gettext_noop("Give en, ar, or en,ar"),
        )  # fmt: skip
    return found
