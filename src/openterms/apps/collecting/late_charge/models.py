"""Late charges that were made, why, and what was given up of them; and reference rates that a seller added."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item, ItemKind
from openterms.apps.tenancy.models import User


class LateCharge(Owned):
    """What was charged on a late item for days of it, as an item of its own; written once, with its explanation.

    `starts_on` to `through` are the days that interest is for; a lump sum or an undertaking is made once for an item.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    """The late item."""
    charged_item_id = models.UUIDField()
    """The item that was made of it."""
    kind = models.CharField(max_length=16, choices=ItemKind.choices)
    starts_on = models.DateField()
    through = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    basis = models.CharField(max_length=12)
    policy = models.CharField(max_length=80, blank=True)
    """The version of the credit policy whose terms were used, as `code@number`."""
    explanation = models.JSONField(default=dict)
    """The lines it comes to, the correction of earlier ones, and the law's sources."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="late_charge_of_seller"),
            models.UniqueConstraint(fields=["item", "kind", "starts_on"], name="late_charge_once"),
            models.UniqueConstraint(fields=["charged_item_id"], name="late_charge_item"),
            models.UniqueConstraint(
                fields=["item", "kind"], condition=~Q(kind="late_interest"), name="late_charge_single"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, through__gte=F("starts_on"))
                & Q(kind__in=["late_fee", "late_interest", "charity"]),
                name="late_charge_shape",
            ),
        ]
        indexes = [models.Index(fields=["seller", "customer", "-id"], name="late_charge_customer")]


class Waiver(Owned):
    """What was given up of a late charge, by whom and why; the credit note that books it. Written once."""

    charge = models.ForeignKey(LateCharge, on_delete=models.PROTECT, db_constraint=False)
    credit_item_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    waived_on = models.DateField()
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="waiver_positive")]


class ReferenceRate(Owned):
    """A reference rate of a half-year that a seller added, in basis points a year; the latest counts. Written once."""

    reference = models.CharField(max_length=40)
    half_year = models.CharField(max_length=6)
    rate_bp = models.IntegerField()
    source = models.CharField(max_length=300)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
