"""Personal links: made, and entered. A link is 256 random bits; the record keeps its digest alone.

Each `enter_…` runs inside a transaction. No seller is known before: a signed context that names the digest (or the
public code) shows the one row, and what follows runs under a context that shows that one thing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from uuid import UUID

from django.utils.crypto import salted_hmac

from openterms.apps.tenancy.api_keys import digest_of
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import set_context

from .models import Application, ApplicationForm, ApplicationReference

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_link() -> tuple[str, str]:
    """A fresh secret for an address, and the digest that is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, digest_of(secret)


def derived_link(application_id: UUID) -> tuple[str, str]:
    """The secret and digest of an application that a program begins: made from its id and the installation's own
    secret, so that the program can be told the link again. Nobody without that secret can make it."""
    made = salted_hmac("openterms.application.link", str(application_id), algorithm="sha256").digest()
    secret = base64.urlsafe_b64encode(made).decode().rstrip("=")
    return secret, digest_of(secret)


def link_again(row: Application) -> str | None:
    """The secret of a link that a program was given; None for one that went to a person alone."""
    secret, digest = derived_link(row.id)
    return secret if hmac.compare_digest(digest, row.digest) else None


def new_number() -> str:
    """A reference that people can read out: `A-7K3F-9QXM`, 40 random bits."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"A-{drawn[:4]}-{drawn[4:]}"


def enter_form(code: str) -> tuple[ApplicationForm, UUID] | None:
    """The open form of a seller's code, with the id that a new application will have; its context entered.

    None, and no context, where there is none or it is switched off: both look the same.
    """
    set_context(key=f"apply:{code}")
    form = ApplicationForm.objects.filter(code=code, is_open=True).first()
    if form is None:
        set_context()
        return None
    application_id = new_id()
    set_context(application=application_id, of=form.seller_id)
    return form, application_id


def enter_application(secret: str) -> Application | None:
    """The application of a link, its context entered; None, and no context, where there is none."""
    digest = digest_of(secret)
    set_context(key=f"application:{digest}")
    found = Application.objects.filter(digest=digest).first()
    if found is None:
        set_context()
        return None
    set_context(application=found.id, of=found.seller_id)
    return found


def enter_reference(secret: str) -> ApplicationReference | None:
    """The reference of a referee's link, its context entered; None, and no context, where there is none."""
    digest = digest_of(secret)
    set_context(key=f"reference:{digest}")
    found = ApplicationReference.objects.filter(digest=digest).first()
    if found is None:
        set_context()
        return None
    set_context(reference=found.id, of=found.seller_id)
    return found
