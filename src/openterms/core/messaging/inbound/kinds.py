# ruff: noqa: E501
"""What a reply can propose, and the words that say so in English and Arabic (folded)."""

from __future__ import annotations

import re
from enum import StrEnum


class ReplyKind(StrEnum):
    """What a mail proposes to do. `OTHER` is for sentences that propose nothing."""

    PROMISE = "promise"
    DISPUTE = "dispute"
    PAID = "paid"
    REMITTANCE = "remittance"
    OUT_OF_OFFICE = "out_of_office"
    WRONG_PERSON = "wrong_person"
    COPY = "copy"
    CANNOT_PAY = "cannot_pay"
    COMPLAINT = "complaint"
    STOP = "stop"
    OTHER = "other"


K = ReplyKind
_CUES: dict[ReplyKind, tuple[str, ...]] = {
    K.PROMISE: (
        r"\b(?:we|i|they|finance|accounts?|payment)(?:'ll| will| shall|'re going to| are going to)\b(?!.{0,12}\bnot\b).{0,60}\b(?:pay|paid|transfer|settle|remit|wire|clear|released?|processed|made|issued)\b",
        r"\bpayment (?:is |has been )?(?:scheduled|planned|arranged|booked|set|due to go out|going out)\b",
        r"\b(?:in|on|included in) (?:our|the|this|next) .{0,20}pay(?:ment)? ?run\b", r"\byou (?:will|'ll|should|can expect to) (?:receive|have|get) (?:the |your )?(?:payment|money|funds|transfer|balance|amount)\b",
        r"\bexpect (?:the |our )?(?:payment|funds|transfer|money)\b", r"\b(?:promise|commit|undertake)\b.{0,30}\bpay", r"\bwill be (?:paid|settled|transferred|cleared|released)\b",
        r"(?:سوف|س)\s?(?:ندفع|نسدد|نحول|نقوم|يتم|تسدد|نرسل|تدفع|يدفع)", r"(?:سيتم|سوف يتم|سنقوم|ستتم)\b.{0,30}(?:دفع|سداد|تحويل|تسويه|صرف)", r"(?:نتعهد|نلتزم|نعدكم|اعدكم)\b.{0,40}(?:سداد|دفع|تحويل)",
        r"(?:الدفع|السداد|التحويل|الدفعه|المبلغ)\s+(?:سيكون|سيتم|مجدول|مجدوله|سيصلكم|ستصلكم)", r"سيصلكم|ستصلكم|(?:مدرجه|مجدوله|ضمن)\s.{0,20}دفعات",
    ),
    K.DISPUTE: (
        r"\b(?:we|i) (?:dispute|contest|reject|disagree with|do not accept|don't accept|cannot accept|query)\b", r"\b(?:in|under|raising a|have a) (?:dispute|query)\b",
        r"\b(?:wrong|incorrect|higher|different) (?:price|amount|quantity|rate|vat|tax|total)\b", r"\b(?:over ?charged|double[- ]billed|billed twice|invoiced twice|charged twice|duplicate invoice|is a duplicate)\b",
        r"\b(?:damaged|faulty|defective|broken|poor quality|not working|did not work)\b", r"\b(?:never|not|n't) (?:been )?(?:received|delivered|arrived?|receive)\b(?!.{0,25}(?:copy|copies|statement))", r"\b(?:short[- ]delivered|short delivery|missing (?:items|units|pallets|boxes|cartons|goods)|items? missing)\b",
        r"\b(?:no|wrong|missing|invalid|without (?:a|the)) (?:valid )?(?:po|purchase order)\b", r"\bprice (?:does not|doesn't|differs|is not)\b", r"\b(?:credit note|credit memo)\b.{0,40}\b(?:before|expect|issue|need|waiting|until|owed)\b|\b(?:waiting for|need|issue|owe us) (?:a |the )?credit (?:note|memo)\b",
        r"(?:نعترض|نرفض|نتنازع|اعتراض|خلاف|نزاع)", r"(?:السعر|المبلغ|الكميه|الضريبه|الاجمالي)\s.{0,25}(?:خطا|غير صحيح|غير صحيحه|مختلف|مختلفه|اعلي|لا يطابق|لا تطابق|خاطيه|خاطيي)", r"(?:تالف|تالفه|معيب|معيبه|مكسور|مكسوره|عيوب|عيب|رديئه|رديي)", r"(?:لم نستلم|لم تصلنا|لم يصلنا|لم تصل|ناقصه|نقص في|بضاعه ناقصه)(?!.{0,20}(?:نسخه|كشف))",
        r"(?:مكرره|مرتين|ازدواج)", r"(?:امر الشراء)\s.{0,20}(?:خطا|غير|مفقود|ناقص)|بدون (?:رقم )?امر (?:ال)?شراء", r"اشعار داين",
    ),
    K.PAID: (
        r"\b(?:already|have|has|had|was|were|been) (?:already |been |all |now )*(?:paid|settled|transferred|wired|remitted|cleared)\b", r"\b(?:we|i) (?:paid|settled|transferred|wired|remitted|sent (?:the |a )?(?:payment|transfer|money|wire))\b",
        r"\bpayment (?:was|has been|is already) (?:made|sent|done|executed|released|completed|processed)\b", r"\b(?:paid|settled) (?:on|in full|last|yesterday|by|via|this)\b", r"\bcheck your (?:bank|account)\b", r"\b(?:swift|transfer|bank|transaction) (?:copy|confirmation|reference|receipt|slip)\b", r"\bproof of payment\b",
        r"(?:تم|لقد تم|قد تم|جري)\s+(?:بالفعل\s+)?(?:الدفع|السداد|التحويل|دفع|سداد|تحويل|تسويه|تسديد)", r"(?<!\w)(?:دفعنا|سددنا|حولنا|قمنا بالدفع|قمنا بالسداد|قمنا بتحويل|قمنا بسداد|قمنا بدفع|سبق (?:و)?(?:ان )?(?:دفع|سدد|حول)\w*)", r"(?:مدفوعه|مسدده)\s*(?:بالفعل|بالكامل|منذ|مسبقا|في|بتاريخ)?", r"(?:ايصال|اشعار|سند|اثبات) (?:ال)?(?:تحويل|دفع|سداد)",
    ),
    K.REMITTANCE: (
        r"\bremittance (?:advice|details?|note|slip|is|attached)\b", r"\bpayment advice\b", r"\b(?:payment|transfer|amount).{0,30}\b(?:covers|covering|relates to|for the following|as follows|breakdown|is for)\b", r"\b(?:breakdown|details|list) of (?:the |our |this )?(?:payment|transfer|invoices paid)\b", r"\bin payment of\b",
        r"(?:تفاصيل|تفصيل|بيان|كشف) (?:ال)?(?:دفعه|تحويل|سداد|دفع|مدفوعات|حواله)", r"(?:اشعار) (?:ال)?(?:سداد|مدفوعات|حواله)", r"(?:الدفعه|التحويل|المبلغ|الحواله)\s.{0,20}(?:يغطي|تغطي|يخص|تخص|عن الفواتير)",
    ),
    K.OUT_OF_OFFICE: (
        r"\bout of (?:the )?office\b", r"\b(?:annual|maternity|paternity|parental|sick|medical|holiday) leave\b", r"\b(?:on|away on) (?:leave|vacation|holiday|business travel)\b", r"\baway from (?:the|my) (?:office|desk|email)\b", r"\b(?:limited|no) access to (?:my )?(?:e-?mails?|inbox)\b", r"\bauto(?:matic|mated)?[- ](?:reply|response)\b", r"\b(?:back|return(?:ing)?) (?:to|in|at) (?:the )?(?:office|work)\b", r"\boffice (?:is|will be) closed\b",
        r"خارج المكتب", r"في اجازه|اجازه (?:سنويه|رسميه|مرضيه|امومه|العيد)|اجازتي", r"رد (?:الي|تلقايي)", r"(?:ساعود|اعود|عودتي|سنعود) (?:الي|للعمل|من|يوم|بتاريخ|الى)", r"مكاتبنا مغلقه|المكتب مغلق",
    ),
    K.WRONG_PERSON: (
        r"\b(?:wrong|not the (?:right|correct)) (?:person|contact|address|department)\b", r"\b(?:no longer|not) (?:work(?:s|ing)?|employed|with|responsible|in charge|handl(?:e|ing)|deal(?:ing)?)\b.{0,40}\b(?:company|here|this|account|invoices?|payments?|finance|us|payables|firm)\b", r"\bhas left (?:the|our) (?:company|organi[sz]ation|business|firm)\b", r"\b(?:please )?(?:contact|write to|email|send (?:this|it|these|them|your (?:mail|e-?mail|reminders?))(?: on)? to|address .{0,20} to|direct .{0,25} to|forward .{0,25} to|redirect .{0,25} to)\b.{0,60}(?:instead|@|accounts? payable|finance|department|team|from now on|in (?:the )?future)", r"\b(?:is|are) (?:now )?(?:handled|dealt with|managed) by\b",
        r"لست (?:الشخص|المسوول|مسوولا|المسيول|الجهه|انا المسوول)", r"(?:لم يعد|لم تعد|لم اعد)\b.{0,30}(?:يعمل|تعمل|اعمل|مسوول|معنا|لدينا)", r"(?:ترك|تركت|غادر|غادرت|استقال) (?:العمل|الشركه)", r"(?:يرجي|الرجاء|نرجو)\s.{0,20}(?:التواصل مع|مراسله|توجيه|ارسال .{0,25} (?:الي|علي))\b.{0,60}(?:@|قسم|اداره|الماليه|بدلا)", r"(?:البريد|العنوان|الشخص) الخطا|بالخطا",
    ),
    K.COPY: (
        r"\b(?:send|provide|forward|resend|re-send|share|need|have|email|request|attach)\b.{0,40}\b(?:cop(?:y|ies)|duplicate|pdf|statement|invoices? again|original invoices?|delivery notes?|proof of delivery|pod)\b", r"\bcop(?:y|ies) of (?:the |this |these |all |your )?(?:invoices?|statements?)\b", r"\bstatement of account\b", r"\b(?:which|what|need|give us|provide|quote|add|include|state) .{0,20}(?:po|purchase order)(?: number)?\b", r"\b(?:never|not|n't) (?:received|seen|got|have|find) (?:this|the|your|these|a copy of).{0,25}(?:invoices?|copy|copies|statement)\b",
        r"(?:ارسال|ارسلوا|تزويدنا|نرجو|يرجي|احتاج|نحتاج|موافاتنا)\s.{0,30}(?:نسخه|نسخ|صوره|كشف|الفاتوره مجددا|الفاتوره مره)", r"كشف (?:ال)?حساب", r"(?:نسخه|صوره|نسخ|صور) (?:من|عن|الفاتوره|الفواتير)", r"(?:رقم|ذكر|اضافه|تزويدنا) .{0,15}امر (?:ال)?شراء",
    ),
    K.CANNOT_PAY: (
        r"\b(?:cannot|can't|can not|unable to|not able to|not in a position to|won't be able to|will not be able to)\b.{0,25}\b(?:pay|settle|transfer|clear)\b", r"\bcash[- ]?flow\b", r"\b(?:financial|liquidity) (?:difficult\w*|problems?|trouble|crisis|constraints?|hardship)\b", r"\b(?:instal+ments?|payment plan|in parts|pay in stages|more time|extension)\b", r"\b(?:insolven\w*|bankrupt\w*|liquidation|administration order|receivership|chapter 11|restructuring)\b", r"\b(?:struggling|no funds|short of (?:cash|money|funds)|insufficient funds)\b",
        r"(?:لا نستطيع|لا يمكننا|غير قادرين|لن نتمكن|لا نقدر|يتعذر علينا|عاجزون)\b.{0,25}(?:الدفع|السداد|سداد|دفع|التسديد|تسديد)?", r"(?:ضايقه|صعوبات|ظروف|ازمه|مشاكل) (?:ماليه|الماليه|سيوله|في السيوله)", r"(?:نقص|شح|ازمه|مشكله|مشاكل|ضعف)(?: في)? (?:ال)?سيوله", r"(?:تقسيط|اقساط|علي دفعات|جدوله|مهله|تمديد)", r"(?:افلاس|تصفيه|اعاده (?:ال)?تنظيم|اعسار)",
    ),
    K.COMPLAINT: (
        r"\b(?:complain(?:t|ing)?|unacceptable|unprofessional|outrageous|disgusted|appalled|harass\w*|rude|fed up|disappointed|escalate this|ridiculous|third time|lawyers?|solicitors?)\b", r"\b(?:stop|quit) (?:harassing|threatening|bothering)\b", r"(?:شكوي|نشتكي|غير مقبول|مستاءون|مستايون|استياء|مضايقه|ازعاج|غير مهني|محامي|خيبه امل|اسلوبكم|سوء)",
    ),
    K.STOP: (
        r"\bunsubscribe\b", r"\b(?:remove|take|delete) (?:me|us|this (?:address|e-?mail)|my (?:address|e-?mail)).{0,30}\b(?:list|off|records?|from)\b", r"\b(?:stop|do not|don't|please no more|cease) (?:sending|e-?mailing|writing|contacting|messaging|send|e-?mail|contact|write|message)\b.{0,25}", r"\bno (?:more|further) (?:e-?mails?|messages|reminders|contact)\b", r"^\s*stop\s*$", r"\bopt[- ]out\b",
        r"(?:الغاء|الغوا) (?:ال)?اشتراك", r"(?:ازاله|ازيلوا|احذفوا|حذف) .{0,20}(?:بريدي|عنواني|عنوان|القايمه|بياناتي)", r"(?:توقفوا|اوقفوا|التوقف|ايقاف|لا ترسلوا|عدم (?:ارسال|مراسل|التواصل|الاتصال)\w*)\b", r"لا اريد (?:استلام|تلقي|رسايل)",
    ),
}  # fmt: skip
CUES = {kind: tuple(re.compile(one) for one in patterns) for kind, patterns in _CUES.items()}

