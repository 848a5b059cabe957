"""What a decision answers, as a value, and the reasons that the decision itself can give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.authority import Need
from openterms.core.credit.limits import Figure, Suggestion
from openterms.core.credit.scorecards import Contribution, Score

DEFAULT_QUEUE = "analyst"
"""Who looks at a case that no rule sends to a queue of its own."""

FACTS_MISSING = Reason(
    "facts_missing",
    _("It cannot be decided without: %(facts)s."),
    _("We need more information before we can decide."),
    _("send what is missing"),
)
NO_RULE = Reason(
    "no_rule",
    _("No rule of the policy speaks of this case."),
    _("A person looks at your request."),
    _("add a rule to the policy"),
)
NO_RISK_CLASS = Reason(
    "no_risk_class",
    _("No risk class with terms fits this case."),
    _("A person looks at your request."),
    _("add terms or a class to the policy"),
)
TOO_FEW_METHODS = Reason(
    "too_few_methods",
    _("Too few of the policy's methods give a figure for a limit: %(found)s of at least %(least)s."),
    _("We need more information before we can set a limit."),
    _("send yearly statements or trade references"),
)
NO_OPEN_CREDIT = Reason(
    "no_open_credit",
    _("The methods leave no room for open credit; %(bound_by)s comes to nothing."),
    _("We can deliver against payment in advance or security."),
    _("offer prepayment or security"),
)
LIMIT_BELOW_REQUEST = Reason(
    "limit_below_request",
    _("The limit is less than asked for; %(bound_by)s binds it."),
    _("We can offer a smaller limit than you asked for."),
    _("send more information, or accept the smaller limit"),
)
OTHER_TERMS = Reason(
    "other_terms",
    _("The risk class %(risk_class)s does not offer the terms asked for."),
    _("We can offer other payment terms than you asked for."),
    _("accept the terms offered"),
)
NO_AUTHORITY = Reason(
    "amount_without_authority",
    _("Nobody has authority for this amount."),
    _("A person looks at your request."),
    _("add a band of authority to the policy"),
)
GROUP_UNKNOWN = "group_unknown"
"""The flag of a decision made without knowing the exposure of the customer's group."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the customer asks for: a limit in minor units of the policy's currency (None: whatever is right), and
    payment terms in their notation (empty: the usual ones)."""

    limit_minor: int | None = None
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that, changed from ``before`` to ``to`` with all else equal, would make the outcome an approval.

    ``words`` is a message with a place for ``shown``, which is ``to`` as people read it.
    """

    fact: str
    before: int | bool | None
    to: int | bool
    words: str
    shown: str

    def text(self) -> str:
        """What to do, in English."""
        return self.words % {"to": self.shown}


class Outcome(NamedTuple):
    """The answer to a request.

    ``outcome`` is approve, counter_offer, refer or decline; ``rule`` the code of the rule that decided, or of the
    reason the decision gave itself. ``reasons`` are all that speak against, in the order of the policy; the first is
    the one to show. ``fired`` are the codes of the rules among them. ``limit_minor`` and ``terms`` are what is granted
    or offered; None and empty where nothing is (refer, decline). ``deposit_minor`` and ``security`` are conditions of a
    counter-offer. ``suggestion`` holds every method's figure. ``authority`` says who must agree (None: nobody
    can, or nothing is granted), ``flags`` what lifted it. ``missing`` names the facts whose absence stood in the way.
    """

    outcome: str
    rule: str
    queue: str
    reasons: tuple[Reason, ...]
    fired: tuple[str, ...]
    limit_minor: int | None
    terms: str
    deposit_minor: int
    security: tuple[str, ...]
    suggestion: Suggestion
    scorecard: str
    score: Score | None
    risk_class: str
    authority: Need | None
    flags: tuple[str, ...]
    review_months: int | None
    missing: tuple[str, ...]
    would_pass: tuple[Change, ...] = ()

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What the score is made of; empty without a score."""
        return self.score.contributions if self.score else ()

    @property
    def methods(self) -> tuple[Figure, ...]:
        """Every limit method with its figure."""
        return self.suggestion.figures

    def largest_losses(self, most: int = 4) -> tuple[Contribution, ...]:
        """Where the score lost most points, largest first: the specific reasons behind a low score (FACTBOOK 8.1)."""
        lost = [one for one in self.contributions if one.lost > 0]
        return tuple(sorted(lost, key=lambda one: -one.lost)[:most])
