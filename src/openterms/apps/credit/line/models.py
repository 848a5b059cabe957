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

    While a temporary limit holds, `temporary_until` is its last day, and `after_minor`, `after_is_unlimited` what comes
    back after it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    is_unlimited = models.BooleanField(default=False)
    held_minor = models.BigIntegerField(default=0, db_default=0)
    temporary_until = models.DateField(null=True)
    after_minor = models.BigIntegerField(null=True)
    after_is_unlimited = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["seller", "temporary_until"],
                condition=Q(temporary_until__isnull=False),
                name="line_temporary",
            )
        ]
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
    """What a line was set to, by whom and why; written once.

    `decision_id` is the credit decision that it follows from (`decision.Decision`, which stands above this room); none
    where an administrator set it. `until` is the last day of a temporary limit.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    is_unlimited = models.BooleanField(default=False)
    valid_from = models.DateField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=500)
    decision_id = models.UUIDField(null=True)
    until = models.DateField(null=True)
