"""Group lines: the limit of all customers of a group together, in one currency."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Group, Owned
from openterms.apps.tenancy.models import User


class GroupLine(Owned):
    """The limit in force of a group; no limit set checks nothing. Orders of its members wait for each other here."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "group"], name="groupline_once"),
            models.UniqueConstraint(fields=["seller", "id"], name="groupline_of_seller"),
            models.CheckConstraint(
                condition=Q(limit_minor__isnull=True) | Q(limit_minor__gte=0), name="groupline_limit"
            ),
        ]


class GroupLineChange(Owned):
    """What a group's line was set to, by whom and why; written once."""

    line = models.ForeignKey(GroupLine, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=500)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
