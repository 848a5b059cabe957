"""Standing: the derived summary of how a customer behaves, rebuilt by the day, never the authority."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Seller


class Standing(models.Model):
    """One row per customer and currency as of a day: what they owe by age, how they pay, what comes next."""

    pk = models.CompositePrimaryKey("seller", "customer", "currency")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    currency = models.CharField(max_length=3)
    as_of = models.DateField()
    open_minor = models.BigIntegerField()
    current_minor = models.BigIntegerField()
    days_1_30_minor = models.BigIntegerField()
    days_31_60_minor = models.BigIntegerField()
    days_61_90_minor = models.BigIntegerField()
    over_90_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    overdue_minor = models.BigIntegerField()
    contested_minor = models.BigIntegerField()
    promised_minor = models.BigIntegerField()
    collectable_overdue_minor = models.BigIntegerField()
    at_risk_minor = models.BigIntegerField()
    open_items = models.IntegerField()
    overdue_items = models.IntegerField()
    oldest_due_on = models.DateField(null=True)
    days_overdue = models.IntegerField()
    paid_invoices = models.IntegerField()
    wadtp_cd = models.BigIntegerField(null=True)
    """Amount-weighted days to pay over the last 365 days, in hundredths of a day."""
    dbt_cd = models.BigIntegerField(null=True)
    dbt_trend_cd = models.BigIntegerField(null=True)
    dbt_sd_cd = models.BigIntegerField(null=True)
    share_late_bp = models.IntegerField(null=True)
    payment_index = models.IntegerField(null=True)
    """Tenths of a point."""
    largest_exposure_minor = models.BigIntegerField()
    months_known = models.IntegerField()
    broken_promises = models.IntegerField()
    over_limit_since = models.DateField(null=True)
    """The first day's run that found them over their line, as long as they are; null while they are not."""
    segment = models.CharField(max_length=16)
    segment_rule = models.CharField(max_length=200, blank=True)
    step = models.CharField(max_length=20, blank=True)
    """The step that is due for this customer, empty when none is."""

    class Meta:
        indexes = [
            models.Index(fields=["seller", "currency", "-at_risk_minor", "customer"], name="standing_risk"),
            models.Index(fields=["seller", "-total_minor", "customer"], name="standing_total"),
        ]
