"""The schedule of an item under a plan: which part of it is due when. Plans, which lie higher, leave it here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item


class ScheduledPart(Owned):
    """A part of an item that is due by an instalment's date while its plan runs; after that the item's own date counts.

    What is open of the item and not contested meets the latest parts first (`core.collecting.plans.unmet`).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    source_id = models.UUIDField()
    """The plan."""
    number = models.SmallIntegerField()
    due_on = models.DateField()
    amount_minor = models.BigIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    """The first day on which it no longer holds; empty while it does."""
    ended_recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="scheduled_positive"),
            models.UniqueConstraint(
                fields=["item", "number"], condition=Q(ends_on__isnull=True), name="scheduled_once"
            ),
        ]
        indexes = [
            models.Index(fields=["source_id"], name="scheduled_source"),
            models.Index(fields=["seller", "customer"], condition=Q(ends_on__isnull=True), name="scheduled_customer"),
        ]
