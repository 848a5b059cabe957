"""Decisions over columns: ``core.credit.decisions.decide`` for a table of cases at once, without what would help.

The order is the core's: score, class, limit, rules, what is granted, authority. Conditions are compiled from the same
trees; what the core does around them is written here once more, and tests hold the two together.
"""

from __future__ import annotations

import functools
import operator

import ibis
import pyarrow as pa

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Fact, Type
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit import outcomes
from openterms.core.credit.evaluation import asked_terms, offered_terms
from openterms.core.credit.outcomes import DEFAULT_QUEUE
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import OfferedTerms, Rule
from openterms.core.credit.programme import prepare
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.rules.limits import classed, read, scored, suggested, true

ANSWER: tuple[str, ...] = (
    "outcome", "rule", "queue", "reasons", "limit_minor", "terms", "deposit_minor", "scorecard", "score", "pd_bp",
    "risk_class", "limit_found_minor", "bound_by", "roles", "is_automatic",
)  # fmt: skip

ARROW: dict[Type, pa.DataType] = {"int": pa.int64(), "bool": pa.bool_(), "text": pa.string()}
_SQL: dict[Type, str] = {"int": "int64", "bool": "boolean", "text": "string"}
_NONE = -1


def decided(cases: Table, policy: Policy, engine: Engine) -> Table:
    """``cases`` with the answer of ``policy``.

    Columns in: facts by their names (a fact of the policy without a column is missing in every case), and, where terms
    were asked for, ``asked_terms`` in their notation (null or empty: the usual ones). Grain: one case. Columns out:
    those of ``cases`` that are no facts of the policy, and ``ANSWER``: as in ``Outcome``, with ``reasons`` as codes
    with a space between, ``roles`` who decides (empty: nobody, or nothing to decide), ``is_automatic`` whether the
    rules may decide alone. Raises ``BadInput`` for a value out of its fact's range, and for terms that are not known.
    """
    kept = [name for name in cases.columns if name not in policy.facts and name != "asked_terms"]
    wishes = _wishes(cases, engine)
    rows = _facts(cases, policy, wishes, engine)
    _check(rows, policy, engine)
    rows = suggested(classed(scored(rows, policy, engine), policy, engine), policy, engine)
    rows = _granted(_judged(rows, policy, engine), policy, wishes, engine)
    rows = _with_authority(rows, policy, engine)
    return engine.stage(rows.select(*kept, *ANSWER))


def _wishes(cases: Table, engine: Engine) -> dict[str, OfferedTerms]:
    """The different terms that were asked for, by their text: few, and read by the core."""
    if "asked_terms" not in cases.columns:
        return {}
    texts = engine.collect(cases.select("asked_terms").distinct()).column("asked_terms").to_pylist()
    return {text: found for text in sorted(filter(None, texts)) if (found := asked_terms(text)) is not None}


def _facts(cases: Table, policy: Policy, wishes: dict[str, OfferedTerms], engine: Engine) -> Table:
    """The policy's facts in their types, absent ones as null, beside the columns that are none."""
    columns = {
        name: cases[name].cast(_SQL[fact.type]) if name in cases.columns else ibis.null(_SQL[fact.type])
        for name, fact in policy.facts.items()
    }
    asked = cases["asked_terms"].fill_null("") if "asked_terms" in cases.columns else ibis.literal("")
    if wishes:
        days = ibis.cases(*((asked == text, wish.days) for text, wish in wishes.items()))
        columns["requested_terms_days"] = ibis.coalesce(days.cast("int64"), columns["requested_terms_days"])
    others = [name for name in cases.columns if name not in columns and name != "asked_terms"]
    return engine.stage(cases.select(*others, asked_terms=asked, **columns))


