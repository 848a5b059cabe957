"""What a promise to pay is worth: its state on a date, from the money that came in. Source: FACTBOOK 1.9.

A promise names an amount and a date. It has until that date plus grace (calendar days, default 1); it is kept when at
least the minimum share (default all) of the amount has come in by then. State is derived, never stored as the truth:
money that a bank takes back after the date breaks the promise it had kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

PromiseState = Literal["pending", "kept", "part_kept", "broken", "withdrawn", "renegotiated"]
STATES: tuple[PromiseState, ...] = ("pending", "kept", "part_kept", "broken", "withdrawn", "renegotiated")
DECIDED: tuple[PromiseState, ...] = ("kept", "part_kept", "broken")

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class PromiseRule:
    """When a promise is kept: days of grace after its date, and the least share of its amount in basis points."""

    grace_days: int = 1
    min_share_bp: int = WHOLE_BP


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """One promise, and the money received for it.

    ``received`` are (date, amount in minor units) of the money that counts towards it, negative where a bank took
    money back; what came before ``made_on`` does not count. ``withdrawn_on`` and ``replaced_on`` are the dates it was
    withdrawn, or replaced by a later promise.
    """

    promise_id: str
    amount_minor: int
    promised_for: date
    made_on: date | None = None
    received: tuple[tuple[date, int], ...] = ()
    withdrawn_on: date | None = None
    replaced_on: date | None = None

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise BadInput(
                gettext_noop("a promise needs an amount above 0"),
                f"promise {self.promise_id}",
                gettext_noop("give the amount promised"),
            )


@dataclass(frozen=True, slots=True)
class PromiseOutcome:
    """The state, the day it took effect (while pending: the day made, or promised for) and the money counted."""

    state: PromiseState
    on: date
    received_minor: int


STANDARD = PromiseRule()


def deadline(promised_for: date, rule: PromiseRule = STANDARD) -> date:
    """The last day on which money still counts: the promised date plus grace."""
    return promised_for + timedelta(days=rule.grace_days)


def outcome_of(promise: PromiseFacts, as_of: date, rule: PromiseRule = STANDARD) -> PromiseOutcome:
    """The state of a promise as of a date.

    ``kept`` from the day the minimum share is in (also before the promised date). ``renegotiated`` when replaced
    before its date, ``withdrawn`` when withdrawn up to its deadline, each only if not kept by then. After the
    deadline: ``part_kept`` when something came in, else ``broken``; until then ``pending``. Money taken back counts
    whenever it is taken back. Source: FACTBOOK 1.9.
    """
    last = deadline(promise.promised_for, rule)
    counted = sorted(
        (on, amount)
        for on, amount in promise.received
        if on <= as_of and (on <= last or amount < 0) and (promise.made_on is None or on >= promise.made_on)
    )
    received = sum(amount for _, amount in counted)
    kept_on = _kept_on(counted, promise.amount_minor * rule.min_share_bp) if _enough(promise, received, rule) else None
    if _ended(promise.replaced_on, promise.promised_for - timedelta(days=1), kept_on, as_of):
        return PromiseOutcome("renegotiated", promise.replaced_on or as_of, received)
    if _ended(promise.withdrawn_on, last, kept_on, as_of):
        return PromiseOutcome("withdrawn", promise.withdrawn_on or as_of, received)
    if kept_on is not None:
        return PromiseOutcome("kept", kept_on, received)
    if as_of <= last:
        return PromiseOutcome("pending", promise.made_on or promise.promised_for, received)
    since = max([last + timedelta(days=1), *(on for on, amount in counted if amount < 0)])
    return PromiseOutcome("part_kept" if received > 0 else "broken", since, received)


def state_of(promise: PromiseFacts, as_of: date, rule: PromiseRule = STANDARD) -> PromiseState:
    """Only the state of ``outcome_of``."""
    return outcome_of(promise, as_of, rule).state


def _enough(promise: PromiseFacts, received: int, rule: PromiseRule) -> bool:
    return received > 0 and received * WHOLE_BP >= promise.amount_minor * rule.min_share_bp


def _kept_on(counted: list[tuple[date, int]], wanted: int) -> date:
    """The day from which on the money counted stayed enough."""
    total, since = 0, None
    for on, amount in counted:
        total += amount
        if total * WHOLE_BP < wanted:
            since = None
        elif since is None:
            since = on
    assert since is not None
    return since


def _ended(on: date | None, latest: date, kept_on: date | None, as_of: date) -> bool:
    """Whether a withdrawal or replacement took effect: known by ``as_of``, in time, and before it was kept."""
    return on is not None and on <= as_of and on <= latest and (kept_on is None or on < kept_on)


def after_earlier(received: Iterable[tuple[date, int]], earlier_minor: int) -> list[tuple[date, int]]:
    """What of the money for an item is left once promises for earlier days have taken ``earlier_minor`` of it.

    ``received`` are (date, amount) in order of date, negative where money was taken back; so are the results, and they
    leave out days without an effect. With nothing earlier all of it is left.
    """
    total, left = 0, []
    for on, amount in received:
        before, total = total, total + amount
        effect = max(total - earlier_minor, 0) - max(before - earlier_minor, 0) if earlier_minor else amount
        if effect:
            left.append((on, effect))
    return left


@dataclass(frozen=True, slots=True)
class PromiseTally:
    """Promises counted as of a date; amounts in minor units of one currency.

    ``decided`` are those whose deadline has passed and that were neither withdrawn nor renegotiated; ``kept`` of them
    were kept. ``received_minor`` counts no more than was promised of each. The other counts are given apart, so that
    a customer who always renegotiates is seen.
    """

    decided: int
    kept: int
    promised_minor: int
    kept_minor: int
    received_minor: int
    pending: tuple[str, ...]
    renegotiated: int
    withdrawn: int


def tally(promises: Iterable[PromiseFacts], as_of: date, rule: PromiseRule = STANDARD) -> PromiseTally:
    """Count promises for the promise-kept ratio: only those whose date plus grace has passed. Source: FACTBOOK 1.9."""
    pending: list[str] = []
    decided = kept = promised = kept_minor = received = renegotiated = withdrawn = 0
    for promise in promises:
        outcome = outcome_of(promise, as_of, rule)
        if outcome.state == "renegotiated":
            renegotiated += 1
        elif outcome.state == "withdrawn":
            withdrawn += 1
        elif as_of <= deadline(promise.promised_for, rule):
            pending.append(promise.promise_id)
        else:
            decided += 1
            promised += promise.amount_minor
            received += max(0, min(outcome.received_minor, promise.amount_minor))
            if outcome.state == "kept":
                kept += 1
                kept_minor += promise.amount_minor
    return PromiseTally(decided, kept, promised, kept_minor, received, tuple(pending), renegotiated, withdrawn)
