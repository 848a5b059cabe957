# ruff: noqa: E501
"""From a mail's own words to what a person may confirm: kind, values, the words that say so, and how sure it is.

Rules name what a sentence says; the classifier raises or lowers how sure that is, and speaks alone where no rule does.
Nothing here decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .amounts import FoundAmount, find_amounts
from .classes import Classifier
from .dates import FoundDate, Said, find_dates
from .folding import Folded, fold, sentences
from .kinds import CUES, FULL, HALF, NEGATED, REASONS, ReplyKind
from .references import FoundReference, Shape, find_references, known_only

MOST_READ = 20_000
"""Letters of a mail that are read for proposals; what follows is text of others or a file."""
LEAST_BP = 4_500
"""Below this nothing is proposed."""
ALONE_BP = 8_200
"""What the classifier must give a kind that no rule names."""
_ADDRESS = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_NAME = re.compile(
    r"(?:contact|to|by|colleague|speak to|ask for|replaced by|successor is|please e-?mail|manager)\s+(?:my colleague |our new colleague |mr\.? |mrs\.? |ms\.? )?"
    r"(?P<name>[A-Z][\w'\-]+(?: [A-Z][\w'\-]+){0,2})|(?:الاستاذ|الاستاذه|السيد|السيده|زميلي|زميلتي|الزميل|الزميله|المهندس)\s+(?P<arabic>[\u0621-\u064a]+(?: [\u0621-\u064a]+)?)"
)
_UNTIL = re.compile(r"\b(?:until|till|back|return(?:ing)?|through|from)\b|حتي|اعود|ساعود|عودتي|الي غايه")
_REFERENCE = re.compile(
    r"(?:\bref(?:erence)?|\btransaction|\btransfer|\bswift|\btrx|\butr|\bcheque|مرجع|رقم الحواله|رقم العمليه|الحواله|التحويل)"
    r"(?:\s*(?:no|nr|number|id|is|copy|رقم))*\.?\W{0,4}(?P<key>[a-z]{0,8}[\-/]?\d[\w\-/]{2,30})"
)
_BY_MACHINE = frozenset({ReplyKind.OUT_OF_OFFICE, ReplyKind.WRONG_PERSON, ReplyKind.REMITTANCE})


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A mail as it is read: its subject, the sender's own words without what is quoted, and what is known around it.

    `known` are the customer's open numbers; `is_automatic` whether a machine wrote it (RFC 3834); `table_lines` how
    many lines of a remittance a file of it holds.
    """

    subject: str
    text: str
    said: Said
    currency: str
    shapes: Sequence[Shape] = ()
    known: frozenset[str] = frozenset()
    is_automatic: bool = False
    table_lines: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a mail proposes. `start` and `end` are the places of the evidence in the mail's text (in the subject, where
    `in_subject`); `confidence_bp` is of ten thousand; days are dates, amounts minor units."""

    kind: ReplyKind
    confidence_bp: int
    start: int
    end: int
    values: dict[str, object] = field(default_factory=dict)
    in_subject: bool = False


@dataclass(slots=True)
class _Sentence:
    start: int
    end: int
    text: str
    odds: dict[ReplyKind, float]
    ruled: dict[ReplyKind, tuple[int, int]]


def numbers_in(text: str, shapes: Sequence[Shape], known: frozenset[str]) -> list[FoundReference]:
    """Numbers of ours in a text, as places in it."""
    folded = fold(text[:MOST_READ])
    found = known_only(find_references(folded.text, shapes), known)
    return [FoundReference(*folded.span(one.start, one.end), one.number, one.is_exact) for one in found]


def propose(heard: Heard, classifier: Classifier) -> list[Proposal]:
    """What the mail proposes, surest first; one of a kind. Empty where it says nothing to act on."""
    body, subject = fold(heard.text[:MOST_READ]), fold(heard.subject[:500])
    said = [_read(body, start, end, classifier) for start, end in sentences(body)]
    title = _read(subject, 0, len(subject.text), classifier) if subject.text.strip() else None
    best: dict[ReplyKind, tuple[float, _Sentence, bool]] = {}
    for one, in_subject in [*((one, False) for one in said), *(((title, True),) if title else ())]:
        for kind in ReplyKind:
            score = _score(kind, one, in_subject)
            if score > best.get(kind, (0.0, one, False))[0]:
                best[kind] = (score, one, in_subject)
    facts = _Facts(heard, body)
    made = []
    for kind, (score, one, in_subject) in best.items():
        if kind is not ReplyKind.OTHER and (proposal := _proposal(kind, score, one, in_subject, facts, subject)):
            made.append(proposal)
    if heard.table_lines and not any(one.kind is ReplyKind.REMITTANCE for one in made):
        made.append(Proposal(ReplyKind.REMITTANCE, 8_000, 0, 0, {"numbers": facts.numbers()}))
    return _settled(made, heard)


def _read(folded: Folded, start: int, end: int, classifier: Classifier) -> _Sentence:
    text = folded.text[start:end]
    ruled = {}
    for kind, patterns in CUES.items():
        hit: re.Match[str] | None = next((match for one in patterns if (match := one.search(text))), None)
        refused = NEGATED.get(kind)
        if hit and not (refused and refused.search(text)):
            ruled[kind] = (start + hit.start(), start + hit.end())
    return _Sentence(start, end, text, classifier.odds(text), ruled)


def _score(kind: ReplyKind, one: _Sentence, in_subject: bool) -> float:
    """How much a sentence speaks for a kind, of 10,000."""
    odds = one.odds.get(kind, 0.0)
    if kind in one.ruled:
        return (5_200 + 4_300 * odds) * (0.9 if in_subject else 1)
    return 7_000 * odds if odds * 10_000 >= ALONE_BP and not in_subject and len(one.text) > 8 and not _held_off(kind, one) else 0


def _held_off(kind: ReplyKind, one: _Sentence) -> bool:
    refused = NEGATED.get(kind)
    return bool(refused and refused.search(one.text))


class _Facts:
    """The days, amounts and numbers of the whole mail."""

    def __init__(self, heard: Heard, body: Folded) -> None:
        self.heard, self.body = heard, body
        in_subject = numbers_in(heard.subject, heard.shapes, heard.known)
        self.found = known_only(find_references(body.text, heard.shapes), heard.known)
        self.from_subject = [one.number for one in in_subject]
        behind = Said(heard.said.on, heard.said.month_first, heard.said.weekend, ahead=False)
        self.ahead, self.behind = find_dates(body.text, heard.said), find_dates(body.text, behind)
        taken = [(one.start, one.end) for one in self.found] + [(one.start, one.end) for one in self.ahead]
        self.amounts = find_amounts(body.text, heard.currency, taken)

    def numbers(self, one: _Sentence | None = None) -> list[str]:
        """The numbers in a sentence, else in the mail, else in its subject."""
        own = [r.number for r in self.found if one and one.start <= r.start < one.end]
        return list(dict.fromkeys(own or [r.number for r in self.found] or self.from_subject))

    def amount(self, one: _Sentence) -> FoundAmount | None:
        """The amount that a sentence names; failing that the only one of the mail."""
        own = [a for a in self.amounts if one.start <= a.start < one.end]
        named = [a for a in own if a.is_named] or own
        return named[0] if named else self.amounts[0] if len(self.amounts) == 1 else None

    def day(self, one: _Sentence, ahead: bool) -> FoundDate | None:
        """The day that a sentence names and that can be; failing that the only one of the mail."""
        on = self.heard.said.on
        every = [d for d in (self.ahead if ahead else self.behind) if (d.day >= on if ahead else d.day <= on)]
        own = [d for d in every if one.start <= d.start < one.end]
        return (own[0] if ahead else own[-1]) if own else every[0] if len(every) == 1 else None


def _proposal(
    kind: ReplyKind, score: float, one: _Sentence, in_subject: bool, facts: _Facts, subject: Folded
) -> Proposal | None:
    values: dict[str, object] = {}
    span = (one.start, one.end)
    if not in_subject:
        score = _fill(kind, one, facts, values, score)
    elif kind in (ReplyKind.PROMISE, ReplyKind.PAID, ReplyKind.DISPUTE, ReplyKind.REMITTANCE, ReplyKind.COPY):
        values["numbers"] = facts.numbers()
    confidence = min(9_700, round(score))
    if confidence < LEAST_BP:
        return None
    return Proposal(kind, confidence, *(subject if in_subject else facts.body).span(*span), values, in_subject)


def _fill(kind: ReplyKind, one: _Sentence, facts: _Facts, values: dict[str, object], score: float) -> float:
    """The values of a kind, from the sentence and around it; how sure it is with them."""
    K = ReplyKind
    if kind in (K.PROMISE, K.PAID, K.DISPUTE, K.REMITTANCE, K.COPY, K.CANNOT_PAY):
        values["numbers"] = facts.numbers(one)
    if kind in (K.PROMISE, K.PAID, K.DISPUTE, K.REMITTANCE):
        amount = facts.amount(one)
        if amount is not None:
            values |= {"amount_minor": amount.minor, "currency": amount.currency}
        elif FULL.search(one.text):
            values["is_full"] = True
        elif HALF.search(one.text):
            values["is_half"] = True
    if kind is K.PROMISE:
        day = facts.day(one, ahead=True)
        if day is None:
            return score * 0.72
        values["day"] = day.day
        return min(score * 1.06, 9_700) * (0.93 if day.is_loose else 1)
    if kind in (K.PAID, K.REMITTANCE):
        day = facts.day(one, ahead=False)
        if day is not None:
            values["day"] = day.day
        key = _REFERENCE.search(one.text) or _REFERENCE.search(facts.body.text)
        if key is not None and not any(r.start <= one.start + key.start("key") < r.end for r in facts.found):
            values["reference"] = facts.heard.text[slice(*_place(facts, one, key))].strip()
        return score
    if kind is K.DISPUTE:
        values["reason"] = next((code for code, words in REASONS if words.search(one.text)), "other")
        return score
    if kind in (K.OUT_OF_OFFICE, K.WRONG_PERSON):
        _who(facts, values)
        if kind is K.OUT_OF_OFFICE:
            _back(facts, values)
    return score


def _place(facts: _Facts, one: _Sentence, key: re.Match[str]) -> tuple[int, int]:
    shift = one.start if key.string == one.text else 0
    return facts.body.span(shift + key.start("key"), shift + key.end("key"))


def _back(facts: _Facts, values: dict[str, object]) -> None:
    """The day on which somebody is back: the last that is named with such a word."""
    text, on = facts.body.text, facts.heard.said.on
    after = [d for d in facts.ahead if d.day >= on]
    said = [d for d in after if _UNTIL.search(text[max(0, d.start - 40) : d.end])]
    if said or after:
        values["day"] = max(d.day for d in (said or after))


def _who(facts: _Facts, values: dict[str, object]) -> None:
    """Who stands in or is right: an address, a name."""
    text = facts.heard.text[:MOST_READ]
    address = _ADDRESS.search(text)
    if address is not None:
        values["address"] = address[0]
    name = _NAME.search(text)
    if name is None:
        name = _NAME.search(facts.body.text)
    if name is not None:
        values["name"] = (name["name"] or name["arabic"]).strip()


def _settled(made: list[Proposal], heard: Heard) -> list[Proposal]:
    """What stands beside each other: a machine's answer says nothing else; who has paid does not promise the same."""
    by_kind = {one.kind: one for one in made}
    K = ReplyKind
    if heard.is_automatic and K.OUT_OF_OFFICE in by_kind:
        out = by_kind[K.OUT_OF_OFFICE]
        sure = max(out.confidence_bp, 9_500)
        return [Proposal(out.kind, sure, out.start, out.end, out.values, out.in_subject)]
    if heard.is_automatic:
        made = [one for one in made if one.kind in _BY_MACHINE]
    away = by_kind.get(K.OUT_OF_OFFICE)
    if away and away.confidence_bp >= 7_000:
        made = [one for one in made if one.kind not in (K.WRONG_PERSON, K.STOP, K.PROMISE, K.CANNOT_PAY, K.COPY)]
    remittance, paid = by_kind.get(K.REMITTANCE), by_kind.get(K.PAID)
    if remittance and paid:
        is_list = heard.table_lines or remittance.confidence_bp >= paid.confidence_bp - 500
        made = [one for one in made if one.kind is not (K.PAID if is_list else K.REMITTANCE)]
    for weaker, stronger in ((K.COPY, K.PAID), (K.DISPUTE, K.COPY), (K.COMPLAINT, K.STOP), (K.WRONG_PERSON, K.STOP)):
        a, b = by_kind.get(weaker), by_kind.get(stronger)
        if a and b and (a.start, a.end) == (b.start, b.end) and a.confidence_bp < b.confidence_bp:
            made = [one for one in made if one.kind is not weaker]
    return sorted(made, key=lambda one: (-one.confidence_bp, one.kind))
