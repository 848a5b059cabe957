"""What a credit application asks: sections, fields, their kinds, and which are needed.

The order is the order of the form. Labels are message ids; doors translate them. The questions are those of a usual
trade-credit application; what is decided with them stands in ``facts`` (FACTBOOK 2, 8.1, 9.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from openterms.core.base.reasons import gettext_noop as _

Kind = Literal[
    "text", "note", "email", "phone", "country", "date", "whole", "money", "percent", "choice", "flag", "number", "site"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. ``scheme`` is the kind of register's number of a ``number``; ``most`` the characters or value."""

    name: str
    label: str
    kind: Kind = "text"
    needed: bool = False
    help: str = ""
    most: int = 200
    choices: tuple[tuple[str, str], ...] = ()
    scheme: str = ""
    autocomplete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A step of the form. ``rows`` is how many times it may be answered (1: once); ``least`` how many times it must."""

    name: str
    title: str
    intro: str = ""
    row_title: str = ""
    fields: tuple[Field, ...]
    rows: int = 1
    least: int = 0

    def field(self, name: str) -> Field:
        """The field of a name; ``KeyError`` where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


LEGAL_FORMS = (
    ("limited", _("Limited company")),
    ("public", _("Public company (listed or joint stock)")),
    ("partnership", _("Partnership")),
    ("sole_trader", _("Sole trader")),
    ("state", _("Public body")),
    ("other", _("Something else")),
)
ROLES = (
    ("owner", _("Owner")),
    ("director", _("Director or manager")),
    ("owner_director", _("Owner and director")),
    ("other", _("Other")),
)
TERMS_DAYS = ("7", "14", "30", "45", "60", "90")
_TERMS = tuple((days, _("%(days)s days")) for days in TERMS_DAYS)
STATEMENT_KINDS = (
    ("audited", _("Audited")),
    ("reviewed", _("Reviewed by an accountant")),
    ("own", _("Our own figures")),
)
STATEMENT_AMOUNTS = (
    ("sales_minor", _("Sales")),
    ("ebit_minor", _("Profit before interest and tax")),
    ("interest_minor", _("Interest paid")),
    ("net_income_minor", _("Profit after tax")),
    ("total_assets_minor", _("Total assets")),
    ("current_assets_minor", _("Current assets")),
    ("inventory_minor", _("Stock")),
    ("goodwill_minor", _("Goodwill")),
    ("intangibles_minor", _("Other intangible assets")),
    ("current_liabilities_minor", _("Current liabilities")),
    ("total_liabilities_minor", _("Total liabilities")),
    ("retained_earnings_minor", _("Retained earnings")),
    ("equity_minor", _("Equity")),
)

