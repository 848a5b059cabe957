"""The day: one run per seller and date, and the snapshot it leaves."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import Seller


class DayRun(Owned):
    """A run of the day for one date: how far it got, under which strategy, with what result."""

    date = models.DateField()
    phase = models.CharField(max_length=16)
    """The last phase that finished: `begun`, `expired`, `written`, `done`."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    strategy_version = models.IntegerField()
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "date"], name="day_once")]


class DailyTotal(models.Model):
    """The seller's totals in one currency at the end of a day's run."""

    pk = models.CompositePrimaryKey("seller", "date", "currency")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    date = models.DateField()
    currency = models.CharField(max_length=3)
    figures = models.JSONField()
    """Minor units as whole numbers; days and per cents as decimal text; null when undefined."""


class DailyCustomer(models.Model):
    """One customer's ageing in one currency at the end of a day's run, kept for the latest day and month ends."""

    pk = models.CompositePrimaryKey("seller", "date", "customer_id", "currency")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    date = models.DateField()
    customer_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    current_minor = models.BigIntegerField()
    days_1_30_minor = models.BigIntegerField()
    days_31_60_minor = models.BigIntegerField()
    days_61_90_minor = models.BigIntegerField()
    over_90_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    segment = models.CharField(max_length=16)
    step = models.CharField(max_length=20, blank=True)
