"""Reviews: which credit line is to be looked at again, why, and what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.decision.models import CreditCase
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Ended(models.TextChoices):
    """How a review ended."""

    CASE = "case", _("Decided")
    RENEWED = "renewed", _("Renewed")
    DISMISSED = "dismissed", _("Dismissed")


class StepOfReview(models.TextChoices):
    """What happened to a review."""

    OPEN = "open", _("Opened")
    ADD = "add", _("Reason added")
    BEGIN = "begin", _("Case opened")
    RETURN = "return", _("Case withdrawn")
    CASE = "case", _("Decided")
    RENEW = "renew", _("Renewed by the policy")
    DISMISS = "dismiss", _("Dismissed")


CHANGING = ("due_on", "act", "triggers", "reasons", "case", "state", "ended_as", "closed_at", "closed_on")
"""What may change of a review; the database refuses the rest."""


class Review(Owned):
    """A line to be looked at again. One is open for a customer and currency at a time; new reasons are added to it.

    `reasons` are JSON: `{"trigger", "act", "within_days", "on", "figures": [{"measure", "before", "after",
    "threshold"}]}`; `triggers` their codes, for filters. `act` is the strongest that they propose. `case` is the credit
    case that answers it, once there is one.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    opened_on = models.DateField()
    opened_at = models.DateTimeField()
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_constraint=False)
    due_on = models.DateField()
    act = models.CharField(max_length=10)
    triggers = ArrayField(models.CharField(max_length=40))
    reasons = models.JSONField()
    case = models.ForeignKey(CreditCase, null=True, on_delete=models.PROTECT, db_constraint=False)
    state = models.CharField(max_length=6, default="open")
    ended_as = models.CharField(max_length=10, blank=True, choices=Ended.choices)
    closed_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="review_of_seller"),
            models.UniqueConstraint(
                fields=["seller", "customer", "currency"], condition=Q(state="open"), name="review_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_as="", closed_at__isnull=True, closed_on__isnull=True)
                | (
                    Q(state="closed", closed_at__isnull=False, closed_on__isnull=False)
                    & Q(ended_as__in=[one.value for one in Ended])
                ),
                name="review_state",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "due_on", "id"], condition=Q(state="open"), name="review_due"),
            models.Index(fields=["seller", "closed_at", "id"], condition=Q(state="closed"), name="review_past"),
        ]


class ReviewStep(Owned):
    """What happened to a review, by whom and why. Written once.

    `authority_minor` is the authority that it took at that moment, in the seller's currency: the person's own, or that
    of whom they stood in for (`acts_for`).
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    number = models.IntegerField()
    kind = models.CharField(max_length=8, choices=StepOfReview.choices)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    person_name = models.CharField(max_length=200)
    acts_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    role = models.CharField(max_length=60, blank=True)
    authority_minor = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    triggers = ArrayField(models.CharField(max_length=40), default=list)
    case_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="review_step_number")]
