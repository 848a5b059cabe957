"""The six checks before escalating, as a person answered them."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class SixChecks(Owned):
    """The answers about one customer on one day. Written once; new answers are a new row."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    answers = models.JSONField()
    """By code: `answer` (yes, no, unknown) and `note`."""
    answered_on = models.DateField()
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "-answered_on", "-id"], name="six_checks_newest")]
