"""Letters about credit decisions, as they were sent."""

from __future__ import annotations

from django.db import models
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
