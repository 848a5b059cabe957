"""The ladder of dunning steps, and one step's rule as an expression over integer facts of one open item.

A step is *owed* on an item when all of this holds (each line is one part of the rule's text):

* guard: what ``guard`` asks of a message and a step knows of its item (something is collectable, dunning is not
  paused, no insolvency is recorded), any minimum amount is reached, and what is collectable from the customer is
  material;
* reached: ``days_overdue`` is at the step's day, by segment or size where the strategy adjusts it, and not past its
  last day;
* fresh: neither this step nor a severer one was taken on the item before;
* waited: the steps it must follow were taken at least so many days ago;
* in turn: the rung before it was taken, where the strategy catches up by the next rung only, and the last step on the
  item lies so many days back;
* condition: the strategy's own ``when``;

or when the guard holds and the strategy's ``again_when`` does in a segment that takes the step at all (a call is made
again when a promise breaks). The whole is one text, read once by ``expressions.parse``; ``StepRule.owed`` is that
Expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openterms.core.base.expressions import Expression, Fact, code, flag, parse, vocabulary, whole
from openterms.core.collecting.deliveries import Delivery, usual_delivery
from openterms.core.collecting.guard import step_guard
from openterms.core.collecting.segments import SEGMENTS

STEPS = ("courtesy", "reminder", "call", "firm_letter", "final_notice", "propose_demand", "propose_agency")
"""All step codes, mild to severe."""

LEGAL_STEPS = frozenset(("propose_demand", "propose_agency"))
"""Steps that lead to law; they are proposed to a person, never taken by a run."""

FINAL_NOTICE = "final_notice"
LEAST_DAYS_AFTER_FINAL_NOTICE = 14
"""No strategy may propose a legal step earlier than this after a recorded final notice (DESIGN section 7, Steps)."""

FARTHEST_DAYS = 4_000_000
CONTACT_TOUCHES = ("delivered", "opened", "replied", "bounced", "page_seen", "page_asked")
"""What comes back from a message, and from the personal page that it leads to, as touches of the customer."""

MOST_MINOR = 10**16


def _said(touch: str) -> str:
    """What came back, in words."""
    pages = {"page_seen": "a reader last saw the personal page", "page_asked": "a reader last asked there"}
    return pages.get(touch, f"a message was last {touch}")


def _step_facts() -> dict[str, Fact]:
    taken = [flag(f"took_{step}", f"{step} was taken on the item, whenever", "touches") for step in STEPS]
    since = [
        whole(
            f"days_since_{step}",
            -FARTHEST_DAYS,
            FARTHEST_DAYS,
            f"since the last {step}; missing if never",
            "days",
            "touches",
        )
        for step in STEPS
    ]
    answered = [
        whole(
            f"days_since_{touch}", 0, FARTHEST_DAYS, f"since {_said(touch)}; missing if never", "days",
            "touches",
        )
        for touch in CONTACT_TOUCHES
    ]  # fmt: skip
    return vocabulary(
        whole("days_overdue", -FARTHEST_DAYS, FARTHEST_DAYS, "as_of - due_on; 0 or less is current", "days", "items"),
        whole(
            "collectable_minor", 0, MOST_MINOR, "open - contested - in flight - planned - promised", "minor", "position"
        ),
        code("currency", (), "of the item", "items"),
        code("segment", SEGMENTS, "of the customer; never missing (unclassified)", "segments"),
        flag("paused", "dunning of the customer or of this item is paused on the date", "customers, pauses"),
        flag("insolvent", "an insolvency of the customer is recorded by the date", "customers"),
        flag("broken_promise_since_call", "a promise on the item broke, and no call on it since", "promises"),
        whole(
            "customer_collectable_minor", 0, MOST_MINOR, "collectable from the customer in the currency", "minor",
            "position",
        ),
        *answered,
        *taken,
        *since,
    )


STEP_FACTS = _step_facts()
"""What a step's condition may speak of: the facts of one open item on one date."""


