"""From a checked document to the parts of a policy: conditions parsed against the facts of their place, parts that
must agree with each other held together. Every fault names its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from openterms.core.base.calendar import BusinessCalendar, Weekend
from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Expression, Fact, code, flag, parse, whole
from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit import limits
from openterms.core.credit.authority import Band, check_bands
from openterms.core.credit.facts import CREDIT_FACTS, MADE_FACTS, MOST_COUNT
from openterms.core.credit.orders import REFERRED
from openterms.core.credit.orders import Rules as OrderRules
from openterms.core.credit.policy_parts import (
    Authority,
    Cadence,
    Card,
    Flag,
    LimitMethod,
    Limits,
    Offer,
    OfferedTerms,
    Reviews,
    RiskClass,
    Rule,
    Starter,
    Told,
    Trigger,
    Watch,
)
from openterms.core.credit.policy_schema import AMOUNT
from openterms.core.credit.scorecards import Attribute, Bin, Scorecard
from openterms.core.credit.shapes import Part
from openterms.core.receivables.late_charge_law import Agreed
from openterms.core.receivables.schedules import Terms
from openterms.core.receivables.terms import parse_terms

Facts = Mapping[str, Fact]

LIMIT_FACTS: Mapping[str, tuple[str, ...]] = {
    limits.TANGIBLE_NET_WORTH: ("tangible_net_worth_minor",),
    limits.WORKING_CAPITAL: ("working_capital_minor",),
    limits.TRADE_REFERENCE: ("best_reference_minor",),
    limits.NEED: ("expected_purchases_minor",),
    limits.BUREAU: ("bureau_limit_minor",),
    limits.INSURER: ("insurer_limit_minor",),
    limits.EXPERIENCE: ("highest_exposure_minor",),
    limits.CONCENTRATION: ("yearly_sales_minor",),
    AMOUNT: (),
}
"""The facts each method reads of itself, without a condition that names them."""

_PARAMETERS = {
    limits.TANGIBLE_NET_WORTH: "share_bp",
    limits.WORKING_CAPITAL: "share_bp",
    limits.TRADE_REFERENCE: "multiple_c",
    limits.NEED: "buffer_days",
    limits.BUREAU: "share_bp",
    limits.INSURER: "share_bp",
    limits.EXPERIENCE: "multiple_c",
    limits.CONCENTRATION: "share_bp",
    AMOUNT: "formula",
}
_CHARGE_KEYS = {
    "interest": ("reference", "above_reference_bp"),
    "lump_sum": ("lump_sum_minor",),
    "interest_and_lump_sum": ("reference", "above_reference_bp", "lump_sum_minor"),
    "charity": ("charity_minor", "beneficiary"),
    "none": (),
    "statutory": (),
}


def declared_facts(part: Part) -> dict[str, Fact]:
    """The facts that conditions may speak of: built-in ones in use, then the policy's own."""
    found = {name: CREDIT_FACTS[name] for name in part["use"]}
    for own in part["own"]:
        name = own["fact"]
        if name in CREDIT_FACTS or name in MADE_FACTS or name in found:
            raise BadInput(
                _("%(name)s is the name of another fact"), own.where, _("choose another name"), {"name": name}
            )
        match own["type"]:
            case "whole":
                found[name] = whole(name, own["lo"], own["hi"], own["meaning"], own["unit"], own["source"])
            case "flag":
                found[name] = flag(name, own["meaning"], own["source"])
            case _:
                found[name] = code(name, tuple(own["codes"]), own["meaning"], own["source"])
    return found


def with_made(facts: Facts, *names: str, classes: Sequence[str] = ()) -> dict[str, Fact]:
    """Facts with some that the decision makes; ``risk_class`` gets the policy's classes."""
    made = {name: MADE_FACTS[name] for name in names}
    if "risk_class" in made:
        made["risk_class"] = code("risk_class", tuple(classes), MADE_FACTS["risk_class"].meaning, "decision")
    return {**facts, **made}


def condition(part: Part, key: str, facts: Facts, wanted: str = "bool") -> Expression:
    """The condition under a key."""
    return parse(part[key], facts, part.at(key), "int" if wanted == "int" else "bool")


def distinct(names: Sequence[str], where: str) -> None:
    """Refuse a name that stands twice."""
    for position, name in enumerate(names):
        if name in names[:position]:
            place = f"{where}, {position + 1} ({name})"
            raise BadInput(_("%(code)s stands twice"), place, _("keep one of the two"), {"code": name})


def read_cards(parts: Sequence[Part], facts: Facts, where: str) -> tuple[Card, ...]:
    """The scorecards."""
    distinct([part["scorecard"] for part in parts], where)
    return tuple(_card(part, facts) for part in parts)


