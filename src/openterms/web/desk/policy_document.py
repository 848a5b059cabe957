"""A credit policy as a document in plain words: sections of entries, each with what it says and its condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from openterms.core.base.expressions import Expression
from openterms.core.credit.authority import Band
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import LimitMethod, Offer, Rule

from . import display
from .fact_words import apart, condition_said
from .policy_words import WORDS

ALWAYS = "True"

UNKNOWN = {
    "refer": gettext_lazy("Where a fact is missing, the case goes to a person."),
    "skip": gettext_lazy("Where a fact is missing, it is passed over."),
    "fire": gettext_lazy("Where a fact is missing, it acts all the same."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section. `name` may be the seller's own word; `quotes` are the seller's own texts with labels."""

    name: str
    lines: Sequence[str] = ()
    condition: str = ""
    """As it is written; `said` is the same in words."""
    quotes: Sequence[tuple[str, str]] = field(default=())
    said: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document: `code` is its key there and its anchor on the page."""

    code: str
    title: str
    intro: str
    entries: Sequence[Entry]


def word(code: str) -> str:
    """The words for a code of a policy; a name of the seller's own with spaces."""
    return str(WORDS.get(code) or code.replace("_", " "))


def sections(policy: Policy) -> list[Section]:
    """The whole policy, in the order in which people read it."""
    return [part(policy) for part in PARTS if part is not _scores or policy.scorecards]


def _money(minor: int, policy: Policy) -> str:
    return apart(f"{display.amount(minor, policy.currency)} {policy.currency}")


def _share(basis_points: int) -> str:
    return display.percent(basis_points / 100, 0 if basis_points % 100 == 0 else 2)


def _entry(
    name: str, lines: Sequence[str], when: Expression | None, policy: Policy, quotes: Sequence[tuple[str, str]] = ()
) -> Entry:
    """An entry with its condition, as it is written and in words; what is always true has none."""
    if when is None or when.source == ALWAYS:
        return Entry(name, lines, "", quotes)
    return Entry(name, lines, when.source, quotes, condition_said(when, policy))


def _or(codes: Sequence[str]) -> str:
    return _(" or ").join(word(code) for code in codes)


def _own(texts: Mapping[str, str]) -> str:
    """The seller's own text in the reader's language, in English where it has no other."""
    return texts.get(display.current().language) or texts.get("en", "")


def _terms(policy: Policy) -> Section:
    entries = []
    for one in policy.risk_classes:
        cap = _("No cap.")
        if one.cap_minor is not None:
            cap = _("At most %(amount)s.") % {"amount": _money(one.cap_minor, policy)}
        offered = ", ".join(terms.text for terms in one.terms)
        lines = [_("Terms: %(terms)s.") % {"terms": apart(offered)}, cap]
        entries.append(_entry(one.name, lines, one.when, policy))
    intro = _("A customer is in the first class that is true, best first. Its terms are offered, the usual one first.")
    return Section("terms", _("Risk classes and terms"), intro, entries)


def _scores(policy: Policy) -> Section:
    entries = []
    for card in policy.scorecards:
        one = card.scorecard
        scale = _("%(score)s points stand for %(odds)s good to one bad; %(double)s more points double that.") % {
            "score": display.number(one.base_score), "odds": str(one.base_odds),
            "double": display.number(one.points_to_double),
        }  # fmt: skip
        entries.append(_entry(one.code, [scale], card.when, policy))
        for attribute in one.attributes:
            bins = [f"{apart(bin_.label)}: {display.number(bin_.points)}" for bin_ in attribute.bins]
            rest = _("otherwise: %(points)s") % {"points": display.number(attribute.otherwise)}
            label = _own(card.labels.get(attribute.name, {})) or word(attribute.name)
            entries.append(Entry(label, [*bins, rest]))
    intro = _("The first scorecard that fits is used. In each row the first line that is true gives its points.")
    return Section("scorecards", _("Scores"), intro, entries)


def _limits(policy: Policy) -> Section:
    limits = policy.limits
    entries = [_entry(word(one.name), _method(one, policy), one.when, policy) for one in limits.methods]
    if limits.starter:
        text = _("%(amount)s, for new customers and thin files.")
        text %= {"amount": _money(limits.starter.limit_minor, policy)}
        entries.append(_entry(_("To begin with"), [text], limits.starter.when, policy))
    intro = ngettext(
        "The smallest figure counts; at least %(count)s is needed. Limits are rounded down to multiples of %(step)s.",
        "The smallest figure counts; at least %(count)s are needed. Limits are rounded down to multiples of %(step)s.",
        limits.least_methods,
    ) % {"count": display.number(limits.least_methods), "step": _money(limits.round_down_minor, policy)}
    return Section("limits", _("Limits"), intro, entries)


