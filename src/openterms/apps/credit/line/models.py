"""Credit lines: the record that holds a customer's limit in a currency, and each change of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Line(Owned):
    """The limit in force. No limit set, zero and unlimited are three different things.

    `held_minor` is what live authorisations hold, kept by their actions in the same transaction, those whose time has
    ended and is not noted yet included.

    `state` is what the line is open for: orders, no new ones for now (`suspended`), or none ever (`cancelled`), since
    `state_on`. `valid_until` is the last day of the line; none has no end.

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
    state = models.CharField(max_length=10, default="open", db_default="open")
    state_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)

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
            models.CheckConstraint(condition=Q(state__in=["open", "suspended", "cancelled"]), name="line_state"),
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


class LineStep(Owned):
    """What was done to a line besides setting its limit, and what the customer was told of it: written once.

    `message` is the text of the notice to the customer in its language, empty where none was given. `change` is the
    change of the limit that came with it. `key` names what asked for it, so that it is not done twice.
    """

    class Kind(models.TextChoices):
        SUSPEND = "suspend", _("Suspended")
        RESUME = "resume", _("Resumed")
        REDUCE = "reduce", _("Reduced")
        EXTEND = "extend", _("Last day set")
        CANCEL = "cancel", _("Cancelled")

    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before_minor = models.BigIntegerField(null=True)
    after_minor = models.BigIntegerField(null=True)
    valid_until = models.DateField(null=True)
    reason = models.CharField(max_length=500)
    message = models.CharField(max_length=2000, blank=True)
    on_day = models.DateField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    actor_name = models.CharField(max_length=200)
