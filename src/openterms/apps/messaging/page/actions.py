"""Make links to personal pages, revoke them, keep what their readers do."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from openterms.apps.journal.actions import record
from openterms.apps.messaging.outgoing.letters import Letter
from openterms.apps.messaging.outgoing.links import Wanted
from openterms.apps.messaging.outgoing.models import Message
from openterms.apps.messaging.outgoing.queueing import queue
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.api_keys import digest_of
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.templates import Rendered

from .models import PageLink, PageTouch

VALID_DAYS = 90
"""How long a link opens its page: longer than the ladder from a first reminder to a demand letter."""
LANGUAGES = ("en", "ar")
log = logging.getLogger(__name__)
BATCH = 2_000
LINKERS = (Role.COLLECTOR, Role.CREDIT_MANAGER, Role.CASH_CLERK, Role.SALES, Role.CFO)
"""Who hands out links and ends them, and answers what readers ask for."""

NO_LINK = Reason(
    "no_such_page_link",
    gettext_noop("This link does not belong to the customer, or was revoked already."),
    remedy=gettext_noop("Look at the customer's links again."),
)
NO_LINKER = Reason(
    "page_link_role", gettext_noop("The role %(role)s hands out no links to personal pages."),
    remedy=gettext_noop("Ask the collector of this customer."),
)  # fmt: skip
NO_ADDRESS = Reason(
    "no_public_address",
    gettext_noop("Nobody has said under which address customers reach this."),
    remedy=gettext_noop("Set OPENTERMS_PUBLIC_URL, such as https://credit.example.com, and start again."),
)


def make_links(seller: Seller, wanted: Sequence[Wanted], now: datetime) -> Mapping[UUID, str]:
    """A link for each message, set-wise: whole addresses by the message's id. In the transaction that queues them.

    None where nobody has said under which address this is reached (`OPENTERMS_PUBLIC_URL`): a message whose words name
    its link is then held and says so.
    """
    if not settings.PUBLIC_URL:
        return {}
    asked = {one.customer_id for one in wanted}
    of_customer = dict(Customer.objects.filter(seller=seller, id__in=asked).values_list("id", "locale"))
    people = {one.contact_id for one in wanted if one.contact_id}
    of_contact = dict(Contact.objects.filter(seller=seller, id__in=people).values_list("id", "locale"))
    addresses: dict[UUID, str] = {}
    rows = []
    for one in wanted:
        secret = secrets.token_urlsafe(32)
        locale = (of_contact.get(one.contact_id) if one.contact_id else "") or of_customer[one.customer_id]
        rows.append(_row(seller, one.customer_id, one.contact_id, secret, locale, now))
        addresses[one.message_id] = address_of(secret)
    PageLink.objects.bulk_create(rows, batch_size=BATCH)
    return addresses


def make_link(
    seller: Seller, actor: Actor, customer: Customer, contact: Contact | None, now: datetime
) -> tuple[PageLink, str]:
    """A link that a person hands over themselves; the second of the answer is its whole address, shown once.

    Refused: a role that hands out none, nobody has said under which address this is reached.
    """
    _require(actor)
    secret = secrets.token_urlsafe(32)
    locale = (contact.locale if contact else "") or customer.locale
    with transaction.atomic():
        row = _row(seller, customer.id, contact.id if contact else None, secret, locale, now)
        row.save(force_insert=True)
        said = {"until": row.expires_at.isoformat(), "contact": contact.name if contact else ""}
        record(seller.id, actor, "page_link_made", "page_link", row.id, now, customer.id, said)
    return row, address_of(secret)


def revoke_links(
    seller: Seller, actor: Actor, customer: Customer, now: datetime, link_id: UUID | None = None
) -> int:
    """End a link of a customer, or all of them; returns how many. From now on they open nothing.

    Refused: a role that ends none, a link named that is none of the customer's, or was revoked before.
    """
    _require(actor)
    running = PageLink.objects.filter(
        seller=seller, customer=customer, revoked_at__isnull=True, expires_at__gt=now, recorded_at__lte=now
    )
    with transaction.atomic():
        ended = (running.filter(id=link_id) if link_id else running).update(revoked_at=now)
        if link_id and not ended:
            raise Refused([NO_LINK])
        if ended:
            record(seller.id, actor, "page_links_revoked", "customer", customer.id, now, customer.id, {"links": ended})
    return ended


def send_fresh(link: PageLink, words: Callable[[str], Rendered], now: datetime) -> Message | None:
    """Send a new link to the person whose link has expired, to the address on record and to no other; once a day.

    `words` makes the message of the new address. None where the link belongs to no person who has an address and may
    be written to, or where no link can be made: who asks is told the same either way.
    """
    if not settings.PUBLIC_URL:
        log.error("A new link was asked for and cannot be made: set OPENTERMS_PUBLIC_URL.")
        return None
    contact = Contact.objects.filter(seller=link.seller_id, id=link.contact_id, is_active=True).first()
    if contact is None or not contact.email or contact.do_not_contact or link.revoked_at is not None:
        return None
    seller, customer = link.seller, contact.customer
    key = f"page-link:{contact.id}:{local_date(now, seller.timezone).isoformat()}"
    with transaction.atomic():
        sent = Message.objects.filter(seller=seller, key=key).first()
        if sent is not None:
            return sent
        _row_made, address = make_link(seller, Actor(contact.name), customer, contact, now)
        letter = Letter(
            key=key, customer_id=customer.id, contact_id=contact.id, channel="email", address=contact.email,
            language=link.language, words=words(address),
        )  # fmt: skip
        return queue(seller, Actor(contact.name), [letter], now)[0]


def touch(
    link: PageLink, kind: PageTouch.Kind, address: str, now: datetime, subject_id: UUID | None = None,
    key: UUID | None = None,
) -> PageTouch:  # fmt: skip
    """Keep what the reader of a page did, once for each form's `key`. In the transaction of what it did."""
    return PageTouch.objects.create(
        seller_id=link.seller_id, link=link, customer_id=link.customer_id, contact_id=link.contact_id, kind=kind,
        at=now, address=address[:64], subject_id=subject_id, key=key,
    )  # fmt: skip


def _require(actor: Actor) -> None:
    if actor.role is not None and actor.role not in LINKERS:
        raise Refused([NO_LINKER.given(role=actor.role)])


def address_of(secret: str) -> str:
    """The whole address that a secret makes. Refused: nobody has said under which address this is reached."""
    if not settings.PUBLIC_URL:
        raise Refused([NO_ADDRESS])
    return settings.PUBLIC_URL.rstrip("/") + reverse("pages:personal", args=[secret])


def _row(
    seller: Seller, customer_id: UUID, contact_id: UUID | None, secret: str, locale: str, now: datetime
) -> PageLink:
    language = locale.split("-")[0]
    return PageLink(
        id=new_id(), seller=seller, customer_id=customer_id, contact_id=contact_id, digest=digest_of(secret),
        language=language if language in LANGUAGES else "en", expires_at=now + timedelta(days=VALID_DAYS),
    )  # fmt: skip
