"""The text that a customer accepts: what it owes, what it pays when, and what follows if it does not.

One text in every language that pages speak, the customer's own first: its hash is what a signature stands under, and
each reader is shown the part in theirs. Its wording is this file's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.money import format_amount
from openterms.core.collecting.plans import PlanInstalment, PlanPolicy

LANGUAGES = ("en", "ar")
BETWEEN = "\n* * *\n\n"
"""Between the languages of one text."""
WORDING = {
    "title": {"en": "Payment plan", "ar": "خطة سداد"},
    "creditor": {"en": "Creditor: {name}", "ar": "الدائن: {name}"},
    "debtor": {"en": "Debtor: {name} ({number})", "ar": "المدين: {name} ({number})"},
    "currency": {"en": "Currency: {currency}", "ar": "العملة: {currency}"},
    "invoices": {"en": "Invoices:", "ar": "الفواتير:"},
    "invoice": {"en": "- {number}: {amount}", "ar": "- {number}: {amount}"},
    "instalments": {"en": "Instalments:", "ar": "الأقساط:"},
    "instalment": {
        "en": "- {place}. {day}: {amount} (interest {interest})",
        "ar": "- {place}. {day}: {amount} (منها فائدة {interest})",
    },
    "way": {"en": "Way of payment: {way}", "ar": "طريقة السداد: {way}"},
    "link": {"en": "by payment link", "ar": "عبر رابط الدفع"},
    "transfer": {"en": "by bank transfer", "ar": "بالتحويل المصرفي"},
    "debit": {"en": "by direct debit", "ar": "بالخصم المباشر"},
    "default": {
        "en": "Default: {missed} instalment(s) unpaid {days} day(s) after the date; all that is unpaid is then due at"
        " once by its original dates.",
        "ar": "الإخلال: إذا بقي عدد {missed} من الأقساط دون سداد بعد موعده بعدد {days} من الأيام، حلّ فورًا كل ما لم يُسدَّد"
        " بتواريخ استحقاقه الأصلية.",
    },
    "both": {
        "en": "This agreement is written in English and in Arabic; both say the same.",
        "ar": "حُرِّر هذا الاتفاق بالإنجليزية وبالعربية، ومضمونهما واحد.",
    },
}  # fmt: skip


def agreement_text(
    seller: Seller,
    customer: Customer,
    owed: Sequence[tuple[Item, int]],
    instalments: Sequence[PlanInstalment],
    currency: str,
    way: str,
    policy: PlanPolicy,
) -> str:
    """Plain text, one fact a line, the same for the same plan; the customer's language comes first."""
    order = sorted(LANGUAGES, key=lambda one: not customer.locale.startswith(one))
    return BETWEEN.join(
        _part(language, seller, customer, owed, instalments, currency, way, policy) for language in order
    )


def _part(
    language: str, seller: Seller, customer: Customer, owed: Sequence[tuple[Item, int]],
    instalments: Sequence[PlanInstalment], currency: str, way: str, policy: PlanPolicy,
) -> str:  # fmt: skip
    """The text in one language. Names, numbers and amounts keep their own direction in a right-to-left line."""

    def say(what: str, /, **places: object) -> str:
        shown = {key: f"\u2068{value}\u2069" if language == "ar" else value for key, value in places.items()}
        return WORDING[what][language].format(**shown)

    def money(minor: int) -> str:
        return format_amount(minor, currency)

    lines = [
        say("title"), say("creditor", name=seller.name), say("debtor", name=customer.name, number=customer.number),
        say("currency", currency=currency), say("invoices"),
        *(say("invoice", number=f"{item.number}/{item.instalment}", amount=money(minor)) for item, minor in owed),
        say("instalments"),
        *(
            say("instalment", place=one.number, day=one.due_on.isoformat(), amount=money(one.amount_minor),
                interest=money(one.interest_minor))
            for one in instalments
        ),
        WORDING["way"][language].format(way=WORDING[way][language] if way in WORDING else way),
        say("default", missed=policy.most_missed, days=policy.grace_days), say("both"),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def agreement_in(agreement: str, language: str) -> tuple[str, str]:
    """The part of an agreement for a reader, and its language: theirs, else the first that there is."""
    found = {_language(part): part for part in agreement.split(BETWEEN)}
    chosen = language if language in found else next(iter(found))
    return found[chosen], chosen


def _language(part: str) -> str:
    first = part.split("\n", 1)[0]
    return next((one for one in LANGUAGES if WORDING["title"][one] == first), "en")
