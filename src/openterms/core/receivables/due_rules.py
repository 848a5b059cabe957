"""How a due date follows from an invoice date: one value for each rule of FACTBOOK 6.7. ``str()`` is its notation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from openterms.core.base.calendar import add_months, end_of_month, on_day

Part = tuple[date, Fraction]
"""A due date before any weekend rule, and the share of the total that falls due on it."""

MOST_DAYS = 1_000


def _single(due: date) -> tuple[Part, ...]:
    return ((due, Fraction(1)),)


@dataclass(frozen=True, slots=True)
class Net:
    """``net 30``: so many calendar days after the invoice date, which is day 0. ``due on receipt`` is 0 days."""

    days: int

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The single due date."""
        return _single(invoice_date + timedelta(days=self.days))

    def __str__(self) -> str:
        return f"net {self.days}" if self.days else "due on receipt"


@dataclass(frozen=True, slots=True)
class Prepaid:
    """No credit: ``cia`` (cash in advance), ``pia``, ``cbs``, ``cnd``, ``cod``. Whatever is billed is due at once."""

    code: str = "cia"

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The invoice date."""
        return _single(invoice_date)

    def __str__(self) -> str:
        return self.code


PREPAID_CODES = ("cia", "pia", "cbs", "cnd", "cod")


@dataclass(frozen=True, slots=True)
class AfterMonthEnd:
    """``eom+30`` (also written ``net 30 eom``): so many days after the last day of the invoice month."""

    days: int = 0

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The single due date."""
        return _single(end_of_month(invoice_date) + timedelta(days=self.days))

    def __str__(self) -> str:
        return f"eom+{self.days}" if self.days else "eom"


@dataclass(frozen=True, slots=True)
class DaysThenMonthEnd:
    """``net 45 then eom``: the last day of the month that the invoice date plus so many days falls in."""

    days: int

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The single due date."""
        return _single(end_of_month(invoice_date + timedelta(days=self.days)))

    def __str__(self) -> str:
        return f"net {self.days} then eom"


@dataclass(frozen=True, slots=True)
class DayOfNextMonth:
    """``15 prox`` (also ``15 mfi``): that day of the month after the invoice month, or its last day where shorter."""

    day: int

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The single due date."""
        return _single(add_months(invoice_date.replace(day=1), 1, anchor_day=self.day))

    def __str__(self) -> str:
        return f"{self.day} prox"


@dataclass(frozen=True, slots=True)
class FixedDays:
    """``day 5,20``: the first of these days of a month after the invoice date.

    ``net 30 then day 5,20``: the first of them on or after the invoice date plus 30. A day that a month lacks is its
    last.
    """

    days: tuple[int, ...]
    net_days: int = 0

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """The single due date."""
        earliest = invoice_date + timedelta(days=self.net_days or 1)
        this_month = earliest.replace(day=1)
        months = (this_month, add_months(this_month, 1))
        return _single(min(due for month in months for day in self.days if (due := on_day(month, day)) >= earliest))

    def __str__(self) -> str:
        prefix = f"net {self.net_days} then " if self.net_days else ""
        return f"{prefix}day {','.join(map(str, self.days))}"


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from the invoice date: calendar days, or months on the invoice's own day of the month (``1m``)."""

    count: int
    is_months: bool = False

    def after(self, invoice_date: date) -> date:
        """The date at this distance; a month keeps the anchor day, so 31 January leads to 28 February and 31 March."""
        if self.is_months:
            return add_months(invoice_date, self.count)
        return invoice_date + timedelta(days=self.count)

    def __str__(self) -> str:
        return f"{self.count}m" if self.is_months else str(self.count)


@dataclass(frozen=True, slots=True)
class Instalments:
    """``1/3 at 30, 1/3 at 60, 1/3 at 90``: shares that sum to one, each at its offset, in rising order."""

    shares: tuple[tuple[Fraction, Offset], ...]

    def parts(self, invoice_date: date) -> tuple[Part, ...]:
        """One due date for each share."""
        return tuple((offset.after(invoice_date), share) for share, offset in self.shares)

    def __str__(self) -> str:
        return ", ".join(f"{_share(share)} at {offset}" for share, offset in self.shares)


DueRule = Net | Prepaid | AfterMonthEnd | DaysThenMonthEnd | DayOfNextMonth | FixedDays | Instalments


def _share(share: Fraction) -> str:
    """A share as whole or two-decimal percent where that is exact, else as a fraction."""
    hundredths = share * 10_000
    if hundredths.denominator != 1:
        return f"{share.numerator}/{share.denominator}"
    return f"{hundredths_text(hundredths.numerator)}%"


def hundredths_text(hundredths: int) -> str:
    """Basis points as percent without idle zeros: 250 is ``2.5``, 200 is ``2``."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
