"""Offers: a limit that waits for the customer's yes, until a day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class OfferState(models.TextChoices):
    """What has become of an offer."""

    OPEN = "open", _("Waits for the customer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Offer(Owned):
    """A limit, and payment terms where they change too, offered to a customer through `answer_by`.

    What was offered never changes (its link may be renewed), and an answer is given once: by the customer through a
    personal link of which only the digest is kept, or told to a person of the seller. `message` are the reasons as the
    customer reads them; `decision_id` the credit decision that it follows from, and `until` the last day of a temporary
    limit.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField()
    before_minor = models.BigIntegerField(null=True)
    terms = models.CharField(max_length=120, blank=True)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=500)
    message = models.CharField(max_length=2000, blank=True)
    language = models.CharField(max_length=2, default="en")
    decision_id = models.UUIDField(null=True)
    digest = models.CharField(max_length=64, unique=True)
    offered_on = models.DateField()
    answer_by = models.DateField()
    offered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    answered_at = models.DateTimeField(null=True)
    answered_name = models.CharField(max_length=200, blank=True)
    answered_from = models.CharField(max_length=64, blank=True)
    answer_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="offer_of_seller"),
            models.UniqueConstraint(
                fields=["seller", "customer", "currency"], condition=Q(state="open"), name="offer_open_once"
            ),
            models.CheckConstraint(
                condition=Q(limit_minor__gte=0) & Q(answer_by__gte=F("offered_on")), name="offer_amounts"
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "answer_by"], condition=Q(state="open"), name="offer_due"),
        ]
