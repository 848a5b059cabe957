"""Plan a run for a day: who gets which message with which items, what the guard refuses, what is left to people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openterms.apps.collecting.guard.reads import verdicts
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.money import Money
from openterms.core.base.reasons import Reason
from openterms.core.collecting.deliveries import Delivery
from openterms.core.collecting.events import owed_by
from openterms.core.collecting.guard import Act, Verdict
from openterms.core.collecting.strategies import Strategy

from .happenings import customers_of, happened
from .models import OutreachHold
from .people import People
from .plans import CHANNEL_OFF, HELD_OUT, HOLD_OUT_ARM, Declined, OwedItem, Person, Plan, Planned, Task

REPLY_DAYS = 7
"""Within how many days a message asks for an answer."""
MOST_ROWS = 200
ASKED_AT_ONCE = 250
"""Customers for whom the guard is asked in one go: it looks through all items of a question for each."""
ASKING = frozenset({"courtesy", "reminder", "firm_letter", "final_notice", "demand", "promise_broken", "plan_broken"})
"""Purposes that ask for money."""


@dataclass(frozen=True, kw_only=True)
class Arms:
    """The strategies of a day: the one in force, the challenger of some customers, and who is held out."""

    strategy: Strategy
    version: int
    challenger: Strategy | None = None
    challenged: Collection[UUID] = ()
    held_out: Collection[UUID] = ()
    code: str = ""

    def of(self, customer_id: UUID) -> Strategy:
        """The strategy of a customer."""
        return self.challenger if self.challenger and customer_id in self.challenged else self.strategy


@dataclass
class _Draft:
    """What is known so far of one customer's message."""

    items: list[OwedItem] = field(default_factory=list)
    how: Delivery | None = None
    step: str = ""
    event: tuple[str, str, date] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def run_key(day: date, customer_id: UUID) -> str:
    """The key of a customer's message of a day's run: there is one."""
    return f"run:{day.isoformat()}:{customer_id}"


def plan(
    seller: Seller, day: date, now: datetime, arms: Arms, owed: Sequence[OwedItem], segments: Mapping[UUID, str],
    *, any_channel: bool = False,
) -> Plan:  # fmt: skip
    """What a run would do on a day with the items that are owed a step, in a handful of queries.

    One message for a customer carries all its items that the run acts on; answers to events wait for a day on which
    nothing else goes to the customer. With `any_channel` a channel that is switched off is planned for too. `now` is
    when the guard is asked.
    """
    drafts, people_left = _drafts(owed, arms)
    events = happened(seller, day, arms.strategy.events)
    people = People(seller, {*drafts, *customers_of(events)}, day)
    tasks = _add_events(drafts, people, day, events, segments)
    already = _written_to(seller, day, drafts)
    drafts = {one: draft for one, draft in drafts.items() if one not in already and one in people.customers}
    declined = list(_kept_out(seller, day, arms, drafts, people))
    out = {one.customer.customer_id for one in declined}
    planned: list[Planned] = []
    numbers = _numbers(item for one, draft in drafts.items() if one not in out for item in draft.items)
    for customer_id, draft in drafts.items():
        if customer_id not in out:
            made = _made(customer_id, draft, people, numbers, day, any_channel)
            (planned if isinstance(made, Planned) else declined).append(made)  # type: ignore[arg-type]
    allowed, refused = _guarded(planned, now)
    return Plan(
        date=day, strategy_version=arms.version, messages=tuple(allowed), declined=(*declined, *refused),
        tasks=tuple(tasks), people=people_left, already=len(already),
    )  # fmt: skip


def _drafts(owed: Sequence[OwedItem], arms: Arms) -> tuple[dict[UUID, _Draft], Counter[str]]:
    """Items by customer whose step the run does, each message in the manner of its severest; steps left to people."""
    drafts: dict[UUID, _Draft] = defaultdict(_Draft)
    left: Counter[str] = Counter()
    severest: dict[UUID, int] = {}
    for item in owed:
        rule = arms.of(item.customer_id).step(item.step)
        if rule is None:
            continue
        how = rule.carried_out(item.segment, rule.is_large(item.currency, item.minor))
        if not how.is_message:
            left[item.step] += 1
            continue
        draft = drafts[item.customer_id]
        draft.items.append(item)
        if item.severity > severest.get(item.customer_id, -1):
            severest[item.customer_id] = item.severity
            draft.how, draft.step = how, item.step
    return dict(drafts), left


def _add_events(
    drafts: dict[UUID, _Draft], people: People, day: date, events: Sequence[Any], segments: Mapping[UUID, str]
) -> list[Task]:
    """Events become messages of customers who get none else, or tasks; the rules are asked here."""
    tasks = []
    for rule, one in events:
        customer_id = UUID(one.happening.customer_id)
        if customer_id not in people.customers:
            continue
        paused, insolvent = people.flags(customer_id, day)
        segment = segments.get(customer_id, "unclassified")
        asked = replace(one.happening, is_paused=paused, is_insolvent=insolvent, segment=segment)
        if rule not in owed_by(asked, [rule], day):
            continue
        if not rule.delivery.is_message:
            tasks.append(
                Task(customer=people.person(customer_id), code=rule.code, cause=one.happening.cause,
                     by=rule.delivery.by, happened_on=one.happening.happened_on)
            )  # fmt: skip
        elif customer_id not in drafts:
            drafts[customer_id] = _Draft(
                how=rule.delivery, step=rule.event, event=(rule.code, one.happening.cause, one.happening.happened_on),
                variables=one.variables,
            )  # fmt: skip
    return tasks


