"""Find customers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .models import Attachment, BillingProfile, Customer, CustomerToken, Group
from .search import fold


def find_customer(seller: Seller, name: str) -> Customer:
    """A customer by external id or UUID. Errors: the seller has none such."""
    customers = Customer.objects.filter(seller=seller)
    found = customers.filter(number=name).first()
    if found is None:
        try:
            found = customers.filter(id=UUID(name)).first()
        except ValueError:
            found = None
    if found is None:
        raise BadInput(
            gettext_noop("There is no customer %(name)s"),
            where="customer",
            remedy=gettext_noop("Give the customer's number or id"),
            params={"name": name},
        )
    return found


def search(seller: Seller, text: str) -> QuerySet[Customer]:
    """Customers of whose words each word typed is a beginning, in order of name.

    Ranges on a C-collated column, because under row-level security `LIKE` cannot use an index.
    """
    found = Customer.objects.filter(seller=seller)
    for word in fold(text).split()[:6]:
        end = word + "\U0010ffff"
        ids = CustomerToken.objects.filter(seller=seller, token__gte=word, token__lt=end).values("customer_id")
        found = found.filter(id__in=ids)
    return found.order_by("search_name", "id")


def choices(seller: Seller) -> dict[str, list[tuple[str, str]]]:
    """What lists of customers can be narrowed by: collectors, groups, countries, currencies; each with its name."""
    people = (
        Membership.objects.filter(seller=seller, is_active=True, role__in=["collector", "credit_manager", "analyst"])
        .select_related("user")
        .order_by("user__name")
    )
    groups = Group.objects.filter(seller=seller).order_by("name")[:200]
    countries = Customer.objects.filter(seller=seller).exclude(country="").values_list("country").distinct()
    currencies = Customer.objects.filter(seller=seller).values_list("currency").distinct()
    return {
        "collectors": [(str(one.user_id), one.user.name or one.user.email) for one in people],
        "groups": [(str(one.id), one.name) for one in groups],
        "countries": [(code, code) for (code,) in countries.order_by("country")],
        "currencies": [(code, code) for (code,) in currencies.order_by("currency")],
    }


def around(customer: Customer, kept: Collection[str]) -> dict[str, Any]:
    """What is kept with a customer: contacts, sites, identifiers, purchasers, billing profile, notes, files.

    `kept` names those of which there are any; the others are not asked for.
    """
    several = {
        "sites": customer.site_set.order_by("purpose", "id")[:20],
        "identifiers": customer.identifier_set.order_by("scheme", "value")[:20],
        "purchasers": customer.purchaser_set.order_by("-is_active", "name")[:50],
        "notes": customer.note_set.select_related("author").order_by("-id")[:20],
        "files": customer.attachment_set.select_related("author").order_by("-id")[:50],
    }
    return {name: list(found) if name in kept else [] for name, found in several.items()} | {
        "contacts": list(customer.contact_set.order_by("-is_active", "do_not_contact", "role", "name")[:50]),
        "billing": BillingProfile.objects.filter(customer=customer).first() if "billing" in kept else None,
        "file_kinds": Attachment.Kind.choices,
    }
