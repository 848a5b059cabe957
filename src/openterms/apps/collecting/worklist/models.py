"""The worklist: what is to be done today, for whom, why; and what was done."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Contact, Customer, Owned
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller, User


class WorkItem(models.Model):
    """One customer's next step in one currency, as the day of `listed_on` put it on the list."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    collector = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, db_index=False)
    currency = models.CharField(max_length=3)
    step = models.CharField(max_length=20)
    reasons = models.JSONField(default=list)
    items = ArrayField(models.UUIDField(), default=list)
    """The items that the step acts on: those that reached its day, then those owed it once more."""
    items_again = models.IntegerField(default=0)
    """How many of `items`, the last ones, are owed the step once more since `listed_on`."""
    amount_at_risk_minor = models.BigIntegerField()
    collectable_overdue_minor = models.BigIntegerField(default=0)
    moved_minor = models.BigIntegerField(default=0, db_default=0)
    """What doing it is expected to move, and of that what waiting 30 days would cost (`core.collecting.priority`)."""
    waiting_minor = models.BigIntegerField(default=0, db_default=0)
    work_seconds = models.IntegerField(default=0, db_default=0)
    """How long its step takes."""
    per_minute_base_minor = models.BigIntegerField(default=0, db_default=0)
    """What is moved a minute, in the seller's currency: the order of the list."""
    held_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    """Who has it before them in call mode, since `held_at`, and alone until `held_until`."""
    held_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    listed_on = models.DateField()
    first_listed_on = models.DateField()
    state = models.CharField(max_length=8, default="open")
    """`open`, `done`, `snoozed`, or `lapsed` when a later day no longer asks for it."""
    snoozed_until = models.DateField(null=True)
    done_on = models.DateField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    def causes(self) -> list[tuple[UUID, str]]:
        """Each item with what brought it: `overdue`, or `again:` and the day from which it is owed once more."""
        first = len(self.items) - self.items_again
        again = f"again:{self.listed_on.isoformat()}"
        return [(item, "overdue" if place < first else again) for place, item in enumerate(self.items)]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "customer", "currency"],
                condition=Q(state__in=["open", "snoozed"]),
                name="work_item_once",
            ),
            models.UniqueConstraint(fields=["seller", "id"], name="work_item_of_seller"),
        ]
        indexes = [
            models.Index(
                fields=["seller", "-per_minute_base_minor", "id"], condition=Q(state="open"), name="work_item_ranked"
            )
        ]


class Outcome(models.TextChoices):
    """How a call or another contact ended."""

    NO_ANSWER = "no_answer", _("No answer")
    VOICEMAIL = "voicemail", _("Left a voicemail")
    WRONG_CONTACT = "wrong_contact", _("Wrong contact")
    NOT_RECEIVED = "not_received", _("Invoice not received")
    COPY_REQUESTED = "copy_requested", _("Asked for a copy")
    PO_REQUESTED = "po_requested", _("Needs a purchase-order number")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    IN_PAYMENT_RUN = "in_payment_run", _("In the next payment run")
    PROMISED = "promised", _("Promised to pay")
    DISPUTES = "disputes", _("Disputes the amount")
    ALREADY_PAID = "already_paid", _("Says it is paid")
    CANNOT_PAY = "cannot_pay", _("Cannot pay")
    REFUSES = "refuses", _("Refuses to pay")
    MESSAGE_SENT = "message_sent", _("Sent a message")
    OTHER = "other", _("Other")


class Activity(Owned):
    """Something a person did about a customer: a call, a letter, a visit, with the person reached and the outcome."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        EMAIL = "email", _("E-mail")
        LETTER = "letter", _("Letter")
        VISIT = "visit", _("Visit")
        NOTE = "note", _("Note")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    work_item = models.ForeignKey(WorkItem, null=True, on_delete=models.SET_NULL, db_constraint=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_constraint=False)
    person_reached = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)
    next_on = models.DateField(null=True)
    done_on = models.DateField()
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    struck_at = models.DateTimeField(null=True)
    """When it was struck out as logged by mistake; it stays on record and says nothing any more."""

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "-done_on", "-id"], name="activity_customer")]
