"""The parts of a credit policy as values: what ``policy_reading`` makes of the document, and decisions work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openterms.core.base.expressions import Expression
from openterms.core.base.reasons import Reason
from openterms.core.credit.authority import APPROVAL_DAYS, Band
from openterms.core.credit.scorecards import Scorecard
from openterms.core.receivables.schedules import Terms


@dataclass(frozen=True)
class Card:
    """A scorecard with whom it is for. ``labels`` hold the attributes' names for people, by language."""

    scorecard: Scorecard
    when: Expression
    labels: Mapping[str, Mapping[str, str]] = field(repr=False, hash=False)


@dataclass(frozen=True)
class OfferedTerms:
    """Payment terms, read once: ``text`` is their canonical notation, ``days`` the longest time to pay in them."""

    terms: Terms
    text: str
    days: int


@dataclass(frozen=True)
class RiskClass:
    """A class of risk: who is in it, its cap (minor units; None: no cap) and the terms it offers, usual one first.

    ``longest_days`` is the longest time to pay among them.
    """

    name: str
    when: Expression
    cap_minor: int | None
    terms: tuple[OfferedTerms, ...]
    longest_days: int


@dataclass(frozen=True)
class LimitMethod:
    """One way to a limit: ``kind`` is one of ``limits.METHODS``, or ``amount`` with a formula of the policy's own.

    Its parameters are None where the kind has no use for them.
    """

    name: str
    kind: str
    when: Expression
    share_bp: int | None = None
    multiple_c: int | None = None
    buffer_days: int | None = None
    formula: Expression | None = None


@dataclass(frozen=True)
class Starter:
    """The limit that new customers and thin files begin with."""

    when: Expression
    limit_minor: int


@dataclass(frozen=True)
class Limits:
    """How a limit is found: methods, how many must give a figure, what beginners get, the step it is rounded to."""

    least_methods: int
    methods: tuple[LimitMethod, ...]
    starter: Starter | None
    round_down_minor: int


@dataclass(frozen=True)
class Offer:
    """What is offered instead of what was asked for; None and empty: as otherwise."""

    limit_minor: int | None = None
    limit_share_bp: int | None = None
    terms: OfferedTerms | None = None
    deposit_bp: int = 0
    security: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """``decide`` when ``when`` is the first that is true; ``unknown`` says what a missing fact does to it.

    ``reason`` is None only for approvals. ``texts`` hold its words by language: part -> language -> text.
    """

    code: str
    when: Expression
    decide: str
    queue: str
    unknown: str
    offer: Offer
    reason: Reason | None
    is_silent: bool
    texts: Mapping[str, Mapping[str, str]] = field(repr=False, hash=False)


@dataclass(frozen=True)
class Flag:
    """What lifts a decision one band of authority higher."""

    code: str
    when: Expression


@dataclass(frozen=True)
class Authority:
    """Bands from small to large, and the flags that lift a decision one band."""

    bands: tuple[Band, ...]
    flags: tuple[Flag, ...]
    approval_days: int = APPROVAL_DAYS
    """For how many days an approval waits for the others that are needed."""


@dataclass(frozen=True)
class Cadence:
    """Months to the next review where ``when`` is true."""

    when: Expression
    every_months: int


@dataclass(frozen=True)
class Watch:
    """What a trigger watches, with its thresholds; ``core.credit.reviews`` says what each kind means.

    ``kind`` is bureau, behaviour, utilisation, promises, dormant, documents or cover. A threshold that the kind has no
    use for is None.
    """

    kind: str
    score_drop: int | None = None
    limit_drop_bp: int | None = None
    days: int | None = None
    slower_cd: int | None = None
    late_rise_bp: int | None = None
    above_bp: int | None = None
    times: int | None = None
    ahead_days: int | None = None


@dataclass(frozen=True)
class Trigger:
    """What calls for a review before its time: ``act`` is review, reduce or hold.

    Either ``when`` or ``watch`` is given. ``quiet_days``: how long after a review the same trigger opens no other.
    """

    code: str
    when: Expression | None
    act: str
    within_days: int
    texts: Mapping[str, str] = field(repr=False, hash=False)
    watch: Watch | None = None
    quiet_days: int = 90


@dataclass(frozen=True)
class Reviews:
    """When a decision is looked at again. ``within_days``: how long a review by its cadence may take; ``renew_when``:
    where the rules renew a limit alone (None: nowhere)."""

    cadence: tuple[Cadence, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    within_days: int = 30
    renew_when: Expression | None = None


@dataclass(frozen=True)
class Told:
    """What the customer is told, and within how many days."""

    within_days: int = 30
    most_reasons: int = 4
    score: bool = False
    would_pass: bool = True
    jurisdiction: str | None = None
    """Whose law says how a customer is answered; none: no letter is wanted."""
