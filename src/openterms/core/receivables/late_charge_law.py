"""Which late charges may be made: what the seller's terms ask, held under what the debtor's law permits.

The terms are plain values (``Agreed``), handed down from the credit policy. The law is the debtor's jurisdiction pack:
``statutory`` (a reference rate and a margin), ``contract`` (only what was agreed), or ``none``. The answer is a
``ChargeTerms``: never more than either of them allows. Source: FACTBOOK 4.1 to 4.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.jurisdictions import Pack, Row
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.day_counts import SPLITTABLE
from openterms.core.receivables.reference_rates import FIXED

MODES = ("interest", "lump_sum", "interest_and_lump_sum", "charity", "none", "statutory")
COMPOUNDS = {"month": 1, "quarter": 3, "year": 12}
"""After how many months interest bears interest."""
FIXINGS = ("half_year", "start", "due", "payment")


class Agreed(NamedTuple):
    """What a seller's terms ask of a late payer, as the credit policy says it (``late_charges`` there): interest a
    year, a fixed sum, an undertaking to charity. None: not that.

    ``statutory``: what the debtor's law gives, no less. ``promised_bears``: promised amounts bear interest too.
    ``compound``: after every ``month``, ``quarter`` or ``year`` interest bears interest.
    """

    mode: str
    reference: str | None = None
    above_reference_bp: int | None = None
    lump_sum_minor: int | None = None
    charity_minor: int | None = None
    beneficiary: str | None = None
    grace_days: int = 0
    promised_bears: bool = False
    compound: str | None = None


class Tier(NamedTuple):
    """A lump sum for debts below an amount (None: for all that are larger), minor units."""

    below_minor: int | None
    minor: int


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """What is charged for one debtor and currency. Nothing of a kind is None or empty.

    ``fixing``: ``half_year`` (each half-year at its rate), ``start`` (one rate: of the first day of interest), ``due``
    (one rate: of the due date), ``payment`` (one rate: of the day it is paid or asked about). ``most_bp`` is a cap on
    the yearly rate. ``compound_months``: after so many months interest bears too; 0: never. ``basis`` is ``statutory``,
    ``contract`` or ``charity``; ``sources`` say where the law is from.
    """

    basis: str = "none"
    reference: str | None = None
    margin_bp: int = 0
    fixing: str = "half_year"
    day_count: str = "ACT/365"
    most_bp: int | None = None
    tiers: tuple[Tier, ...] = ()
    charity_minor: int | None = None
    beneficiary: str = ""
    grace_days: int = 0
    promised_bears: bool = False
    sources: tuple[str, ...] = ()
    compound_months: int = 0

    @property
    def bears_interest(self) -> bool:
        """Whether there is interest at all."""
        return self.reference is not None

    @property
    def is_anything(self) -> bool:
        """Whether anything is charged."""
        return self.bears_interest or bool(self.tiers) or self.charity_minor is not None

    def lump_sum(self, debt_minor: int) -> int:
        """The fixed sum for a debt of so much; 0 where there is none (TV-49)."""
        for tier in self.tiers:
            if tier.below_minor is None or debt_minor < tier.below_minor:
                return tier.minor
        return 0


NOTHING = ChargeTerms()


def charge_terms(agreed: Agreed, pack: Pack | None, on: date, currency: str, is_consumer: bool = False) -> ChargeTerms:
    """The charges that terms and law allow together for a debtor in one currency, on a day.

    Without a pack of the debtor's country only what was agreed counts. A consumer gets a law's rows for consumers;
    where it has none, nothing. ``BadInput`` for an unknown mode, fixing or day count.
    """
    if agreed.mode not in MODES:
        raise BadInput(
            gettext_noop("%(mode)s is no way of charging"), "late charges", gettext_noop("one of: %(known)s"),
            {"mode": agreed.mode, "known": ", ".join(MODES)},
        )  # fmt: skip
    if agreed.mode == "none":
        return NOTHING
    if agreed.mode == "charity":
        return ChargeTerms(
            "charity", charity_minor=agreed.charity_minor, beneficiary=agreed.beneficiary or "",
            grace_days=agreed.grace_days, promised_bears=agreed.promised_bears,
        )  # fmt: skip
    law = pack.row("interest", on, is_consumer) if pack else None
    if (pack is None and (is_consumer or agreed.mode == "statutory")) or (pack is not None and law is None):
        return NOTHING
    if law is not None and law.text("mode") == "none":
        return NOTHING
    interest = _interest(agreed, law)
    most = pack.row("most_rate", on, is_consumer) if pack else None
    tiers, lump_source = _lump_sums(agreed, pack, on, currency, is_consumer)
    rows = [row for row in (law, most) if row is not None and interest.bears_interest]
    return ChargeTerms(
        interest.basis, interest.reference, interest.margin_bp, interest.fixing, interest.day_count,
        most.whole("most_bp") if most else None, tiers, None, "", agreed.grace_days, agreed.promised_bears,
        tuple(dict.fromkeys([*(row.source for row in rows), *lump_source])),
        _compound_months(agreed, law) if interest.bears_interest else 0,
    )  # fmt: skip


def _compound_months(agreed: Agreed, law: Row | None) -> int:
    """After how many months interest bears interest: as was agreed where no law is known; under a law never unless it
    says so (``compound``: the shortest time it allows), and never sooner than it says."""
    wanted = COMPOUNDS.get(agreed.compound or "", 0)
    if law is None:
        return wanted
    said = law.values.get("compound", False)
    if said is False:
        return 0
    if said not in COMPOUNDS:
        raise BadInput(
            gettext_noop("this cannot be read"), law.where, gettext_noop("compound is false, month, quarter or year")
        )
    least = COMPOUNDS[str(said)]
    return least if agreed.mode == "statutory" else max(wanted, least) if wanted else 0


def _interest(agreed: Agreed, law: Row | None) -> ChargeTerms:
    """Reference, margin, fixing and day count: the law's, or the contract's on the law's way of counting."""
    fixing = law.text("fixing", "half_year") if law else "half_year"
    day_count = law.text("day_count", "ACT/365") if law else "ACT/365"
    if fixing not in FIXINGS or day_count not in SPLITTABLE:
        raise BadInput(
            gettext_noop("this cannot be read"), law.where if law else "late charges",
            gettext_noop("fixing is one of %(fixings)s, day_count one of %(counts)s"),
            {"fixings": ", ".join(FIXINGS), "counts": ", ".join(SPLITTABLE)},
        )  # fmt: skip
    if agreed.mode == "statutory":
        if law is None or law.text("mode") != "statutory":
            return ChargeTerms("statutory")
        return ChargeTerms("statutory", law.text("reference"), law.whole("margin_bp"), fixing, day_count)
    if agreed.above_reference_bp is None:
        return ChargeTerms("contract")
    return ChargeTerms("contract", agreed.reference or FIXED, agreed.above_reference_bp, fixing, day_count)


