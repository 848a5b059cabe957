"""One evaluation of a policy: the order in which a decision is made, over facts that are checked already.

``decisions`` is the door to it, ``alternatives`` asks it again with one fact changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.base.rounding import basis_points
from openterms.core.credit import outcomes
from openterms.core.credit.authority import Need
from openterms.core.credit.facts import MADE_FACTS, MOST_MINOR
from openterms.core.credit.limits import Suggestion
from openterms.core.credit.outcomes import DEFAULT_QUEUE, Outcome, Request
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import OfferedTerms, RiskClass, Rule
from openterms.core.credit.policy_reading import LIMIT_FACTS, read_terms
from openterms.core.credit.programme import Programme


def given_values(programme: Programme, facts: Mapping[str, Value], request: Request) -> dict[str, Value]:
    """The checked values of the policy's facts, the request among them. Errors as ``decide``."""
    values = programme.checked(facts)
    if request.limit_minor is not None:
        _agree(values, "requested_limit_minor", request.limit_minor)
        programme.policy.facts["requested_limit_minor"].check(request.limit_minor)
    if request.terms:
        asked = asked_terms(request.terms)
        _agree(values, "requested_terms_days", asked.days if asked else 0)
    return values


def _agree(values: dict[str, Value], name: str, asked: int) -> None:
    if values[name] is not None and values[name] != asked:
        raise BadInput(
            _("the request and the fact %(name)s differ"), "request", _("give one of the two"), {"name": name}
        )
    values[name] = asked


@lru_cache(maxsize=512)
def asked_terms(text: str) -> OfferedTerms | None:
    """Payment terms that were asked for; None where none were. BadInput where they are not known."""
    return read_terms(text, "request, terms") if text else None


@lru_cache(maxsize=512)
def _given(reason: Reason, **params: str | int) -> Reason:
    return reason.given(**params)


@dataclass(slots=True)
class _Verdict:
    """What the rules say, before the limit and the terms have their word."""

    outcome: str
    rule: str
    queue: str
    reasons: list[Reason]
    fired: list[str]
    missing: tuple[str, ...]
    decider: Rule | None


@dataclass(slots=True)
class _Grant:
    """What is granted or offered."""

    limit_minor: int | None
    terms: OfferedTerms | None
    deposit_minor: int = 0
    security: tuple[str, ...] = ()


def run(programme: Programme, values: dict[str, Value], asked: OfferedTerms | None) -> Outcome:
    """One evaluation over checked values; puts what the decision makes (``MADE_FACTS``) into ``values``."""
    card, score = programme.score(values)
    values["score"], values["pd_bp"] = (score.points, score.pd_bp) if score else (None, None)
    found = programme.risk_class(values)
    values["risk_class"] = found.name if found else None
    values["offered_terms_days"] = found.longest_days if found and found.terms else None
    suggestion = programme.suggestion(values, found.cap_minor if found else None)
    _make_limit_facts(values, suggestion)
    verdict = _ask_rules(programme, values, suggestion)
    grant = _Grant(None, None)
    if verdict.outcome in ("approve", "counter_offer"):
        grant = _grant(programme.policy, verdict, values, suggestion, found, asked)
    flags = [flag.code for reader, flag in programme.flags if reader(values) is True]
    authority = _authority(programme, verdict, grant, values, flags)
    granted = verdict.outcome in ("approve", "counter_offer")
    months = next((months for reader, months in programme.cadence if reader(values) is True), None)
    return Outcome(
        verdict.outcome,
        verdict.rule,
        verdict.queue,
        tuple(verdict.reasons),
        tuple(verdict.fired),
        grant.limit_minor if granted else None,
        grant.terms.text if granted and grant.terms else "",
        grant.deposit_minor if granted else 0,
        grant.security if granted else (),
        suggestion,
        card,
        score,
        found.name if found else "",
        authority,
        tuple(flags),
        months if granted else None,
        verdict.missing,
    )


def _make_limit_facts(values: dict[str, Value], suggestion: Suggestion) -> None:
    suggested, asked, group = suggestion.limit_minor, values["requested_limit_minor"], values["group_exposure_minor"]
    granted = None if suggested is None else min(suggested, MOST_MINOR)
    if isinstance(asked, int) and granted is not None:
        granted = min(asked, granted)
    values["suggested_limit_minor"] = None if suggested is None else min(suggested, MOST_MINOR)
    values["limit_methods"] = sum(figure.minor is not None for figure in suggestion.figures)
    values["granted_minor"] = granted
    values["exposure_after_minor"] = granted + group if granted is not None and isinstance(group, int) else None


def _ask_rules(programme: Programme, values: dict[str, Value], suggestion: Suggestion) -> _Verdict:
    """The first rule that is true, every reason after it, and the rules that stand open before it."""
    decider: Rule | None = None
    undecided: list[Rule] = []
    reasons: list[Reason] = []
    fired: list[str] = []
    for reader, rule in programme.rules:
        held = reader(values)
        if held is None and rule.unknown != "fire":
            if decider is None and rule.unknown == "refer":
                undecided.append(rule)
            continue
        if held is False:
            continue
        decider = decider or rule
        if rule.decide == "approve":
            if decider is rule:
                break
            continue
        if rule.reason is not None:
            reasons.append(rule.reason)
            fired.append(rule.code)
    if undecided and (decider is None or any(rule.decide != decider.decide for rule in undecided)):
        missing = _missing(programme, undecided, values)
        because = _given(outcomes.FACTS_MISSING, facts=", ".join(missing))
        queue = next((rule.queue for rule in undecided if rule.queue), DEFAULT_QUEUE)
        return _Verdict("refer", because.code, queue, [because, *reasons], fired, missing, None)
    if decider is None:
        return _Verdict("refer", outcomes.NO_RULE.code, DEFAULT_QUEUE, [outcomes.NO_RULE], [], (), None)
    return _Verdict(decider.decide, decider.code, decider.queue, reasons, fired, (), decider)


