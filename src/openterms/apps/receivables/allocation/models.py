"""Settlements: which part of an item is settled, when and by what."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller


class Settlement(models.Model):
    """A change of one item's open amount, positive when it falls.

    An allocation is two settlements with one `allocation_id`: one on the item paid, one on the receipt or credit note
    that pays it. A discount, a small difference or a refund is one. A reversal repeats both with negative amounts.
    """

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    counter_item_id = models.UUIDField(null=True)
    allocation_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    settled_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    reverses_id = models.UUIDField(null=True)
    """The settlement that this one takes back."""
    entry_id = models.UUIDField()
    batch_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            models.Index(fields=["seller", "customer", "settled_on"], name="settlement_customer"),
            models.Index(fields=["allocation_id"], name="settlement_allocation"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reverses_id"], condition=models.Q(reverses_id__isnull=False), name="settlement_reversed_once"
            )
        ]