def _lump_sums(
    agreed: Agreed, pack: Pack | None, on: date, currency: str, is_consumer: bool
) -> tuple[tuple[Tier, ...], tuple[str, ...]]:
    """The fixed sums: the law's, or the agreed one cut down to the law's where it has one for the currency."""
    rows = pack.rows("lump_sum", on, is_consumer) if pack else ()
    row = next((one for one in rows if one.text("currency") == currency), None)
    legal = _tiers(row) if row else None
    if agreed.mode == "statutory":
        return legal or (), (row.source,) if row and legal else ()
    if not agreed.lump_sum_minor or is_consumer:
        return (), ()
    if legal is None:
        return (Tier(None, agreed.lump_sum_minor),), ()
    capped = tuple(Tier(tier.below_minor, min(tier.minor, agreed.lump_sum_minor)) for tier in legal)
    return capped, (row.source,) if row and capped else ()


def _tiers(row: Row) -> tuple[Tier, ...]:
    given = row.values.get("tiers")
    if not isinstance(given, list) or not all(isinstance(one, dict) and type(one.get("minor")) is int for one in given):
        raise BadInput(
            gettext_noop("this cannot be read"), row.where, gettext_noop("give tiers with minor and below_minor")
        )
    return tuple(Tier(one.get("below_minor"), one["minor"]) for one in given)
