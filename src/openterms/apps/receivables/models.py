"""Gathers the tables of this app's rooms."""

from .allocation.models import Settlement
from .claim.models import Claim
from .dispute.models import Dispute, DisputeCase, DisputeFile, DisputeRoute
from .invoice.models import BillableLine, BillingCycle, BillingIdentity, Invoice, InvoiceSeries
from .ledger.models import AccountDay, Entry, Posting, Rate
from .open_item.models import Item
from .schedule.models import ScheduledPart
from .standing.models import Standing

__all__ = [
    "AccountDay",
    "BillableLine",
    "BillingCycle",
    "BillingIdentity",
    "Claim",
    "Dispute",
    "DisputeCase",
    "DisputeFile",
    "DisputeRoute",
    "Entry",
    "Invoice",
    "InvoiceSeries",
    "Item",
    "Posting",
    "Rate",
    "ScheduledPart",
    "Settlement",
    "Standing",
]
