"""Delegations: who holds whose authority, on which days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


def _person() -> models.ForeignKey[User, User]:
    return models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)


class Delegation(Owned):
    """While somebody is away another person holds their authority, from `first` to `last`, both included.

    The holder acts in the giver's role and with at most `authority_minor` (minor units of the seller's currency), never
    more than the giver's own at the time of acting. What the giver holds for others is not passed on. It may end early
    (`ended_at`); nothing else of it changes.
    """

    giver = _person()
    holder = _person()
    first = models.DateField()
    last = models.DateField()
    authority_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    given_by = _person()
    given_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("holder")) & Q(last__gte=F("first")) & Q(authority_minor__gte=0),
                name="delegation_makes_sense",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "holder", "last"], name="delegation_of_holder"),
            models.Index(fields=["seller", "giver", "last"], name="delegation_of_giver"),
        ]
