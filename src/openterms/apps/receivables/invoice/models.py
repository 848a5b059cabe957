"""Invoices and credit notes issued here: what they said, their numbers, and what papers say of the seller."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item


class BillingIdentity(Owned):
    """What a seller's invoices say of it, and how they look. One row for a seller; the journal keeps what changed."""

    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    vat_number = models.CharField(max_length=40, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    register = models.CharField(max_length=80, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    endpoint = models.CharField(max_length=80, blank=True)
    endpoint_scheme = models.CharField(max_length=4, blank=True)
    """The electronic address (Peppol) and its scheme (EAS), such as 9930 or 0088."""
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    bank = models.CharField(max_length=120, blank=True)
    holder = models.CharField(max_length=70, blank=True)
    late_charge = models.CharField(max_length=500, blank=True)
    """What invoices say of late payment."""
    languages = ArrayField(models.CharField(max_length=2), default=list)
    """In which languages papers are written; empty: in the customer's."""
    colour = models.CharField(max_length=7, blank=True)
    logo = models.TextField(blank=True)
    """SVG."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller"], name="billing_identity_once")]


class InvoiceSeries(Owned):
    """The last number given in a series and a year. Numbers have no gaps: whoever takes one holds this row to the end
    of the transaction."""

    code = models.CharField(max_length=12)
    year = models.SmallIntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "code", "year"], name="invoice_series_once"),
            models.CheckConstraint(condition=Q(last__gte=0), name="invoice_series_last"),
        ]


class Invoice(Owned):
    """An invoice or a credit note as it was issued. Written once.

    `item` is the open item that it made (the first of its instalments); `content` is the whole document
    (`core.receivables.invoice_document`), amounts in minor units of `currency`.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=12)
    series = models.CharField(max_length=12)
    year = models.SmallIntegerField()
    sequence = models.IntegerField()
    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    content = models.JSONField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_constraint=False)
    request_key = models.CharField(max_length=200, blank=True)
    request_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="invoice_number"),
            models.UniqueConstraint(fields=["seller", "series", "year", "sequence"], name="invoice_sequence"),
            models.UniqueConstraint(
                fields=["seller", "request_key"], condition=~Q(request_key=""), name="invoice_request"
            ),
            models.UniqueConstraint(fields=["seller", "id"], name="invoice_of_seller"),
            models.CheckConstraint(condition=Q(gross_minor__gt=0), name="invoice_positive"),
        ]
        indexes = [models.Index(fields=["seller", "customer", "issued_on"], name="invoice_customer")]


class BillingCycle(Owned):
    """How a customer is billed (`core.receivables.billing_cycles`); without a row each order by itself."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    notation = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "customer"], name="billing_cycle_once")]


class BillableLine(Owned):
    """A line of what was supplied, which waits for the invoice of its customer's cycle. Written once; `invoice` is set
    when it is billed, and stays."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=100)
    """The caller's own id of the delivery."""
    place = models.SmallIntegerField()
    supplied_on = models.DateField()
    order_ref = models.CharField(max_length=100, blank=True)
    purchase_order = models.CharField(max_length=100, blank=True)
    line = models.JSONField()
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "reference", "place"], name="billable_line_once"),
        ]
        indexes = [
            models.Index(
                fields=["seller", "customer", "currency", "supplied_on"], condition=Q(invoice__isnull=True),
                name="billable_line_waits",
            )
        ]
