"""Cover: who else bears a loss on a customer, up to what, and from when to when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Attachment, Customer, Owned
from openterms.apps.tenancy.models import User


class Cover(Owned):
    """An insured limit, a guarantee or a deposit, in its own currency, from a day through a day (none: open end).

    Written once; `ended_on` is the first day on which it does not hold any more, set by an action. `share_bp` of what
    is covered would be paid; a deposit is cash that we hold outside the customer's account.
    """

    class Kind(models.TextChoices):
        INSURED = "insured", _("Insured limit")
        GUARANTEE = "guarantee", _("Guarantee")
        DEPOSIT = "deposit", _("Deposit")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    share_bp = models.IntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_reason = models.CharField(max_length=500, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    document = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        db_table = "credit_cover"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["insured", "guarantee", "deposit"])
                & Q(amount_minor__gte=0)
                & Q(share_bp__gt=0, share_bp__lte=10_000),
                name="cover_amounts",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="cover_days"
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "customer", "currency", "kind"], name="cover_customer"),
            models.Index(
                fields=["seller", "valid_until"],
                condition=Q(valid_until__isnull=False, ended_on__isnull=True),
                name="cover_lapsing",
            ),
        ]
