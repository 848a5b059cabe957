# ruff: noqa: E501
"""What speaks for a customer in a mail's envelope: the conversation, the sender's address and domain, its name."""

from __future__ import annotations

from openterms.apps.parties.models import BillingProfile, Contact, Customer
from openterms.apps.tenancy.models import Seller
from openterms.core.base.mail import domain_of, is_free_mail
from openterms.core.base.names import fold
from openterms.core.messaging.inbound.matching import Because, Evidence

from .models import IncomingMail

MOST_ALIKE = 20


def evidence_of(seller: Seller, mail: IncomingMail) -> list[Evidence]:
    """The evidence, unweighed. A domain where anybody can have an address says nothing."""
    found: list[Evidence] = []
    if mail.answers is not None:
        found.append(Evidence(mail.answers.customer_id, Because.THREAD, mail.answers.subject[:120]))
    else:
        ids = [*mail.in_reply_to, *mail.thread_ids][:40]
        before = IncomingMail.objects.filter(seller=seller, message_id__in=ids, customer__isnull=False)
        found += [Evidence(one.customer_id, Because.THREAD, one.subject[:120]) for one in before[:3] if one.customer_id]
    for address in dict.fromkeys(one for one in (mail.sender_address, mail.reply_to) if one):
        people = Contact.objects.filter(seller=seller, email__iexact=address).values_list("customer_id", flat=True)
        found += [Evidence(id, Because.ADDRESS, address) for id in dict.fromkeys(people[:MOST_ALIKE])]
        billed = BillingProfile.objects.filter(seller=seller, recipients__contains=[address])
        found += [Evidence(id, Because.BILLING, address) for id in billed.values_list("customer_id", flat=True)[:MOST_ALIKE]]
    domain = domain_of(mail.sender_address)
    if domain and not is_free_mail(domain):
        others = Contact.objects.filter(seller=seller, email__iendswith=f"@{domain}").values_list("customer_id", flat=True)
        found += [Evidence(id, Because.DOMAIN, domain) for id in list(dict.fromkeys(others[:200]))[:MOST_ALIKE]]
    name = fold(mail.sender_name)
    if len(name) >= 5:
        alike = Customer.objects.filter(seller=seller, search_name__gte=name, search_name__lt=name + "\uffff")
        found += [Evidence(id, Because.NAME, mail.sender_name) for id in alike.values_list("id", flat=True)[:MOST_ALIKE]]
    return found