def _check(rows: Table, policy: Policy, engine: Engine) -> None:
    """Refuse values out of range, as the core does for one case: the proof against overflow rests on the ranges."""
    wrong = {name: _outside(rows[name], fact) for name, fact in policy.facts.items()}
    checks = {name: value for name, value in wrong.items() if value is not None}
    if not checks:
        return
    found = engine.collect(rows.aggregate(**{name: value.any() for name, value in checks.items()})).to_pylist()[0]
    for name in (name for name, is_wrong in found.items() if is_wrong):
        (example,) = engine.collect(rows.filter(checks[name]).select(name).limit(1)).column(name).to_pylist()
        policy.facts[name].check(example)
        raise BadInput(gettext_noop("this cannot be a value here"), f"fact {name}")


def _outside(value: Value, fact: Fact) -> Value | None:
    if fact.type == "int":
        return (value < fact.lo) | (value > fact.hi)
    return ~value.isin(list(fact.members)) if fact.type == "text" and fact.members else None


def _judged(rows: Table, policy: Policy, engine: Engine) -> Table:
    """``rows`` with what the rules say: ``outcome, rule, queue``, ``decider`` (its number, or -1) and ``because``
    (codes of the reasons so far, each with a space after it)."""
    rules = policy.rules
    rows = engine.stage(rows.mutate(**{f"held_{n}": read(rows, rule.when, engine) for n, rule in enumerate(rules)}))
    fires = [rows[f"held_{n}"].fill_null(rule.unknown == "fire") for n, rule in enumerate(rules)]
    rows = engine.stage(rows.mutate(decider=ibis.cases(*((fire, n) for n, fire in enumerate(fires)), else_=_NONE)))
    approves = rows.decider.isin([n for n, rule in enumerate(rules) if rule.decide == "approve"])
    because = [
        (rows[f"held_{n}"].fill_null(rule.unknown == "fire") & ~approves).ifelse(f"{rule.reason.code} ", "")
        for n, rule in enumerate(rules)
        if rule.decide != "approve" and rule.reason is not None
    ]
    rows = engine.stage(
        rows.mutate(
            because=functools.reduce(operator.add, because, ibis.literal("")),
            is_undecided=_undecided(rows, rules),
            undecided_queue=_undecided_queue(rows, rules),
        )
    )
    missing, none = outcomes.FACTS_MISSING.code, outcomes.NO_RULE.code
    lacks, nobody = rows.is_undecided, rows.decider == _NONE
    each = [(rows.decider == n, rule) for n, rule in enumerate(rules)]
    return engine.stage(
        rows.mutate(
            outcome=ibis.cases((lacks | nobody, "refer"), *((is_it, rule.decide) for is_it, rule in each)),
            rule=ibis.cases((lacks, missing), (nobody, none), *((is_it, rule.code) for is_it, rule in each)),
            queue=ibis.cases(
                (lacks, rows.undecided_queue),
                (nobody, DEFAULT_QUEUE),
                *((is_it, rule.queue) for is_it, rule in each if rule.queue),
                else_="",
            ),
            because=ibis.cases((lacks, f"{missing} "), (nobody, f"{none} "), else_="") + rows.because,
            decider=lacks.ifelse(_NONE, rows.decider),
        )
    )


def _open_before(rows: Table, rules: tuple[Rule, ...]) -> list[tuple[int, Rule, Value]]:
    """Rules that refer a case where they cannot be known, with whether they stand open before the decider."""
    return [
        (n, rule, rows[f"held_{n}"].isnull() & ((rows.decider == _NONE) | (rows.decider > n)))
        for n, rule in enumerate(rules)
        if rule.unknown == "refer"
    ]


def _undecided(rows: Table, rules: tuple[Rule, ...]) -> Value:
    """Whether an open rule would decide otherwise than the decider."""
    disagree = []
    for _, rule, is_open in _open_before(rows, rules):
        same = [m for m, other in enumerate(rules) if other.decide == rule.decide]
        disagree.append(is_open & ~rows.decider.isin(same))
    return functools.reduce(operator.or_, disagree, ibis.literal(False))


