"""Group lines: the limit of all customers of a group together, in one currency."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Group, Owned
from openterms.apps.tenancy.models import User


class GroupLine(Owned):
    """The limit in force of a group; no limit set checks nothing. Orders of its members wait for each other here.

    `state` is what it is open for: orders, no new ones for now (`suspended`), or none ever (`cancelled`), since
    `state_on`. `valid_until` is its last day; none has no end.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, default="open", db_default="open")
    state_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "group"], name="groupline_once"),
            models.UniqueConstraint(fields=["seller", "id"], name="groupline_of_seller"),
            models.CheckConstraint(
                condition=Q(limit_minor__isnull=True) | Q(limit_minor__gte=0), name="groupline_limit"
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "suspended", "cancelled"]), name="groupline_state"),
        ]


class GroupLineChange(Owned):
    """What was done to a group's line, by whom and why, and what it was afterwards; written once."""

    class Kind(models.TextChoices):
        SET = "set", _("Limit set")
        SUSPEND = "suspend", _("Suspended")
        RESUME = "resume", _("Resumed")
        REDUCE = "reduce", _("Reduced")
        EXTEND = "extend", _("Last day set")
        CANCEL = "cancel", _("Cancelled")

    line = models.ForeignKey(GroupLine, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SET, db_default="set")
    limit_minor = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, default="open", db_default="open")
    valid_until = models.DateField(null=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=500)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    message = models.CharField(max_length=2000, default="", db_default="", blank=True)
    """The reasons as the members read them; empty where none is told."""
    told = models.JSONField(default=list, db_default=[])
    """The members that are told: ids of those who were of the group then."""
