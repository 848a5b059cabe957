"""VAT that comes back on a bad debt, as dated data by country (FACTBOOK 3.5)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from openterms.core.base.calendar import add_months
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide


class ReliefRule(NamedTuple):
    """When relief may be claimed: so many months unpaid, and within so many months (None: the note says how)."""

    country: str
    valid_from: date
    unpaid_months: int | None
    within_months: int | None
    note: str
    source: str


class Relief(NamedTuple):
    """The VAT inside what is unpaid, and the days between which it may be claimed; days are None where the law of the
    country is not in our data."""

    vat_minor: int
    from_on: date | None
    until: date | None
    note: str
    source: str

    def is_due(self, on: date) -> bool:
        """Whether the conditions that we know are met on a day."""
        return self.from_on is not None and self.from_on <= on and (self.until is None or on <= self.until)


UK = gettext_noop(
    "VAT on the unpaid part comes back once the debt is written off, six months after the later of due date and supply"
    " and within four years and six months; later receipts repay it."
)
NATIONAL = gettext_noop("The country's own conditions decide (VAT Directive, article 90). Ask your tax adviser.")
UNKNOWN = gettext_noop("We have no rule for this country. Ask your tax adviser.")
EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
UK_RULE = ReliefRule("GB", date(1997, 3, 19), 6, 54, UK, "HMRC Notice 700/18")


def relief(
    country: str, unpaid_minor: int, vat_minor: int, gross_minor: int, supplied_on: date, due_on: date
) -> Relief:
    """The relief on what is unpaid of a document: 900 unpaid of 1,200 with 200 VAT hold 150 (TV-41).

    ``country`` is the seller's. Errors: ``ZeroDivisionError`` for a document of nothing.
    """
    inside = divide(unpaid_minor * vat_minor, gross_minor)
    if country == UK_RULE.country:
        later = max(supplied_on, due_on)
        begins, ends = (add_months(later, months or 0) for months in UK_RULE[2:4])
        return Relief(inside, begins, ends, UK_RULE.note, UK_RULE.source)
    note = NATIONAL if country in EU else UNKNOWN
    return Relief(inside, None, None, note, "2006/112/EC, article 90" if country in EU else "")
