"""The seller's dunning strategy: a document people read and version, checked and turned into rules.

The document (``standard.yaml`` beside this file is the one every seller starts with) says how promises count, by
which rules customers are segmented, which steps are taken when, and how a segment's days differ. The caller parses
the YAML; ``from_document`` checks every line of it and names each fault by its place. What it returns is what both
readers use: ``Strategy.segments`` and ``Strategy.steps`` hold ``Expression``s, which ``portfolio.rules`` compiles as
they stand.

Keys of the document:

* ``code``, ``name``; ``promises``: ``grace_days``, ``min_share_bp``
* ``plans``: within what limits instalments may be offered (``plan_policy``)
* ``segments``: a list of ``segment``, ``when`` (over ``SEGMENT_FACTS``), ``reason``; the first True wins
* ``large_minor``, ``material_minor`` (currency: amount in minor units): from when an item is large, and what must be
  collectable from a customer for any step; ``catch_up`` (``next`` or ``jump``), ``days_between`` two steps on an item
* ``levels``, mild to severe: ``level``, ``channels``, ``tone``, ``by`` and its ``steps``; or ``steps`` alone
* ``steps``, mild to severe: ``step``, ``after_days``, and if wanted ``until_days``, ``legal``, ``when`` and
  ``again_when`` (over ``STEP_FACTS``), ``after_step`` (step: least days since), ``minimum_minor`` (currency: amount
  in minor units), ``catch_up``, ``channels``, ``template``, ``tone``, ``by``, ``asks_checks``, and ``large`` with what
  differs for large items
* ``events``: ``event`` (one of ``EVENTS``), ``after_days``, ``until_days``, ``when`` (over ``EVENT_FACTS``),
  ``channels``, ``template``, ``tone``, ``by``
* ``adjustments`` by segment: ``why``, ``starts_at`` (no step before this day), ``after_days`` (step: day), ``without``
  (steps), ``steps`` (step: ``channels``, ``template``, ``tone``, ``by``)

Legal steps must be marked, and must wait at least 14 days after a final notice; a seller can ask for more, not for
less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import parse
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.documents import Section, section
from openterms.core.collecting.events import EventRule, event_rule
from openterms.core.collecting.plan_policy import read_plans
from openterms.core.collecting.plans import STANDARD as STANDARD_PLANS
from openterms.core.collecting.plans import PlanPolicy
from openterms.core.collecting.promises import WHOLE_BP, PromiseRule
from openterms.core.collecting.segments import SEGMENT_FACTS, SEGMENTS, UNCLASSIFIED, SegmentRule
from openterms.core.collecting.steps import (
    FINAL_NOTICE,
    LEAST_DAYS_AFTER_FINAL_NOTICE,
    LEGAL_STEPS,
    STEPS,
    StepRule,
    severity,
)
from openterms.core.collecting.strategy_parts import Adjustment, Ladder, adjustments_of, ladder_of, rungs_of


@dataclass(frozen=True, slots=True)
class Strategy:
    """A checked strategy. ``steps`` run mild to severe; ``segments`` stand in order of precedence."""

    code: str
    name: str
    promises: PromiseRule
    segments: tuple[SegmentRule, ...]
    steps: tuple[StepRule, ...]
    plans: PlanPolicy = STANDARD_PLANS
    events: tuple[EventRule, ...] = ()
    ladder: Ladder = field(default_factory=Ladder)
    adjustments: Mapping[str, Adjustment] = field(default_factory=dict, hash=False)

    @property
    def severest_first(self) -> tuple[StepRule, ...]:
        """The steps in the order in which they are asked: the first one owed is the step (``next_step``)."""
        return self.steps[::-1]

    def step(self, code: str) -> StepRule | None:
        """The rule of a step code, or None where the strategy does not take that step."""
        return next((rule for rule in self.steps if rule.step == code), None)


def from_document(document: Mapping[str, object]) -> Strategy:
    """Check a parsed strategy document and make its rules.

    Raises BadInput naming the place (``strategy, steps, 3 (call), after_days``), what is wrong and what would be right:
    unknown or missing keys, wrong types, unknown codes, steps out of order, legal steps that would come too early, and
    conditions that cannot be read.
    """
    top = section(document, "strategy")
    top.only("code", "name", "promises", "segments", "steps", "levels", "events", "adjustments", "large_minor",
             "material_minor", "catch_up", "days_between", "plans")  # fmt: skip
    code = top.text("code")
    promises = _promises(top.section("promises"))
    segments = tuple(_segment_rule(entry) for entry in top.sections("segments", "segment"))
    _distinct([rule.segment for rule in segments], "strategy, segments")
    adjustments, ladder = adjustments_of(top.section("adjustments")), ladder_of(top)
    steps = rungs_of(top, adjustments, ladder)
    _check_ladder(steps)
    events = tuple(event_rule(entry, ladder.large_minor) for entry in top.sections("events", "event"))
    _distinct([rule.code for rule in events], "strategy, events")
    plans = read_plans(top.section("plans"))
    return Strategy(code, top.text("name", code), promises, segments, steps, plans, events, ladder, adjustments)


def _promises(part: Section) -> PromiseRule:
    part.only("grace_days", "min_share_bp")
    standard = PromiseRule()
    return PromiseRule(
        part.number("grace_days", 0, 30, standard.grace_days),
        part.number("min_share_bp", 1, WHOLE_BP, standard.min_share_bp),
    )


def _segment_rule(part: Section) -> SegmentRule:
    part.only("segment", "when", "reason")
    segment = part.choice("segment", [name for name in SEGMENTS if name != UNCLASSIFIED])
    when = parse(part.condition("when"), SEGMENT_FACTS, part.at("when"), "bool")
    return SegmentRule(segment, when, part.text("reason"))


def _check_ladder(steps: Sequence[StepRule]) -> None:
    """Steps once each, mild to severe, in order of days, each waiting only for milder ones; law after the notice."""
    if not steps:
        raise BadInput(
            gettext_noop("there are no steps"), "strategy, steps", gettext_noop("list at least one, such as reminder")
        )
    _distinct([rule.step for rule in steps], "strategy, steps")
    for milder, severer in pairwise(steps):
        if severity(milder.step) > severity(severer.step):
            raise BadInput(
                gettext_noop("%(step)s stands after the severer %(before)s"),
                severer.where,
                gettext_noop("order the steps mild to severe: %(order)s"),
                {"step": severer.step, "before": milder.step, "order": ", ".join(STEPS)},
            )
        _check_days(milder, severer)
    for position, rule in enumerate(steps):
        _check_waits(rule, {earlier.step for earlier in steps[:position]})


def _check_days(milder: StepRule, severer: StepRule) -> None:
    """No severer step may come before a milder one, in any segment, for large items and others."""
    segments = dict.fromkeys(("", *milder.by_segment, *severer.by_segment))
    for segment, is_large in ((segment, is_large) for segment in segments for is_large in (False, True)):
        first, second = milder.day_for(segment, is_large), severer.day_for(segment, is_large)
        if first is not None and second is not None and first > second:
            raise BadInput(
                gettext_noop("%(step)s would come on day %(second)s, before %(before)s on day %(first)s"),
                f"{severer.where}, after_days" + (f", for segment {segment}" if segment else ""),
                gettext_noop("give it day %(first)s or later"),
                {"step": severer.step, "second": second, "before": milder.step, "first": first},
            )


def _check_waits(rule: StepRule, milder: set[str]) -> None:
    for awaited in rule.after_step:
        if awaited not in milder:
            raise BadInput(
                gettext_noop("%(step)s waits for %(awaited)s, which is no milder step of this strategy"),
                f"{rule.where}, after_step",
                gettext_noop("name a step that stands above it"),
                {"step": rule.step, "awaited": awaited},
            )
    if rule.step in LEGAL_STEPS and not rule.is_legal:
        raise BadInput(
            gettext_noop("%(step)s is a legal step"),
            f"{rule.where}, legal",
            gettext_noop("write legal: true"),
            {"step": rule.step},
        )
    if rule.is_legal and rule.after_step.get(FINAL_NOTICE, 0) < LEAST_DAYS_AFTER_FINAL_NOTICE:
        raise BadInput(
            gettext_noop("a legal step must follow a recorded final notice by at least %(least)s days"),
            f"{rule.where}, after_step",
            gettext_noop("write after_step: {final_notice: %(least)s}, or more days"),
            {"least": LEAST_DAYS_AFTER_FINAL_NOTICE},
        )


def _distinct(codes: Sequence[str], where: str) -> None:
    for position, code in enumerate(codes):
        if code in codes[:position]:
            raise BadInput(
                gettext_noop("%(code)s stands twice"),
                f"{where}, {position + 1} ({code})",
                gettext_noop("keep one of the two"),
                {"code": code},
            )
