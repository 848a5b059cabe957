"""The letter of demand as a paper: what FACTBOOK 5.5 asks of it, in English or Arabic, with what the law there wants
said. Values in, a paper out; the wording is this file's own and is not translated elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.formats.paper import parts
from openterms.formats.paper.parts import Letterhead, Paper, Part, Words, apart

LANGUAGES = ("en", "ar")
CONSEQUENCES = ("agency", "court", "insurer", "retention", "bureau")
MONTHS_AR = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item of the list: amounts in minor units; ``paid_minor`` are payments and credits so far."""

    number: str
    issued_on: date
    due_on: date
    amount_minor: int
    paid_minor: int
    claimed_minor: int


@dataclass(frozen=True, kw_only=True)
class Interest:
    """Interest so far on the items: of which rate (basis points), on what basis, and what each day adds."""

    minor: int
    rate_bp: int
    basis: str
    since: date
    daily_minor: int


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a letter of demand says. ``says`` are the pack's points of law, ``cites`` where they are from."""

    number: str
    language: str
    on: date
    deadline_on: date
    currency: str
    customer_number: str
    lines: Sequence[Line]
    pay_to: Sequence[str]
    signer: str
    plan_contact: str
    contract: str
    consequences: Sequence[str]
    interest: Interest | None = None
    lump_sum_minor: int = 0
    says: Sequence[str] = ()
    cites: Sequence[str] = ()
    enclosures: Sequence[str] = ()

    @property
    def total_minor(self) -> int:
        """What is demanded in all."""
        interest = self.interest.minor if self.interest else 0
        return sum(one.claimed_minor for one in self.lines) + interest + self.lump_sum_minor


WORDING: dict[str, dict[str, str]] = {
    "title": {"en": "Letter of demand", "ar": "خطاب مطالبة"},
    "number": {"en": "Letter", "ar": "رقم الخطاب"},
    "account": {"en": "Account", "ar": "الحساب"},
    "date": {"en": "Date", "ar": "التاريخ"},
    "opening": {
        "en": "The invoices below were due and have not been paid. They arise from {contract}. Please pay {total} so"
        " that it reaches us by {deadline}.",
        "ar": "حلّ أجل الفواتير المبيّنة أدناه ولم تُسدَّد، وهي ناشئة عن {contract}. نرجو سداد {total} بحيث يصلنا في موعد"
        " أقصاه {deadline}.",
    },
    "amount": {"en": "To be paid by {deadline}", "ar": "المبلغ المطلوب في موعد أقصاه {deadline}"},
    "list": {"en": "What is owed", "ar": "بيان المستحق"},
    "invoice": {"en": "Invoice", "ar": "الفاتورة"},
    "issued": {"en": "Date", "ar": "تاريخها"},
    "due": {"en": "Due", "ar": "الاستحقاق"},
    "gross": {"en": "Amount", "ar": "القيمة"},
    "paid": {"en": "Paid, credited", "ar": "المدفوع والمخصوم"},
    "open": {"en": "Owed", "ar": "المستحق"},
    "principal": {"en": "Invoices", "ar": "الفواتير"},
    "interest": {"en": "Interest to date", "ar": "الفائدة حتى تاريخه"},
    "lump": {"en": "Fixed compensation", "ar": "التعويض المقطوع"},
    "total": {"en": "Total", "ar": "الإجمالي"},
    "interest_text": {
        "en": "Interest runs at {rate} a year ({basis}) since {since}; each further day adds {daily}.",
        "ar": "تسري الفائدة بنسبة {rate} سنويًا ({basis}) منذ {since}، ويضيف كل يوم آخر {daily}.",
    },
    "how": {"en": "How to pay", "ar": "كيفية السداد"},
    "how_text": {
        "en": "Please give the reference {number}.", "ar": "نرجو ذكر المرجع {number}.",
    },
    "dispute": {
        "en": "If you dispute any of this, tell us in writing, with your reasons, by {deadline}.",
        "ar": "إن كان لديكم اعتراض على شيء مما سبق فأبلغونا به كتابةً مع أسبابه في موعد أقصاه {deadline}.",
    },
    "plan": {
        "en": "If you cannot pay at once, write to {contact} before that day: we will look at payment by instalments.",
        "ar": "إن تعذّر عليكم السداد دفعة واحدة فراسلوا {contact} قبل ذلك اليوم، وسننظر في التقسيط.",
    },
    "follow": {"en": "If we have heard nothing by then", "ar": "إن لم يصلنا منكم شيء حتى ذلك اليوم"},
    "agency": {"en": "we will place the debt with a collection agency.", "ar": "سنسند تحصيل الدين إلى شركة تحصيل."},
    "court": {"en": "we will bring the claim to court.", "ar": "سنرفع المطالبة إلى المحكمة."},
    "insurer": {"en": "we will report it to our credit insurer.", "ar": "سنبلغ شركة تأمين الائتمان لدينا."},
    "retention": {
        "en": "we will take back goods of which we have kept ownership.",
        "ar": "سنسترد البضائع التي احتفظنا بملكيتها.",
    },
    "bureau": {"en": "we will report it to credit bureaus.", "ar": "سنبلغ مكاتب المعلومات الائتمانية."},
    "rights": {
        "en": "We reserve all other rights. This letter waives none of them.",
        "ar": "نحتفظ بسائر حقوقنا، ولا يُعد هذا الخطاب تنازلًا عن أي منها.",
    },
    "signed": {"en": "For {seller}", "ar": "عن {seller}"},
    "enclosed": {"en": "Enclosed: {names}", "ar": "المرفقات: {names}"},
    "contract_interest": {
        "en": "Interest is asked for only where our contract provides for it.",
        "ar": "لا نطالب بفائدة إلا حيث ينص عليها العقد.",
    },
    "promissory_note": {
        "en": "Where you signed a promissory note for any of this, we may present it for enforcement.",
        "ar": "حيثما وقّعتم سندًا لأمر بشيء من هذا المبلغ جاز لنا تقديمه للتنفيذ.",
    },
    "protocol_form": {
        "en": "You have 30 days to reply. The information sheet, reply form and financial statement form are enclosed.",
        "ar": "لكم ثلاثون يومًا للرد. مرفق نشرة المعلومات ونموذج الرد ونموذج البيان المالي.",
    },
    "debt_advice": {
        "en": "Free and independent debt advice is available; the information sheet says where.",
        "ar": "تتوفر مشورة مجانية ومستقلة في شأن الديون، وتبيّن نشرة المعلومات جهاتها.",
    },
}
"""Every text by language; places in braces."""