NEGATED: dict[ReplyKind, re.Pattern[str]] = {
    K.PROMISE: re.compile(
        r"\b(?:not|n't|never|unable|cannot|until|unless|before we (?:can )?pay|once (?:we|you)|after you|if you|when you)\b"
        r"|(?<!\w)(?:لن|لا|حتي|قبل ان|ما لم|اذا|بعد ان|عند استلام)(?!\w)"
    ),
    K.PAID: re.compile(
        r"\b(?:will|shall|going to|to be|not (?:yet )?(?:been )?(?:paid|received)|n't|until|unless|if|scheduled|twice|should have|before)\b"
        r"|(?<!\w)(?:سيتم|سوف|لم|لن|اذا|ما لم|مرتين)(?!\w)"
    ),
    K.DISPUTE: re.compile(r"\bno (?:dispute|issue|problem|objection)s?\b|\bnot (?:disputing|in dispute)\b|لا (?:خلاف|نعترض|اعتراض)"),
    K.CANNOT_PAY: re.compile(r"\b(?:do not|don't|no) (?:need|have) (?:an? |any )?(?:instalments?|extension|cash)\b"),
    K.STOP: re.compile(r"\bstop(?:ped)? (?:the )?(?:delivery|deliveries|production|supply|cheque|check|payment)\b|\bcheque\b"),
    K.COMPLAINT: re.compile(r"\b(?:no complaints?|not (?:a )?complain\w*)\b"),
    K.COPY: re.compile(r"\b(?:attached|enclosed|here) (?:is|are|please find|you(?:'ll| will) find)?.{0,12}(?:swift|transfer|bank|remittance|proof)\b"),
}
REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("duplicate", re.compile(r"duplicat|twice|double[- ]billed|already invoiced|مكرر|مرتين|ازدواج")),
    ("purchase_order", re.compile(r"\bpo\b|purchase order|امر (?:ال)?شراء")),
    ("tax", re.compile(r"\b(?:vat|tax|gst)\b|ضريب")),
    ("quality", re.compile(r"damag|fault|defect|broken|quality|not work|تالف|معيب|مكسور|عيب|عيوب|جوده|ردي")),
    ("quantity", re.compile(r"quantit|short[- ]|missing|units|pallets?|cartons?|boxes|كميه|ناقص|نقص")),
    ("not_received", re.compile(r"(?:never|not|n't) (?:been )?(?:received?|delivered|arriv)|لم نستلم|لم تصل|لم يصل")),
    ("price", re.compile(r"pric|rate|over ?charg|amount|discount|total|سعر|اسعار|خصم|المبلغ|الاجمالي")),
)
"""Words of the catalogue's reasons for disputes, in the order in which they are asked."""
FULL = re.compile(r"\b(?:in full|full (?:amount|balance|payment)|whole (?:amount|balance)|all (?:outstanding|open|overdue|the) |everything|total (?:amount|balance))|بالكامل|كامل المبلغ|كامل المستحق|جميع (?:الفواتير|المستحقات)|كل المستحقات")
HALF = re.compile(r"\bhalf\b|\b50 ?%|نصف|50%")
