"""Plans: a debt paid in instalments, as offered, as signed, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.collecting.promise.models import Channel
from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class CollectionWay(models.TextChoices):
    """How instalments are to be paid."""

    LINK = "link", _("A payment link before each date")
    TRANSFER = "transfer", _("Bank transfer by the customer")
    DEBIT = "debit", _("Direct debit on each date")


class Plan(Owned):
    """An offer to pay some items in instalments, and the agreement that it becomes when it is accepted.

    What was offered never changes. `agreement_hash` is the SHA-256 of the agreement's text, which the customer accepts
    under a typed name; the acceptance keeps that hash, the instant, the address and the way.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        RUNNING = "running", _("Running")
        COMPLETED = "completed", _("Completed")
        DEFAULTED = "defaulted", _("Defaulted")
        CANCELLED = "cancelled", _("Cancelled")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField(default=0)
    interest_bp = models.IntegerField(default=0)
    way = models.CharField(max_length=10, choices=CollectionWay.choices, default=CollectionWay.LINK)
    grace_days = models.SmallIntegerField()
    most_missed = models.SmallIntegerField()
    note = models.TextField(blank=True)
    agreement = models.TextField()
    agreement_hash = models.CharField(max_length=64)
    offered_on = models.DateField()
    answer_by = models.DateField()
    offered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    state_on = models.DateField()
    accepted_at = models.DateTimeField(null=True)
    accepted_on = models.DateField(null=True)
    accepted_name = models.CharField(max_length=200, blank=True)
    accepted_from = models.CharField(max_length=64, blank=True)
    accepted_by = models.CharField(max_length=8, choices=Channel.choices, blank=True)
    accepted_hash = models.CharField(max_length=64, blank=True)
    interest_item_id = models.UUIDField(null=True)
    """The charge that interest was booked as, once accepted."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(principal_minor__gt=0) & Q(interest_minor__gte=0), name="plan_positive"),
            models.UniqueConstraint(fields=["seller", "id"], name="plan_of_seller"),
        ]
        indexes = [
            models.Index(fields=["seller", "state", "id"], name="plan_state"),
            models.Index(fields=["seller", "customer", "-id"], name="plan_customer"),
        ]

    @property
    def total_minor(self) -> int:
        """Principal and interest."""
        return self.principal_minor + self.interest_minor


class PlanInstalment(Owned):
    """One payment of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, db_constraint=False, related_name="instalments")
    number = models.SmallIntegerField()
    due_on = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField(default=0)
    passed_on = models.DateField(null=True)
    """The first day on which it was due and no longer planned, once the record has heard of it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_instalment"),
            models.CheckConstraint(condition=Q(principal_minor__gt=0), name="plan_instalment_positive"),
        ]

    @property
    def amount_minor(self) -> int:
        """Principal and interest."""
        return self.principal_minor + self.interest_minor


class PlanLine(Owned):
    """The part of an instalment that pays one item, and what was open of the item when it was offered."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, db_constraint=False, related_name="lines")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    number = models.SmallIntegerField()
    amount_minor = models.BigIntegerField()
    open_before_minor = models.BigIntegerField()
