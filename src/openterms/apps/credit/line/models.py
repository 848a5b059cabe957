"""Credit lines: the record that holds a customer's limit in a currency, and each change of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Line(Owned):
    """The limit in force. No limit set, zero and unlimited are three different things.

    `held_minor` is what live authorisations hold, kept by their actions in the same transaction, those whose time has
    ended and is not noted yet included.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    is_unlimited = models.BooleanField(default=False)
    held_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "customer", "currency"], name="line_once"),
            models.CheckConstraint(
                condition=Q(limit_minor__isnull=True) | (Q(limit_minor__gte=0) & Q(is_unlimited=False)),
                name="line_limit",
            ),
            models.UniqueConstraint(fields=["seller", "id"], name="line_of_seller"),
            models.CheckConstraint(condition=Q(held_minor__gte=0), name="line_held"),
        ]


class LineChange(Owned):
    """What a line was set to, by whom and why; written once."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    is_unlimited = models.BooleanField(default=False)
    valid_from = models.DateField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=500)
