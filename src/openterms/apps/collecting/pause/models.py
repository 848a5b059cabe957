"""Pauses of dunning, and what people at a customer agreed to be reached by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Contact, Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class Pause(Owned):
    """Nothing is asked of a customer, or for some items of it, from a day through a day; ended earlier by a person.

    A pause without items is the customer's, and `customer.paused_until` follows it. Only its end changes.
    """

    class Kind(models.TextChoices):
        QUERY = "query", _("We look into a question")
        GOODWILL = "goodwill", _("Goodwill")
        HARDSHIP = "hardship", _("Hardship")
        OTHER = "other", _("Another reason")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=500)
    starts_on = models.DateField()
    until = models.DateField()
    """The last day of it."""
    ended_on = models.DateField(null=True)
    """The first day on which it no longer holds, where a person ended it before its last day."""
    ended_recorded_at = models.DateTimeField(null=True)
    """When the record learnt of that end."""
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="pause_of_seller"),
            models.CheckConstraint(condition=Q(until__gte=F("starts_on")), name="pause_days"),
        ]
        indexes = [models.Index(fields=["seller", "customer", "-until"], name="pause_customer")]


class PauseItem(Owned):
    """An item that a pause is for."""

    pause = models.ForeignKey(Pause, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)


class Consent(Owned):
    """A contact agreed to be reached by a channel that needs it, from a day until taken back."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, db_constraint=False)
    channel = models.CharField(max_length=10, choices=Contact.Channel.choices)
    given_on = models.DateField()
    source = models.CharField(max_length=300)
    """How and where it was given: the proof."""
    withdrawn_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel"], condition=Q(withdrawn_on__isnull=True), name="consent_once"
            )
        ]
