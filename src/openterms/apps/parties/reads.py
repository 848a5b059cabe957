"""Find customers."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .models import Customer, CustomerToken
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
