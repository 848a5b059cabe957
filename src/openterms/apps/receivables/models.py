"""Gathers the tables of this app's rooms."""

from .allocation.models import Settlement
from .claim.models import Claim
from .dispute.models import Dispute
from .ledger.models import AccountDay, Entry, Posting, Rate
from .open_item.models import Item
from .standing.models import Standing

__all__ = ["AccountDay", "Claim", "Dispute", "Entry", "Item", "Posting", "Rate", "Settlement", "Standing"]
