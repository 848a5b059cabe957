"""Read what an applicant writes, say what is missing, and give a decision its facts.

Answers are JSON: ``{"company": {"legal_name": ...}, "people": {"rows": [{...}, ...]}}``. Money is in minor units of the
application's currency, dates are ISO texts, shares whole percents. A field not answered is not there; that is not zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pycountry

from openterms.core.base.company_numbers import check_number
from openterms.core.base.errors import BadInput
from openterms.core.base.mail import domain_of, is_free_mail
from openterms.core.base.money import to_minor
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.application_shape import (
    BY_NAME,
    NEGATIVE,
    NUMBERS,
    SECTIONS,
    STATEMENT_AMOUNTS,
    Field,
    Section,
)
from openterms.core.credit.facts import MOST_MINOR
from openterms.core.credit.statements import Statement, hundredths, ratios

Answers = Mapping[str, Any]
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩٫٬", "0123456789.,")
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_SITE = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.)+[\w-]{2,63})(?:[/?#]\S*)?", re.I)
YES = ("on", "1", "true", "yes")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong or missing at a place: section, field, and the row (from 0) of a section that repeats."""

    section: str
    field: str
    error: BadInput
    row: int | None = None

    @property
    def place(self) -> str:
        """The name of the field in a form: ``legal_name``, or ``0-name`` in the first row."""
        return self.field if self.row is None else f"{self.row}-{self.field}"


def read_field(field: Field, text: str, currency: str, country: str = "") -> Any:
    """The value of what was written, None for nothing. Money in minor units of ``currency``. Errors: ``BadInput``."""
    text = " ".join(text.replace("\0", "").split()) if field.kind != "note" else text.replace("\0", "").strip()
    if field.kind == "flag":
        return True if text.casefold() in YES else None
    if not text:
        return None
    if field.kind in ("text", "note"):
        return _short(field, text)
    reader = _READERS.get(field.kind)
    if reader is not None:
        return reader(field, text)
    if field.kind == "money":
        return _money(field, text, currency)
    checked = check_number(field.scheme, _short(field, text), country)
    if checked.state == "wrong" or not checked.value:
        raise BadInput(
            _("This number is not right: a digit or letter is wrong or missing"), field.name,
            _("Copy it from an official document"),
        )  # fmt: skip
    return checked.value


def _short(field: Field, text: str) -> str:
    if len(text) > field.most:
        raise BadInput(
            _("This has more than %(most)s characters"), field.name, _("Make it shorter"), {"most": field.most}
        )
    return text


def _email(field: Field, text: str) -> str:
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise BadInput(_("This is not an e-mail address"), field.name, _("Write it like name@company.com"))
    return text


def _phone(field: Field, text: str) -> str:
    text = text.translate(_DIGITS)
    if not re.fullmatch(r"[+\d\s()./-]{6,40}", text) or not 6 <= len(re.sub(r"\D", "", text)) <= 15:
        raise BadInput(
            _("This is not a telephone number"), field.name, _("Write it with the country, like +49 30 1234")
        )
    return text


def _country(field: Field, text: str) -> str:
    if pycountry.countries.get(alpha_2=text.upper()) is None:
        raise BadInput(_("This is not a country"), field.name, _("Choose one of the list"))
    return text.upper()


def _date(field: Field, text: str) -> str:
    try:
        found = date.fromisoformat(text.translate(_DIGITS))
    except ValueError:
        raise BadInput(_("This is not a date"), field.name, _("Write it as year-month-day, like 2025-12-31")) from None
    if not 1800 <= found.year <= 2200:
        raise BadInput(_("This is not a date"), field.name, _("Write it as year-month-day, like 2025-12-31"))
    return found.isoformat()


def _whole(field: Field, text: str) -> int:
    plain = text.translate(_DIGITS).replace(",", "")
    most = 100 if field.kind == "percent" else field.most
    if not re.fullmatch(r"\d{1,12}", plain) or int(plain) > most:
        raise BadInput(
            _("This is not a whole number up to %(most)s"), field.name, _("Write digits only"), {"most": most}
        )
    return int(plain)


def _choice(field: Field, text: str) -> str:
    if text not in {code for code, _label in field.choices}:
        raise BadInput(_("This is none of the choices"), field.name, _("Choose one of the list"))
    return text


def _site(field: Field, text: str) -> str:
    found = _SITE.fullmatch(text)
    if not found or len(text) > field.most:
        raise BadInput(_("This is not the address of a website"), field.name, _("Write it like www.company.com"))
    return text


