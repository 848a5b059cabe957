"""The double-entry receivables ledger: entries and their postings, written once."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller


class Entry(models.Model):
    """One booking: what it is, the date it counts, and when we learnt of it."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=24)
    posted_on = models.DateField()
    batch_id = models.UUIDField(null=True)
    reverses_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "posted_on"], name="entry_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["reverses_id"], condition=models.Q(reverses_id__isnull=False), name="entry_reversed_once"
            )
        ]


class Posting(models.Model):
    """One side of an entry: debit positive, credit negative, in document and in base currency."""

    pk = models.CompositePrimaryKey("entry_id", "line")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    line = models.IntegerField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer_id = models.UUIDField()
    item_id = models.UUIDField(null=True)
    account = models.CharField(max_length=24)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    base_minor = models.BigIntegerField()
    posted_on = models.DateField()
    """The entry's date again, so that a balance reads one table."""


class AccountDay(models.Model):
    """What an account moved by on a day, in one currency: the postings summed up, so that a balance reads days.

    Kept by the database itself in the transaction that posts; nobody else writes here. Each connection adds to rows of
    its own (`slot`), so that postings of one day do not wait for each other; the day's run folds them into slot 0.
    """

    pk = models.CompositePrimaryKey("seller", "account", "currency", "posted_on", "slot")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    account = models.CharField(max_length=24)
    currency = models.CharField(max_length=3)
    posted_on = models.DateField()
    slot = models.IntegerField()
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()


class Rate(models.Model):
    """What one unit of a currency is worth in the seller's currency from a day on. Written once.

    A correction is another row for the same day; the one recorded last holds.
    """

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    base_per_unit = models.DecimalField(max_digits=20, decimal_places=10)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(base_per_unit__gt=0), name="rate_positive")]
        indexes = [models.Index(fields=["seller", "currency", "valid_from"], name="rate_day")]