def _method(one: LimitMethod, policy: Policy) -> list[str]:
    lines = []
    if one.kind != one.name:
        lines.append(f"{word(one.kind)}.")
    if one.share_bp is not None:
        lines.append(_("%(share)s of it.") % {"share": _share(one.share_bp)})
    if one.multiple_c is not None:
        lines.append(_("%(times)s times.") % {"times": display.number(one.multiple_c / 100, 2)})
    if one.buffer_days is not None:
        lines.append(_("With %(days)s on top of the terms.") % {"days": display.days(one.buffer_days)})
    if one.formula is not None:
        lines.append(condition_said(one.formula, policy))
    return lines


def _rules(policy: Policy) -> Section:
    entries = [_rule(number, rule, policy) for number, rule in enumerate(policy.rules, 1)]
    intro = _("In this order: the first rule that is true decides. The reasons of the others are kept after its own.")
    return Section("rules", _("Rules in order"), intro, entries)


def _rule(number: int, rule: Rule, policy: Policy) -> Entry:
    decision = word(rule.decide)
    if rule.queue:
        decision = _("Refer to %(queue)s") % {"queue": apart(word(rule.queue))}
    lines = [f"{decision}.", *_offer(rule.offer, policy)]
    if rule.when.names:
        lines.append(str(UNKNOWN[rule.unknown]))
    quotes = [(label, _own(rule.texts.get(part, {}))) for part, label in (
        ("staff", _("Staff read")), ("customer", _("The customer reads")), ("remedy", _("What would help")),
    )]  # fmt: skip
    if rule.is_silent:
        lines.append(_("The customer is told nothing of it."))
    kept = [(label, text) for label, text in quotes if text]
    return _entry(f"{display.number(number)}. {word(rule.code)}", lines, rule.when, policy, kept)


def _offer(offer: Offer, policy: Policy) -> Iterator[str]:
    if offer.limit_minor is not None:
        yield _("A limit of at most %(amount)s.") % {"amount": _money(offer.limit_minor, policy)}
    if offer.limit_share_bp is not None:
        yield _("At most %(share)s of the suggested limit.") % {"share": _share(offer.limit_share_bp)}
    if offer.terms is not None:
        yield _("Terms: %(terms)s.") % {"terms": apart(offer.terms.text)}
    if offer.deposit_bp:
        yield _("A deposit of %(share)s of the limit.") % {"share": _share(offer.deposit_bp)}
    if offer.security:
        yield _("Against %(security)s.") % {"security": _(" and ").join(word(one) for one in offer.security)}


def _authority(policy: Policy) -> Section:
    entries = [Entry(_upto(band, policy), [_band(band)]) for band in policy.authority.bands]
    for flag in policy.authority.flags:
        entries.append(_entry(word(flag.code), [_("Lifts the decision one band.")], flag.when, policy))
    intro = _("By the exposure of the customer's whole group after the change.")
    return Section("authority", _("Authority"), intro, entries)


def _upto(band: Band, policy: Policy) -> str:
    if band.most_minor is None:
        return _("Any amount")
    return _("Up to %(amount)s") % {"amount": _money(band.most_minor, policy)}


def _band(band: Band) -> str:
    decides = _("Decided by %(who)s") % {"who": _or(band.roles)}
    return f"{decides}." if not band.second else _("%(decides)s, and %(who)s agrees.") % {
        "decides": decides, "who": _or(band.second)
    }  # fmt: skip


def _reviews(policy: Policy) -> Section:
    entries = []
    for one in policy.reviews.cadence:
        every = ngettext("Every %(count)s month", "Every %(count)s months", one.every_months)
        entries.append(_entry(every % {"count": display.number(one.every_months)}, [], one.when, policy))
    for trigger in policy.reviews.triggers:
        acts = _("Proposes %(what)s within %(days)s.") % {
            "what": word(trigger.act), "days": display.days(trigger.within_days)
        }  # fmt: skip
        entries.append(_entry(word(trigger.code), [acts], trigger.when, policy, [("", _own(trigger.texts))]))
    intro = _("When a decision is looked at again, and what calls for it before its time.")
    return Section("reviews", _("Reviews"), intro, entries)


