"""The strategy in force at a seller, and the steps taken under it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller, User


class StrategyVersion(Owned):
    """A published strategy document; the newest by `valid_from` is in force. Written once."""

    version = models.IntegerField()
    valid_from = models.DateField()
    document = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "version"], name="strategy_version")]


class StrategyDraft(Owned):
    """A strategy document on its way: written, handed in, and published by a second person as a `StrategyVersion`.

    `number` counts the drafts of a seller. A draft is edited; handed in it waits unchanged; published or withdrawn it
    stays as it was.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    number = models.IntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    revision = models.IntegerField(default=1)
    written_by = ArrayField(models.UUIDField(), default=list)
    drafted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    approved_at = models.DateTimeField(null=True)
    version = models.IntegerField(null=True)
    """The number of the version that it was published as."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="strategy_draft_of_seller"),
            models.UniqueConstraint(fields=["seller", "number"], name="strategy_draft_number"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(approved_by__isnull=False, version__isnull=False),
                name="strategy_draft_published",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")),
                name="strategy_draft_four_eyes",
            ),
        ]


class StepTaken(models.Model):
    """A step that acted on an item. Each step acts on an item at most once, except calls after a broken promise."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    step = models.CharField(max_length=20)
    cause = models.CharField(max_length=40, default="overdue")
    """`overdue`, or `promise:<id>` for the call that a broken promise brings."""
    taken_on = models.DateField()
    work_item_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "step", "cause"], name="step_once")]
        indexes = [models.Index(fields=["seller", "customer", "taken_on"], name="step_customer")]
