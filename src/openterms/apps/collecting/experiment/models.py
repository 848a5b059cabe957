"""Champion against challenger: an experiment with the strategy in force."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Experiment(Owned):
    """A changed strategy tried on a random share of customers for some days; one runs at a time.

    `document` is the challenger. Customers are assigned by `seed` when it starts (`ExperimentArm`); shares are basis
    points of all. Who is held out gets no message of a run; people may call. `started_by` is not who wrote it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")

    code = models.CharField(max_length=40)
    document = models.TextField()
    digest = models.CharField(max_length=64)
    seed = models.CharField(max_length=40)
    challenger_bp = models.IntegerField()
    hold_out_bp = models.IntegerField(default=0)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_on = models.DateField(null=True)
    """The last day on which customers were treated by their arm."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="experiment_of_seller"),
            models.UniqueConstraint(fields=["seller", "code"], name="experiment_code"),
            models.UniqueConstraint(fields=["seller"], condition=Q(state="running"), name="experiment_one"),
            models.CheckConstraint(
                condition=Q(challenger_bp__gt=0, hold_out_bp__gte=0, ends_on__gt=F("starts_on"))
                & Q(challenger_bp__lte=10_000 - F("hold_out_bp")),
                name="experiment_shares",
            ),
            models.CheckConstraint(
                condition=Q(started_by__isnull=True) | Q(drafted_by__isnull=True) | ~Q(started_by=F("drafted_by")),
                name="experiment_four_eyes",
            ),
        ]


class ExperimentArm(Owned):
    """The arm that a customer was drawn into when an experiment started, within its stratum. Written once."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    arm = models.CharField(max_length=10)
    stratum = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "customer"], name="experiment_arm_once"),
            models.CheckConstraint(
                condition=Q(arm__in=("champion", "challenger", "hold_out")), name="experiment_arm_known"
            ),
        ]
