"""The next dunning step of one open item, and of one customer.

**The rule.** The level is the item's, and is derived: from its days overdue, what is collectable on it, and the steps
already recorded on it. The step is the severest one that is *owed* (``steps.StepRule`` says when that is). From this
follow:

* A step acts on an item at most once, because ``not took_<step>`` is part of every rule, whenever it was taken; only
  a call is made again, once for each broken promise (``broken_promise_since_call`` turns false with the call).
* Nothing milder comes after something severer, because ``fresh`` asks for all severer steps too.
* A late run takes the severest non-legal step reached, once, and not the ones it missed: an item that arrives 200
  days overdue from another system gets its final notice today.
* A late run never leaps to law: a demand is proposed only 14 days or more after a *recorded* final notice, and
  (standard strategy) an agency only 14 days or more after a recorded demand as well, so lateness costs one rung at a
  time at the top.
* What is contested, in flight, planned or promised is not collectable; an item with nothing collectable gets no step.

**Two readers.** Each rung's rule is one true-or-false Expression, ``rule.owed``, over the integer facts
``STEP_FACTS``. ``next_step`` asks ``strategy.severest_first`` in order and takes the first that is True;
``portfolio.rules`` compiles the same Expressions into one ``CASE WHEN owed_agency THEN 'propose_agency' WHEN
owed_demand THEN ... END``, whose missing conditions do not fire either. The columns it needs are those in
``STEP_FACTS``: ``days_since_<step>`` is ``as_of`` less the last date that step was recorded on the item (missing if
never), ``took_<step>`` whether it ever was, *also after* ``as_of`` (a past day run again repeats nothing), and the
customer's ``segment``, ``paused``, ``insolvent``. ``ItemFacts.values`` shows each exactly.

Source: DESIGN section 7 (Steps) and idea 6; FACTBOOK 5.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Expression, Value
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import step_reasons
from openterms.core.collecting.segments import UNCLASSIFIED
from openterms.core.collecting.steps import CONTACT_TOUCHES, REGULAR_PARTS, STEPS, StepRule, severity
from openterms.core.collecting.strategies import Strategy


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step recorded on an item, and the business date it was recorded for."""

    step: str
    on: date

    def __post_init__(self) -> None:
        if self.step not in STEPS:
            raise BadInput(
                gettext_noop("%(step)s is no step"),
                "step taken",
                gettext_noop("one of: %(known)s"),
                {"step": self.step, "known": ", ".join(STEPS)},
            )


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of one open debit item for its next step.

    Amounts in minor units of ``currency``; ``collectable_minor`` is what the four claims leave of the open amount.
    ``taken`` are all steps recorded on it, in any order. ``promise_broken_on`` is the first day the latest broken
    promise on it counted as broken. ``is_paused`` says that a pause of the customer or of the item itself holds on the
    date asked about; ``segment`` and ``is_insolvent`` are the customer's then, as is ``customer_collectable_minor``
    (over all its items of the currency; ``customer_step`` sums it).
    ``contacts`` has the last day of each of ``CONTACT_TOUCHES``.
    """

    item_id: str
    currency: str
    due_on: date
    collectable_minor: int
    segment: str = UNCLASSIFIED
    taken: tuple[TakenStep, ...] = ()
    promise_broken_on: date | None = None
    is_paused: bool = False
    is_insolvent: bool = False
    contested_minor: int = 0
    in_flight_minor: int = 0
    planned_minor: int = 0
    promised_minor: int = 0
    customer_collectable_minor: int | None = None
    contacts: Mapping[str, date] = field(default_factory=dict, hash=False)

    def values(self, as_of: date) -> dict[str, Value]:
        """The facts of ``STEP_FACTS`` by name, as of a date."""
        last: dict[str, date] = {}
        for taken in self.taken:
            last[taken.step] = max(taken.on, last.get(taken.step, taken.on))
        values: dict[str, Value] = {
            "days_overdue": (as_of - self.due_on).days,
            "collectable_minor": self.collectable_minor,
            "currency": self.currency,
            "segment": self.segment,
            "paused": self.is_paused,
            "insolvent": self.is_insolvent,
            "broken_promise_since_call": self._broke_since(last.get("call"), as_of),
            "customer_collectable_minor": self.customer_collectable_minor,
        }
        for touch in CONTACT_TOUCHES:
            on = self.contacts.get(touch)
            values[f"days_since_{touch}"] = (as_of - on).days if on is not None and on <= as_of else None
        for step in STEPS:
            values[f"took_{step}"] = step in last
            values[f"days_since_{step}"] = (as_of - last[step]).days if step in last else None
        return values

    @property
    def level(self) -> str | None:
        """The severest step recorded on it; None before the first."""
        return max((taken.step for taken in self.taken), key=severity, default=None)

    def _broke_since(self, last_call: date | None, as_of: date) -> bool:
        broke = self.promise_broken_on
        return broke is not None and broke <= as_of and (last_call is None or last_call < broke)


@dataclass(frozen=True, slots=True)
class ItemStep:
    """The answer for one item: the step (None: leave it alone today) and ordered reasons, the first to be shown."""

    item_id: str
    step: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class CustomerStep:
    """The answer for one customer and currency.

    ``step`` is the severest among its items; ``items`` are all items that get a step today, severest first, each with
    its own (one contact covers them all, and each item records its own step); ``reasons`` are those of the severest
    item.
    """

    step: str | None
    items: tuple[ItemStep, ...]
    reasons: tuple[Reason, ...]


def next_step(item: ItemFacts, strategy: Strategy, as_of: date) -> ItemStep:
    """The step one item is owed on a date, or none, with reasons. Asking again after recording the step gives none.

    Raises BadInput where a fact is outside its range or an unknown code.
    """
    values = item.values(as_of)
    for rule in strategy.severest_first:
        if rule.owed.holds(values):
            return ItemStep(item.item_id, rule.step, _reasons_for(rule, item, strategy, values))
    return ItemStep(item.item_id, None, _reasons_against(item, strategy, values))


def customer_step(items: Sequence[ItemFacts], strategy: Strategy, as_of: date) -> CustomerStep:
    """The step of a customer in one currency: the severest its items are owed. BadInput where currencies are mixed."""
    if len({item.currency for item in items}) > 1:
        raise BadInput(
            gettext_noop("the items are in several currencies"),
            "customer step",
            gettext_noop("ask for each currency apart"),
        )
    together = sum(max(item.collectable_minor, 0) for item in items)
    answers = [next_step(replace(item, customer_collectable_minor=together), strategy, as_of) for item in items]
    acting = sorted(
        (answer for answer in answers if answer.step), key=lambda answer: -severity(answer.step or STEPS[0])
    )
    if acting:
        return CustomerStep(acting[0].step, tuple(acting), acting[0].reasons)
    return CustomerStep(None, (), tuple(_distinct(reason for answer in answers for reason in answer.reasons)))


def _reasons_for(rule: StepRule, item: ItemFacts, strategy: Strategy, values: dict[str, Value]) -> tuple[Reason, ...]:
    """Why this step; then why nothing severer."""
    if is_regular(rule, values):
        day = rule.day_for(item.segment, rule.is_large(item.currency, item.collectable_minor))
        first = step_reasons.STEP_OWED.given(step=rule.step, day=day or 0, days_overdue=_days_overdue(values))
    else:
        first = step_reasons.STEP_OWED_AGAIN.given(step=rule.step, because=rule.because)
    severer = [other for other in strategy.severest_first if severity(other.step) > severity(rule.step)]
    return (first, *_blocks(severer, item, values))


def is_regular(rule: StepRule, values: Mapping[str, Value]) -> bool:
    """Whether a step is owed by its day, and not only because something happened again."""
    parts: list[Expression] = [getattr(rule, name) for name in REGULAR_PARTS]
    return all(part.holds(values) for part in parts)


def _reasons_against(item: ItemFacts, strategy: Strategy, values: dict[str, Value]) -> tuple[Reason, ...]:
    """Why no step at all: the guard first, then the rungs that are reached but held back, then what comes next."""
    guards: list[Reason] = []
    if item.is_insolvent:
        guards.append(step_reasons.INSOLVENT)
    if item.is_paused:
        guards.append(step_reasons.PAUSED)
    if item.collectable_minor <= 0:
        claims = (
            (step_reasons.CONTESTED, item.contested_minor),
            (step_reasons.IN_FLIGHT, item.in_flight_minor),
            (step_reasons.PLANNED, item.planned_minor),
            (step_reasons.PROMISED, item.promised_minor),
        )
        named = [reason.given(amount_minor=minor, currency=item.currency) for reason, minor in claims if minor > 0]
        guards.extend(named or [step_reasons.NOTHING_OPEN])
    if guards:
        return tuple(guards)
    blocks = _blocks(strategy.severest_first, item, values)
    coming = _coming(item, strategy, values)
    if item.level is not None:
        blocks = [step_reasons.ALREADY_TAKEN.given(step=item.level), *blocks]
    return tuple([*blocks, coming] if coming else blocks) or (step_reasons.LADDER_DONE,)


def _blocks(rules: Iterable[StepRule], item: ItemFacts, values: dict[str, Value]) -> list[Reason]:
    """What holds back rungs whose day is reached and that were not taken, severest first."""
    found: list[Reason] = []
    for rule in rules:
        if not rule.fresh.holds(values) or not rule.reached.holds(values):
            continue
        if not rule.minimum.holds(values):
            least = rule.minimum_minor[item.currency]
            found.append(step_reasons.BELOW_MINIMUM.given(step=rule.step, minimum_minor=least, currency=item.currency))
        if not rule.material.holds(values):
            least = rule.material_minor[item.currency]
            found.append(step_reasons.NOT_MATERIAL.given(material_minor=least, currency=item.currency))
        if not rule.waited.holds(values):
            found.append(_waiting(rule, values))
        if not rule.in_turn.holds(values):
            found.append(step_reasons.NOT_ITS_TURN.given(step=rule.step))
        if not rule.condition.holds(values):
            found.append(step_reasons.CONDITION.given(step=rule.step, because=rule.condition.explain(values)))
    return found


def _waiting(rule: StepRule, values: dict[str, Value]) -> Reason:
    """Which step is awaited: the first that was never taken or is not old enough."""
    for awaited, days in rule.after_step.items():
        since = values[f"days_since_{awaited}"]
        if not isinstance(since, int):
            return step_reasons.AWAITS.given(step=rule.step, awaited=awaited, days=days)
        if since < days:
            return step_reasons.WAITS.given(step=rule.step, awaited=awaited, days=days, since=since)
    raise AssertionError("nothing is awaited")


def _coming(item: ItemFacts, strategy: Strategy, values: dict[str, Value]) -> Reason | None:
    """The next rung whose day is not yet reached."""
    overdue = _days_overdue(values)
    for rule in strategy.steps:
        day = rule.day_for(item.segment, rule.is_large(item.currency, item.collectable_minor))
        if day is not None and day > overdue and rule.fresh.holds(values):
            return step_reasons.TOO_EARLY.given(step=rule.step, day=day, days_overdue=overdue)
    return None


def _days_overdue(values: dict[str, Value]) -> int:
    overdue = values["days_overdue"]
    assert isinstance(overdue, int)
    return overdue


def _distinct(reasons: Iterable[Reason]) -> list[Reason]:
    """Reasons once each, in order."""
    found: list[Reason] = []
    for reason in reasons:
        if reason not in found:
            found.append(reason)
    return found
