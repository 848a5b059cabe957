"""The rules of EN 16931 that what an invoice charges is held to: each fault with the name of its rule, in plain words.

Rules that need the parties (whose VAT number stands where) are the audit's (`core.receivables.completeness`).
Source: FACTBOOK 6.4; the numbers and meanings are those of the published rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from openterms.core.base.errors import BadInput
from openterms.core.base.money import MOST_MINOR, format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.invoice_lines import (
    CATEGORIES,
    EXPLAINED,
    RATED,
    ZERO_RATED,
    Adjustment,
    Charged,
    Line,
    Totals,
    line_net,
    totals,
)

LINE_SLACK_MINOR = 2
"""By how much a line's amount may differ from quantity times price (PEPPOL-EN16931-R120)."""
MOST_LINES = 10_000


def settled(charged: Charged) -> Totals:
    """The sums of an invoice that keeps every rule. Errors: BadInput, the first fault."""
    for fault in faults(charged):
        raise fault
    return totals(charged)


def faults(charged: Charged) -> Iterator[BadInput]:
    """Every rule that does not hold, lines first, then the breakdown, then the sums."""
    if not charged.lines:
        yield _fault("BR-16", "lines", gettext_noop("An invoice has one line or more"), gettext_noop("Give its lines"))
        return
    if len(charged.lines) > MOST_LINES:
        yield _fault("BR-16", "lines", gettext_noop("An invoice has at most %(most)s lines"),
                     gettext_noop("Give fewer lines"), most=MOST_LINES)  # fmt: skip
        return
    seen: set[str] = set()
    broken = False
    for line in charged.lines:
        for fault in _line_faults(line, charged.currency, seen):
            broken = True
            yield fault
        seen.add(line.number)
    for place, one in enumerate(charged.adjustments, 1):
        for fault in _adjustment_faults(one, f"adjustments {place}", is_whole=True):
            broken = True
            yield fault
    if not broken:
        yield from _vat_faults(charged)
        yield from _sum_faults(charged)


def _line_faults(line: Line, currency: str, seen: set[str]) -> Iterator[BadInput]:
    at = f"line {line.number}"
    if not line.number or line.number in seen:
        yield _fault("BR-21", at, gettext_noop("A line has a number of its own"), gettext_noop("Number the lines"))
    if not line.name.strip():
        yield _fault("BR-25", at, gettext_noop("A line says what is sold"), gettext_noop("Give the name"))
    if not line.unit.strip():
        yield _fault("BR-23", at, gettext_noop("A quantity has a unit"),
                     gettext_noop("Give a code such as C62 (pieces), KGM or HUR"))  # fmt: skip
    if not line.quantity.is_finite() or line.quantity == 0:
        yield _fault("BR-22", at, gettext_noop("A line has a quantity other than zero"), gettext_noop("Give it"))
        return
    if not line.price.is_finite() or line.price < 0:
        yield _fault("BR-27", at, gettext_noop("A price is not below zero"),
                     gettext_noop("To credit, give a negative quantity or a credit note"))  # fmt: skip
        return
    if not line.price_per.is_finite() or line.price_per <= 0:
        yield _fault("PEPPOL-EN16931-R121", at, gettext_noop("A price is for a quantity above zero"),
                     gettext_noop("Leave it out for a price per unit"))  # fmt: skip
        return
    yield from _category_faults(line.category, line, at)
    for one in line.adjustments:
        yield from _adjustment_faults(one, at, is_whole=False)
    ours = line_net(line, currency)
    if abs(ours) > MOST_MINOR:
        yield _fault("BR-24", at, gettext_noop("The amount is too large"), gettext_noop("Check quantity and price"))
    elif line.net_minor is not None and abs(line.net_minor - ours) > LINE_SLACK_MINOR:
        yield _sum("PEPPOL-EN16931-R120", at, gettext_noop("quantity times price with allowances and charges"),
                   line.net_minor, ours, currency)  # fmt: skip


def _category_faults(category: str, one: Line | Adjustment, at: str) -> Iterator[BadInput]:
    if category not in CATEGORIES:
        yield _fault("BR-CO-04", at, gettext_noop("%(given)s is no category of VAT"),
                     gettext_noop("Give one of: %(codes)s"), given=repr(category),
                     codes=", ".join(sorted(CATEGORIES)))  # fmt: skip
        return
    if not one.percent.is_finite() or one.percent < 0 or one.percent > 100:
        yield _fault("BR-48", at, gettext_noop("A rate is from 0 to 100 percent"), gettext_noop("Give the rate"))
    elif category in ZERO_RATED and one.percent != 0:
        yield _fault(ZERO_RATED[category], at, gettext_noop("The rate of category %(category)s is 0"),
                     gettext_noop("Give the rate 0, or category S"), category=category)  # fmt: skip
    elif category == "S" and one.percent == 0:
        yield _fault(RATED["S"], at, gettext_noop("The rate of category S is above 0"),
                     gettext_noop("Give the rate, or a category without VAT such as Z or E"))  # fmt: skip


