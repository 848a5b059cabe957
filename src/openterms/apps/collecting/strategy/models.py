"""The strategy in force at a seller, and the steps taken under it."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller


class StrategyVersion(Owned):
    """A published strategy document; the newest by `valid_from` is in force. Written once."""

    version = models.IntegerField()
    valid_from = models.DateField()
    document = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "version"], name="strategy_version")]


class StepTaken(models.Model):
    """A step that acted on an item. Each step acts on an item at most once, except calls after a broken promise."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    step = models.CharField(max_length=20)
    cause = models.CharField(max_length=40, default="overdue")
    """`overdue`, or `promise:<id>` for the call that a broken promise brings."""
    taken_on = models.DateField()
    work_item_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "step", "cause"], name="step_once")]
        indexes = [models.Index(fields=["seller", "customer", "taken_on"], name="step_customer")]
