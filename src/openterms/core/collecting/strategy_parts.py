"""Reading the rungs of a strategy document: levels, steps, and how a segment differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.deliveries import KEYS, Delivery, usual_delivery
from openterms.core.collecting.documents import Section
from openterms.core.collecting.segments import SEGMENTS
from openterms.core.collecting.steps import LEGAL_STEPS, MOST_MINOR, STEPS, StepRule

EARLIEST_DAY, LATEST_DAY = -365, 3_650
NEXT, JUMP = "next", "jump"
CATCH_UP = (NEXT, JUMP)
"""What a late run does: the next rung only, or the severest one reached; never a legal one."""

STEP_KEYS = ("step", "after_days", "until_days", "legal", "when", "again_when", "again_reason", "after_step",
             "minimum_minor", "large", "catch_up", "asks_checks", *KEYS)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How one segment differs."""

    starts_at: int
    after_days: Mapping[str, int]
    without: tuple[str, ...]
    deliveries: Mapping[str, Section]
    why: str = ""

    def day(self, step: str, usual: int) -> int | None:
        """The segment's day of a step; None where it is not taken."""
        return None if step in self.without else max(self.starts_at, self.after_days.get(step, usual))


@dataclass(frozen=True, slots=True)
class Ladder:
    """What holds for every rung: amounts by currency, how to catch up, and the days between two steps on an item."""

    large_minor: Mapping[str, int] = field(default_factory=dict, hash=False)
    material_minor: Mapping[str, int] = field(default_factory=dict, hash=False)
    catch_up: str = JUMP
    days_between: int = 0


def ladder_of(top: Section) -> Ladder:
    """What the document says of all rungs."""
    amounts = []
    for key in ("large_minor", "material_minor"):
        found = top.numbers(key, None, 0, MOST_MINOR)
        for currency in found:
            check_currency(currency, top.at(key))
        amounts.append(found)
    catch_up = top.choice("catch_up", CATCH_UP) if top.has("catch_up") else JUMP
    return Ladder(amounts[0], amounts[1], catch_up, top.number("days_between", 0, 365, 0))


def adjustments_of(part: Section) -> dict[str, Adjustment]:
    """How segments differ, by segment."""
    part.only(*SEGMENTS)
    found: dict[str, Adjustment] = {}
    for segment in part.names():
        inner = part.section(segment)
        inner.only("why", "starts_at", "after_days", "without", "steps")
        days = inner.numbers("after_days", STEPS, EARLIEST_DAY, LATEST_DAY)
        without = tuple(inner.choices("without", STEPS))
        starts_at = inner.number("starts_at", EARLIEST_DAY, LATEST_DAY, EARLIEST_DAY)
        steps = inner.section("steps")
        steps.only(*STEPS)
        deliveries = {step: steps.section(step) for step in steps.names()}
        for delivery in deliveries.values():
            delivery.only(*KEYS)
        why = inner.text("why") if inner.has("why") else ""
        found[segment] = Adjustment(starts_at, days, without, deliveries, why)
    return found


def rungs_of(top: Section, adjustments: Mapping[str, Adjustment], ladder: Ladder) -> tuple[StepRule, ...]:
    """The steps, listed plainly or under levels; a level gives its steps what they do not say themselves."""
    rules = [_step_rule(entry, adjustments, ladder, "", None) for entry in top.sections("steps", "step")]
    for level in top.sections("levels", "level"):
        level.only("level", "steps", "channels", "tone", "by")
        name = level.text("level")
        rules.extend(
            _step_rule(entry, adjustments, ladder, name, level) for entry in level.sections("steps", "step")
        )
    if top.has("steps") and top.has("levels"):
        raise BadInput(
            gettext_noop("steps stand both under levels and beside them"), top.at("steps"),
            gettext_noop("list every step under its level, or none"),
        )  # fmt: skip
    return tuple(_in_turn(rules, ladder, _catching_up(top)))


def _catching_up(top: Section) -> dict[str, str]:
    """The catch-up rule that single steps have of their own."""
    entries = [*top.sections("steps", "step")]
    for level in top.sections("levels", "level"):
        entries.extend(level.sections("steps", "step"))
    return {
        entry.text("step"): entry.choice("catch_up", CATCH_UP) for entry in entries if entry.has("catch_up")
    }  # fmt: skip


