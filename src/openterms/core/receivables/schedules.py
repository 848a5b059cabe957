"""Payment terms as a value, and the schedule of items that follows from them (FACTBOOK 6.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from openterms.core.base.calendar import BusinessCalendar, RollRule, end_of_month
from openterms.core.base.rounding import basis_points
from openterms.core.receivables.due_rules import DueRule, Net, Prepaid, hundredths_text


@dataclass(frozen=True, slots=True)
class CashDiscount:
    """``2/10``: so many basis points off when paid within so many days of the invoice date or of the month end."""

    bp: int
    days: int
    is_after_month_end: bool = False

    def last_day(self, invoice_date: date) -> date:
        """The last day, inclusive, on which the discount is earned, before any weekend rule."""
        start = end_of_month(invoice_date) if self.is_after_month_end else invoice_date
        return start + timedelta(days=self.days)


class Instalment(NamedTuple):
    """One item that an invoice falls into.

    ``due_on`` has the weekend rule applied and starts dunning; once late, interest counts from ``contract_due_on``.
    ``discount_on`` is the last day of the discount, None without one; ``discount_minor`` is what may then be kept.
    """

    due_on: date
    amount_minor: int
    discount_on: date | None
    discount_minor: int
    contract_due_on: date


@dataclass(frozen=True, slots=True)
class Terms:
    """When an invoice is due, in what parts, with what discount. ``str(terms)`` is the canonical notation."""

    due: DueRule
    discount: CashDiscount | None = None
    roll_rule: RollRule = RollRule.NONE

    @property
    def is_prepaid(self) -> bool:
        """Whether no credit is given."""
        return isinstance(self.due, Prepaid)

    def schedule(self, invoice_date: date, total_minor: int, calendar: BusinessCalendar) -> tuple[Instalment, ...]:
        """The items that a document of ``total_minor`` (positive, minor units) falls into, earliest first.

        Each part but the last is its share rounded down and the last takes the remainder (TV-80); parts that come to
        nothing are left out. The discount is rounded half up and ends on or before the due date. ``calendar`` matters
        only under a weekend rule. ``ValueError`` for a total that is not positive.
        """
        if total_minor <= 0:
            raise ValueError(f"a schedule needs a positive total, not {total_minor}")
        parts = self.due.parts(invoice_date)
        amounts = [int(total_minor * share) for _, share in parts[:-1]]
        amounts.append(total_minor - sum(amounts))
        return tuple(
            self._instalment(invoice_date, due, amount, calendar)
            for (due, _), amount in zip(parts, amounts, strict=True)
            if amount
        )

    def _instalment(self, invoice_date: date, due: date, amount: int, calendar: BusinessCalendar) -> Instalment:
        due_on = calendar.roll(due, self.roll_rule)
        minor = basis_points(amount, self.discount.bp) if self.discount else 0
        if not self.discount or not minor:
            return Instalment(due_on, amount, None, 0, due)
        last_day = calendar.roll(self.discount.last_day(invoice_date), self.roll_rule)
        return Instalment(due_on, amount, min(last_day, due_on), minor, due)

    def __str__(self) -> str:
        words = [str(self.due)]
        if self.discount:
            words.insert(0, self._discount_notation(self.discount))
        if self.roll_rule is not RollRule.NONE:
            words.append(self.roll_rule.value)
        return " ".join(words)

    def _discount_notation(self, discount: CashDiscount) -> str:
        plain = f"{hundredths_text(discount.bp)}/{discount.days}"
        if discount.is_after_month_end:
            return f"{plain} after eom"
        return plain if isinstance(self.due, Net) else f"{plain} after invoice"