def _written_to(seller: Seller, day: date, drafts: Iterable[UUID]) -> set[UUID]:
    """Customers who have a message of the day's run."""
    keys = {run_key(day, one): one for one in drafts}
    found = rows(
        "SELECT key FROM messaging_message WHERE seller_id = %(seller)s AND key = ANY(%(keys)s)",
        {"seller": seller.id, "keys": list(keys)},
    )
    return {keys[one["key"]] for one in found}


def _kept_out(
    seller: Seller, day: date, arms: Arms, drafts: Mapping[UUID, _Draft], people: People
) -> Iterable[Declined]:
    """Customers whom a person kept out of the day, and those of the experiment's hold-out."""
    holds = {
        one.customer_id: one
        for one in OutreachHold.objects.filter(seller=seller, date=day, released_at=None).select_related("held_by")
    }
    for customer_id, draft in drafts.items():
        reason: Reason | None = None
        if customer_id in holds:
            hold = holds[customer_id]
            reason = HELD_OUT.given(name=hold.held_by.name if hold.held_by else "", reason=hold.reason)
        elif customer_id in arms.held_out:
            reason = HOLD_OUT_ARM.given(code=arms.code)
        if reason is not None:
            yield Declined(
                customer=people.person(customer_id), step=draft.step, channel="", reasons=(reason,),
                items=tuple(draft.items),
            )  # fmt: skip


def _numbers(items: Iterable[OwedItem]) -> dict[UUID, str]:
    found = rows(
        "SELECT id, number FROM receivables_item WHERE id = ANY(%(ids)s)", {"ids": [item.item_id for item in items]}
    )
    return {one["id"]: one["number"] for one in found}


def _made(
    customer_id: UUID, draft: _Draft, people: People, numbers: Mapping[UUID, str], day: date, any_channel: bool
) -> Planned | Declined:
    """A customer's message, or why there is no way to send it."""
    assert draft.how is not None
    person, items = people.person(customer_id), tuple(draft.items)
    on = [name for name in draft.how.channels if any_channel or name in people.live]
    if not on:
        why = CHANNEL_OFF.given(channels=", ".join(draft.how.channels))
        return Declined(customer=person, step=draft.step, channel="", reasons=(why,), items=items)
    choice = people.way(customer_id, on)
    if choice.best is None:
        reason = choice.reason or CHANNEL_OFF.given(channels=", ".join(on))
        return Declined(customer=person, step=draft.step, channel=on[0], reasons=(reason,), items=items)
    way = choice.best
    contact = people.contact(customer_id, way.person.id)
    code, cause, happened_on = draft.event or ("", "", None)
    return Planned(
        customer=person,
        contact_id=UUID(way.person.id) if way.person.id else None,
        contact_name=contact.get("name", ""),
        channel=way.channel,
        address=way.address,
        why_channel=way.reason,
        language=way.person.language or person.language,
        purpose=draft.how.purpose,
        tone=draft.how.tone,
        segment=items[0].segment if items else "",
        step=draft.step,
        items=items,
        variables=_variables(person, items, numbers, day) | dict(draft.variables),
        code=code,
        cause=cause,
        happened_on=happened_on,
        is_asking=draft.how.purpose in ASKING,
    )


def _variables(person: Person, items: Sequence[OwedItem], numbers: Mapping[UUID, str], day: date) -> dict[str, Any]:
    """The facts of a message: what is asked for in each currency, and the items, the oldest first."""
    found: dict[str, Any] = {"person_name": person.signed_by, "reply_by": day + timedelta(days=REPLY_DAYS)}
    if person.signed_email:
        found["person_email"] = person.signed_email
    if not items:
        return found
    sums: Counter[str] = Counter()
    for item in items:
        sums[item.currency] += item.minor
    amounts = tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
    ordered = sorted(items, key=lambda item: (item.due_on, numbers.get(item.item_id, "")))
    listed = [
        {
            "number": numbers.get(item.item_id, ""), "due_on": item.due_on, "amount": Money(item.minor, item.currency),
            "days_overdue": max(item.days_overdue, 0),
        }
        for item in ordered[:MOST_ROWS]
    ]  # fmt: skip
    return found | {
        "amount": amounts[0] if len(amounts) == 1 else amounts, "due_on": ordered[0].due_on, "invoices": listed,
        "days_overdue": max(0, *(item.days_overdue for item in items)), "invoice_count": len(items),
    }  # fmt: skip


def _guarded(planned: Sequence[Planned], now: datetime) -> tuple[list[Planned], list[Declined]]:
    """The guard's verdict on each message, asked for all customers of a channel at once.

    One that the hour alone forbids waits for its hour.
    """
    groups: dict[tuple[str, bool, bool], list[Planned]] = defaultdict(list)
    for one in planned:
        groups[one.channel, one.is_asking, bool(one.items)].append(one)
    said: dict[UUID, Verdict] = {}
    for (channel, is_asking, _has_items), members in groups.items():
        for start in range(0, len(members), ASKED_AT_ONCE):
            some = members[start : start + ASKED_AT_ONCE]
            items = [item.item_id for one in some for item in one.items]
            ids = [one.customer.customer_id for one in some]
            said |= verdicts(ids, Act.MESSAGE, now, channel=channel, item_ids=items, is_asking=is_asking)
    allowed, refused = [], []
    for one in planned:
        verdict = said[one.customer.customer_id]
        if verdict.allowed or verdict.not_before is not None:
            allowed.append(replace(one, not_before=verdict.not_before))
        else:
            refused.append(
                Declined(customer=one.customer, step=one.step, channel=one.channel, reasons=verdict.reasons,
                         items=one.items)
            )  # fmt: skip
    return allowed, refused
