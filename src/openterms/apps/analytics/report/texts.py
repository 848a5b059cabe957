"""Words that several reports share."""

from __future__ import annotations

from openterms.core.base.reasons import gettext_noop

from .table import Column

CUSTOMER = Column("customer", gettext_noop("Customer"), "code")
NAME = Column("name", gettext_noop("Name"), is_wide=True)
CURRENCY = Column("currency", gettext_noop("Currency"), "code")

BUCKET_LABELS = {
    "current": gettext_noop("Current"),
    "0-30": gettext_noop("0–30 days"),
    "1-30": gettext_noop("1–30 days"),
    "31-60": gettext_noop("31–60 days"),
    "61-90": gettext_noop("61–90 days"),
    "90+": gettext_noop("Over 90 days"),
}
CLAIM_LABELS = {
    "contested": gettext_noop("Contested"),
    "in_flight": gettext_noop("Payment on its way"),
    "planned": gettext_noop("On a plan"),
    "promised": gettext_noop("Promised"),
}
UNAPPLIED = gettext_noop("Unapplied")
TOTAL = gettext_noop("Net total")


def buckets_of(by: str) -> tuple[str, ...]:
    """The ageing buckets by due date or by invoice date."""
    return ("current", "1-30", "31-60", "61-90", "90+") if by == "due" else ("0-30", "31-60", "61-90", "90+")


def money(name: str, label: str, is_wide: bool = False) -> Column:
    """A column of money in the row's currency."""
    return Column(name, label, "money", is_wide)
