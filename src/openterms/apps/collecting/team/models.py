"""Who gets which customers, as versions of rules; and who covers for whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


def _person(**more: object) -> models.ForeignKey[User, User]:
    return models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False, **more)  # type: ignore[arg-type,return-value]


class AssignmentRules(Owned):
    """One version of the rules (`core.collecting.assignment`); people are named by their e-mail. Written once."""

    version = models.IntegerField()
    document = models.JSONField()
    reason = models.CharField(max_length=500)
    made_by = _person(null=True)
    made_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "version"], name="assignment_rules_version")]


class Absence(Owned):
    """While a collector is away, from `first` to `last`, both included, another does the work.

    Nothing is moved: the customers stay the collector's, and the work shows in the cover's list on those days alone.
    It may end early (`ended_on`, the first day on which the collector is back); nothing else of it changes.
    """

    collector = _person()
    cover = _person()
    first = models.DateField()
    last = models.DateField()
    reason = models.CharField(max_length=500)
    made_by = _person(null=True)
    ended_on = models.DateField(null=True)
    ended_by = _person(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(collector=F("cover")) & Q(last__gte=F("first")), name="absence_makes_sense"
            ),
        ]
        indexes = [models.Index(fields=["seller", "last", "first"], name="absence_days")]
