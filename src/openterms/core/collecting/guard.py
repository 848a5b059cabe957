"""The guard: whether an act on a customer may happen, and every reason why not (DESIGN section 1, idea 5).

**The rule.** Each refusal is one condition over ``GUARD_FACTS`` and holds for some acts. An act is allowed when no
condition of its is true. A fact that is not known is missing, and a missing condition does not refuse; where not
knowing must refuse (a debit of an unknown amount, a channel that needs consent), the condition says so itself.

**Two readers.** ``may_act`` reads the conditions for one act, ``portfolio.rules.guard`` compiles the same ones to
columns, and ``step_guard`` hands the part that speaks of a step's facts to ``steps``: one meaning.

Amounts are minor units of one currency: those of the items the act is for. Whose hours, caps and consent apply is
``core.messaging.contact_rules``; their answers come in as facts. Source: FACTBOOK 5.1 to 5.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from openterms.core.base.expressions import Expression, Fact, Reader, Value, flag, parse, vocabulary, whole
from openterms.core.base.reasons import Reason
from openterms.core.collecting import guard_reasons as why

MOST_MINOR = 10**16
MOST_DAYS = 4_000_000


class Act(StrEnum):
    """What may be done to a customer."""

    MESSAGE = "message"
    CALL = "call"
    DEBIT = "debit"
    CHARGE = "charge"
    OFFER = "offer"
    PLACE = "place"
    SUE = "sue"
    WRITE_OFF = "write_off"


CONTACTS = frozenset({Act.MESSAGE, Act.CALL})
DEMANDS = frozenset({Act.MESSAGE, Act.CALL, Act.DEBIT, Act.CHARGE, Act.PLACE, Act.SUE})
"""Acts that ask for money, or take it."""
CHASES = DEMANDS - {Act.CHARGE}
"""Those that need something collectable today. A charge is for days gone by: ``late_charges`` leaves out what was
claimed on each of them, and charges what was paid late too."""
LEGAL = frozenset({Act.PLACE, Act.SUE})
EVERY = frozenset(Act)
MONEY = EVERY - CONTACTS


class GuardFacts(NamedTuple):
    """What the guard looks at. None is "not known"; amounts in minor units of one currency.

    ``is_asking`` is False for a message that asks for nothing (an answer, a receipt's thanks): the stops of dunning,
    the claims and the caps leave it alone, the person's own wish, the hours and consent do not. ``not_before`` is the
    next instant that the contact's hours permit, where they forbid ``now``.
    """

    is_asking: bool = True
    insolvent: bool | None = None
    hardship: bool | None = None
    paused: bool | None = None
    do_not_contact: bool | None = None
    reachable: bool | None = None
    placed: bool | None = None
    in_court: bool | None = None
    open_minor: int | None = None
    contested_minor: int | None = None
    in_flight_minor: int | None = None
    planned_minor: int | None = None
    promised_minor: int | None = None
    collectable_minor: int | None = None
    credit_minor: int | None = None
    amount_minor: int | None = None
    consent_needed: bool | None = None
    consent_given: bool | None = None
    outside_hours: bool | None = None
    rest_day: bool | None = None
    holiday: bool | None = None
    contacts_recent: int | None = None
    contacts_most: int | None = None
    days_since_contact: int | None = None
    days_between: int | None = None
    days_since_talk: int | None = None
    days_after_talk: int | None = None
    days_since_notice: int | None = None
    notice_days: int | None = None
    consumer: bool | None = None
    time_barred: bool | None = None
    authority_short: bool | None = None
    own_request: bool | None = None
    not_before: datetime | None = None


def _minor(name: str, meaning: str) -> Fact:
    return whole(name, 0, MOST_MINOR, meaning, "minor", "items")


def _days(name: str, meaning: str, source: str = "contacts") -> Fact:
    return whole(name, -MOST_DAYS, MOST_DAYS, meaning, "days", source)


GUARD_FACTS = vocabulary(
    flag("insolvent", "an insolvency of the customer is recorded by the date", "customers"),
    flag("hardship", "a pause for hardship holds on the date", "pauses"),
    flag("paused", "dunning of the customer, or of every item of the act, is paused on the date", "pauses"),
    flag("do_not_contact", "the person asked not to be contacted; without a person, everybody did", "contacts"),
    flag("reachable", "there is an address or number for the channel", "contacts"),
    flag("placed", "what is open lies with a collection agency", "placements"),
    flag("in_court", "a legal case is under way", "cases"),
    _minor("open_minor", "of the items of the act"),
    _minor("contested_minor", "the disputed part"),
    _minor("in_flight_minor", "money under way"),
    _minor("planned_minor", "the part under a payment plan"),
    _minor("promised_minor", "the promised part"),
    _minor("collectable_minor", "open - contested - in flight - planned - promised"),
    _minor("credit_minor", "receipts and credit notes of the customer that are not applied"),
    _minor("amount_minor", "what the act would take or ask for; missing where it is what is collectable"),
    flag("consent_needed", "the channel needs the customer's consent there", "rules"),
    flag("consent_given", "the customer gave it", "contacts"),
    flag("outside_hours", "outside the permitted hours in the contact's zone", "rules"),
    flag("rest_day", "a weekly day of rest in the contact's zone", "rules"),
    flag("holiday", "a public holiday in the contact's country", "rules"),
    _days("contacts_recent", "contacts in the days of the cap, across channels and the group"),
    _days("contacts_most", "how many are permitted; missing: no cap", "rules"),
    _days("days_since_contact", "since the last contact by this channel; missing: never"),
    _days("days_between", "least days between two of them", "rules"),
    _days("days_since_talk", "since somebody spoke with the customer; missing: never"),
    _days("days_after_talk", "least days after a conversation", "rules"),
    _days("days_since_notice", "since the final notice; missing: none was recorded", "touches"),
    _days("notice_days", "days to answer a final notice there", "rules"),
    flag("consumer", "a sole trader, to whom the stricter rules apply", "customers"),
    flag("time_barred", "the limitation date has passed", "rules"),
    flag("authority_short", "the amount is beyond the authority of whoever acts", "people"),
    flag("own_request", "whoever approves asked for it", "people"),
)
"""What the guard's conditions may speak of; the fields of ``GuardFacts`` by name."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: for which acts, on what condition (over ``GUARD_FACTS``), with which reason.

    ``only_asking``: it leaves a message alone that asks for nothing. ``by_hour``: time alone, within days, lifts it.
    """

    reason: Reason
    acts: frozenset[Act]
    when: Expression
    reads: Reader
    only_asking: bool = False
    by_hour: bool = False

    @property
    def code(self) -> str:
        """The code of its reason."""
        return self.reason.code

    def concerns(self, act: Act, is_asking: bool) -> bool:
        """Whether it is asked for an act at all."""
        return act in self.acts and (is_asking or not self.only_asking)


def _refusal(
    reason: Reason, acts: Collection[Act], text: str, only_asking: bool = False, by_hour: bool = False
) -> Refusal:
    when = parse(text, GUARD_FACTS, f"guard, {reason.code}", "bool")
    return Refusal(reason, frozenset(acts), when, when.reader(), only_asking, by_hour)


_NONE_LEFT = "collectable_minor <= 0 and {} > 0"

REFUSALS: tuple[Refusal, ...] = (
    _refusal(why.INSOLVENT, DEMANDS | {Act.OFFER}, "insolvent", only_asking=True),
    _refusal(why.HARDSHIP, DEMANDS, "hardship", only_asking=True),
    _refusal(why.PAUSED, DEMANDS, "paused", only_asking=True),
    _refusal(why.DO_NOT_CONTACT, CONTACTS, "do_not_contact"),
    _refusal(why.NO_CONTACT, CONTACTS, "not reachable"),
    _refusal(why.PLACED, DEMANDS - {Act.CHARGE, Act.SUE}, "placed", only_asking=True),
    _refusal(why.IN_COURT, DEMANDS - {Act.CHARGE}, "in_court", only_asking=True),
    _refusal(why.CONTESTED, CHASES, _NONE_LEFT.format("contested_minor"), only_asking=True),
    _refusal(why.IN_FLIGHT, CHASES, _NONE_LEFT.format("in_flight_minor"), only_asking=True),
    _refusal(why.IN_FLIGHT, {Act.WRITE_OFF}, "in_flight_minor > 0"),
    _refusal(why.PLANNED, CHASES, _NONE_LEFT.format("planned_minor"), only_asking=True),
    _refusal(why.PROMISED, CHASES, _NONE_LEFT.format("promised_minor"), only_asking=True),
    _refusal(why.NOTHING_COLLECTABLE, CHASES, "collectable_minor <= 0", only_asking=True),
    _refusal(why.NOTHING_COLLECTABLE, {Act.OFFER, Act.WRITE_OFF}, "open_minor <= 0"),
    _refusal(
        why.CREDIT_COVERS,
        DEMANDS | {Act.WRITE_OFF},
        "collectable_minor > 0 and credit_minor >= collectable_minor",
        only_asking=True,
    ),
    _refusal(
        why.MORE_THAN_COLLECTABLE,
        {Act.DEBIT, Act.PLACE, Act.SUE},
        "amount_minor > collectable_minor or amount_minor > collectable_minor - credit_minor",
    ),
    _refusal(why.AMOUNT_UNKNOWN, MONEY - {Act.OFFER, Act.CHARGE}, "collectable_minor is None"),
    _refusal(why.NO_CONSENT, {Act.MESSAGE, Act.CALL, Act.DEBIT}, "consent_needed and (consent_given is None)"),
    _refusal(why.NO_CONSENT, {Act.MESSAGE, Act.CALL, Act.DEBIT}, "consent_needed and not consent_given"),
    _refusal(why.OUTSIDE_HOURS, CONTACTS, "outside_hours", by_hour=True),
    _refusal(why.REST_DAY, CONTACTS, "rest_day", by_hour=True),
    _refusal(why.HOLIDAY, CONTACTS, "holiday", by_hour=True),
    _refusal(why.TOO_OFTEN, CONTACTS, "contacts_recent >= contacts_most", only_asking=True),
    _refusal(why.TOO_SOON, CONTACTS, "days_since_contact < days_between", only_asking=True),
    _refusal(why.SPOKEN, {Act.CALL}, "days_since_talk < days_after_talk", only_asking=True),
    _refusal(
        why.NO_NOTICE,
        LEGAL,
        "notice_days is not None and (days_since_notice is None or days_since_notice < notice_days)",
    ),
    _refusal(why.TIME_BARRED, LEGAL, "time_barred"),
    _refusal(why.TIME_BARRED, CONTACTS | {Act.DEBIT}, "time_barred and consumer", only_asking=True),
    _refusal(why.AUTHORITY_SHORT, MONEY, "authority_short"),
    _refusal(why.OWN_REQUEST, MONEY, "own_request"),
)
"""Every refusal, in the order in which reasons are told."""


class Verdict(NamedTuple):
    """The guard's answer: all reasons in order, and when the hours permit it where they alone forbid it."""

    allowed: bool
    reasons: tuple[Reason, ...] = ()
    not_before: datetime | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in order."""
        return tuple(reason.code for reason in self.reasons)


ALLOWED = Verdict(True)


@cache
def asked(act: Act, is_asking: bool = True) -> tuple[Refusal, ...]:
    """The refusals that an act is asked for, in order."""
    return tuple(refusal for refusal in REFUSALS if refusal.concerns(act, is_asking))


def may_act(act: Act, facts: GuardFacts) -> Verdict:
    """Whether an act may happen now, and every reason why not, in order, each once.

    ``BadInput`` where a fact is outside its range. Where only the hours forbid it, ``not_before`` says when they
    permit it (where the facts know that).
    """
    values: Mapping[str, Value] = check(facts)
    refusing = [refusal for refusal in asked(act, facts.is_asking) if refusal.reads(values) is True]
    return judged(refusing, facts.not_before)


def check(facts: GuardFacts) -> dict[str, Value]:
    """The facts by name, each within its range; ``BadInput`` where one is not."""
    given = facts._asdict()
    values: dict[str, Value] = {name: given[name] for name in GUARD_FACTS}
    for name, fact in GUARD_FACTS.items():
        if values[name] is not None:
            fact.check(values[name])
    return values


def judged(refusing: Iterable[Refusal], not_before: datetime | None = None) -> Verdict:
    """The verdict of the refusals that fire, in their order."""
    found = tuple(refusing)
    if not found:
        return ALLOWED
    reasons = tuple({refusal.code: refusal.reason for refusal in found}.values())
    return Verdict(False, reasons, not_before if all(refusal.by_hour for refusal in found) else None)


def step_guard(known: Collection[str]) -> str:
    """The guard of a dunning step as the text of a condition, over the facts that a step knows of its item.

    A step ends in a message or a call; of their refusals those count that speak of these facts alone, and that no hour
    lifts. True where the step may be taken.
    """
    texts = [
        f"not ({refusal.when.source})"
        for refusal in asked(Act.MESSAGE)
        if not refusal.by_hour and set(refusal.when.names) <= set(known)
    ]
    return " and ".join(texts)
