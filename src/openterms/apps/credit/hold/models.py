"""Credit holds: new orders stop."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Hold(Owned):
    """A hold on a customer's new orders, with its cause, from a day until it is lifted."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    cause = models.CharField(max_length=16, default="manual")
    reason = models.CharField(max_length=500)
    placed_on = models.DateField()
    placed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_on = models.DateField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "customer", "cause"], condition=Q(lifted_on__isnull=True), name="hold_once"
            )
        ]
