"""What matching looks at and what it answers: receipts, open items, payers, candidates. Amounts are minor units."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Reference(StrEnum):
    """How the receipt names the candidate's items: every letter, with a slip of the pen, by their digits, or not."""

    EXACT = "exact"
    DAMAGED = "damaged"
    PARTIAL = "partial"
    NONE = "none"


class Known(StrEnum):
    """How the payer is known to be the items' customer."""

    ACCOUNT = "account"
    ALIAS = "alias"
    NAME = "name"
    LIKE = "like"
    GROUP = "group"
    UNKNOWN = "unknown"


class Fit(StrEnum):
    """How the amount fits what is open on the candidate's items."""

    EXACT = "exact"
    DISCOUNT = "discount"
    LATE_DISCOUNT = "late_discount"
    TOLERANCE = "tolerance"
    SHORT = "short"
    OVER = "over"


class Receipt(NamedTuple):
    """Money that came in. ``words`` is all that the payer wrote: purpose, references, end-to-end identification."""

    receipt: str
    minor: int
    currency: str
    on: date
    payer: str
    payer_account: str
    words: str


class Item(NamedTuple):
    """An open item. ``discount_minor`` may be kept back when it is paid by ``discount_on``."""

    item: str
    customer: str
    number: str
    minor: int
    currency: str
    due_on: date
    discount_on: date | None = None
    discount_minor: int = 0


class Payer(NamedTuple):
    """Who a customer is to a bank: names in any script, accounts, names learnt from corrections, and the group."""

    customer: str
    names: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    group: str = ""


class Share(NamedTuple):
    """What an item gets: cash, the discount kept back, the small difference given up. Minor units."""

    item: str
    cash_minor: int
    discount_minor: int = 0
    difference_minor: int = 0


class Features(NamedTuple):
    """What speaks for a candidate: what a person would look at, and what the probability is learnt from.

    ``rivals`` is how many other sets of items fit equally well, counted up to 3; ``items`` is 1, or 2 for several.
    """

    reference: Reference
    payer: Known
    fit: Fit
    rivals: int
    items: int


class Candidate(NamedTuple):
    """A way to apply a receipt. ``left_minor`` stays unapplied."""

    shares: tuple[Share, ...]
    features: Features
    left_minor: int = 0
    probability_bp: int = 0


class Match(NamedTuple):
    """What is proposed for a receipt: the candidates by probability, the first the best, and whether it may be posted
    without a person."""

    receipt: str
    candidates: tuple[Candidate, ...]
    posts: bool = False

    @property
    def best(self) -> Candidate | None:
        """The first candidate; None where nothing was found."""
        return self.candidates[0] if self.candidates else None

    @property
    def runner_up(self) -> Candidate | None:
        """The second candidate, which the best has to be told from."""
        return self.candidates[1] if len(self.candidates) > 1 else None
