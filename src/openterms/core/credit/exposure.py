"""What could be lost on a customer now, by named parts, and what is left of the limit (FACTBOOK 2.5).

Exposure is the debtor's, whoever ordered, and is never narrowed to what a user may see. Amounts are minor units of one
currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from openterms.core.base.errors import BadInput
from openterms.core.base.money import convert
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, basis_points

FX_MARGIN_BP = 500
"""What is held back for a rate that may move, where a policy says nothing else (FACTBOOK 2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The parts, each zero or more.

    Disputed invoices stay in ``open_items_minor``. ``authorised_minor`` is what open authorisations hold;
    ``captured_not_invoiced_minor`` was captured and awaits its invoice; ``delivered_not_invoiced_minor`` left without
    an authorisation. ``unapplied_cash_minor`` and ``deposits_minor`` reduce the sum. BadInput for a negative part.
    """

    open_items_minor: int = 0
    authorised_minor: int = 0
    captured_not_invoiced_minor: int = 0
    delivered_not_invoiced_minor: int = 0
    unapplied_cash_minor: int = 0
    deposits_minor: int = 0

    def __post_init__(self) -> None:
        for part in fields(self):
            if getattr(self, part.name) < 0:
                raise BadInput(
                    gettext_noop("a part of an exposure is not below zero"),
                    part.name,
                    gettext_noop("give money of the customer as unapplied cash or as a deposit"),
                )

    @property
    def total_minor(self) -> int:
        """What could be lost; below zero where we hold more of the customer's money than it owes. (TV-33)"""
        return (
            self.open_items_minor
            + self.authorised_minor
            + self.captured_not_invoiced_minor
            + self.delivered_not_invoiced_minor
            - self.unapplied_cash_minor
            - self.deposits_minor
        )

    def netting(self, unapplied_cash: bool = True, deposits: bool = True) -> Exposure:
        """The exposure under a policy that lets unapplied cash or deposits reduce it, or not."""
        return replace(
            self,
            unapplied_cash_minor=self.unapplied_cash_minor if unapplied_cash else 0,
            deposits_minor=self.deposits_minor if deposits else 0,
        )

    def __add__(self, other: Exposure) -> Exposure:
        """Both together, part by part: two customers of a group, in one currency."""
        return Exposure(**{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(self)})


@dataclass(frozen=True, slots=True)
class Limit:
    """The greatest exposure allowed. No limit set, zero and unlimited are three different things.

    ``Limit(None)`` is none set, ``Limit(0)`` is zero, ``UNLIMITED`` has no end. BadInput below zero, and for a figure
    that is unlimited at once.
    """

    minor: int | None
    is_unlimited: bool = False

    def __post_init__(self) -> None:
        if self.minor is not None and (self.minor < 0 or self.is_unlimited):
            raise BadInput(
                gettext_noop("A limit is zero or more, and not both a figure and unlimited"),
                where="limit",
                remedy=gettext_noop("Give an amount such as 1000.00, or unlimited"),
            )

    @property
    def is_set(self) -> bool:
        """Whether anybody has set it, be it to zero or to no end."""
        return self.is_unlimited or self.minor is not None


NO_LIMIT = Limit(None)
UNLIMITED = Limit(None, True)


@dataclass(frozen=True, slots=True)
class Headroom:
    """Limit less exposure.

    ``minor`` is below zero where the customer is over its limit, and None both without a limit (``allows`` nothing)
    and with an unlimited one (``allows`` everything): ask ``limit`` which.
    """

    limit: Limit
    exposure_minor: int

    @property
    def minor(self) -> int | None:
        """What is left, in minor units of the limit's currency. FACTBOOK 2.5 (TV-33)."""
        return None if self.limit.minor is None else self.limit.minor - self.exposure_minor

    @property
    def spare_minor(self) -> int | None:
        """What may be added: zero or more; None where there is no end."""
        return None if self.limit.is_unlimited else max(self.minor or 0, 0)

    def allows(self, minor: int) -> bool:
        """Whether the exposure may grow by this much. Without a limit nothing may, not even nothing."""
        spare = self.spare_minor
        return self.limit.is_set and (spare is None or minor <= spare) and (self.minor is None or self.minor >= 0)

    def less(self, minor: int) -> Headroom:
        """The headroom once the exposure has grown by this much."""
        return Headroom(self.limit, self.exposure_minor + minor)


def room_in(room: Headroom, source: str, target: str, rate: Decimal, margin_bp: int = FX_MARGIN_BP) -> Headroom:
    """A headroom in ``source`` as an order in ``target`` sees it; one unit of ``target`` costs ``rate`` of ``source``.

    What such an order holds counts against the limit at the rate and raised by ``margin_bp``, so no more fits than an
    amount that, so raised, is within the room; rounded down. An unlimited room stays unlimited, none set stays none.
    BadInput for a rate at or below zero.
    """
    if source == target or room.minor is None:
        return room
    if rate <= 0:
        raise BadInput(
            gettext_noop("an exchange rate is above zero"),
            target,
            gettext_noop("give the price of one unit in the limit's currency"),
        )
    if room.minor < 0:
        return Headroom(Limit(0), -convert(room.minor, source, target, 1 / rate))
    without_margin = room.minor * BASIS_POINTS // (BASIS_POINTS + margin_bp)
    fits = convert(without_margin, source, target, 1 / rate) + 1
    while fits > 0 and counted(fits, target, source, rate, margin_bp) > room.minor:
        fits -= 1
    return Headroom(Limit(fits), 0)


def counted(minor: int, source: str, target: str, rate: Decimal, margin_bp: int = FX_MARGIN_BP) -> int:
    """What an amount of ``source`` counts against a limit in ``target``: converted, and raised by the margin if it is
    above zero; as it is in one currency."""
    if source == target:
        return minor
    converted = convert(minor, source, target, rate)
    return converted + basis_points(max(converted, 0), margin_bp)


NOTHING_LEFT = Headroom(Limit(0), 0)
NOTHING_SET = Headroom(NO_LIMIT, 0)


@dataclass(frozen=True, slots=True)
class Foreign:
    """An exposure in another currency, in its minor units, with the price of one of its units in the limit's."""

    currency: str
    exposure_minor: int
    rate: Decimal


def headroom(
    limit: Limit, exposure_minor: int, currency: str, foreign: Iterable[Foreign] = (), margin_bp: int = FX_MARGIN_BP
) -> Headroom:
    """The headroom of a limit in ``currency`` over an exposure in it and exposures in other currencies.

    Each of those is converted at its stated rate and rounded; a positive one is raised by ``margin_bp``, because the
    rate may move, and a customer's own money abroad counts without one. BadInput for a rate at or below zero.
    FACTBOOK 2.5 (TV-33).
    """
    total = exposure_minor
    for one in foreign:
        if one.rate <= 0:
            raise BadInput(
                gettext_noop("an exchange rate is above zero"),
                one.currency,
                gettext_noop("give the price of one unit in the limit's currency"),
            )
        total += counted(one.exposure_minor, one.currency, currency, one.rate, margin_bp)
    return Headroom(limit, total)