@dataclass(frozen=True, slots=True)
class StepRule:
    """One rung of a strategy's ladder.

    ``after_days`` counts from the due date; ``until_days`` is the last day it is taken (None: no last day);
    ``after_step`` are steps that must have been taken on the item at least so many days ago; ``minimum_minor`` least
    collectable amounts by currency (a currency not named has none); ``by_segment`` the day for segments whose day
    differs (None: never taken there). An item is large from ``large_minor`` (by currency) collectable;
    ``large_after_days`` is then its day, where the segment has none of its own. ``material_minor`` (by currency) is
    what must be collectable from the customer. ``in_turn`` is the condition that holds the rungs apart. ``when`` and
    ``again_when`` are texts over ``STEP_FACTS``; ``again_reason`` says the latter in words. The expressions are made
    from these on creation. ``delivery`` says how the step is carried out, by segment and for large items where they
    differ.
    """

    step: str
    after_days: int
    until_days: int | None = None
    is_legal: bool = False
    after_step: Mapping[str, int] = field(default_factory=dict, hash=False)
    minimum_minor: Mapping[str, int] = field(default_factory=dict, hash=False)
    by_segment: Mapping[str, int | None] = field(default_factory=dict, hash=False)
    when: str = "True"
    again_when: str = "False"
    again_reason: str = ""
    where: str = field(default="step", repr=False, compare=False)
    level: str = ""
    large_minor: Mapping[str, int] = field(default_factory=dict, hash=False)
    large_after_days: int | None = None
    material_minor: Mapping[str, int] = field(default_factory=dict, hash=False)
    turn_when: str = "True"
    delivery: Delivery | None = None
    large_delivery: Delivery | None = None
    delivery_by_segment: Mapping[str, Delivery] = field(default_factory=dict, hash=False)
    asks_checks: bool = False
    guard: Expression = field(init=False, repr=False, compare=False)
    minimum: Expression = field(init=False, repr=False, compare=False)
    material: Expression = field(init=False, repr=False, compare=False)
    in_turn: Expression = field(init=False, repr=False, compare=False)
    reached: Expression = field(init=False, repr=False, compare=False)
    fresh: Expression = field(init=False, repr=False, compare=False)
    waited: Expression = field(init=False, repr=False, compare=False)
    condition: Expression = field(init=False, repr=False, compare=False)
    again: Expression = field(init=False, repr=False, compare=False)
    owed: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        texts = {
            "guard": step_guard(STEP_FACTS),
            "minimum": _at_least("collectable_minor", self.minimum_minor),
            "material": _at_least("customer_collectable_minor", self.material_minor),
            "in_turn": self.turn_when,
            "reached": self._reached_text(),
            "fresh": " and ".join(f"not took_{step}" for step in STEPS[STEPS.index(self.step) :]),
            "waited": self._waited_text(),
            "condition": self.when,
            "again": self.again_when,
        }
        for name, text in texts.items():
            place = {"condition": f"{self.where}, when", "again": f"{self.where}, again_when"}.get(name, self.where)
            object.__setattr__(self, name, parse(text, STEP_FACTS, place, "bool"))
        object.__setattr__(self, "owed", parse(self._owed_text(texts), STEP_FACTS, self.where, "bool"))

    @property
    def because(self) -> str:
        """Why the step is taken again: in the policy's words, else the condition itself."""
        return self.again_reason or self.again.source

    def day_for(self, segment: str, is_large: bool = False) -> int | None:
        """The day after due from which the step is taken in a segment; None where it is never taken."""
        usual = self.after_days if not is_large or self.large_after_days is None else self.large_after_days
        return self.by_segment.get(segment, usual)

    def is_large(self, currency: str, collectable_minor: int) -> bool:
        """Whether an amount counts as large; never in a currency that the strategy does not name."""
        least = self.large_minor.get(currency)
        return least is not None and collectable_minor >= least

    def carried_out(self, segment: str, is_large: bool) -> Delivery:
        """How the step is carried out for a segment: what is said of large items comes first, then the segment's."""
        usual = self.delivery or usual_delivery(self.step)
        if is_large and self.large_delivery is not None:
            return self.large_delivery
        return self.delivery_by_segment.get(segment, usual)

    def _reached_text(self) -> str:
        text = f"days_overdue >= {self.after_days}"
        if self.large_after_days is not None and self.large_minor:
            large = " or ".join(
                f"(currency == '{currency}' and collectable_minor >= {minor})"
                for currency, minor in sorted(self.large_minor.items())
            )
            text = f"days_overdue >= {self.large_after_days} if ({large}) else ({text})"
        for segment, day in self.by_segment.items():
            there = "False" if day is None else f"days_overdue >= {day}"
            text = f"{there} if segment == '{segment}' else ({text})"
        if self.until_days is not None:
            text = f"({text}) and days_overdue <= {self.until_days}"
        return text

    def _waited_text(self) -> str:
        waits = [f"took_{step} and days_since_{step} >= {days}" for step, days in self.after_step.items()]
        return " and ".join(waits) or "True"

    def _owed_text(self, texts: Mapping[str, str]) -> str:
        """The parts as one condition, leaving out those that say nothing; never again where it is never taken."""
        names = ("reached", "fresh", "waited", "in_turn", "condition")
        owed = " and ".join(f"({texts[name]})" for name in names if texts[name] != "True")
        if texts["again"] != "False":
            nowhere = tuple(segment for segment, day in self.by_segment.items() if day is None)
            somewhere = f" and segment not in {list(nowhere)}" if nowhere else ""
            owed = f"(({owed}) or (({texts['again']}){somewhere}))"
        guards = " and ".join(texts[name] for name in ("guard", "minimum", "material") if texts[name] != "True")
        return f"{guards} and {owed}"


REGULAR_PARTS = ("reached", "fresh", "waited", "in_turn", "condition")
"""The parts by which a step is owed by its day, and not again."""


def _at_least(fact: str, amounts: Mapping[str, int]) -> str:
    """That a fact is at least an amount by currency; True where no currency is named."""
    limits = [f"(currency != '{currency}' or {fact} >= {minor})" for currency, minor in sorted(amounts.items())]
    return " and ".join(limits) or "True"


def severity(step: str) -> int:
    """The place on the ladder, 0 for the mildest."""
    return STEPS.index(step)