def _undecided_queue(rows: Table, rules: tuple[Rule, ...]) -> Value:
    named = [(is_open, rule.queue) for _, rule, is_open in _open_before(rows, rules) if rule.queue]
    return ibis.cases(*named, else_=DEFAULT_QUEUE) if named else ibis.literal(DEFAULT_QUEUE)


def _granted(rows: Table, policy: Policy, wishes: dict[str, OfferedTerms], engine: Engine) -> Table:
    """Limit, terms and deposit of approvals and counter-offers, and the turns that they bring."""
    grants = rows.outcome.isin(["approve", "counter_offer"])
    offers = [(rows.decider == n, rule.offer) for n, rule in enumerate(policy.rules) if rule.decide == "counter_offer"]
    limit = rows.granted_minor
    fixed = [
        (is_it, ibis.coalesce((limit < offer.limit_minor).ifelse(limit, offer.limit_minor), offer.limit_minor))
        for is_it, offer in offers
        if offer.limit_minor is not None
    ]
    limit = ibis.cases(*fixed, else_=limit).cast("int64") if fixed else limit
    with_terms = [one.name for one in policy.risk_classes if one.terms]
    has_terms = rows.risk_class.isin(with_terms).fill_null(False) if with_terms else ibis.literal(False)
    rows = engine.stage(
        rows.mutate(
            is_few=grants & limit.isnull(), is_classless=grants & limit.notnull() & ~has_terms, offered_minor=limit
        )
    )
    offers = [(rows.decider == n, rule.offer) for n, rule in enumerate(policy.rules) if rule.decide == "counter_offer"]
    going = rows.outcome.isin(["approve", "counter_offer"]) & ~rows.is_few & ~rows.is_classless
    shares = [
        (is_it, engine.basis_points(rows.limit_found_minor.fill_null(0), ibis.literal(offer.limit_share_bp, "int64")))
        for is_it, offer in offers
        if offer.limit_share_bp is not None
    ]
    limit = rows.offered_minor
    if shares:
        share = ibis.cases(*shares).cast("int64")
        limit = (share < limit).fill_null(False).ifelse(share, limit)
    rows = engine.stage(rows.mutate(is_going=going, offered_minor=limit, **_terms(rows, policy, wishes)))
    return _turned(rows, policy, engine)


def _terms(rows: Table, policy: Policy, wishes: dict[str, OfferedTerms]) -> dict[str, Value]:
    """``terms``: what the class, the wish and the offer come to; ``is_other``: not what was asked for, by the class."""
    texts, others = [], []
    plain: list[OfferedTerms | None] = [None, *wishes.values()]
    names: list[str | None] = [None, *wishes]
    offering = {n: rule.offer.terms for n, rule in enumerate(policy.rules) if rule.offer.terms is not None}
    for found in policy.risk_classes:
        if not found.terms:
            continue
        for name, wish in zip(names, plain, strict=True):
            wished = ~rows.asked_terms.isin(list(wishes)) if name is None else rows.asked_terms == name
            here = (rows.risk_class == found.name) & wished
            usual = offered_terms(found, wish)
            for n, terms in offering.items():
                text = terms.text if terms.days < usual.days else usual.text
                texts.append((here & (rows.decider == n), text))
            texts.append((here, usual.text))
            if wish is not None and usual.text != wish.text:
                others.append(here & ~rows.decider.isin(list(offering)) if offering else here)
    return {
        "terms": ibis.cases(*texts, else_="") if texts else ibis.literal(""),
        "is_other": functools.reduce(operator.or_, others).fill_null(False) if others else ibis.literal(False),
    }


