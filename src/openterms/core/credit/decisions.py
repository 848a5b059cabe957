"""From facts and a policy to an answer: the same facts, policy and request always give the same outcome.

The order is that of the policy: score, risk class with its terms, limit, rules, authority. The first rule that is
true decides. A rule whose condition cannot be known, because a fact is missing, stands open: where its decision would
be another than the one reached, the case goes to a person and the facts are named, so that nobody is approved, or
declined, for want of data. An approval that gives less than was asked for is a counter-offer.

Shapes: facts ``name -> value`` in, one ``Outcome`` out. Errors: BadInput for a fact the policy does not know or a
value out of its range. Source: FACTBOOK 2.4, 2.6, 8.1, 8.2; DESIGN section 3, refusals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.alternatives import would_pass
from openterms.core.credit.evaluation import asked_terms, given_values, run
from openterms.core.credit.limits import Figure, Suggestion
from openterms.core.credit.outcomes import Outcome, Request
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_text import canonical
from openterms.core.credit.programme import prepare
from openterms.core.credit.scorecards import Score

__all__ = ["Outcome", "Request", "decide", "explain", "plain", "record", "replay"]


_ANYTHING = Request()


def decide(
    facts: Mapping[str, Value], policy: Policy, request: Request | None = None, *, alternatives: bool = True
) -> Outcome:
    """The answer to a request.

    ``facts`` may hold any of ``CREDIT_FACTS`` and the policy's own; what is absent is missing. With ``alternatives``
    an outcome other than an approval carries ``would_pass``, which costs some hundred further evaluations.
    """
    programme = prepare(policy)
    asked = request or _ANYTHING
    values = given_values(programme, facts, asked)
    terms = asked_terms(asked.terms)
    outcome = run(programme, values, terms)
    if not alternatives or outcome.outcome == "approve":
        return outcome
    return outcome._replace(would_pass=would_pass(programme, values, terms))


def explain(facts: Mapping[str, Value], policy: Policy, request: Request | None = None) -> Mapping[str, str]:
    """For every rule: what is so, in words with values (``days overdue 34 >= 30``), by the rule's code."""
    programme = prepare(policy)
    asked = request or _ANYTHING
    values = given_values(programme, facts, asked)
    run(programme, values, asked_terms(asked.terms))
    return {rule.code: rule.when.explain(values) for rule in policy.rules}


def plain(outcome: Outcome) -> dict[str, object]:
    """An outcome as plain values for JSON: whole numbers, texts, lists, null."""
    return {name: _plain(part) for name, part in outcome._asdict().items()}


def _plain(value: object) -> object:
    if isinstance(value, Suggestion | Score | Figure):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple):
        return tuple(_plain(part) for part in value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def record(
    facts: Mapping[str, Value],
    policy: Policy,
    request: Request | None = None,
    *,
    alternatives: bool = True,
) -> str:
    """A decision in the form in which it is kept: canonical JSON of the policy's hash, the facts that it saw, the
    request and the outcome. Equal decisions have equal texts, whatever the order of the facts. Errors as ``decide``."""
    asked = request or _ANYTHING
    outcome = decide(facts, policy, asked, alternatives=alternatives)
    seen = {name: facts[name] for name in policy.facts if facts.get(name) is not None}
    return canonical(
        {
            "policy": {"code": policy.code, "hash": policy.hash},
            "facts": seen,
            "request": asdict(asked),
            "alternatives": alternatives,
            "outcome": plain(outcome),
        }
    )


def replay(kept: str, policy: Policy) -> str:
    """The same decision made again from its kept form; equal to ``kept`` unless something has changed the answer.

    BadInput where the text is no decision, or was made under another policy.
    """
    try:
        found = json.loads(kept)
        under, facts, asked = found["policy"]["hash"], found["facts"], Request(**found["request"])
        alternatives = bool(found["alternatives"])
    except (ValueError, KeyError, TypeError):
        raise BadInput(_("this is not the record of a decision"), "decision", _("give it as it was kept")) from None
    if under != policy.hash:
        raise BadInput(
            _("the decision was made under another policy"), "decision", _("give the policy of that version")
        )
    return record(facts, policy, asked, alternatives=alternatives)
