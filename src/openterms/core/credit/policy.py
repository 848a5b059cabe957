"""A seller's credit policy: a document people read, version, compare and approve, checked and made into parts.

The document says, in the order in which a decision is made: the facts it may speak of; scorecards; risk classes, with
the terms each offers and its cap; how a limit is found; the rules that decide; who has authority; when the decision
is looked at again; how orders are checked; what a late payer owes; what the customer is told. ``policy_schema``
describes every key; ``examples`` holds three complete ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Expression, Fact
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit import policy_reading as reading
from openterms.core.credit.facts import CREDIT_FACTS, MADE_FACTS
from openterms.core.credit.orders import Rules as OrderRules
from openterms.core.credit.policy_parts import Authority, Card, Limits, Reviews, RiskClass, Rule, Told
from openterms.core.credit.policy_schema import AUTHORISATION, POLICY
from openterms.core.credit.policy_text import digest, read_text
from openterms.core.receivables.late_charge_law import Agreed

EXAMPLES = ("wholesale", "software", "gulf")
"""The example policies that come with the product, as ``examples/<name>.yaml`` beside this file."""

ALWAYS_READ = ("requested_limit_minor", "requested_terms_days", "group_exposure_minor")
"""The facts that every decision looks at, whatever the policy says."""


@dataclass(frozen=True)
class Policy:
    """A checked policy. Amounts are minor units of ``currency``.

    ``facts`` are those that may be given, by name: declared ones, those its limit methods read, and those that every
    decision looks at. ``rounding`` is the step that limits are rounded down to. ``document`` is what was read, as
    plain values; two policies are equal when their documents are.
    """

    code: str
    name: str
    currency: str
    rounding: int = field(compare=False)
    facts: Mapping[str, Fact] = field(repr=False, compare=False)
    declared: tuple[str, ...] = field(repr=False, compare=False)
    terms: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)
    risk_classes: tuple[RiskClass, ...] = field(repr=False, compare=False)
    scorecards: tuple[Card, ...] = field(repr=False, compare=False)
    limits: Limits = field(repr=False, compare=False)
    rules: tuple[Rule, ...] = field(repr=False, compare=False)
    authority: Authority = field(repr=False, compare=False)
    reviews: Reviews = field(repr=False, compare=False)
    authorisation: OrderRules = field(repr=False, compare=False)
    late_charges: Agreed = field(repr=False, compare=False)
    told: Told = field(repr=False, compare=False)
    document: Mapping[str, object] = field(repr=False, hash=False)

    def __reduce__(self) -> tuple[object, ...]:
        """A copy is read from the document again; what is made ready for deciding stays behind."""
        return from_document, (self.document,)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the document's canonical text: comments, spacing and the order of keys do not change it."""
        return digest(self.document)

    @cached_property
    def all_facts(self) -> Mapping[str, Fact]:
        """Given and made facts: what the rules may speak of."""
        return reading.with_made(self.facts, *MADE_FACTS, classes=[one.name for one in self.risk_classes])

    def words(self, reason_code: str, part: str, language: str = "en") -> str:
        """The policy's own text of a reason in a language, in English where it has no other; empty where there is none.

        ``part`` is ``staff``, ``customer`` or ``remedy``. Reasons that the decision gives of itself are messages of the
        product and are not found here.
        """
        for rule in self.rules:
            if rule.reason is not None and rule.reason.code == reason_code:
                texts = rule.texts.get(part, {})
                return texts.get(language) or texts.get("en", "")
        return ""

    def conditions(self) -> tuple[tuple[str, Expression], ...]:
        """Every condition of the policy with the place it stands in, in reading order."""
        found = [(f"scorecards, {card.scorecard.code}, when", card.when) for card in self.scorecards]
        for card in self.scorecards:
            for attribute, bins in zip(card.scorecard.attributes, card.scorecard.conditions, strict=True):
                place = f"scorecards, {card.scorecard.code}, {attribute.name}"
                found += [(f"{place}, {bin_.label}", when) for bin_, when in zip(attribute.bins, bins, strict=True)]
        found += [(f"risk_classes, {one.name}", one.when) for one in self.risk_classes]
        for method in self.limits.methods:
            found.append((f"limits, {method.name}, when", method.when))
            found += [(f"limits, {method.name}, formula", method.formula)] if method.formula else []
        found += [("limits, starter", self.limits.starter.when)] if self.limits.starter else []
        found += [(f"rules, {rule.code}", rule.when) for rule in self.rules]
        found += [(f"authority, {flag.code}", flag.when) for flag in self.authority.flags]
        found += [(f"reviews, cadence, {n}", one.when) for n, one in enumerate(self.reviews.cadence, 1)]
        found += [("reviews, renew_when", self.reviews.renew_when)] if self.reviews.renew_when else []
        found += [(f"reviews, {one.code}", one.when) for one in self.reviews.triggers if one.when is not None]
        return tuple(found)


def read_policy(text: str) -> Policy:
    """The policy that a YAML text says.

    Raises BadInput naming the place (``policy, rules, 3 (thin_file), when, column 4``), what is wrong and what would be
    right: YAML that is not plain, unknown or missing keys, wrong types, conditions that cannot be read or speak of
    facts that are not declared or not made yet, terms that are not known, parts that do not fit each other.
    """
    document = read_text(text)
    if not isinstance(document, Mapping):
        raise BadInput(_("this is not a policy"), "policy", _("write keys with values, as in key: value"))
    return from_document(document)


def from_document(document: Mapping[str, object]) -> Policy:
    """The policy of a document that is parsed already. Errors as ``read_policy``."""
    part = POLICY.read(document, "policy")
    declared = reading.declared_facts(part["facts"])
    classes = tuple(one["risk_class"] for one in part["risk_classes"])
    scored = reading.with_made(declared, "score", "pd_bp") if part["scorecards"] else dict(declared)
    classed = reading.with_made(scored, "risk_class", "offered_terms_days", classes=classes)
    made = reading.with_made(
        classed, "suggested_limit_minor", "limit_methods", "granted_minor", "exposure_after_minor", classes=classes
    )
    step = part["rounding"]["limit_minor"] if part["rounding"] else 1
    limits = reading.read_limits(part["limits"], step, classed)
    implied = [name for method in limits.methods for name in reading.LIMIT_FACTS[method.kind]]
    facts = declared | {name: CREDIT_FACTS[name] for name in (*implied, *ALWAYS_READ)}
    orders = part["authorisation"] or AUTHORISATION.read({}, part.at("authorisation"))
    return Policy(
        code=part["code"],
        name=part["name"],
        currency=part["currency"],
        rounding=step,
        facts=facts,
        declared=tuple(declared),
        terms=dict(part["terms"]),
        risk_classes=reading.read_classes(part["risk_classes"], part["terms"], scored, part.at("risk_classes")),
        scorecards=reading.read_cards(part["scorecards"], declared, part.at("scorecards")),
        limits=limits,
        rules=reading.read_rules(part["rules"], made, part.at("rules")),
        authority=reading.read_authority(part["authority"], made),
        reviews=reading.read_reviews(part["reviews"], made),
        authorisation=reading.read_orders(orders),
        late_charges=reading.read_charges(part["late_charges"]),
        told=reading.read_told(part["told"]),
        document=document,
    )