def _card(part: Part, facts: Facts) -> Card:
    distinct([one["attribute"] for one in part["attributes"]], part.at("attributes"))
    attributes, labels = [], {}
    for one in part["attributes"]:
        for entry in one["bins"]:
            condition(entry, "when", facts)  # for the place in a fault; the card reads them once more
        made = tuple(Bin(entry["when"], entry["points"], entry["label"]) for entry in one["bins"])
        attributes.append(Attribute(one["attribute"], made, one["otherwise"]))
        labels[one["attribute"]] = one["label"] or {"en": one["attribute"].replace("_", " ")}
    card = Scorecard(
        part["scorecard"], part["base_score"], part["base_odds"], part["points_to_double"], tuple(attributes), facts
    )
    if max(card.most, -card.least) > MOST_COUNT:
        raise BadInput(_("a score has at most %(most)s points"), part.where, _("give fewer"), {"most": MOST_COUNT})
    return Card(card, condition(part, "when", facts), labels)


def read_classes(parts: Sequence[Part], terms: Part, facts: Facts, where: str) -> tuple[RiskClass, ...]:
    """The risk classes with the terms each offers. Classes without terms offer none; lint says so."""
    names = [part["risk_class"] for part in parts]
    distinct(names, where)
    for name in terms:
        if name not in names:
            raise BadInput(
                _("%(value)s is not known"), terms.at(name), _("one of: %(known)s"),
                {"value": name, "known": ", ".join(names)},
            )  # fmt: skip
    found = []
    for part in parts:
        texts = terms.get(part["risk_class"], ())
        place = terms.at(part["risk_class"])
        offered = tuple(read_terms(text, f"{place}, {number}") for number, text in enumerate(texts, 1))
        days = max((one.days for one in offered), default=0)
        found.append(RiskClass(part["risk_class"], condition(part, "when", facts), part["cap_minor"], offered, days))
    return tuple(found)


def read_terms(text: str, where: str) -> OfferedTerms:
    """Payment terms, with the place in a fault."""
    try:
        terms = parse_terms(text)
    except BadInput as error:
        raise error.at(where) from None
    return OfferedTerms(terms, str(terms), longest_days(terms))


_EVERY_DAY = BusinessCalendar(Weekend(frozenset()), frozenset())


def longest_days(terms: Terms) -> int:
    """The longest time to pay that terms can give, in days: the latest due date over invoices of two long months."""
    if terms.is_prepaid:
        return 0
    days = [date(2027, 7, 1) + timedelta(days=count) for count in range(62)]
    return max((part.due_on - day).days for day in days for part in terms.schedule(day, 10**6, _EVERY_DAY))


def read_limits(part: Part, step: int, facts: Facts) -> Limits:
    """The limit methods."""
    methods = tuple(_method(one, facts) for one in part["methods"])
    distinct([method.name for method in methods], part.at("methods"))
    if part["least_methods"] > len(methods):
        raise BadInput(_("there are fewer methods than this"), part.at("least_methods"), _("lower it or add methods"))
    starter = part["starter"]
    made = Starter(condition(starter, "when", facts), starter["limit_minor"]) if starter else None
    return Limits(part["least_methods"], methods, made, step)


def _method(part: Part, facts: Facts) -> LimitMethod:
    kind = part["method"]
    parameter = _PARAMETERS[kind]
    for key in ("share_bp", "multiple_c", "buffer_days", "formula"):
        if (part[key] is not None) != (key == parameter):
            what = _("it is missing") if key == parameter else _("this method has no use for it")
            remedy = _("add this key") if key == parameter else _("take it out")
            raise BadInput(what, part.at(key), remedy)
    return LimitMethod(
        part["name"] or kind,
        kind,
        condition(part, "when", facts),
        part["share_bp"],
        part["multiple_c"],
        part["buffer_days"],
        condition(part, "formula", facts, "int") if part["formula"] is not None else None,
    )


def read_rules(parts: Sequence[Part], facts: Facts, where: str) -> tuple[Rule, ...]:
    """The decision rules in order."""
    distinct([part["rule"] for part in parts], where)
    return tuple(_rule(part, facts) for part in parts)


