"""Versions of a seller's credit policies: the document, who wrote, submitted and approved it, and its back-tests."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


class State(models.TextChoices):
    """How far a version has come. Whether it is in force or superseded follows from the dates and is not stored."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def _person() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)


class PolicyBackTest(Owned):
    """What a back-test of a policy's document found, in short; written once.

    A version has the back-tests of its present document (`code` and `hash`), whichever way they were asked for.
    `figures` are whole numbers, amounts in minor units of `currency`: see `back_tests.FIGURES`.
    """

    code = models.CharField(max_length=40)
    hash = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    against = models.CharField(max_length=80)
    """`standard`, `answered`, or the label of the policy that it was held against."""
    source = models.CharField(max_length=10)
    """`orders` (stored) or `invoices` (rebuilt from them)."""
    first = models.DateField()
    last = models.DateField()
    figures = models.JSONField()
    run_id = models.UUIDField(null=True)
    """The run whose whole answer can be read, where one was kept."""
    tested_by = _person()
    tested_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="policy_back_test_of_seller")]
        indexes = [models.Index(fields=["seller", "code", "hash", "-id"], name="policy_back_test_newest")]


class PolicyVersion(Owned):
    """A version of a policy: `code` names the policy, `number` counts its versions from 1.

    `text` is YAML as written; `hash` is that of the document it says. A draft is edited, a submitted version waits
    unchanged for a second person, a published one is in force from `effective_from` (a day at the seller) until the
    next one of its currency; nothing of it changes any more, save that it may be withdrawn before that day.
    """

    code = models.CharField(max_length=40)
    number = models.IntegerField()
    name = models.TextField()
    currency = models.CharField(max_length=3)
    text = models.TextField()
    hash = models.CharField(max_length=64)
    is_readable = models.BooleanField(default=True, db_default=True)
    """Whether the text is a policy; a draft may wait to become one."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    revision = models.IntegerField(default=1)
    """Counts the writings of a draft: who edits says which one was read."""
    written_by = ArrayField(models.UUIDField(), default=list)
    """Everybody who wrote the text: none of them approves it."""
    note = models.CharField(max_length=500, blank=True)
    """What is new in it, for whoever approves."""
    drafted_by = _person()
    drafted_at = models.DateTimeField()
    submitted_by = _person()
    submitted_at = models.DateTimeField(null=True)
    approved_by = _person()
    approved_at = models.DateTimeField(null=True)
    effective_from = models.DateField(null=True)
    back_test = models.ForeignKey(
        PolicyBackTest, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    """The newest back-test of the document when it was approved."""
    untested = models.CharField(max_length=500, blank=True, db_default="")
    """Why it was approved without one; empty where the seller had no history to test it on."""
    withdrawn_by = _person()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="policy_of_seller"),
            models.UniqueConstraint(fields=["seller", "code", "number"], name="policy_number"),
            models.UniqueConstraint(
                fields=["seller", "currency", "effective_from"],
                condition=Q(state=State.PUBLISHED.value),
                name="policy_effective_once",
            ),
            models.CheckConstraint(condition=Q(number__gte=1) & Q(revision__gte=1), name="policy_counts"),
            models.CheckConstraint(condition=Q(state__in=[one.value for one in State]), name="policy_state"),
            models.CheckConstraint(
                condition=~Q(state=State.SUBMITTED.value)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False, approved_by__isnull=True),
                name="policy_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED.value)
                | Q(
                    submitted_by__isnull=False,
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    effective_from__isnull=False,
                ),
                name="policy_published",
            ),
            models.CheckConstraint(
                condition=Q(is_readable=True) | Q(state__in=(State.DRAFT.value, State.WITHDRAWN.value)),
                name="policy_readable",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")), name="policy_four_eyes"
            ),
        ]

    @property
    def label(self) -> str:
        """As people and commands name it: `wholesale@3`."""
        return f"{self.code}@{self.number}"

    def __str__(self) -> str:
        return f"{self.label} {self.name}"
