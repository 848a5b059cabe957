"""Mass changes: what is to be done to many lines, looked at before it is done, and what became of each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Verb(models.TextChoices):
    """What is done to each line."""

    SUSPEND = "suspend", _("Suspend")
    RESUME = "resume", _("Resume")
    LIMIT = "limit", _("Reduce to an amount")
    PERCENT = "percent", _("Change by a share")
    UNTIL = "until", _("Set the last day")
    SET = "set", _("As the file says")


class MassChange(Owned):
    """One verb for many lines, as it was looked at. `amount_minor`, `change_bp`, `until` by the verb.

    Whoever confirms it does it, with the authority of that moment; `started_at` is when its first line was tried.
    """

    class State(models.TextChoices):
        LOOKING = "looking", _("Being looked at")
        PREVIEW = "preview", _("Looked at")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    verb = models.CharField(max_length=10, choices=Verb.choices)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    change_bp = models.IntegerField(null=True)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=500)
    message = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    started_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="masschange_of_seller")]


class MassChangeRow(models.Model):
    """One line of a mass change: as it was (`stamp` tells whether it still is), what it becomes, what is against it.

    `fault` is that in words with places, and `outcome` is empty until it was tried: done, stale or refused. `is_looked`
    is false while the worker has not yet seen what would come of it.
    """

    id = models.BigAutoField(primary_key=True)
    seller = models.ForeignKey("tenancy.Seller", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    change = models.ForeignKey(MassChange, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    place = models.IntegerField()
    currency = models.CharField(max_length=3)
    stamp = models.CharField(max_length=200)
    before_minor = models.BigIntegerField(null=True)
    after_minor = models.BigIntegerField(null=True)
    exposure_minor = models.BigIntegerField(default=0)
    marks = ArrayField(models.CharField(max_length=20), default=list)
    fault = models.JSONField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    is_looked = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "customer", "currency"], name="masschange_once")]
        indexes = [
            models.Index(fields=["change", "place"], name="masschange_place"),
            models.Index(
                fields=["change", "place"], condition=Q(outcome="", fault__isnull=True, is_looked=True),
                name="masschange_waiting",
            ),
        ]  # fmt: skip