def _missing(programme: Programme, rules: list[Rule], values: Mapping[str, Value]) -> tuple[str, ...]:
    """The given facts whose absence leaves rules open; a fact the decision makes stands for those behind it."""
    found: dict[str, None] = {}
    for rule in rules:
        for name in rule.when.names:
            if values[name] is None:
                found.update(dict.fromkeys(_behind(programme.policy, name, values)))
    return tuple(found)


def _behind(policy: Policy, name: str, values: Mapping[str, Value]) -> list[str]:
    if name not in MADE_FACTS:
        return [name]
    if name in ("suggested_limit_minor", "granted_minor", "exposure_after_minor"):
        facts = [fact for method in policy.limits.methods for fact in LIMIT_FACTS[method.kind]]
        wanted = facts if values["suggested_limit_minor"] is None else []
        wanted += ["group_exposure_minor"] if name == "exposure_after_minor" else []
        return [fact for fact in wanted if values[fact] is None] or [name]
    return [name]


def _grant(
    policy: Policy,
    verdict: _Verdict,
    values: Mapping[str, Value],
    suggestion: Suggestion,
    found: RiskClass | None,
    asked: OfferedTerms | None,
) -> _Grant:
    """Limit and terms of an approval or counter-offer; turns the verdict where they cannot be given as asked."""
    offer = verdict.decider.offer if verdict.decider else None
    wanted, limit = values["requested_limit_minor"], values["granted_minor"]
    if offer and offer.limit_minor is not None:
        limit = min(offer.limit_minor, limit) if isinstance(limit, int) else offer.limit_minor
    if not isinstance(limit, int):
        methods = sum(figure.minor is not None for figure in suggestion.figures)
        _turn(verdict, "refer", _given(outcomes.TOO_FEW_METHODS, found=methods, least=policy.limits.least_methods))
        verdict.missing = tuple(_behind(policy, "suggested_limit_minor", values))
        return _Grant(None, None)
    if found is None or not found.terms:
        _turn(verdict, "refer", outcomes.NO_RISK_CLASS)
        names = [name for one in policy.risk_classes for name in one.when.names if not found]
        verdict.missing = tuple(dict.fromkeys(name for name in names if values[name] is None))
        return _Grant(None, None)
    if offer and offer.limit_share_bp is not None:
        limit = min(limit, basis_points(suggestion.limit_minor or 0, offer.limit_share_bp))
    terms = terms_for(found, asked)
    if offer and offer.terms is not None and offer.terms.days < terms.days:
        terms = offer.terms
    if limit == 0 and wanted != 0:
        _turn(verdict, "counter_offer", _given(outcomes.NO_OPEN_CREDIT, bound_by=suggestion.bound_by))
    elif verdict.outcome == "approve" and isinstance(wanted, int) and limit < wanted:
        _turn(verdict, "counter_offer", _given(outcomes.LIMIT_BELOW_REQUEST, bound_by=suggestion.bound_by))
    if asked is not None and terms.text != asked.text and (offer is None or offer.terms is None):
        _turn(verdict, "counter_offer", _given(outcomes.OTHER_TERMS, risk_class=found.name))
    deposit = basis_points(limit, offer.deposit_bp) if offer else 0
    return _Grant(limit, terms, deposit, offer.security if offer else ())


def _turn(verdict: _Verdict, outcome: str, reason: Reason) -> None:
    """Another outcome than the rules gave, for a reason of the decision itself."""
    verdict.reasons.append(reason)
    if verdict.outcome == "approve" or (outcome == "refer" and verdict.outcome != "refer"):
        verdict.outcome, verdict.rule = outcome, reason.code
        verdict.queue = DEFAULT_QUEUE if outcome == "refer" else ""


def terms_for(found: RiskClass, asked: OfferedTerms | None) -> OfferedTerms:
    """The terms of a class for a wish: as asked where offered, else the longest not longer, else the shortest."""
    if asked is None:
        return found.terms[0]
    within = []
    for terms in found.terms:
        if terms.text == asked.text:
            return terms
        if terms.days <= asked.days:
            within.append(terms)
    return max(within, key=_days) if within else min(found.terms, key=_days)


def _days(terms: OfferedTerms) -> int:
    return terms.days


def _authority(
    programme: Programme, verdict: _Verdict, grant: _Grant, values: Mapping[str, Value], flags: list[str]
) -> Need | None:
    """The band for the exposure after the change (FACTBOOK 8.2). What nobody may decide is referred."""
    if verdict.outcome == "decline":
        return None
    wanted, group = values["requested_limit_minor"], values["group_exposure_minor"]
    amount = grant.limit_minor if verdict.outcome != "refer" else wanted if isinstance(wanted, int) else None
    if amount is None:
        suggested = values["suggested_limit_minor"]
        amount = suggested if isinstance(suggested, int) else 0
    if not isinstance(group, int):
        flags.append(outcomes.GROUP_UNKNOWN)
        group = 0
    need = programme.need(amount + group, bool(flags))
    if need is None:
        _turn(verdict, "refer", outcomes.NO_AUTHORITY)
    return need