CONTACT = Section(
    name="contact",
    title=_("You"),
    intro=_("Whom we answer. Your link goes to this e-mail address."),
    fields=(
        Field(name="name", label=_("Your name"), needed=True, autocomplete="name"),
        Field(name="position", label=_("Your position"), autocomplete="organization-title"),
        Field(name="email", label=_("Your e-mail"), kind="email", needed=True, autocomplete="email"),
        Field(name="phone", label=_("Your telephone"), kind="phone", needed=True, autocomplete="tel"),
        Field(name="invoices_email", label=_("E-mail for invoices"), kind="email", help=_("If it is another one.")),
    ),
)
COMPANY = Section(
    name="company",
    title=_("Your company"),
    intro=_("As it stands in the register. Give at least one of its numbers."),
    fields=(
        Field(name="legal_name", label=_("Registered name"), needed=True, autocomplete="organization"),
        Field(name="trading_name", label=_("Trading name"), help=_("If it differs.")),
        Field(name="country", label=_("Country of registration"), kind="country", needed=True, autocomplete="country"),
        Field(name="legal_form", label=_("Legal form"), kind="choice", needed=True, choices=LEGAL_FORMS),
        Field(name="registered_on", label=_("Registered on"), kind="date"),
        Field(name="register", label=_("Register number"), kind="number", scheme="register", most=40),
        Field(name="vat", label=_("VAT number"), kind="number", scheme="vat", most=40),
        Field(name="tax", label=_("Tax number"), kind="number", scheme="tax", most=40),
        Field(name="lei", label=_("LEI"), kind="number", scheme="lei", most=40, help=_("20 letters and digits.")),
        Field(name="duns", label=_("D-U-N-S number"), kind="number", scheme="duns", most=20),
        Field(name="street", label=_("Street and number"), needed=True, autocomplete="street-address"),
        Field(name="postcode", label=_("Postcode"), most=20, autocomplete="postal-code"),
        Field(name="city", label=_("City"), needed=True, most=100, autocomplete="address-level2"),
        Field(name="region", label=_("Region"), most=100, autocomplete="address-level1"),
        Field(name="phone", label=_("Telephone"), kind="phone"),
        Field(name="website", label=_("Website"), kind="site", autocomplete="url"),
        Field(name="business", label=_("What the company does"), most=300),
        Field(name="employees", label=_("Employees"), kind="whole", most=5_000_000),
    ),
)
PEOPLE = Section(
    name="people",
    title=_("Owners and signatories"),
    intro=_("Everybody who owns a quarter or more, and who may sign for the company."),
    row_title=_("Person %(number)s"),
    rows=6,
    least=1,
    fields=(
        Field(name="name", label=_("Full name"), needed=True),
        Field(name="role", label=_("Role"), kind="choice", needed=True, choices=ROLES),
        Field(name="share", label=_("Share in the company, %"), kind="percent"),
        Field(name="email", label=_("E-mail"), kind="email"),
        Field(name="phone", label=_("Telephone"), kind="phone"),
        Field(name="signs", label=_("May sign for the company"), kind="flag"),
    ),
)
REQUEST = Section(
    name="request",
    title=_("What you ask for"),
    fields=(
        Field(name="limit", label=_("Credit limit"), kind="money", needed=True),
        Field(name="terms_days", label=_("Time to pay"), kind="choice", needed=True, choices=_TERMS),
        Field(name="yearly", label=_("Expected purchases in a year"), kind="money", needed=True),
        Field(name="first_order", label=_("First order"), kind="money"),
        Field(name="deposit", label=_("Deposit you can give"), kind="money"),
        Field(name="guarantee", label=_("Guarantee you can bring"), kind="money"),
        Field(name="promissory_note", label=_("We can sign a promissory note for each invoice"), kind="flag"),
        Field(name="direct_debit", label=_("We can give a direct debit mandate"), kind="flag"),
        Field(name="remark", label=_("Anything else we should know"), kind="note", most=2_000),
    ),
)
REFERENCES = Section(
    name="references",
    title=_("Trade references"),
    intro=_("Up to three companies that sell to you on credit. Each gets a short form by a link of its own."),
    row_title=_("Reference %(number)s"),
    rows=3,
    fields=(
        Field(name="company", label=_("Company"), needed=True),
        Field(name="person", label=_("Person")),
        Field(name="email", label=_("E-mail"), kind="email", needed=True),
        Field(name="phone", label=_("Telephone"), kind="phone"),
    ),
)
BANK = Section(
    name="bank",
    title=_("Your bank"),
    intro=_("The account you pay from. A bank reference is asked for only if you give the bank's e-mail."),
    fields=(
        Field(name="bank", label=_("Bank"), needed=True),
        Field(name="iban", label=_("IBAN"), kind="number", scheme="iban", most=42),
        Field(name="account", label=_("Account number"), help=_("Where there is no IBAN."), most=40),
        Field(name="holder", label=_("Account holder")),
        Field(name="person", label=_("Person at the bank")),
        Field(name="email", label=_("E-mail of the bank"), kind="email"),
    ),
)
STATEMENTS = Section(
    name="statements",
    title=_("Financial statements"),
    intro=_("The last two years help us to a higher limit. Type the figures or give the filled-in template."),
    row_title=_("Year %(number)s"),
    rows=2,
    fields=(
        Field(name="ends_on", label=_("Last day of the year"), kind="date", needed=True),
        Field(name="kind", label=_("Who stands behind the figures"), kind="choice", choices=STATEMENT_KINDS),
        *(Field(name=name, label=label, kind="money") for name, label in STATEMENT_AMOUNTS),
    ),
)
SECTIONS = (CONTACT, COMPANY, PEOPLE, REQUEST, REFERENCES, BANK, STATEMENTS)
BY_NAME: Mapping[str, Section] = {one.name: one for one in SECTIONS}
"""Every section by its name, in the order of the form."""

NEGATIVE = frozenset({"ebit_minor", "net_income_minor", "retained_earnings_minor", "equity_minor"})
"""Amounts of a statement that may be below zero."""

NUMBERS = ("register", "vat", "tax", "lei")
"""Numbers of a company of which one must be given."""

TRADE_REFERENCE = Section(
    name="trade",
    title=_("Your experience with this customer"),
    fields=(
        Field(name="since", label=_("Customer since (year)"), kind="whole", most=2_200),
        Field(name="highest", label=_("Highest credit in the last 12 months"), kind="money", needed=True),
        Field(name="owed", label=_("Owed now"), kind="money"),
        Field(name="terms_days", label=_("Agreed time to pay, in days"), kind="whole", needed=True, most=365),
        Field(name="late_days", label=_("Usually pays how many days late"), kind="whole", needed=True, most=999,
              help=_("0 if on time.")),
        Field(name="remark", label=_("Remark"), kind="note", most=1_000),
    ),
)  # fmt: skip
BANK_ANSWERS = (("good", _("Good")), ("fair", _("Fair")), ("poor", _("Poor")))
BANK_REFERENCE = Section(
    name="bank",
    title=_("Your view of this customer"),
    fields=(
        Field(name="since", label=_("Customer since (year)"), kind="whole", most=2_200),
        Field(name="view", label=_("Standing for the credit asked for"), kind="choice", needed=True,
              choices=BANK_ANSWERS),
        Field(name="holder_is_right", label=_("The account belongs to the company named"), kind="flag"),
        Field(name="remark", label=_("Remark"), kind="note", most=1_000),
    ),
)  # fmt: skip