def _turned(rows: Table, policy: Policy, engine: Engine) -> Table:
    """The outcome after the limit and the terms had their word; reasons that turn it are added in the core's order."""
    wanted, limit = rows.requested_limit_minor, rows.offered_minor
    empty = rows.is_going & (limit == 0).fill_null(False) & (wanted != 0).fill_null(True)
    less = rows.is_going & ~empty & (rows.outcome == "approve") & (limit < wanted).fill_null(False)
    other = rows.is_going & rows.is_other
    turns = (
        (rows.is_few, "refer", outcomes.TOO_FEW_METHODS.code),
        (rows.is_classless, "refer", outcomes.NO_RISK_CLASS.code),
        (empty, "counter_offer", outcomes.NO_OPEN_CREDIT.code),
        (less, "counter_offer", outcomes.LIMIT_BELOW_REQUEST.code),
        (other, "counter_offer", outcomes.OTHER_TERMS.code),
    )
    added = [turn.ifelse(f"{code} ", "") for turn, _, code in turns]
    turning = [(turn & ((rows.outcome == "approve") | (to == "refer")), to, code) for turn, to, code in turns]
    deposits = [
        (rows.decider == n, rule.offer.deposit_bp) for n, rule in enumerate(policy.rules) if rule.offer.deposit_bp
    ]
    deposit = ibis.cases(*deposits, else_=0).cast("int64") if deposits else ibis.literal(0, "int64")
    return engine.stage(
        rows.mutate(
            because=rows.because + functools.reduce(operator.add, added),
            outcome=ibis.cases(*((turn, to) for turn, to, _ in turning), else_=rows.outcome),
            rule=ibis.cases(*((turn, code) for turn, _, code in turning), else_=rows.rule),
            queue=ibis.cases(
                *((turn, DEFAULT_QUEUE if to == "refer" else "") for turn, to, _ in turning), else_=rows.queue
            ),
            deposit_minor=engine.basis_points(rows.offered_minor, deposit),
        )
    )


def _with_authority(rows: Table, policy: Policy, engine: Engine) -> Table:
    """``ANSWER`` with who must agree; what nobody may decide is referred. Source: FACTBOOK 8.2."""
    programme = prepare(policy)
    flags = [true(rows, flag.when, engine) for flag in policy.authority.flags]
    refers = rows.outcome == "refer"
    amount = refers.ifelse(ibis.coalesce(rows.requested_limit_minor, rows.suggested_limit_minor, 0), rows.offered_minor)
    rows = engine.stage(
        rows.mutate(
            in_all_minor=amount + rows.group_exposure_minor.fill_null(0),
            is_flagged=functools.reduce(operator.or_, flags, rows.group_exposure_minor.isnull()),
        )
    )
    roles, automatic = [], []
    for most, plain, flagged in programme.needs:
        covered = ibis.literal(True) if most is None else rows.in_all_minor <= most
        for need, holds in ((flagged, covered & rows.is_flagged), (plain, covered & ~rows.is_flagged)):
            roles.append((holds, " ".join(need.roles)))
            automatic.append((holds, need.is_automatic and not need.is_nobodys))
    declines = rows.outcome == "decline"
    rows = engine.stage(
        rows.mutate(
            roles=ibis.cases((declines, ""), *roles, else_=""),
            is_automatic=ibis.cases((declines, False), *automatic, else_=False),
        )
    )
    nobody = (rows.roles == "") & ~(rows.outcome == "decline")
    turns = nobody & (rows.outcome != "refer")
    grants = rows.outcome.isin(["approve", "counter_offer"]) & ~nobody
    code = outcomes.NO_AUTHORITY.code
    return rows.mutate(
        outcome=turns.ifelse("refer", rows.outcome),
        rule=turns.ifelse(code, rows.rule),
        queue=turns.ifelse(DEFAULT_QUEUE, rows.queue),
        reasons=(rows.because + nobody.ifelse(code, "")).strip(),
        limit_minor=grants.ifelse(rows.offered_minor, ibis.null("int64")).cast("int64"),
        terms=grants.ifelse(rows.terms, ""),
        deposit_minor=grants.ifelse(rows.deposit_minor, 0).cast("int64"),
        risk_class=rows.risk_class.fill_null(""),
    )