LAW = ("contract_interest", "promissory_note", "protocol_form", "debt_advice")
"""Points of a pack's letter that are sentences of their own; the others are parts of every letter."""


def demand_paper(letter: Demand, head: Letterhead, addressee: Sequence[str], words: Words, sheet: str) -> Paper:
    """The letter as a paper. ``BadInput`` for a language or a consequence that there is no wording for."""
    if letter.language not in LANGUAGES or not set(letter.consequences) <= set(CONSEQUENCES):
        raise BadInput(gettext_noop("This is none of the choices"), "language", gettext_noop("Choose one of the list"))
    say = _Sayer(letter.language)
    deadline, total = say.day(letter.deadline_on), say.money(letter.total_minor, letter.currency)
    made: list[Part] = [
        parts.text(say("opening", contract=letter.contract, total=total, deadline=deadline)),
        parts.amount(say("amount", deadline=deadline), total),
        parts.heading(say("list")),
        _table(letter, say),
        parts.pairs(_sums(letter, say)),
    ]
    if letter.interest is not None:
        made.append(parts.text(_interest(letter.interest, letter.currency, say)))
    made += [
        parts.heading(say("how")),
        parts.text(*letter.pay_to, say("how_text", number=apart(letter.number))),
        parts.text(say("dispute", deadline=deadline), say("plan", contact=apart(letter.plan_contact))),
    ]
    if letter.consequences:
        made += [parts.heading(say("follow")), parts.items([(say(code), "") for code in letter.consequences])]
    law = [say(code) for code in letter.says if code in LAW]
    made.append(parts.text(*law, say("rights")))
    made.append(parts.text(say("signed", seller=apart(head.name)), letter.signer))
    if letter.enclosures:
        made.append(parts.small(say("enclosed", names=", ".join(apart(one) for one in letter.enclosures))))
    if letter.cites:
        made.append(parts.small(*[apart(one) for one in letter.cites]))
    return Paper(
        title=say("title"), language=letter.language, dated=letter.on, head=head, words=words, addressee=addressee,
        facts=[(say("number"), letter.number), (say("account"), letter.customer_number),
               (say("date"), say.day(letter.on))],
        parts=made, sheet=sheet,
    )  # fmt: skip


class _Sayer:
    """Texts, days and amounts in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, **places: str) -> str:
        return WORDING[name][self.language].format(**places)

    def day(self, on: date) -> str:
        """A day in words, the same everywhere."""
        month = MONTHS_AR[on.month - 1] if self.language == "ar" else on.strftime("%B")
        return f"{on.day} {month} {on.year}"

    def money(self, minor: int, currency: str) -> str:
        """An amount with its currency, of its own direction."""
        return apart(f"{format_amount(minor, currency)} {currency}")


def _table(letter: Demand, say: _Sayer) -> Part:
    columns = [(say("invoice"), "start"), (say("issued"), "start"), (say("due"), "start"), (say("gross"), "end"),
               (say("paid"), "end"), (say("open"), "end")]  # fmt: skip
    rows = [
        [one.number, one.issued_on.isoformat(), one.due_on.isoformat(),
         format_amount(one.amount_minor, letter.currency),
         format_amount(one.paid_minor, letter.currency),
         format_amount(one.claimed_minor, letter.currency)]
        for one in letter.lines
    ]  # fmt: skip
    principal = sum(one.claimed_minor for one in letter.lines)
    return parts.table(columns, rows, [say("principal"), "", "", "", "", format_amount(principal, letter.currency)])


def _sums(letter: Demand, say: _Sayer) -> list[tuple[str, str]]:
    principal = sum(one.claimed_minor for one in letter.lines)
    found = [(say("principal"), principal)]
    if letter.interest is not None:
        found.append((say("interest"), letter.interest.minor))
    if letter.lump_sum_minor:
        found.append((say("lump"), letter.lump_sum_minor))
    found.append((say("total"), letter.total_minor))
    return [(label, say.money(minor, letter.currency)) for label, minor in found]


def _interest(interest: Interest, currency: str, say: _Sayer) -> str:
    whole, hundredths = divmod(interest.rate_bp, 100)
    return say(
        "interest_text", rate=apart(f"{whole}.{hundredths:02d} %"), basis=apart(interest.basis),
        since=say.day(interest.since), daily=say.money(interest.daily_minor, currency),
    )  # fmt: skip
