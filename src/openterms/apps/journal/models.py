"""The append-only journal of every seller, and the chain that seals it."""

from __future__ import annotations

from django.db import models

from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller


class Event(models.Model):
    """Something that happened: who did what to which thing, with what. Written once, in the action's transaction."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200)
    kind = models.CharField(max_length=48)
    subject_type = models.CharField(max_length=32)
    subject_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    content_hash = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["seller", "id"], name="event_seller"),
            models.Index(fields=["seller", "customer_id", "id"], name="event_customer"),
            models.Index(fields=["seller", "kind", "id"], name="event_kind"),
        ]


class Seal(models.Model):
    """A link of a seller's chain: the hash of the link before and of one event's content."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    number = models.BigIntegerField()
    event_id = models.UUIDField(unique=True)
    chain_hash = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    pk = models.CompositePrimaryKey("seller", "number")
