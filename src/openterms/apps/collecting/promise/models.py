"""Promises to pay."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller, User


class Channel(models.TextChoices):
    """By which way a customer told us."""

    PHONE = "phone", _("Telephone")
    PAGE = "page", _("Personal page")
    PORTAL = "portal", _("Portal")
    API = "api", _("API")
    EMAIL = "email", _("E-mail")
    DESK = "desk", _("In person or by post")


class Promise(Owned):
    """An amount and a date that a named person gave, and how it ended. Only its state changes; `PromiseState` keeps
    what it was before."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        KEPT = "kept", _("Kept")
        PART_KEPT = "part_kept", _("Part kept")
        BROKEN = "broken", _("Broken")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RENEGOTIATED = "renegotiated", _("Replaced by a later promise")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    promised_for = models.DateField()
    made_on = models.DateField()
    made_by = models.CharField(max_length=200, blank=True)
    """The person at the customer who gave it."""
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.PHONE)
    given_id = models.UUIDField(null=True)
    """Shared by the promises that were given together, one for each date."""
    taken_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    note = models.TextField(blank=True)
    grace_days = models.SmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    state_on = models.DateField()
    external_id = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="promise_positive"),
            models.UniqueConstraint(fields=["seller", "id"], name="promise_of_seller"),
        ]
        indexes = [models.Index(fields=["seller", "state", "promised_for"], name="promise_state")]


class PromiseState(models.Model):
    """A state of a promise, in the order in which the record learnt of it; of those since a day, the last one counts.

    The database writes one whenever a promise is made or its state changes, whoever changes it. Written once.
    """

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    number = models.IntegerField()
    """1 is the promise being made; what became of it follows without gaps."""
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    state = models.CharField(max_length=12, choices=Promise.State.choices)
    state_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    pk = models.CompositePrimaryKey("promise", "number")


class PromiseItem(Owned):
    """The part of a promise that concerns one item, and what was open of the item when it was given."""

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
    open_before_minor = models.BigIntegerField()
