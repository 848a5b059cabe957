"""Payments that a customer says are under way: looked for by cash, and left alone for a few days."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.collecting.promise.models import Channel
from openterms.apps.parties.models import Attachment, Customer, Owned
from openterms.apps.receivables.open_item.models import Item


class PaidWay(models.TextChoices):
    """How a customer says it paid."""

    TRANSFER = "transfer", _("Bank transfer")
    CARD = "card", _("Card")
    CHEQUE = "cheque", _("Cheque")
    CASH = "cash", _("Cash")
    OTHER = "other", _("Other")


class ReportedPayment(Owned):
    """A customer's word that it has paid: collecting waits for the money through a day, and cash looks for it."""

    class State(models.TextChoices):
        OPEN = "open", _("To be found")
        ARRIVED = "arrived", _("Arrived")
        NOT_FOUND = "not_found", _("Not found")
        LAPSED = "lapsed", _("Did not arrive in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    way = models.CharField(max_length=10, choices=PaidWay.choices)
    reference = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    proof = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, db_constraint=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    reported_by = models.CharField(max_length=200, blank=True)
    reported_on = models.DateField()
    waits_until = models.DateField()
    """The last day on which collecting waits for it."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    state_on = models.DateField()
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="reported_positive"),
            models.UniqueConstraint(fields=["seller", "id"], name="reported_of_seller"),
        ]
        indexes = [models.Index(fields=["seller", "state", "waits_until"], name="reported_state")]


class ReportedPart(Owned):
    """What a reported payment is for: an amount of one item."""

    payment = models.ForeignKey(ReportedPayment, on_delete=models.PROTECT, db_constraint=False, related_name="parts")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()
