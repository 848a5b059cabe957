"""Look at an invoice before it goes out: what would make it bounce at its customer."""

from __future__ import annotations

from datetime import timedelta

from openterms.apps.messaging.models import BadAddress
from openterms.apps.parties.models import BillingProfile, Contact, Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.completeness import SAME_DAYS, Earlier, Finding, Wanted, findings
from openterms.core.receivables.invoice_document import InvoiceDocument
from openterms.core.receivables.kinds import ItemKind

from .actions import document_of
from .models import Invoice


def audited(seller: Seller, invoice: Invoice) -> list[Finding]:
    """What would make an issued invoice bounce, the gravest first."""
    customer = Customer.objects.get(seller=seller, id=invoice.customer_id)
    document = document_of(invoice)
    return findings(document, wanted_of(seller, customer, document))


def wanted_of(seller: Seller, customer: Customer, document: InvoiceDocument) -> Wanted:
    """What the customer wants of invoices, with the invoices of its account that stand near this one."""
    profile = BillingProfile.objects.filter(seller=seller, customer=customer).first()
    recipients = list(profile.recipients) if profile else _payers(seller, customer)
    bad = BadAddress.objects.filter(seller=seller, channel="email", cleared_at__isnull=True)
    gone = bad.filter(address__in=[*recipients, *(one.lower() for one in recipients)])
    return Wanted(
        needs_purchase_order=bool(profile and profile.needs_purchase_order),
        channel=profile.channel if profile else Contact.Channel.EMAIL.value,
        recipients=recipients, has_profile=profile is not None,
        unreachable=frozenset(one.lower() for one in gone.values_list("address", flat=True)),
        earlier=_near(seller, customer, document),
    )  # fmt: skip


def _payers(seller: Seller, customer: Customer) -> list[str]:
    """Whom invoices reach where no profile names anybody: accounts payable."""
    found = Contact.objects.filter(
        seller=seller, customer=customer, is_active=True, role=Contact.Role.ACCOUNTS_PAYABLE
    ).exclude(email="")
    return list(found.order_by("id").values_list("email", flat=True)[:5])


def _near(seller: Seller, customer: Customer, document: InvoiceDocument) -> list[Earlier]:
    span = timedelta(days=SAME_DAYS)
    near = Item.objects.filter(
        seller=seller, customer=customer, kind=ItemKind.INVOICE, instalment=1, currency=document.currency,
        issued_on__range=(document.issued_on - span, document.issued_on + span),
    ).exclude(number=document.number)  # fmt: skip
    return [
        Earlier(number=number, issued_on=on, gross_minor=minor, currency=document.currency, purchase_order=reference)
        for number, on, minor, reference in near.filter(
            amount_minor=document.totals.gross_minor, instalments=1
        ).values_list("number", "issued_on", "amount_minor", "reference")[:20]
    ]
