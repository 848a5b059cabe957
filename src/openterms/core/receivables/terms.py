"""The notation of payment terms: what people write, read as one explicit rule (FACTBOOK 6.7).

In any letter case:

- ``net 30``, ``due on receipt``; no credit: ``cia``, ``pia``, ``cbs``, ``cnd``, ``cod``
- ``eom``, ``eom+15``; ``net 30 eom`` is 30 days after the month end; ``net 45 then eom`` the end of the month reached
- ``15 prox``, ``net 10 prox``, ``15 mfi``: that day of the next month
- ``day 5,20``, ``net 30 then day 5,20``: the next of fixed days of the month
- ``1/3 at 30, 1/3 at 60, 1/3 at 90``, ``50% at 0, 50% at 1m``: instalments after days or months
- a cash discount in front: ``2/10 net 30``; where the rule is not plain ``net``, the discount must say from when it
  counts: ``2/10 after eom, net 30 eom`` or ``2/10 after invoice, net 30 eom``
- a weekend rule behind: ``following``, ``preceding``, ``modified following``; without one a date does not move
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from openterms.core.base.calendar import RollRule
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.due_rules import (
    MOST_DAYS,
    PREPAID_CODES,
    AfterMonthEnd,
    DayOfNextMonth,
    DaysThenMonthEnd,
    DueRule,
    FixedDays,
    Instalments,
    Net,
    Offset,
    Prepaid,
)
from openterms.core.receivables.schedules import CashDiscount, Instalment, Terms

__all__ = ["CashDiscount", "Instalment", "Terms", "parse_terms"]

UNKNOWN = gettext_noop("these payment terms are not known")
AMBIGUOUS = gettext_noop("these payment terms have more than one meaning")
IMPOSSIBLE = gettext_noop("these payment terms cannot be kept")

_DISCOUNT = re.compile(
    r"(?P<percent>[0-9]+(?:\.[0-9]+)?) ?%? ?/ ?(?P<days>[0-9]+)(?![0-9]| ?/| at )"
    r"(?: after (?P<start>eom|invoice))?(?:,? |$)"
)
_SHARE = re.compile(
    r"(?:(?P<top>[0-9]+)/(?P<bottom>[0-9]+)|(?P<percent>[0-9]+(?:\.[0-9]+)?)%) at (?P<count>[0-9]+)(?P<m>m?)"
)
_MONTH_END = r"(?:eom|end of month)"


def parse_terms(notation: str) -> Terms:
    """The terms that a notation means; ``str()`` of them is the canonical notation and reads back as the same terms.

    Ambiguous or unknown notations raise ``BadInput`` that says what would be right.
    """
    text = " ".join(notation.lower().split())
    try:
        text, roll_rule = _take_roll_rule(text)
        text, discount = _take_discount(text)
        due = _due_rule(text)
        _check_discount(discount, due)
    except BadInput as error:
        raise error.at(notation.strip() or '""') from None
    return Terms(due, discount[0] if discount else None, roll_rule)


def _take_roll_rule(text: str) -> tuple[str, RollRule]:
    for rule in (RollRule.MODIFIED_FOLLOWING, RollRule.FOLLOWING, RollRule.PRECEDING):
        if text.endswith(f" {rule.value}"):
            return text.removesuffix(f" {rule.value}").rstrip(","), rule
    return text, RollRule.NONE


def _take_discount(text: str) -> tuple[str, tuple[CashDiscount, str] | None]:
    """The rest of the text, and the discount with the word that says from when it counts (empty if it does not say)."""
    match = _DISCOUNT.match(text)
    if not match:
        return text, None
    rest = text[match.end() :]
    if not rest:
        raise BadInput(UNKNOWN, remedy=gettext_noop("add when the whole amount is due, such as 2/10 net 30"))
    if _DISCOUNT.match(rest):
        raise BadInput(UNKNOWN, remedy=gettext_noop("give one cash discount only"))
    bp = Decimal(match["percent"]) * 100
    if bp != int(bp) or not 0 < bp < 10_000:
        raise BadInput(
            IMPOSSIBLE, remedy=gettext_noop("a discount lies between 0 and 100 percent and has at most two decimals")
        )
    start = match["start"] or ""
    return rest, (CashDiscount(int(bp), _days(match["days"]), start == "eom"), start)


def _check_discount(discount: tuple[CashDiscount, str] | None, due: DueRule) -> None:
    if discount is None:
        return
    value, start = discount
    if isinstance(due, Instalments | Prepaid):
        raise BadInput(
            UNKNOWN,
            remedy=gettext_noop("leave the discount out; it goes with terms that have one due date and give credit"),
        )
    if not start and not isinstance(due, Net):
        raise BadInput(
            AMBIGUOUS,
            remedy=gettext_noop('say from when the discount counts: "%(days)s after invoice" or "%(days)s after eom"'),
            params={"days": f"…/{value.days}"},
        )
    from_invoice = isinstance(due, Net) and not value.is_after_month_end and value.days > due.days
    from_month_end = isinstance(due, AfterMonthEnd) and value.is_after_month_end and value.days > due.days
    if from_invoice or from_month_end:
        raise BadInput(IMPOSSIBLE, remedy=gettext_noop("a discount ends on or before the due date"))


def _due_rule(text: str) -> DueRule:
    for pattern, build in _RULES:
        if match := pattern.fullmatch(text):
            return build(match)
    if " at " in text:
        return _instalments(text)
    for pattern, what, remedy in _HINTS:
        if match := pattern.fullmatch(text):
            raise BadInput(what, remedy=remedy, params={"n": match["n"]} if "n" in match.groupdict() else None)
    raise BadInput(
        UNKNOWN,
        remedy=gettext_noop(
            "write for example net 30, 2/10 net 30, due on receipt, cod, eom+15, net 45 then eom, 15 prox, day 5,20, "
            "or 1/2 at 30, 1/2 at 60"
        ),
    )


def _days(text: str) -> int:
    if len(text) > 4 or int(text) > MOST_DAYS:
        raise BadInput(IMPOSSIBLE, remedy=gettext_noop("give at most %(most)s days"), params={"most": MOST_DAYS})
    return int(text)


def _day_of_month(text: str) -> int:
    if len(text) > 2 or not 1 <= int(text) <= 31:
        raise BadInput(IMPOSSIBLE, remedy=gettext_noop("a day of the month is 1 to 31"))
    return int(text)


def _fixed_days(match: re.Match[str]) -> DueRule:
    days = sorted({_day_of_month(day.strip()) for day in match["days"].split(",")})
    return FixedDays(tuple(days), _days(match["n"] or "0"))


def _instalments(text: str) -> Instalments:
    shares: list[tuple[Fraction, Offset]] = []
    for part in text.split(","):
        match = _SHARE.fullmatch(part.strip())
        if not match or match["bottom"] == "0":
            raise BadInput(
                UNKNOWN, remedy=gettext_noop("write instalments like 1/2 at 30, 1/2 at 60 or 1/2 at 0, 1/2 at 1m")
            )
        percent = match["percent"]
        share = Fraction(percent) / 100 if percent else Fraction(int(match["top"]), int(match["bottom"]))
        count = _days(match["count"])
        shares.append((share, Offset(count, bool(match["m"]) and count > 0)))
    if sum(share for share, _ in shares) != 1 or any(share == 0 for share, _ in shares):
        raise BadInput(
            IMPOSSIBLE, remedy=gettext_noop("the shares of instalments are positive and sum to 1 or 100 percent")
        )
    if len({offset.is_months for _, offset in shares if offset.count}) > 1:
        raise BadInput(UNKNOWN, remedy=gettext_noop("count instalments all in days or all in months"))
    if any(first.count >= second.count for (_, first), (_, second) in pairwise(shares)):
        raise BadInput(IMPOSSIBLE, remedy=gettext_noop("put instalments in order of their dates"))
    return Instalments(tuple(shares))


def _rule(
    pattern: str, build: Callable[[re.Match[str]], DueRule]
) -> tuple[re.Pattern[str], Callable[[re.Match[str]], DueRule]]:
    return re.compile(pattern), build


_RULES = (
    _rule(r"net ?(?P<n>[0-9]+)(?: days)?|n ?/ ?(?P<m>[0-9]+)", lambda found: Net(_days(found["n"] or found["m"]))),
    _rule(r"(?P<n>[0-9]+) days(?: net)?", lambda found: Net(_days(found["n"]))),
    _rule(r"(?:due )?(?:up)?on receipt", lambda found: Net(0)),
    _rule("|".join(PREPAID_CODES), lambda found: Prepaid(found[0])),
    _rule(_MONTH_END, lambda found: AfterMonthEnd(0)),
    _rule(rf"{_MONTH_END} ?\+? ?(?P<n>[0-9]+)(?: days)?", lambda found: AfterMonthEnd(_days(found["n"]))),
    _rule(rf"(?:net )?(?P<n>[0-9]+) {_MONTH_END}", lambda found: AfterMonthEnd(_days(found["n"]))),
    _rule(rf"(?:net )?(?P<n>[0-9]+)(?: days)?,? then {_MONTH_END}", lambda found: DaysThenMonthEnd(_days(found["n"]))),
    _rule(
        r"(?:net )?(?P<n>[0-9]+)(?:st|nd|rd|th)? (?:prox\.?|proximo|mfi)",
        lambda found: DayOfNextMonth(_day_of_month(found["n"])),
    ),
    _rule(r"(?:net (?P<n>[0-9]+)(?: days)?,? then )?days? (?P<days>[0-9]+(?: ?, ?[0-9]+)*)", _fixed_days),
)

_HINTS = (
    (
        re.compile(r"(?P<n>[0-9]+)"),
        AMBIGUOUS,
        gettext_noop("write net %(n)s for days, or %(n)s prox for a day of next month"),
    ),
    (
        re.compile(r"(?:net )?(?P<n>[0-9]+) ?(?:d|days|jours) (?:eom|end of month|fin de mois|fdm)"),
        AMBIGUOUS,
        gettext_noop("write net %(n)s then eom (month end last) or eom+%(n)s (month end first)"),
    ),
    (re.compile(r"mfi|prox\.?|proximo"), UNKNOWN, gettext_noop("say which day of the next month, such as 15 prox")),
    (
        re.compile(r"[0-9.]+/[0-9]+/[0-9]+"),
        UNKNOWN,
        gettext_noop("write discount and due date apart, such as 2/10 net 30"),
    ),
    (re.compile(r"net"), UNKNOWN, gettext_noop("say how many days, such as net 30")),
    (re.compile(r""), UNKNOWN, gettext_noop("write for example net 30")),
)