_READERS = {
    "email": _email, "phone": _phone, "country": _country, "date": _date, "whole": _whole, "percent": _whole,
    "choice": _choice, "site": _site,
}  # fmt: skip


def _money(field: Field, text: str, currency: str) -> int:
    plain = text.translate(_DIGITS).replace("\u00a0", "").replace(" ", "").replace("\u2212", "-").replace(",", "")
    minor = to_minor(plain, currency)
    if abs(minor) > MOST_MINOR or (minor < 0 and field.name not in NEGATIVE):
        raise BadInput(_("This amount cannot be"), field.name, _("Write an amount of zero or more"))
    return minor


def read_section(
    section: Section, given: Mapping[str, str], currency: str, country: str = ""
) -> tuple[dict[str, Any], list[Fault]]:
    """What a section's form says: its valid answers, and the faults of the others.

    ``given`` maps names of fields (``name``, in a repeating section ``0-name``) to texts. Rows with nothing in them are
    left out, so rows may be skipped; faults name the row as it was written.
    """
    if section.rows == 1:
        return _read_row(section, given, currency, country, None)
    rows, faults = [], []
    for number in range(section.rows):
        texts = {one.name: given.get(f"{number}-{one.name}", "") for one in section.fields}
        found, wrong = _read_row(section, texts, currency, country, number)
        faults += wrong
        if found or wrong:
            rows.append(found)
    return {"rows": rows}, faults


def _read_row(
    section: Section, texts: Mapping[str, str], currency: str, country: str, row: int | None
) -> tuple[dict[str, Any], list[Fault]]:
    found: dict[str, Any] = {}
    faults = []
    where = _country_of(texts.get("country", "")) or country
    for field in section.fields:
        try:
            value = read_field(field, texts.get(field.name, ""), currency, where)
        except BadInput as error:
            faults.append(Fault(section.name, field.name, error, row))
            continue
        if value is not None:
            found[field.name] = value
    return found, faults


def _country_of(text: str) -> str:
    """The country that a row names, where it is one."""
    code = text.strip().upper()
    return code if pycountry.countries.get(alpha_2=code) else ""


def missing_in(section: Section, answers: Answers) -> list[Fault]:
    """What a section still lacks, in its order; what does not fit together too."""
    said = answers.get(section.name) or {}
    if section.rows == 1:
        faults = _lacking(section, said, None)
    else:
        rows = said.get("rows", [])
        faults = [fault for number, row in enumerate(rows) for fault in _lacking(section, row, number)]
        for number in range(len(rows), section.least):
            faults += _lacking(section, {}, number)
    return faults + _together(section, said)


def _lacking(section: Section, row: Mapping[str, Any], number: int | None) -> list[Fault]:
    needed = BadInput(_("This is needed"), "", _("Please fill it in"))
    return [
        Fault(section.name, field.name, needed, number)
        for field in section.fields
        if field.needed and row.get(field.name) in (None, "")
    ]


def _together(section: Section, said: Mapping[str, Any]) -> list[Fault]:
    found: list[tuple[str, BadInput, int | None]] = []
    if section.name == "company" and not any(said.get(name) for name in NUMBERS):
        needed = BadInput(_("One number of the company is needed"), "", _("Give the one you have at hand"))
        found.append((NUMBERS[0], needed, None))
    if section.name == "people" and said.get("rows"):
        rows = said["rows"]
        if not any(row.get("signs") for row in rows):
            found.append(("signs", BadInput(_("Nobody may sign"), "", _("Mark who may sign for the company")), 0))
        if sum(row.get("share", 0) for row in rows) > 100:
            found.append(("share", BadInput(_("The shares add up to more than 100"), "", _("Correct a share")), 0))
    if section.name == "request" and said.get("limit") == 0:
        found.append(("limit", BadInput(_("A limit of nothing"), "", _("Give the amount you need")), None))
    if section.name == "bank" and said.get("bank") and not (said.get("iban") or said.get("account")):
        found.append(("iban", BadInput(_("The account is missing"), "", _("Give its IBAN or its number")), None))
    return [Fault(section.name, field, error, row) for field, error, row in found]


def missing(answers: Answers) -> list[Fault]:
    """Everything that keeps an application from being sent, in the order of the form."""
    return [fault for section in SECTIONS for fault in missing_in(section, answers)]