def _adjustment_faults(one: Adjustment, at: str, is_whole: bool) -> Iterator[BadInput]:
    if one.amount_minor <= 0:
        yield _fault("BR-36" if one.is_charge else "BR-31", at,
                     gettext_noop("An allowance or a charge has an amount above zero"),
                     gettext_noop("Give the amount, and which of the two it is"))  # fmt: skip
    if not one.reason.strip():
        yield _fault("BR-CO-22" if one.is_charge else "BR-CO-21", at,
                     gettext_noop("An allowance or a charge says why"), gettext_noop("Give its reason"))  # fmt: skip
    if is_whole:
        yield from _category_faults(one.category, one, at)


def _vat_faults(charged: Charged) -> Iterator[BadInput]:
    found = totals(charged).vat
    for part in found:
        if part.category in EXPLAINED and not part.reason:
            yield _fault(EXPLAINED[part.category], "exemptions",
                         gettext_noop("Category %(category)s needs the reason why no VAT is charged"),
                         gettext_noop("Give the article of law, or the reason in words"),
                         category=part.category)  # fmt: skip
    if any(part.category == "O" for part in found) and len(found) > 1:
        yield _fault("BR-O-11", "lines", gettext_noop("What is outside the scope of VAT stands on an invoice alone"),
                     gettext_noop("Make two invoices"))  # fmt: skip
    if charged.given.vat is None:
        return
    said = {(one.category, one.percent.normalize()): one for one in charged.given.vat}
    for part in found:
        theirs = said.pop((part.category, part.percent.normalize()), None)
        at = f"vat {part.category} {part.percent.normalize():f}"
        if theirs is None:
            yield _fault("BR-CO-18", at, gettext_noop("The breakdown of VAT lacks this category and rate"),
                         gettext_noop("Give its amounts, or leave the breakdown to us"))  # fmt: skip
            continue
        if theirs.base_minor != part.base_minor:
            yield _sum("BR-S-08" if part.category == "S" else "BR-45", at,
                       gettext_noop("the lines, charges and allowances of this rate"), theirs.base_minor,
                       part.base_minor, charged.currency)  # fmt: skip
        elif theirs.vat_minor != part.vat_minor:
            yield _sum("BR-CO-17", at, gettext_noop("the taxable amount times the rate, rounded once"),
                       theirs.vat_minor, part.vat_minor, charged.currency)  # fmt: skip
    for category, percent in said:
        yield _fault("BR-CO-18", f"vat {category} {percent:f}", gettext_noop("No line has this category and rate"),
                     gettext_noop("Leave it out"))  # fmt: skip


def _sum_faults(charged: Charged) -> Iterator[BadInput]:
    ours, theirs = totals(charged), charged.given
    rows = (
        ("BR-CO-10", "lines_total", gettext_noop("the sum of the lines"), theirs.lines_minor, ours.lines_minor),
        ("BR-CO-11", "allowances_total", gettext_noop("the sum of the allowances"), theirs.allowances_minor,
         ours.allowances_minor),
        ("BR-CO-12", "charges_total", gettext_noop("the sum of the charges"), theirs.charges_minor,
         ours.charges_minor),
        ("BR-CO-13", "net", gettext_noop("lines less allowances plus charges"), theirs.net_minor, ours.net_minor),
        ("BR-CO-14", "vat_total", gettext_noop("the sum of the VAT of each rate"), theirs.vat_minor, ours.vat_minor),
        ("BR-CO-15", "total", gettext_noop("net plus VAT"), theirs.gross_minor, ours.gross_minor),
        ("BR-CO-16", "payable", gettext_noop("total less what was paid, with rounding"), theirs.payable_minor,
         ours.payable_minor),
    )  # fmt: skip
    for rule, at, meaning, said, found in rows:
        if said is not None and said != found:
            yield _sum(rule, at, meaning, said, found, charged.currency)
    if abs(ours.rounding_minor) >= 100:
        yield _fault("BR-CO-16", "rounding", gettext_noop("Rounding is less than one unit of the currency"),
                     gettext_noop("Give an allowance or a charge instead"))  # fmt: skip
    if ours.gross_minor <= 0 or ours.prepaid_minor < 0 or ours.payable_minor < 0:
        yield _fault("BR-CO-16", "total", gettext_noop("An invoice comes to more than zero"),
                     gettext_noop("To give money back, make a credit note"))  # fmt: skip


def _sum(rule: str, at: str, meaning: str, said: int, found: int, currency: str) -> BadInput:
    return BadInput(
        gettext_noop("%(rule)s: %(said)s is not what the sums come to"), at,
        gettext_noop("It is %(found)s: %(meaning)s"),
        {"rule": rule, "said": f"{format_amount(said, currency)} {currency}",
         "found": f"{format_amount(found, currency)} {currency}", "meaning": meaning},
    )  # fmt: skip


def _fault(rule: str, at: str, what: str, remedy: str, **params: str | int) -> BadInput:
    return BadInput(what, f"{at} ({rule})", remedy, params)
