"""Customers (debtor accounts) and everybody around them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller, User


class Owned(models.Model):
    """A row of a seller; row-level security reads `seller`."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        abstract = True


class Group(Owned):
    """Customers under one control (a parent and its subsidiaries)."""

    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="group_code"),
            models.UniqueConstraint(fields=["seller", "id"], name="group_of_seller"),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(Owned):
    """A business with which the seller trades on credit. `number` is the seller's own id for it."""

    number = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    search_name = models.CharField(max_length=300, db_collation="C")
    """Name and number folded for search: lower case, no marks, no punctuation."""
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=8, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    terms = models.CharField(max_length=120, blank=True)
    collector = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    is_sole_trader = models.BooleanField(default=False)
    insolvent_on = models.DateField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    created_on = models.DateField()
    attributes = models.JSONField(default=dict, blank=True)
    batch_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="customer_number"),
            models.UniqueConstraint(fields=["seller", "id"], name="customer_of_seller"),
        ]
        indexes = [
            models.Index(fields=["seller", "search_name", "id"], name="customer_search"),
            models.Index(fields=["seller", "collector", "search_name"], name="customer_collector"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerToken(models.Model):
    """A word of a customer's name, number or identifiers, for search by any word's beginning."""

    id = models.BigAutoField(primary_key=True)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    token = models.CharField(max_length=80, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["seller", "token", "customer"], name="customer_token")]


class Identifier(Owned):
    """A number by which a register or tax office knows the customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    scheme = models.CharField(max_length=16)
    """`vat`, `lei`, `duns`, `register`, `tax`, `gln`, `iban` …"""
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "scheme", "value"], name="identifier_once")]


class Site(Owned):
    """A place of the customer: where goods go, where bills go, where it is registered."""

    class Purpose(models.TextChoices):
        REGISTERED = "registered", _("Registered office")
        BILLING = "billing", _("Billing")
        DELIVERY = "delivery", _("Delivery")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)


class Contact(Owned):
    """A person at the customer, what they are there for, and how they want to be reached."""

    class Role(models.TextChoices):
        ACCOUNTS_PAYABLE = "accounts_payable", _("Accounts payable")
        BUYER = "buyer", _("Buyer")
        FINANCE = "finance", _("Finance manager")
        OWNER = "owner", _("Owner or director")
        OTHER = "other", _("Other")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Telephone")
        SMS = "sms", _("SMS")
        WHATSAPP = "whatsapp", _("WhatsApp")
        POST = "post", _("Post")
        PORTAL = "portal", _("Portal")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.ACCOUNTS_PAYABLE)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    locale = models.CharField(max_length=8, blank=True)
    do_not_contact = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="contact_of_seller")]

    def __str__(self) -> str:
        return self.name


class Purchaser(Owned):
    """A person who may order on the customer's account, and the limits that the customer set for this person.

    `limit_minor` is for one order, `month_limit_minor` for a calendar month, both in the customer's currency; None
    where there is none.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    limit_minor = models.BigIntegerField(null=True, blank=True)
    month_limit_minor = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="purchaser_of_seller"),
            models.CheckConstraint(
                condition=(Q(limit_minor__isnull=True) | Q(limit_minor__gte=0))
                & (Q(month_limit_minor__isnull=True) | Q(month_limit_minor__gte=0)),
                name="purchaser_limits",
            ),
        ]


class BillingProfile(Owned):
    """How this customer wants its invoices."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, db_constraint=False)
    recipients = models.JSONField(default=list)
    """E-mail addresses that invoices go to."""
    channel = models.CharField(max_length=10, choices=Contact.Channel.choices, default=Contact.Channel.EMAIL)
    needs_purchase_order = models.BooleanField(default=False)
    only_purchasers = models.BooleanField(default=False)
    """Whether only the purchasers whom the customer named may order on its account."""
    pay_run_days = models.JSONField(default=list)
    """Days on which the customer pays: weekdays `mon` … or days of the month as numbers."""
    note = models.TextField(blank=True)


class Note(Owned):
    """A remark on a customer that stays."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    text = models.TextField()


class Attachment(Owned):
    """A file kept with a customer, stored outside the web root by its digest.

    `valid_until` is the last day on which it says something; of several of one `kind` the latest counts.
    """

    class Kind(models.TextChoices):
        OTHER = "", _("Other")
        REGISTER = "register", _("Register extract")
        LICENCE = "licence", _("Licence or permit")
        TAX = "tax", _("Tax certificate")
        STATEMENTS = "statements", _("Financial statements")
        SECURITY = "security", _("Guarantee or insurance")
        IDENTITY = "identity", _("Proof of identity")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True, default="")
    valid_until = models.DateField(null=True, blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="attachment_of_seller")]


class SavedView(Owned):
    """A list's filters and columns under a name, for one person or for all."""

    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    page = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