def _step_rule(
    part: Section, adjustments: Mapping[str, Adjustment], ladder: Ladder, level: str, given: Section | None
) -> StepRule:
    part.only(*STEP_KEYS)
    step = part.choice("step", STEPS)
    usual = part.number("after_days", EARLIEST_DAY, LATEST_DAY)
    until = part.number("until_days", usual, LATEST_DAY) if part.has("until_days") else None
    by_segment = {name: adjustment.day(step, usual) for name, adjustment in adjustments.items()}
    minimum = part.numbers("minimum_minor", None, 0, MOST_MINOR)
    for currency in minimum:
        check_currency(currency, part.at("minimum_minor"))
    large = part.section("large")
    large.only("after_days", *KEYS)
    large_day = large.number("after_days", EARLIEST_DAY, LATEST_DAY) if large.has("after_days") else None
    delivery = usual_delivery(step)
    delivery = (delivery if given is None else delivery.changed(given)).changed(part)
    _of_people(delivery, step, part)
    own: dict[str, Delivery] = {}
    for segment, adjustment in adjustments.items():
        if step in adjustment.deliveries:
            own[segment] = delivery.changed(adjustment.deliveries[step])
            _of_people(own[segment], step, adjustment.deliveries[step])
    return StepRule(
        step, usual, until, part.truth("legal", False), part.numbers("after_step", STEPS, 1, LATEST_DAY), minimum,
        {segment: day for segment, day in by_segment.items() if day != usual},
        part.condition("when", "True"),
        part.condition("again_when", "False"),
        part.text("again_reason") if part.has("again_reason") else "",
        part.where,
        level=level,
        large_minor=ladder.large_minor,
        large_after_days=large_day,
        material_minor=ladder.material_minor,
        delivery=delivery,
        large_delivery=delivery.changed(large) if any(large.has(key) for key in KEYS) else None,
        delivery_by_segment=own,
        asks_checks=part.truth("asks_checks", step in LEGAL_STEPS),
    )  # fmt: skip


def _of_people(delivery: Delivery, step: str, part: Section) -> None:
    """A run neither telephones nor takes a legal step."""
    if not delivery.is_message:
        return
    if step in LEGAL_STEPS or "phone" in delivery.channels:
        raise BadInput(
            gettext_noop("a run cannot do this step"), part.at("by"),
            gettext_noop("write by: collector, or by: credit_manager"),
        )  # fmt: skip


def _in_turn(rules: Sequence[StepRule], ladder: Ladder, own: Mapping[str, str]) -> list[StepRule]:
    """Each rule with the condition that the rung before it was taken where it catches up by the next rung, and that
    the last step lies far enough back."""
    found: list[StepRule] = []
    for rule in rules:
        parts = []
        if own.get(rule.step, ladder.catch_up) == NEXT:
            text = _before(found)
            parts += [text] if text != "True" else []
        if ladder.days_between:
            parts += [
                f"(days_since_{milder.step} is None or days_since_{milder.step} >= {ladder.days_between})"
                for milder in found
            ]
        found.append(replace(rule, turn_when=" and ".join(parts)) if parts else rule)
    return found


def _before(milder: Sequence[StepRule]) -> str:
    """That the nearest milder rung was taken, or does not apply and the one before it was; True with none.

    A rung with a last day (a courtesy before the due date) is not waited for.
    """
    waited = [rule for rule in milder if rule.until_days is None]
    text = "True"
    for rule in waited:
        nowhere = [segment for segment, day in rule.by_segment.items() if day is None]
        applies = [f"({part})" for part in (rule.minimum.source, rule.when) if part != "True"]
        applies += [f"segment not in {nowhere}"] if nowhere else []
        if not applies:
            text = f"took_{rule.step}"
        elif text == "True":
            text = f"(took_{rule.step} or not ({' and '.join(applies)}))"
        else:
            text = f"(took_{rule.step} or (not ({' and '.join(applies)}) and {text}))"
    return text


def check_currency(currency: str, where: str) -> None:
    """Refuse what is no currency."""
    try:
        exponent(currency)
    except BadInput as error:
        raise error.at(where) from None