def is_begun(section: Section, answers: Answers) -> bool:
    """Whether anything of a section is answered."""
    said = answers.get(section.name) or {}
    return bool(said.get("rows") if section.rows > 1 else said)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a referee said: ``kind`` is ``trade`` or ``bank``, amounts in the application's currency."""

    kind: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An application as a decision sees it."""

    answers: Answers
    currency: str
    on: date
    form_seconds: int | None = None
    references: Sequence[Answered] = ()
    register_status: str = ""
    registered_on: date | None = None


def facts_of(given: Given) -> dict[str, Any]:
    """Facts of an application by the names of ``core.credit.facts``; what was not said is not there.

    Figures and ratios are those of the newest statement that the applicant gave (FACTBOOK 2.3).
    """
    company, request = given.answers.get("company") or {}, given.answers.get("request") or {}
    contact = given.answers.get("contact") or {}
    facts: dict[str, Any] = {
        "requested_limit_minor": request.get("limit"),
        "requested_terms_days": int(request["terms_days"]) if request.get("terms_days") else None,
        "expected_purchases_minor": request.get("yearly"),
        "first_order_minor": request.get("first_order"),
        "deposit_minor": request.get("deposit"),
        "guarantee_minor": request.get("guarantee"),
        "promissory_note": bool(request.get("promissory_note")),
        "direct_debit": bool(request.get("direct_debit")),
        "form_seconds": given.form_seconds,
        "country": company.get("country"),
        "legal_form": company.get("legal_form"),
        "register_status": given.register_status or None,
        "free_mail": is_free_mail(domain_of(contact["email"])) if contact.get("email") else None,
    }
    since = given.registered_on or _day(company.get("registered_on"))
    if since is not None and since <= given.on:
        facts["months_trading"] = _months(since, given.on)
    facts |= _statement_facts(given) | _reference_facts(given.references)
    return {name: value for name, value in facts.items() if value is not None}


def _reference_facts(references: Sequence[Answered]) -> dict[str, Any]:
    trade = [one.said for one in references if one.kind == "trade"]
    prompt = [said for said in trade if said.get("late_days", 999) <= 10]
    facts: dict[str, Any] = {}
    if trade:
        facts |= {"references_given": len(trade), "references_prompt": len(prompt)}
        facts["best_reference_minor"] = max((said.get("highest", 0) for said in prompt), default=None)
    facts["bank_reference"] = next((one.said.get("view") for one in references if one.kind == "bank"), None)
    return facts


def _statement_facts(given: Given) -> dict[str, Any]:
    rows = sorted(statements_of(given.answers), key=lambda row: str(row["ends_on"]))
    if not rows:
        return {}
    newest = rows[-1]
    ends_on = date.fromisoformat(newest["ends_on"])
    amounts: dict[str, Any] = {name: newest.get(name) for name, _label in STATEMENT_AMOUNTS}
    found = ratios(Statement(ends_on=ends_on, currency=given.currency, **amounts))
    facts = {
        "statements_kind": newest.get("kind"),
        "total_assets_minor": newest.get("total_assets_minor"),
        "revenue_minor": newest.get("sales_minor"),
        "net_income_minor": newest.get("net_income_minor"),
        "tangible_net_worth_minor": found.tangible_net_worth_minor,
        "working_capital_minor": found.working_capital_minor,
        "current_ratio_c": hundredths(found.current),
        "quick_ratio_c": hundredths(found.quick),
        "debt_to_equity_c": hundredths(found.debt_to_equity),
        "interest_cover_c": hundredths(found.interest_cover),
        "negative_equity": None if newest.get("equity_minor") is None else newest["equity_minor"] < 0,
    }
    if ends_on <= given.on:
        facts["statements_age_months"] = _months(ends_on, given.on)
    return facts


def statements_of(answers: Answers) -> list[dict[str, Any]]:
    """The yearly figures that have a date: ``ends_on`` ISO, ``kind``, amounts by the names of ``Statement``."""
    rows = (answers.get("statements") or {}).get("rows", [])
    names = [name for name, _label in STATEMENT_AMOUNTS]
    return [dict(row) for row in rows if row.get("ends_on") and any(row.get(name) is not None for name in names)]


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


__all__ = [
    "BY_NAME", "Answered", "Answers", "Fault", "Given", "facts_of", "is_begun", "missing", "missing_in", "read_field",
    "read_section", "statements_of",
]  # fmt: skip
