"""Disputes: a customer contests an item or a part of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item


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


class Dispute(Owned):
    """An amount of an item that the customer contests, until it is decided."""

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
    external_id = models.CharField(max_length=160, blank=True)
