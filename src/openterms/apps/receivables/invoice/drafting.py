"""From the record to the document: what an invoice says of the seller and of the customer on the day of issue."""

from __future__ import annotations

from collections.abc import Sequence

from openterms.apps.parties.models import BillingProfile, Customer, Site
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.receivables.invoice_document import Due, InvoiceDocument, Party, PayTo
from openterms.core.receivables.invoice_lines import Totals
from openterms.core.receivables.payment_references import rf

from .asking import ToIssue
from .models import BillingIdentity

PAPER_LANGUAGES = ("en", "ar")
_PEPPOL = {"gln": "0088", "duns": "0060", "lei": "0199"}
"""Identifiers of a customer that are electronic addresses, and their scheme (EAS)."""


def draft(
    seller: Seller, customer: Customer, kind: str, number: str, asked: ToIssue, totals: Totals, due: Sequence[Due],
    item: Item,
) -> InvoiceDocument:  # fmt: skip
    """The document that is issued. It fixes names, addresses and numbers as they are now."""
    identity = identity_of(seller)
    currency = asked.charged.currency
    is_foreign = currency != seller.currency
    local = base_rate(seller, currency, asked.on).to_base(totals.vat_minor) if is_foreign else None
    languages = asked.languages or identity.languages or [customer.locale[:2]]
    discount = (item.discount_on, item.discount_minor) if item.discount_on and item.discount_minor else None
    return InvoiceDocument(
        kind=kind, number=number, issued_on=asked.on, seller=seller_party(seller, identity),
        buyer=buyer_party(customer), charged=asked.charged, totals=totals, due=due,
        pay_to=pay_to(seller, identity, number), supplied_on=asked.supplied_on, period=asked.period,
        purchase_order=asked.purchase_order, buyer_reference=asked.buyer_reference, contract=asked.contract,
        terms=item.terms, discount=discount, late_charge=identity.late_charge, note=asked.note,
        tax_currency=seller.currency if is_foreign else "", vat_local_minor=local,
        deliver_to_country=asked.deliver_to_country,
        languages=[one for one in languages if one in PAPER_LANGUAGES] or ["en"],
        bills=[*([asked.order_ref] if asked.order_ref else []), *asked.order_refs],
    )  # fmt: skip


def identity_of(seller: Seller) -> BillingIdentity:
    """What papers say of the seller; an empty one where nothing was set."""
    return BillingIdentity.objects.filter(seller=seller).first() or BillingIdentity(seller=seller)


def seller_party(seller: Seller, identity: BillingIdentity) -> Party:
    """The seller as invoices show it."""
    return Party(
        name=seller.name, street=identity.street, postcode=identity.postcode, city=identity.city,
        country=seller.country, vat=identity.vat_number, tax=identity.tax_number, register=identity.register,
        endpoint=identity.endpoint, endpoint_scheme=identity.endpoint_scheme, email=identity.email,
        phone=identity.phone, contact=identity.contact,
    )  # fmt: skip


def buyer_party(customer: Customer) -> Party:
    """The customer as invoices show it: its billing address before its registered one."""
    purposes = [Site.Purpose.BILLING, Site.Purpose.REGISTERED]
    sites = sorted(customer.site_set.filter(purpose__in=purposes), key=lambda one: purposes.index(one.purpose))
    site = sites[0] if sites else Site()
    known = dict(customer.identifier_set.order_by("id").values_list("scheme", "value"))
    profile = BillingProfile.objects.filter(customer=customer).first()
    scheme = next((one for one in _PEPPOL if one in known), "")
    return Party(
        name=customer.name, street=site.street, postcode=site.postcode, city=site.city, region=site.region,
        country=site.country or customer.country, vat=known.get("vat", ""), register=known.get("register", ""),
        endpoint=known.get(scheme, ""), endpoint_scheme=_PEPPOL.get(scheme, ""),
        email=(profile.recipients or [""])[0] if profile else "", number=customer.number,
    )  # fmt: skip


def pay_to(seller: Seller, identity: BillingIdentity, number: str) -> PayTo:
    """How an invoice is to be paid: with a creditor reference where there is an account that carries it."""
    reference = number
    if identity.iban:
        try:
            reference = rf(number)
        except BadInput:
            reference = number
    return PayTo(
        iban=identity.iban, bic=identity.bic, bank=identity.bank, holder=identity.holder or seller.name[:70],
        reference=reference, words="" if identity.iban else seller.payment_details,
    )  # fmt: skip
