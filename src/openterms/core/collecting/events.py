"""Steps that answer to an event and not to a due date: an account opened, a promise broken, a message returned.

Each event of a customer is answered once by each rule that speaks of it, within the days that the rule gives; a late
run leaves alone what is older. The events themselves are facts of the record; nothing here stores them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from openterms.core.base.expressions import Expression, Value, code, flag, parse, vocabulary, whole
from openterms.core.collecting.deliveries import CHANNELS, COLLECTOR, DOERS, PURPOSES, RUN, TONES, Delivery
from openterms.core.collecting.documents import Section
from openterms.core.collecting.segments import SEGMENTS
from openterms.core.collecting.steps import FARTHEST_DAYS, MOST_MINOR

EVENTS = (
    "account_opened", "promise_broken", "message_bounced", "large_invoice_issued", "large_invoice_upcoming",
    "dispute_decided", "plan_default", "instalment_due",
)  # fmt: skip
"""What a rule may answer to. ``large_invoice_upcoming`` and ``instalment_due`` happen on the due date: the days before
are negative."""

_PURPOSE = {
    "account_opened": "welcome", "promise_broken": "promise_broken", "message_bounced": "call",
    "large_invoice_issued": "courtesy", "large_invoice_upcoming": "courtesy",
    "dispute_decided": "dispute_decided", "plan_default": "plan_broken",
    "instalment_due": "instalment_due",
}  # fmt: skip

EVENT_FACTS = vocabulary(
    whole("days_since_event", -FARTHEST_DAYS, FARTHEST_DAYS, "since it happened; before it, negative", "days"),
    whole("amount_minor", 0, MOST_MINOR, "open amount that it is about; missing where it is about none", "minor"),
    code("currency", (), "of that amount; missing where there is none"),
    code("segment", SEGMENTS, "of the customer; never missing (unclassified)"),
    flag("paused", "dunning of the customer is paused on the date"),
    flag("insolvent", "an insolvency of the customer is recorded by the date"),
)
"""What a rule's condition may speak of: the facts of one event of one customer on one date."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """What is done about an event: ``delivery``, ``after_days`` to ``until_days`` since it, where ``when`` holds."""

    event: str
    delivery: Delivery
    after_days: int = 0
    until_days: int = 14
    when: str = "True"
    where: str = field(default="event", repr=False, compare=False)
    owed: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parse(self.when, EVENT_FACTS, f"{self.where}, when", "bool")
        text = (
            f"not paused and not insolvent and days_since_event >= {self.after_days}"
            f" and days_since_event <= {self.until_days}" + (f" and ({self.when})" if self.when != "True" else "")
        )
        object.__setattr__(self, "owed", parse(text, EVENT_FACTS, self.where, "bool"))

    @property
    def code(self) -> str:
        """Under which name it is recorded: the event and what it sends."""
        return f"{self.event}:{self.delivery.purpose}"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a customer: ``cause`` names it for ever (``promise:<id>``), ``item_ids`` are what it is about."""

    customer_id: str
    event: str
    cause: str
    happened_on: date
    segment: str = "unclassified"
    amount_minor: int | None = None
    currency: str | None = None
    item_ids: tuple[str, ...] = ()
    is_paused: bool = False
    is_insolvent: bool = False

    def values(self, as_of: date) -> dict[str, Value]:
        """The facts of ``EVENT_FACTS`` as of a date."""
        return {
            "days_since_event": (as_of - self.happened_on).days,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "segment": self.segment,
            "paused": self.is_paused,
            "insolvent": self.is_insolvent,
        }


def owed_by(happening: Happening, rules: Sequence[EventRule], as_of: date) -> list[EventRule]:
    """The rules that answer to an event on a day, in the document's order."""
    values = happening.values(as_of)
    return [rule for rule in rules if rule.event == happening.event and rule.owed.holds(values)]


def event_rule(part: Section, large_minor: Mapping[str, int]) -> EventRule:
    """The rule of a part of the document; events of large invoices ask for the document's large amount."""
    part.only("event", "after_days", "until_days", "when", "channels", "template", "tone", "by")
    event = part.choice("event", EVENTS)
    after = part.number("after_days", -365, 3_650, 0)
    delivery = Delivery(
        tuple(part.choices("channels", CHANNELS)) or ("email",),
        part.choice("template", PURPOSES) if part.has("template") else _PURPOSE[event],
        part.choice("tone", TONES) if part.has("tone") else "friendly",
        part.choice("by", DOERS) if part.has("by") else (COLLECTOR if event == "message_bounced" else RUN),
    )
    when = part.condition("when", "True")
    if event.startswith("large_invoice"):
        sizes = [
            f"(currency == '{currency}' and amount_minor >= {minor})" for currency, minor in sorted(large_minor.items())
        ]
        large = " or ".join(sizes) or "False"
        when = f"({large})" if when == "True" else f"({large}) and ({when})"
    until = part.number("until_days", after, 3_650, max(after, after + 14))
    return EventRule(event, delivery, after, until, when, part.where)
