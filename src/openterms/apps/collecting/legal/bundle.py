"""The claim bundle of a legal case as one paper: claim, statement, invoices with payments, letters, proofs, chronology.

Its wording is this file's own, in English and Arabic.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.apps.collecting.escalation.demand import PAGE_WORDS
from openterms.apps.collecting.escalation.models import Matter, MatterItem, MatterStep
from openterms.apps.parties.models import Attachment
from openterms.apps.receivables.allocation.models import Settlement
from openterms.core.base.money import format_amount
from openterms.formats.paper import parts
from openterms.formats.paper.parts import Letterhead, Paper, Part

MOST_ROWS = 2_000
WORDING = {
    "title": {"en": "Claim bundle", "ar": "ملف الدعوى"},
    "case": {"en": "Case", "ar": "الدعوى"},
    "court": {"en": "Court", "ar": "المحكمة"},
    "date": {"en": "Date", "ar": "التاريخ"},
    "claim": {"en": "The claim", "ar": "المطالبة"},
    "claimed": {"en": "Claimed", "ar": "المبلغ المطالب به"},
    "last_day": {"en": "Last day to sue", "ar": "آخر يوم لرفع الدعوى"},
    "statement": {"en": "Statement of account: the invoices claimed", "ar": "كشف الحساب: الفواتير المطالب بها"},
    "invoice": {"en": "Invoice", "ar": "الفاتورة"},
    "issued": {"en": "Date", "ar": "تاريخها"},
    "due": {"en": "Due", "ar": "الاستحقاق"},
    "amount": {"en": "Amount", "ar": "القيمة"},
    "open": {"en": "Open", "ar": "المتبقي"},
    "total": {"en": "Total", "ar": "الإجمالي"},
    "payments": {"en": "Payments and credits", "ar": "المدفوعات والخصوم"},
    "none": {"en": "None.", "ar": "لا شيء."},
    "letters": {"en": "Letters of demand", "ar": "خطابات المطالبة"},
    "proofs": {"en": "Proofs kept, with their SHA-256", "ar": "المستندات المحفوظة مع بصمة SHA-256"},
    "steps": {"en": "What was done", "ar": "ما اتُّخذ من إجراءات"},
}


def bundle(matter: Matter, language: str, on: date, head: Letterhead, sheet: str) -> Paper:
    """Everything a court asks for, on one paper; `language` is `en` or `ar`."""

    def say(name: str) -> str:
        return WORDING[name][language]

    currency = matter.currency
    items = [
        one.item for one in MatterItem.objects.filter(matter=matter).select_related("item").order_by("item__due_on")
    ]  # fmt: skip
    made: list[Part] = [
        parts.heading(say("claim")),
        parts.amount(say("claimed"), f"{format_amount(matter.amount_minor, currency)} {currency}"),
        parts.pairs([(say("court"), matter.terms["court"]), (say("last_day"), matter.terms["limitation_on"] or "")]),
        parts.heading(say("statement")),
        parts.table(
            [(say("invoice"), "start"), (say("issued"), "start"), (say("due"), "start"), (say("amount"), "end"),
             (say("open"), "end")],
            [[one.number, one.issued_on.isoformat(), one.due_on.isoformat(), format_amount(one.amount_minor, currency),
              format_amount(one.open_minor, currency)] for one in items],
            [say("total"), "", "", "", format_amount(sum(one.open_minor for one in items), currency)],
        ),
        parts.heading(say("payments")),
        _payments(items, currency, say),
    ]  # fmt: skip
    letters = MatterStep.objects.filter(
        seller=matter.seller, matter__customer=matter.customer, matter__kind="demand", kind__in=["print", "deliver"]
    ).select_related("matter").order_by("matter__number", "number")  # fmt: skip
    made += [parts.heading(say("letters")), _list(
        [(f"{one.matter} · {one.on.isoformat()}", one.digest or one.reference) for one in letters], say
    )]  # fmt: skip
    files = Attachment.objects.filter(seller=matter.seller, customer=matter.customer).order_by("recorded_at")
    made += [parts.heading(say("proofs")), _list([(one.name, one.digest) for one in files], say)]
    steps = MatterStep.objects.filter(matter=matter).order_by("number")
    made += [parts.heading(say("steps")), _list(
        [(f"{one.on.isoformat()} · {one.kind} · {one.person_name}", one.note) for one in steps], say
    )]  # fmt: skip
    return Paper(
        title=say("title"), language=language, dated=on, head=head, words=PAGE_WORDS[language],
        addressee=[matter.customer.name], facts=[(say("case"), str(matter)), (say("date"), on.isoformat())], parts=made,
        sheet=sheet,
    )  # fmt: skip


def _payments(items: list[Any], currency: str, say: Any) -> Part:
    numbers = {one.id: one.number for one in items}
    rows = Settlement.objects.filter(item_id__in=list(numbers)).order_by("settled_on", "id")[:MOST_ROWS]
    told = [
        [numbers[one.item_id], one.settled_on.isoformat(), format_amount(one.amount_minor, currency)] for one in rows
    ]
    if not told:
        return parts.text(say("none"))
    return parts.table([(say("invoice"), "start"), (say("date"), "start"), (say("amount"), "end")], told)


def _list(entries: list[tuple[str, str]], say: Any) -> Part:
    return parts.items(entries) if entries else parts.text(say("none"))
