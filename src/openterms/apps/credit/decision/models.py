"""Credit cases: what was asked, what was known, what the policy answered, and what people made of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.models import User


class Source(models.TextChoices):
    """What began a case."""

    REQUEST = "request", _("Request")
    REVIEW = "review", _("Review")
    APPLICATION = "application", _("Application")


class CaseState(models.TextChoices):
    """How far a case has come."""

    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class StepKind(models.TextChoices):
    """What a person, or a deadline, does about a case."""

    RECOMMEND = "recommend", _("Recommended")
    OVERRIDE = "override", _("Overridden")
    APPROVE = "approve", _("Approved")
    REJECT = "reject", _("Rejected")
    ESCALATE = "escalate", _("Escalated")
    TAKE = "take", _("Taken on")
    WITHDRAW = "withdraw", _("Withdrawn")
    HAND_ON = "hand_on", _("Handed on")
    LAPSE = "lapse", _("Approval lapsed")


CHANGING = (
    "state", "queue", "level", "can_escalate", "handler", "waits_for", "due_at", "outcome", "closed_at", "closed_minor",
    "closed_terms",
)  # fmt: skip
"""What may change of a case; the database refuses the rest."""
PROPOSALS = (StepKind.RECOMMEND.value, StepKind.OVERRIDE.value)


class FinancialStatement(Owned):
    """What a customer reported for a period. Written once; a correction is another one for the same period.

    `figures` are minor units of `currency` by the names of `core.credit.statements.Statement`.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    ends_on = models.DateField()
    months = models.SmallIntegerField(default=12)
    kind = models.CharField(max_length=10, blank=True)
    """Who stands behind it: audited, reviewed, own; empty where nobody said."""
    business = models.CharField(max_length=16, default="other")
    """What the company does, as far as a score must know: `core.credit.failure.Kind`."""
    is_listed = models.BooleanField(default=False)
    is_emerging = models.BooleanField(default=False)
    figures = models.JSONField()
    source = models.CharField(max_length=80, blank=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "-ends_on"], name="statement_newest")]


class CreditCase(Owned):
    """A question about a customer's credit in a currency, from asking to its end. One is open at a time.

    What was asked never changes. `limit_minor` None asks for whatever is right. `level` is the lowest band of the
    policy's authority that may decide, raised by escalation; `waits_for` are the roles that may act next.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    terms = models.CharField(max_length=120, blank=True)
    until = models.DateField(null=True)
    """The last day of a temporary limit; none for a lasting one."""
    reason = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_ref = models.CharField(max_length=100, blank=True)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    answer_by = models.DateField()
    """By when the customer is to be answered."""

    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    queue = models.CharField(max_length=60)
    level = models.SmallIntegerField(default=0)
    can_escalate = models.BooleanField(default=True)
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    waits_for = ArrayField(models.CharField(max_length=60), default=list)
    due_at = models.DateTimeField()
    """By when whoever has it now must act; then it goes to the next authority."""
    outcome = models.CharField(max_length=10, blank=True)
    """`approved` or `declined` once decided."""
    closed_at = models.DateTimeField(null=True)
    closed_minor = models.BigIntegerField(null=True)
    closed_terms = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="case_of_seller"),
            models.UniqueConstraint(
                fields=["seller", "customer", "currency"],
                condition=Q(state=CaseState.OPEN.value),
                name="case_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in CaseState]) & Q(level__gte=0), name="case_state"
            ),
            models.CheckConstraint(condition=Q(limit_minor__isnull=True) | Q(limit_minor__gte=0), name="case_limit"),
            models.CheckConstraint(
                condition=Q(state=CaseState.OPEN.value, closed_at__isnull=True)
                | (~Q(state=CaseState.OPEN.value) & Q(closed_at__isnull=False)),
                name="case_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["seller", "due_at", "id"], condition=Q(state=CaseState.OPEN.value), name="case_due"
            ),
            models.Index(fields=["seller", "closed_at", "id"], name="case_past"),
        ]


class GivenFact(Owned):
    """A fact that somebody gave: its value, where it comes from and of which day it is. Written once.

    The last one of a name counts. With `case` it speaks of that request alone, else of the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    case = models.ForeignKey(CreditCase, null=True, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=60)
    value = models.JSONField()
    source = models.CharField(max_length=80)
    as_of = models.DateField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "name", "as_of"], name="given_newest")]


class Decision(Owned):
    """What the policy answered to a case. Written once, and replays from `kept` to the same answer.

    `kept` is the canonical text of `core.credit.decisions.record`: the policy's hash, the facts seen, the request, the
    outcome. `sources` says of each fact where it comes from and of which day it is.
    """

    case = models.ForeignKey(CreditCase, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    number = models.IntegerField()
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_constraint=False)
    policy_hash = models.CharField(max_length=64)
    kept = models.TextField()
    sources = models.JSONField()
    outcome = models.CharField(max_length=16)
    rule = models.CharField(max_length=80)
    suggested_minor = models.BigIntegerField(null=True)
    granted_minor = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    """Who asked for it; none where the product did."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="decision_of_seller"),
            models.UniqueConstraint(fields=["case", "number"], name="decision_number"),
        ]


class CaseStep(Owned):
    """What a person did about a case, under which decision and with which authority. Written once.

    `said` is the product's own reason for a step of its clocks, by code, message and values; `reason` is its English.

    `exposure_minor` is what the customer and its group could owe after the change, in the case's currency (None where
    nothing was proposed, or where there is no end); `need` says who had to agree. `authority_minor` is the person's own
    authority at that moment, in the seller's currency.
    """

    case = models.ForeignKey(CreditCase, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, db_constraint=False)
    number = models.IntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    person_name = models.CharField(max_length=200)
    acts_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    """Whose authority it was, where it was held by delegation; `role` and `authority_minor` are theirs."""
    acts_for_name = models.CharField(max_length=200, blank=True, db_default="")
    role = models.CharField(max_length=60, blank=True)
    authority_minor = models.BigIntegerField(null=True)
    limit_minor = models.BigIntegerField(null=True)
    terms = models.CharField(max_length=120, blank=True)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    said = models.JSONField(null=True)
    exposure_minor = models.BigIntegerField(null=True)
    need = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="step_number")]
