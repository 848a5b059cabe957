"""What is wrong or doubtful in a strategy that can be read: told before anybody gets a letter by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.segments import SEGMENTS, UNCLASSIFIED
from openterms.core.collecting.strategies import Strategy

WRONG, DOUBTFUL = "wrong", "doubtful"


@dataclass(frozen=True, slots=True)
class StrategyFinding:
    """What was found: ``severity`` is ``wrong`` (not published so) or ``doubtful``; ``message`` an id with places."""

    severity: str
    place: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def text(self) -> str:
        """In English, for staff."""
        return self.message % self.params if self.params else self.message


def lint(strategy: Strategy) -> list[StrategyFinding]:
    """Everything found, wrong things first."""
    found = [*_missing_notice(strategy), *_segments(strategy), *_events(strategy), *_amounts(strategy)]
    return sorted(found, key=lambda one: one.severity != WRONG)


def _missing_notice(strategy: Strategy) -> Iterator[StrategyFinding]:
    if any(rule.is_legal for rule in strategy.steps) and not any(
        rule.step == "final_notice" and rule.when == "True" for rule in strategy.steps
    ):
        yield StrategyFinding(
            DOUBTFUL, "steps", gettext_noop("The final notice has a condition: where it fails, no legal step follows.")
        )
    for rule in strategy.steps:
        how = rule.carried_out("", False)
        if how.is_message and "email" not in how.channels and "post" not in how.channels:
            yield StrategyFinding(
                DOUBTFUL, rule.where, gettext_noop("%(step)s goes neither by e-mail nor by post: few can be reached."),
                {"step": rule.step},
            )  # fmt: skip
        if rule.is_legal and not rule.asks_checks:
            yield StrategyFinding(
                WRONG, rule.where, gettext_noop("A legal step must ask the six checks: leave asks_checks out.")
            )


def _segments(strategy: Strategy) -> Iterator[StrategyFinding]:
    named = {rule.segment for rule in strategy.segments} | {UNCLASSIFIED}
    for segment in strategy.adjustments:
        if segment not in named:
            yield StrategyFinding(
                DOUBTFUL, f"adjustments, {segment}", gettext_noop("No rule names the segment %(segment)s."),
                {"segment": segment},
            )  # fmt: skip
    for segment in SEGMENTS:
        days = [rule.day_for(segment) for rule in strategy.steps if not rule.is_legal]
        if segment not in ("insolvent",) and segment in strategy.adjustments and not any(
            day is not None for day in days
        ):
            yield StrategyFinding(
                DOUBTFUL, f"adjustments, {segment}", gettext_noop("Nothing is ever done for the segment %(segment)s."),
                {"segment": segment},
            )  # fmt: skip


def _events(strategy: Strategy) -> Iterator[StrategyFinding]:
    if not any(rule.event == "message_bounced" for rule in strategy.events):
        yield StrategyFinding(
            DOUBTFUL, "events", gettext_noop("Nobody looks for another contact when a message comes back.")
        )
    if not strategy.ladder.large_minor and any(rule.event.startswith("large_") for rule in strategy.events):
        yield StrategyFinding(
            WRONG, "large_minor", gettext_noop("An event speaks of large invoices, and no amount says what is large.")
        )


def _amounts(strategy: Strategy) -> Iterator[StrategyFinding]:
    has_day = any(rule.large_after_days is not None or rule.large_delivery for rule in strategy.steps)
    if has_day and not strategy.ladder.large_minor:
        yield StrategyFinding(
            WRONG, "large_minor", gettext_noop("A step differs for large items, and no amount says what is large.")
        )
