"""Authorisations: headroom held for orders, what was captured of them, and the answers given to keys."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from openterms.apps.credit.line.models import Line
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer, Owned, Purchaser
from openterms.apps.tenancy.models import Seller, User

LIVE = ("approved", "partly_approved")


class Ordered(Owned):
    """A row of orders. The keys over seller and customer or authorisation hold its seller: one more key would make
    every order of a seller lock the seller's row."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False, db_constraint=False)

    class Meta:
        abstract = True


class Authorisation(Ordered):
    """An order's question, what was answered, and what has become of what is held. Amounts in minor units.

    What was asked, seen and answered never changes. `captured_minor`, `released_minor` (of which expiry gave back
    `lapsed_minor`), `state` and `expires_at` are kept by the actions under the lock of the line. Nothing is held from
    `expires_at` on, whether or not expiry was noted. An order that was referred and then released by a person is
    answered by another row, its `successor`.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    purchaser = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(
        Purchaser, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    """Who ordered, where the customer registered this purchaser with us."""
    order_ref = models.CharField(max_length=100)
    purchase_order = models.CharField(max_length=100, blank=True)
    lines = models.JSONField(default=list)
    """What is ordered, as the shop told it; nothing is decided by it."""
    currency = models.CharField(max_length=3)
    requested_minor = models.BigIntegerField()
    prepaid_minor = models.BigIntegerField(default=0, db_default=0)
    """What is paid in advance; it uses no limit."""
    approved_minor = models.BigIntegerField()
    tolerance_bp = models.IntegerField()
    allows_partial_capture = models.BooleanField(default=True)
    authorised_at = models.DateTimeField()
    most_until = models.DateTimeField()
    limit_minor = models.BigIntegerField(null=True)
    is_unlimited = models.BooleanField()
    headroom_minor = models.BigIntegerField(null=True)
    """Before this order; None without a limit and with an unlimited one."""
    seen = models.JSONField()
    """The standing that the answer was given on: parts of the exposure, holds, overdue."""
    rules = models.JSONField()
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    """The published policy that the rules were read from; None for the product's standard rules."""
    reasons = models.JSONField()
    """Every reason in order, each with its code and params."""
    override = models.ForeignKey(
        "Override", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    """A person's decision that the answer needed; each is used once."""
    overridden = models.JSONField(default=list, db_default=[])
    """The reasons that it set aside, as `reasons`."""
    idempotency_key = models.CharField(max_length=200, blank=True)

    captured_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    lapsed_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16)
    expires_at = models.DateTimeField()
    successor = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "seller"], name="authorisation_of_seller"),
            models.UniqueConstraint(fields=["override"], name="override_once"),
            models.CheckConstraint(
                condition=Q(requested_minor__gt=0)
                & Q(prepaid_minor__gte=0)
                & Q(approved_minor__gte=0)
                & Q(requested_minor__gte=F("approved_minor") + F("prepaid_minor"))
                & Q(captured_minor__gte=0)
                & Q(lapsed_minor__gte=0)
                & Q(released_minor__gte=F("lapsed_minor"))
                & Q(released_minor__lte=F("approved_minor")),
                name="authorisation_amounts",
            ),
            models.CheckConstraint(
                condition=Q(approved_minor=0)
                | Q(is_unlimited=True)
                | Q(headroom_minor__gte=F("approved_minor"))
                | Q(override__isnull=False),
                name="authorisation_within",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("most_until")) & Q(expires_at__gte=F("authorised_at")),
                name="authorisation_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "expires_at"], condition=Q(state__in=LIVE), name="authorisation_held"),
            models.Index(fields=["seller", "expires_at"], condition=Q(state__in=LIVE), name="authorisation_due"),
            models.Index(fields=["seller", "customer", "order_ref"], name="authorisation_order"),
            models.Index(
                fields=["policy_version", "id"], condition=Q(policy_version__isnull=False), name="authorisation_policy"
            ),
            models.Index(fields=["seller", "id"], condition=Q(requested_minor__gt=0), name="authorisation_listed"),
            models.Index(
                fields=["seller", "id"], condition=Q(state="referred", successor__isnull=True),
                name="authorisation_queue",
            ),
            models.Index(
                fields=["person", "authorised_at"], condition=Q(person__isnull=False), name="authorisation_person"
            ),
        ]  # fmt: skip


class Override(Ordered):
    """A person's decision against the rules, for one order of a customer: up to an amount for the whole of it, until an
    instant, with a reason. Written once, used once: by the authorisation that names it.

    `authorisation` is the referred question that it answers, None where it was given before the order came.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    authorisation = models.ForeignKey(
        Authorisation, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    order_ref = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    most_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=200)
    given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "seller"], name="override_of_seller"),
            models.CheckConstraint(
                condition=Q(most_minor__gt=0, expires_at__gt=F("given_at")), name="override_capped"
            ),
        ]
        indexes = [models.Index(fields=["seller", "customer", "order_ref"], name="override_order")]


class OverrideEnd(Owned):
    """That an override was taken back before its order came. Written once."""

    override = models.ForeignKey(Override, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    reason = models.CharField(max_length=500, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["override"], name="override_ends_once")]


class AuthorisationCapture(Ordered):
    """Goods that left: a part of an authorisation that becomes an invoice. Written once; `invoice` may be named later.

    It counts as captured and not invoiced until an invoice of that number stands on the customer's account;
    `is_billed` notes that it does, in full, so that nobody need look again.
    """

    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    amount_minor = models.BigIntegerField()
    invoice = models.CharField(max_length=100, blank=True)
    captured_at = models.DateTimeField()
    is_billed = models.BooleanField(db_default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="capture_positive")]
        indexes = [
            models.Index(fields=["line", "invoice"], name="capture_invoice"),
            models.Index(fields=["line"], condition=Q(is_billed=False), name="capture_unbilled"),
        ]


class AuthorisationAnswer(Ordered):
    """The first answer given to a key, given again to whoever repeats the request. Written once."""

    key = models.CharField(max_length=200)
    verb = models.CharField(max_length=16)
    body = models.JSONField()
    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, db_constraint=False)
    answer = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "key"], name="answer_once")]