def _rule(part: Part, facts: Facts) -> Rule:
    decide, reason = part["decide"], part["reason"]
    if (decide == "refer") != bool(part["queue"]):
        raise BadInput(_("a queue goes with refer, and with nothing else"), part.at("queue"), _("name who looks at it"))
    if (decide == "approve") == (reason is not None):
        raise BadInput(_("every rule but an approval needs a reason"), part.at("reason"), _("say staff and customer"))
    if part["offer"] and decide != "counter_offer":
        raise BadInput(_("only a counter-offer offers something"), part.at("offer"), _("take it out"))
    if decide == "counter_offer" and not part["offer"]:
        raise BadInput(_("it is missing"), part.at("offer"), _("say what is offered instead"))
    unknown = part["unknown"] or ("skip" if decide == "approve" else "refer")
    if decide == "approve" and unknown == "fire":
        raise BadInput(_("an approval never acts on what is not known"), part.at("unknown"), _("write skip or refer"))
    return Rule(
        part["rule"],
        condition(part, "when", facts),
        decide,
        part["queue"],
        unknown,
        _offer(part["offer"]),
        _reason(reason, part["rule"]) if reason else None,
        bool(reason and reason["silent"]),
        {key: reason[key] for key in ("staff", "customer", "remedy") if reason[key]} if reason else {},
    )


def _reason(part: Part, rule: str) -> Reason:
    texts = {key: (part[key] or {}).get("en", "") for key in ("staff", "customer", "remedy")}
    return Reason(part["code"] or rule, texts["staff"], texts["customer"], texts["remedy"])


def _offer(part: Part | None) -> Offer:
    if part is None:
        return Offer()
    terms = read_terms(part["terms"], part.at("terms")) if part["terms"] else None
    return Offer(
        part["limit_minor"],
        part["limit_share_bp"],
        terms,
        part["deposit_bp"] or 0,
        tuple(part["security"]),
    )


def read_authority(part: Part, facts: Facts) -> Authority:
    """Bands of authority, which must rise, and flags."""
    bands = tuple(Band(one["most_minor"], tuple(one["roles"]), tuple(one["second"])) for one in part["bands"])
    for position, (smaller, larger) in enumerate(pairwise(bands), 2):
        open_below = smaller.most_minor is None
        if open_below or (larger.most_minor is not None and larger.most_minor <= (smaller.most_minor or 0)):
            place = f"{part.at('bands')}, {position}"
            raise BadInput(_("bands must rise"), place, _("put the smaller amount first, any amount last"))
    try:
        check_bands(bands)
    except BadInput as error:
        raise error.at(part.at("bands")) from None
    distinct([one["flag"] for one in part["flags"]], part.at("flags"))
    flags = tuple(Flag(one["flag"], condition(one, "when", facts)) for one in part["flags"])
    return Authority(bands, flags, part["approval_days"])


def read_orders(part: Part) -> OrderRules:
    """How orders are checked."""
    given = dict(part)
    exemptions = {document: frozenset(codes) for document, codes in (part["exemptions"] or {}).items()}
    referred = REFERRED if part["referred"] is None else frozenset(part["referred"])
    try:
        return OrderRules(**given | {"exemptions": exemptions, "referred": referred})
    except BadInput as error:
        raise error.at(part.where) from None


def read_reviews(part: Part | None, facts: Facts) -> Reviews:
    """Cadence and triggers."""
    if part is None:
        return Reviews()
    distinct([one["trigger"] for one in part["triggers"]], part.at("triggers"))
    return Reviews(
        tuple(Cadence(condition(one, "when", facts), one["every_months"]) for one in part["cadence"]),
        tuple(_trigger(one, facts) for one in part["triggers"]),
        part["within_days"],
        condition(part, "renew_when", facts) if part["renew_when"] is not None else None,
    )


def _trigger(part: Part, facts: Facts) -> Trigger:
    when = condition(part, "when", facts) if part["when"] is not None else None
    thresholds = {name: part[name] for name in Watch.__dataclass_fields__ if name != "kind"}
    watch = Watch(part["watch"], **thresholds) if part["watch"] is not None else None
    return Trigger(
        part["trigger"], when, part["act"], part["within_days"], part["meaning"], watch, part["quiet_days"]
    )


def read_charges(part: Part) -> Agreed:
    """Late charges; the keys must be those of the mode."""
    wanted = _CHARGE_KEYS[part["mode"]]
    for key in ("reference", "above_reference_bp", "lump_sum_minor", "charity_minor", "beneficiary"):
        if (part[key] is not None) != (key in wanted):
            what = _("it is missing") if key in wanted else _("this does not go with the mode %(mode)s")
            remedy = _("add this key") if key in wanted else _("take it out")
            raise BadInput(what, part.at(key), remedy, {} if key in wanted else {"mode": part["mode"]})
    if part["compound"] is not None and "above_reference_bp" not in wanted:
        what = _("this does not go with the mode %(mode)s")
        raise BadInput(what, part.at("compound"), _("take it out"), {"mode": part["mode"]})
    return Agreed(**{key: part[key] for key in Agreed._fields})


def read_told(part: Part | None) -> Told:
    """What the customer is told."""
    return Told(**part) if part else Told()
