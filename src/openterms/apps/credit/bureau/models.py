"""Accounts with bureaus, what is bought from them, every try, and the reports as they were received."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned

COUNTED = ("reserved", "kept", "spent")
"""States of a purchase that cost, or may have cost, its price."""


class BureauAccount(Owned):
    """A way to one product of a bureau. Amounts are minor units of the seller's currency.

    `credentials` says where they are (`env:NAME` or `file:NAME`), never what they are. `age_days`: how long a report is
    good. `budget_minor`: the most that may be spent in a month; None means no budget is set, which is no limit.
    """

    code = models.CharField(max_length=40)
    adapter = models.CharField(max_length=16)
    product = models.CharField(max_length=40)
    base_url = models.CharField(max_length=200)
    credentials = models.CharField(max_length=120)
    options = models.JSONField(default=dict)
    cost_minor = models.BigIntegerField()
    age_days = models.IntegerField()
    budget_minor = models.BigIntegerField(null=True)
    timeout_seconds = models.IntegerField(default=15)
    place = models.SmallIntegerField(default=0, db_default=0)
    """In which order accounts are asked, the lowest first; equal ones by price."""
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="bureau_account_code"),
            models.UniqueConstraint(fields=["seller", "id"], name="bureau_account_of_seller"),
            models.CheckConstraint(
                condition=Q(cost_minor__gte=0)
                & Q(age_days__gte=0)
                & Q(timeout_seconds__gte=1)
                & (Q(budget_minor__isnull=True) | Q(budget_minor__gte=0)),
                name="bureau_account_figures",
            ),
        ]


class BureauPurchase(Owned):
    """A report of an account for a customer on a day: reserved, then kept, failed (nothing paid) or spent.

    Spent: the bureau delivered something that is no report, or may have delivered it; it is not asked again that day.
    What was reserved is not changed; `state`, `reserved_until`, `ended_at` and `fault` are kept by the actions.
    """

    account = models.ForeignKey(BureauAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    bought_on = models.DateField()
    cost_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    """Why it is bought: what it could change, or why it is wanted all the same."""
    state = models.CharField(max_length=8, default="reserved")
    reserved_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="bureau_purchase_of_seller"),
            models.UniqueConstraint(
                fields=["seller", "account", "customer", "bought_on"],
                condition=Q(state__in=COUNTED),
                name="bureau_purchase_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(*COUNTED, "failed")) & Q(cost_minor__gte=0), name="bureau_purchase_state"
            ),
        ]
        indexes = [models.Index(fields=["account", "bought_on"], name="bureau_purchase_month")]


class BureauAttempt(Owned):
    """One request to a bureau and how it ended. Written once.

    `status` is that of HTTP, 0 where none came; `digest` is the SHA-256 of an answer that was not kept.
    """

    purchase = models.ForeignKey(BureauPurchase, on_delete=models.PROTECT, db_constraint=False)
    step = models.CharField(max_length=8)
    number = models.IntegerField()
    at = models.DateTimeField()
    status = models.IntegerField()
    milliseconds = models.IntegerField()
    error = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)


class BureauReportRow(Owned):
    """A report as it was received, and what was read from it then. Written once.

    `raw` is the answer's text (or the row of a file, as JSON), `digest` its SHA-256. `figures` are those of the mapping
    on the day it came. Account and purchase are empty where it came by file; it cost nothing then.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    account = models.ForeignKey(BureauAccount, null=True, on_delete=models.PROTECT, db_constraint=False)
    purchase = models.ForeignKey(BureauPurchase, null=True, on_delete=models.PROTECT, db_constraint=False)
    bureau = models.CharField(max_length=40)
    product = models.CharField(max_length=40)
    identifiers = models.JSONField(default=dict)
    name = models.CharField(max_length=200)
    as_of = models.DateField()
    received_on = models.DateField()
    received_at = models.DateTimeField()
    cost_minor = models.BigIntegerField()
    raw = models.TextField()
    digest = models.CharField(max_length=64)
    figures = models.JSONField()
    unused = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchase"], name="bureau_report_once"),
            models.UniqueConstraint(
                fields=["seller", "customer", "bureau", "product", "digest"],
                condition=Q(purchase__isnull=True),
                name="bureau_report_of_file_once",
            ),
        ]
        indexes = [models.Index(fields=["seller", "customer", "-as_of"], name="bureau_report_newest")]