def _orders(policy: Policy) -> Section:
    rules = policy.authorisation
    if rules.overdue_days is None:
        overdue = _("Overdue items do not stop orders.")
    else:
        overdue = _(
            "Orders stop when items are overdue for more than %(days)s, together more than %(amount)s and more than "
            "%(share)s of what is open."
        ) % {
            "days": display.days(rules.overdue_days), "amount": _money(rules.overdue_minor, policy),
            "share": _share(rules.materiality_bp),
        }  # fmt: skip
    held = _("Held for %(days)s, extended to %(most)s at most.") % {
        "days": display.days(rules.valid_days), "most": display.days(rules.most_valid_days)
    }  # fmt: skip
    capture = _("Up to %(share)s more than authorised may be invoiced, never above the limit.")
    lines = [
        held,
        capture % {"share": _share(rules.tolerance_bp)},
        _("An order may be invoiced in parts.") if rules.allows_partial_capture else _("An order is invoiced at once."),
        _("A part of an order may be approved.") if rules.allows_part_approval else _("No order is approved in part."),
        overdue,
    ]
    if rules.least_minor:
        lines.append(_("No order on credit below %(amount)s.") % {"amount": _money(rules.least_minor, policy)})
    if rules.purchase_order_from_minor is not None:
        need = _("A purchase-order number is needed from %(amount)s on.")
        lines.append(need % {"amount": _money(rules.purchase_order_from_minor, policy)})
    entries = [Entry(_("Every order"), lines)]
    for document, codes in sorted(rules.exemptions.items()):
        free = _("Free of these checks: %(checks)s.") % {"checks": ", ".join(word(one) for one in sorted(codes))}
        entries.append(Entry(word(document), [free]))
    if rules.referred:
        said = ", ".join(word(one) for one in sorted(rules.referred))
        entries.append(Entry(_("Goes to a person"), [_("Instead of a refusal: %(reasons)s.") % {"reasons": said}]))
    return Section("authorisation", _("Orders"), _("How orders on credit are checked."), entries)


COMPOUNDS = {
    "month": gettext_lazy("After every month interest bears interest, where the law allows it."),
    "quarter": gettext_lazy("After every three months interest bears interest, where the law allows it."),
    "year": gettext_lazy("After every year interest bears interest, where the law allows it."),
}


def _charges(policy: Policy) -> Section:
    one = policy.late_charges
    lines = []
    if one.above_reference_bp is not None:
        lines.append(_("Interest of %(share)s a year above the reference rate %(rate)s.") % {
            "share": _share(one.above_reference_bp), "rate": apart(word(one.reference or "")),
        })  # fmt: skip
    if one.lump_sum_minor is not None:
        lines.append(_("%(amount)s for each invoice.") % {"amount": _money(one.lump_sum_minor, policy)})
    if one.charity_minor is not None:
        given = _("%(amount)s for each invoice, passed on in full to %(who)s.")
        lines.append(given % {"amount": _money(one.charity_minor, policy), "who": apart(one.beneficiary or "")})
    if one.mode == "statutory":
        lines.append(_("What the law of the customer's country gives: its interest and its fixed sum."))
    if one.promised_bears:
        lines.append(_("Promised amounts bear interest too."))
    if one.compound is not None:
        lines.append(COMPOUNDS[one.compound])
    if not lines:
        lines.append(_("A late payer owes nothing on top."))
    elif one.grace_days:
        lines.append(_("Nothing is owed in the first %(days)s.") % {"days": display.days(one.grace_days)})
    return Section("late_charges", _("Late charges"), _("What a late payer owes on top."), [Entry(_("Charges"), lines)])


def _told(policy: Policy) -> Section:
    told = policy.told
    most = ngettext("At most %(count)s reason.", "At most %(count)s reasons, in order.", told.most_reasons)
    lines = [
        _("The customer hears within %(days)s.") % {"days": display.days(told.within_days)},
        most % {"count": display.number(told.most_reasons)},
        _("The score is told.") if told.score else _("The score is not told."),
        _("What would help is told.") if told.would_pass else _("What would help is not told."),
    ]
    if told.jurisdiction == "us":
        text = _("Whoever is refused or given less gets a letter with the reasons (Equal Credit Opportunity Act).")
        lines.append(text)
    elif told.jurisdiction in ("eu", "gb"):
        text = _("Whoever is refused or given less gets a letter with the reasons and the right to a person's look.")
        lines.append(text)
    elif told.jurisdiction:
        lines.append(_("Letters with the reasons are written as a courtesy; no law wants them."))
    intro = _("What customers are told of a decision.")
    return Section("told", _("What customers are told"), intro, [Entry(_("Every decision"), lines)])


PARTS: tuple[Callable[[Policy], Section], ...] = (
    _terms, _scores, _limits, _rules, _authority, _reviews, _orders, _charges, _told,
)  # fmt: skip
