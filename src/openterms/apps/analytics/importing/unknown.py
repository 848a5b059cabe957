"""Customers that an invoice file names and nobody has entered, where its map lets them be added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from openterms.apps.parties.models import Customer, CustomerToken
from openterms.apps.parties.search import fold, tokens
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller


def add_unknown_customers(seller: Seller, numbers: Iterable[str], now: datetime, batch_id: UUID) -> int:
    """Add a customer, named like its number, for each number the seller does not have; returns how many."""
    wanted, today = set(numbers), local_date(now, seller.timezone)
    known = set(Customer.objects.filter(seller=seller, number__in=wanted).values_list("number", flat=True))
    new = [
        Customer(
            seller=seller,
            number=number,
            name=number,
            search_name=fold(number)[:300],
            currency=seller.currency,
            timezone=seller.timezone,
            created_on=today,
            batch_id=batch_id,
        )
        for number in sorted(wanted - known)
    ]
    Customer.objects.bulk_create(new)
    CustomerToken.objects.bulk_create(
        CustomerToken(seller=seller, customer=customer, token=token)
        for customer in new
        for token in tokens(customer.number)
    )
    return len(new)
