"""Open items: everything on a customer's account that settles or is settled."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller


class ItemKind(models.TextChoices):
    """Debit side: invoice, late_fee, late_interest, charity. Credit side: credit_note, receipt."""

    INVOICE = "invoice", _("Invoice")
    LATE_FEE = "late_fee", _("Late fee")
    LATE_INTEREST = "late_interest", _("Late interest")
    CHARITY = "charity", _("Charity undertaking")
    CREDIT_NOTE = "credit_note", _("Credit note")
    RECEIPT = "receipt", _("Receipt")


DEBIT_KINDS = ("invoice", "late_fee", "late_interest", "charity")
CREDIT_KINDS = ("credit_note", "receipt")


class Item(models.Model):
    """An invoice instalment, fee, credit note or receipt. What it is never changes; what is open of it does.

    The columns from `open_minor` on are running figures kept by the actions in the same transaction as their cause;
    the database refuses to change the others.
    """

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=16, choices=ItemKind.choices)
    number = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    document_id = models.UUIDField()
    """Shared by the instalments of one invoice; the first instalment's own id."""
    instalment = models.SmallIntegerField(default=1)
    instalments = models.SmallIntegerField(default=1)
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    discount_on = models.DateField(null=True)
    discount_minor = models.BigIntegerField(default=0)
    terms = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=500, blank=True)
    """The customer's purchase-order number, or what came with a receipt."""
    attributes = models.JSONField(null=True)
    content_key = models.BigIntegerField(null=True)
    """Digest of the imported row, so that the same id with other content is refused."""
    entry_id = models.UUIDField()
    batch_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    open_minor = models.BigIntegerField()
    contested_minor = models.BigIntegerField(default=0)
    in_flight_minor = models.BigIntegerField(default=0)
    planned_minor = models.BigIntegerField(default=0)
    promised_minor = models.BigIntegerField(default=0)
    settled_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind", "external_id", "instalment"], name="item_external"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="item_positive"),
            models.CheckConstraint(
                condition=Q(open_minor__gte=0) & Q(open_minor__lte=F("amount_minor")), name="item_open"
            ),
            models.CheckConstraint(
                condition=Q(contested_minor__gte=0)
                & Q(in_flight_minor__gte=0)
                & Q(planned_minor__gte=0)
                & Q(promised_minor__gte=0)
                & Q(
                    open_minor__gte=F("contested_minor")
                    + F("in_flight_minor")
                    + F("planned_minor")
                    + F("promised_minor")
                ),
                name="item_claims",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "customer", "issued_on", "id"], name="item_customer"),
            models.Index(fields=["seller", "due_on", "id"], condition=Q(open_minor__gt=0), name="item_open_due"),
            models.Index(
                fields=["seller", "customer", "due_on", "id"], condition=Q(open_minor__gt=0), name="item_open_customer"
            ),
            models.Index(fields=["seller", "issued_on", "id"], name="item_issued"),
            models.Index(fields=["seller", "settled_on"], name="item_settled"),
        ]

    @property
    def collectable_minor(self) -> int:
        """What the customer may be chased for, minor units."""
        return self.open_minor - self.contested_minor - self.in_flight_minor - self.planned_minor - self.promised_minor
