"""Letters about credit decisions, as they were sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.decision.models import CreditCase
from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class CreditLetter(Owned):
    """A letter about a decided case, sent by a person: its bytes lie by their digest. Written once."""

    class Kind(models.TextChoices):
        APPROVAL = "approval", _("Approval")
        LESS = "less", _("Less than asked for")
        DECLINE = "decline", _("Decline")

    case = models.ForeignKey(CreditCase, on_delete=models.PROTECT, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    language = models.CharField(max_length=2)
    sent_to = models.EmailField()
    reasons = models.JSONField(default=list)
    """The principal reasons, as the customer reads them."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the PDF."""
    size = models.BigIntegerField()
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    person_name = models.CharField(max_length=200)
    sent_at = models.DateTimeField()

    mail: LetterMail | None = None
    """How its mail went, where `reads.letters_of` gave it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="creditletter_of_seller")]


class LetterMail(Owned):
    """The mail by which a letter goes: written once, tried until it is taken or has been tried too often."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Not sent yet")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Could not be sent")

    letter = models.ForeignKey(CreditLetter, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    subject = models.CharField(max_length=200)
    text = models.CharField(max_length=4000)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField()
    fault = models.CharField(max_length=200, blank=True)
    """What the mail server said the last time."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "letter"], name="lettermail_once")]
        indexes = [models.Index(fields=["seller", "next_at"], condition=Q(state="waiting"), name="lettermail_due")]
