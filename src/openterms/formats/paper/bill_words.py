"""The words of invoices, credit notes, receipts and statements, in English and Arabic; they are not translated
elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.formats.paper.demand import MONTHS_AR
from openterms.formats.paper.parts import apart

LANGUAGES = ("en", "ar")
WORDS: dict[str, tuple[str, str]] = {
    "invoice": ("Invoice", "فاتورة"),
    "tax_invoice": ("Tax invoice", "فاتورة ضريبية"),
    "credit_note": ("Credit note", "إشعار دائن"),
    "tax_credit_note": ("Tax credit note", "إشعار دائن ضريبي"),
    "receipt": ("Receipt", "إيصال قبض"),
    "statement": ("Statement of account", "كشف حساب"),
    "to": ("To", "إلى"),
    "number": ("Number", "الرقم"),
    "date": ("Date", "التاريخ"),
    "supplied": ("Date of supply", "تاريخ التوريد"),
    "period": ("Period", "الفترة"),
    "due": ("Due", "تاريخ الاستحقاق"),
    "order": ("Your order", "رقم طلبكم"),
    "buyer_reference": ("Your reference", "مرجعكم"),
    "contract": ("Contract", "العقد"),
    "account": ("Customer number", "رقم العميل"),
    "buyer_vat": ("Your VAT number", "رقمكم الضريبي"),
    "corrects": ("For invoice", "عن الفاتورة"),
    "item": ("What", "البيان"),
    "quantity": ("Quantity", "الكمية"),
    "price": ("Unit price", "سعر الوحدة"),
    "rate": ("VAT", "الضريبة"),
    "net_amount": ("Net", "الصافي"),
    "lines": ("Sum of lines", "مجموع البنود"),
    "net": ("Net", "الصافي"),
    "vat": ("VAT", "ضريبة القيمة المضافة"),
    "vat_local": ("VAT in {currency}", "الضريبة بعملة {currency}"),
    "gross": ("Total", "الإجمالي"),
    "prepaid": ("Paid before", "المدفوع سابقًا"),
    "rounding": ("Rounding", "التقريب"),
    "payable": ("To pay", "المطلوب سداده"),
    "credited": ("Credited to you", "المقيّد لكم"),
    "taxable": ("Taxable amount", "المبلغ الخاضع للضريبة"),
    "tax_rate": ("Rate", "النسبة"),
    "how": ("How to pay", "طريقة السداد"),
    "iban": ("Account (IBAN)", "رقم الحساب (آيبان)"),
    "bic": ("BIC", "رمز السويفت"),
    "bank": ("Bank", "البنك"),
    "holder": ("Account holder", "اسم صاحب الحساب"),
    "reference": ("Reference to give", "المرجع عند السداد"),
    "scan": ("Scan to pay", "امسح للسداد"),
    "pay_online": ("Pay online", "السداد عبر الإنترنت"),
    "tax_code": ("Tax code", "الرمز الضريبي"),
    "terms": ("Terms of payment", "شروط السداد"),
    "pay_by": ("Please pay {amount} by {day}.", "نرجو سداد {amount} في موعد أقصاه {day}."),
    "pay_part": ("{amount} by {day}", "{amount} في موعد أقصاه {day}"),
    "pay_parts": ("Please pay in parts: {parts}.", "نرجو السداد على دفعات: {parts}."),
    "discount": (
        "Pay by {day} and you may take off {amount}.", "عند السداد في موعد أقصاه {day} يحق لكم خصم {amount}.",
    ),
    "agreed": ("Terms agreed: {terms}.", "الشروط المتفق عليها: {terms}."),
    "wrong": (
        "If anything on this invoice is not right, please tell us now, so that it does not hold up your payment.",
        "إن كان في هذه الفاتورة ما يستدعي التصحيح فنرجو إبلاغنا فورًا حتى لا يتأخر السداد.",
    ),
    "credit_use": (
        "This amount stands to your credit; take it off your next payment, or ask us to pay it back.",
        "هذا المبلغ مقيّد لصالحكم؛ يمكنكم خصمه من دفعتكم القادمة أو طلب رده إليكم.",
    ),
    "note": ("Note", "ملاحظة"),
    "received": (
        "We have received {amount} from you on {day}. Thank you.", "استلمنا منكم {amount} بتاريخ {day}، شكرًا لكم.",
    ),
    "paid_for": ("Paid with it", "سُدّد به"),
    "applied": ("Amount", "المبلغ"),
    "left": ("Not yet applied", "لم يُخصَّص بعد"),
    "amount": ("Amount", "المبلغ"),
    "open": ("Open", "المتبقي"),
    "as_of": ("As of", "كما في"),
    "balance": ("Balance", "الرصيد"),
    "overdue": ("Overdue", "المتأخر"),
    "kind_invoice": ("Invoice", "فاتورة"),
    "kind_credit_note": ("Credit note", "إشعار دائن"),
    "kind_receipt": ("Receipt", "إيصال قبض"),
    "kind_late_fee": ("Late fee", "رسم تأخير"),
    "kind_late_interest": ("Late interest", "فائدة تأخير"),
    "kind_charity": ("Charity undertaking", "التزام خيري"),
    "what": ("Entry", "القيد"),
    "current": ("Not due", "غير مستحق"),
    "b1": ("1–30 days late", "متأخر ١–٣٠ يومًا"),
    "b2": ("31–60 days late", "متأخر ٣١–٦٠ يومًا"),
    "b3": ("61–90 days late", "متأخر ٦١–٩٠ يومًا"),
    "b4": ("More than 90 days late", "متأخر أكثر من ٩٠ يومًا"),
    "unapplied": ("In your favour, not yet applied", "لصالحكم ولم يُخصَّص بعد"),
    "in_currency": ("In {currency}", "بعملة {currency}"),
    "nothing": ("Nothing is open. Thank you.", "لا مبالغ مفتوحة على حسابكم، شكرًا لكم."),
    "page": ("Page {page} of {pages}", "صفحة {page} من {pages}"),
    "gaps": (
        "The sign � stands for a character that this paper cannot print; we keep it as it was written.",
        "تحل العلامة � محل حرف تعذّرت طباعته هنا، وهو محفوظ لدينا كما كُتب.",
    ),
}  # fmt: skip
"""English and Arabic; places in braces."""


class Sayer:
    """Words, days and amounts in one language, or in several side by side."""

    def __init__(self, languages: Sequence[str]) -> None:
        if not languages or not set(languages) <= set(LANGUAGES) or len(set(languages)) != len(languages):
            raise BadInput(
                gettext_noop("Papers are written in English, in Arabic, or in both"), "language",
                gettext_noop("Give en, ar, or en,ar"),
            )  # fmt: skip
        self.languages = tuple(languages)

    def __call__(self, name: str, **places: str) -> list[str]:
        """A word in each language of the paper."""
        return [WORDS[name][LANGUAGES.index(one)].format(**places) for one in self.languages]

    def each(self, name: str, **places: Sequence[str]) -> list[str]:
        """A sentence in each language, its places filled in that language."""
        return [
            WORDS[name][LANGUAGES.index(one)].format(**{key: value[at] for key, value in places.items()})
            for at, one in enumerate(self.languages)
        ]

    def day(self, on: date) -> str:
        """A day in figures, the same in every language."""
        return on.isoformat()

    def days(self, on: date) -> list[str]:
        """A day in words, in each language."""
        english = f"{on.day} {on.strftime('%B')} {on.year}"
        arabic = f"{on.day} {MONTHS_AR[on.month - 1]} {on.year}"
        return [arabic if one == "ar" else english for one in self.languages]

    def money(self, minor: int, currency: str) -> str:
        """An amount with its currency, of its own direction."""
        return apart(f"{format_amount(minor, currency)} {currency}")

    def moneys(self, minor: int, currency: str) -> list[str]:
        """The same for each language."""
        return [self.money(minor, currency)] * len(self.languages)
