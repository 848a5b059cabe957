"""What becomes of an account that reminders do not move: reviews, demands, settlements, placements, cases, losses.

Each is a matter: about one customer and currency, with the items that it is for, and steps that are written once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class MatterKind(models.TextChoices):
    """What a matter is."""

    REVIEW = "review", _("Account review")
    DEMAND = "demand", _("Demand letter")
    SETTLEMENT = "settlement", _("Settlement offer")
    PLACEMENT = "placement", _("Agency placement")
    LEGAL = "legal", _("Legal case")
    INSOLVENCY = "insolvency", _("Insolvency")
    TRACING = "tracing", _("Tracing")
    WRITE_OFF = "write_off", _("Write-off")


class MatterState(models.TextChoices):
    """Where a matter stands. Which of these a kind has, its room says."""

    OPEN = "open", _("Open")
    PROPOSED = "proposed", _("Proposed")
    DECIDED = "decided", _("Decided")
    ISSUED = "issued", _("Issued")
    DELIVERED = "delivered", _("Delivered")
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    PAID = "paid", _("Paid")
    BROKEN = "broken", _("Broken")
    EXPIRED = "expired", _("Expired")
    DECLINED = "declined", _("Declined")
    PLACED = "placed", _("Placed")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RECALLED = "recalled", _("Recalled")
    FILED = "filed", _("Filed")
    JUDGMENT = "judgment", _("Judgment")
    ENFORCING = "enforcing", _("Enforcement")
    STAYED = "stayed", _("Stayed")
    BOOKED = "booked", _("Booked")
    REVERSED = "reversed", _("Taken back")
    FOUND = "found", _("Found")
    NOT_FOUND = "not_found", _("Not found")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


RUNNING = (
    "open", "proposed", "issued", "delivered", "offered", "accepted", "placed", "acknowledged", "filed", "judgment",
    "enforcing", "stayed",
)  # fmt: skip
"""States that something is still expected of."""


class Agency(Owned):
    """A collection agency: where and for what it works, and what it keeps. `fees` is a table by age
    (`core.collecting.agencies`)."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    countries = models.JSONField(default=list)
    """ISO 3166 codes; empty: everywhere."""
    specialities = models.JSONField(default=list)
    fees = models.JSONField(default=list)
    email = models.EmailField(blank=True)
    reference = models.CharField(max_length=120, blank=True)
    """Its licence, or our contract with it."""
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="agency_code"),
            models.UniqueConstraint(fields=["seller", "id"], name="agency_of_seller"),
        ]

    def __str__(self) -> str:
        return self.name


class Matter(Owned):
    """One of these, from its opening to its end. `terms` and `amount_minor` are what it was opened on and never change;
    `state` and `due_on` (the next day that matters) follow its steps."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=12, choices=MatterKind.choices)
    number = models.IntegerField()
    """Counted from 1 for each seller and kind."""
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    opened_on = models.DateField()
    state = models.CharField(max_length=12, choices=MatterState.choices)
    state_on = models.DateField()
    due_on = models.DateField(null=True)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    terms = models.JSONField(default=dict)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind", "number"], name="matter_number"),
            models.UniqueConstraint(fields=["seller", "id"], name="matter_of_seller"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="matter_amount"),
            models.CheckConstraint(condition=Q(kind__in=MatterKind.values), name="matter_kind"),
            models.CheckConstraint(condition=Q(state__in=MatterState.values), name="matter_state"),
        ]
        indexes = [
            models.Index(fields=["seller", "kind", "state", "due_on", "id"], name="matter_due"),
            models.Index(fields=["seller", "customer", "kind"], name="matter_customer"),
        ]

    def __str__(self) -> str:
        return f"{PREFIXES[self.kind]}-{self.number:05d}"

    @property
    def is_running(self) -> bool:
        """Whether something is still expected of it."""
        return self.state in RUNNING


PREFIXES = {
    "review": "AR", "demand": "DL", "settlement": "SO", "placement": "PL", "legal": "LC", "insolvency": "IN",
    "tracing": "TR", "write_off": "WO",
}  # fmt: skip


class MatterItem(Owned):
    """An item that a matter is for, and how much of it when the matter began. Written once."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "item"], name="matter_item_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="matter_item_positive"),
        ]


class MatterStep(Owned):
    """Something done or heard in a matter: by whom, with which authority, on which facts. Written once."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    number = models.IntegerField()
    kind = models.CharField(max_length=20)
    on = models.DateField()
    amount_minor = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    """Of a document kept with the step."""
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, blank=True)
    authority_minor = models.BigIntegerField(null=True)
    """Of the person when it was done, in the seller's currency; of whom they acted for where it was delegated."""
    key = models.CharField(max_length=160, blank=True)
    """What a file may repeat carries the sender's own key; it counts once."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "number"], name="matter_step_number"),
            models.UniqueConstraint(fields=["seller", "key"], condition=~Q(key=""), name="matter_step_key"),
        ]
