"""Disputes: a customer contests an item or a part of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Attachment, Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class DisputeReason(models.TextChoices):
    """Why a customer contests an item."""

    PRICE = "price", _("Price differs from the agreement")
    QUANTITY = "quantity", _("Quantity differs from the delivery")
    QUALITY = "quality", _("Goods or work are faulty")
    NOT_RECEIVED = "not_received", _("Goods or invoice not received")
    PURCHASE_ORDER = "purchase_order", _("Purchase-order number missing or wrong")
    DUPLICATE = "duplicate", _("Billed twice")
    TAX = "tax", _("Tax is wrong")
    OTHER = "other", _("Other")


WITHDRAWN = "withdrawn"
"""The outcome of a dispute that was recorded by mistake; nobody decides it."""


class Department(models.TextChoices):
    """Who in the seller's house answers a dispute."""

    SALES = "sales", _("Sales")
    LOGISTICS = "logistics", _("Logistics")
    QUALITY = "quality", _("Quality")
    BILLING = "billing", _("Billing")
    CREDIT = "credit", _("Credit")
    SERVICE = "service", _("Customer service")


class DisputeRoute(Owned):
    """A seller's own answer to who looks after a reason, and in how many business days."""

    reason = models.CharField(max_length=16, choices=DisputeReason.choices)
    department = models.CharField(max_length=10, choices=Department.choices)
    business_days = models.SmallIntegerField()
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "reason"], name="dispute_route"),
            models.CheckConstraint(condition=Q(business_days__gte=1), name="dispute_route_days"),
        ]


class DisputeCase(Owned):
    """What a customer contests in one go, for one reason: its lines (`Dispute`), its owner, its clock and its end.

    `due_on` is the last day to decide; the clock stands still while `waiting_since` is set. `upheld_minor` is what the
    customer was right about, of `amount_minor`.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        INVESTIGATING = "investigating", _("Being investigated")
        WAITING = "waiting", _("Waiting for the customer")
        DECIDED = "decided", _("Decided")
        CLOSED = "closed", _("Closed")

    class Resolution(models.TextChoices):
        CREDIT_NOTE = "credit_note", _("Credit note")
        PRICE_CORRECTION = "price_correction", _("Price correction")
        SETTLED = "settled", _("Settled in between")
        WRITTEN_OFF = "written_off", _("Written off")
        REJECTED = "rejected", _("Rejected: the amount is owed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=16, choices=DisputeReason.choices)
    department = models.CharField(max_length=10, choices=Department.choices)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    channel = models.CharField(max_length=8, blank=True)
    raised_by = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=14, choices=State.choices, default=State.RECEIVED)
    state_on = models.DateField()
    opened_on = models.DateField()
    due_on = models.DateField()
    waiting_since = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    resolution = models.CharField(max_length=16, choices=Resolution.choices, blank=True)
    upheld_minor = models.BigIntegerField(default=0)
    credit_item_id = models.UUIDField(null=True)
    """The credit note that the decision booked."""
    message = models.TextField(blank=True)
    """What the customer reads of the decision."""
    times_reopened = models.SmallIntegerField(default=0)

    MOVING = (
        "department", "owner", "state", "state_on", "due_on", "waiting_since", "decided_on", "resolution",
        "upheld_minor", "credit_item_id", "message", "times_reopened",
    )  # fmt: skip
    """What of a case changes while it runs; the rest is as it was raised."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="dispute_case_of_seller"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & Q(upheld_minor__gte=0)
                & Q(upheld_minor__lte=models.F("amount_minor")),
                name="dispute_case_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "state", "due_on"], name="dispute_case_state"),
            models.Index(fields=["seller", "customer", "-id"], name="dispute_case_customer"),
        ]


class DisputeFile(Owned):
    """Evidence of a case: a file that is kept with the customer."""

    case = models.ForeignKey(DisputeCase, on_delete=models.PROTECT, db_constraint=False, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "attachment"], name="dispute_file_once")]


class Dispute(Owned):
    """An amount of an item that the customer contests, until it is decided: a line of a case."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("Upheld: the customer was right")
        REJECTED = "rejected", _("Rejected: the amount is owed")
        SETTLED = "settled", _("Settled in between")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=16, choices=DisputeReason.choices)
    note = models.TextField(blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    case = models.ForeignKey(
        DisputeCase, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    """Empty on disputes from before there were cases."""
    upheld_minor = models.BigIntegerField(null=True)
    """What the customer was right about, once a case decided it."""
    external_id = models.CharField(max_length=160, blank=True)
