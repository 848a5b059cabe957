"""Claims on an item's open amount: the parts that may not be chased. Upper rooms leave them here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item


class Claim(Owned):
    """A part of an item that is contested, in flight, planned or promised, from a day until it ends."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=12)
    amount_minor = models.BigIntegerField()
    starts_on = models.DateField()
    source_type = models.CharField(max_length=16)
    source_id = models.UUIDField()
    ends_on = models.DateField(null=True)
    """The first day on which it no longer holds; empty while it does."""
    ended_recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["contested", "in_flight", "planned", "promised"]), name="claim_kind"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="claim_positive"),
        ]
        indexes = [models.Index(fields=["source_id"], name="claim_source")]
