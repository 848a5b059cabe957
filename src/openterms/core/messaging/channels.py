"""Which channel and which person: by what this customer answers to, and what reaches it at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from openterms.core.base.reasons import Reason, gettext_noop

ROLE_ORDER = ("accounts_payable", "finance", "buyer", "owner", "other")
"""Who is written to about what is owed, the first first."""
WRITTEN = ("email", "whatsapp", "sms", "portal", "post")
"""Written channels from the cheapest that carries a whole message to the dearest."""
MOST_TRIES = 50
PRIOR_TRIES = 4
PRIOR_ANSWERS = 1
"""What is assumed of a channel that was never tried with this customer: one answer in four."""

NO_WAY = Reason(
    "no_channel",
    gettext_noop("Nobody at the customer can be reached by %(channels)s."),
    "",
    gettext_noop("Find a contact, or allow another channel."),
)
PREFERRED = Reason("channel_preferred", gettext_noop("The contact asked for it."))
ANSWERED = Reason("channel_answered", gettext_noop("Answered %(answers)s of %(tries)s messages by this channel."))
FIRST = Reason("channel_first", gettext_noop("The first of the channels that reach somebody."))
REASONS = (NO_WAY, PREFERRED, ANSWERED, FIRST)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact: `addresses` by channel; `preferred` is the channel the contact asked for, empty for none."""

    id: str
    role: str
    addresses: Mapping[str, str]
    preferred: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """How often a channel was used with a customer in the last year, and how often an answer or payment followed."""

    tries: int
    answers: int

    def rate_bp(self) -> int:
        """Share answered in basis points, drawn towards one in four while there is little to go by."""
        tries = min(self.tries, MOST_TRIES)
        answers = self.answers * tries // self.tries if self.tries else 0
        return (answers + PRIOR_ANSWERS) * 10_000 // (tries + PRIOR_TRIES)


@dataclass(frozen=True, slots=True)
class Way:
    """Who is written to, how, where, and why so."""

    person: Person
    channel: str
    address: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Choice:
    """The way that is taken and those behind it, best first; none where nobody can be reached."""

    ways: tuple[Way, ...] = field(default=())
    reason: Reason | None = None

    @property
    def best(self) -> Way | None:
        """The way to take."""
        return self.ways[0] if self.ways else None


def choose(
    people: Sequence[Person],
    allowed: Sequence[str],
    past: Mapping[str, Past],
    bad: Collection[tuple[str, str]] = (),
) -> Choice:
    """The best channel and person among `allowed` channels, in the strategy's order.

    First the person by role, then what that person asked for, then what this customer answers to, then the strategy's
    order. An address that is bad (`bad`: channel and address) is passed over; when a person has none left the next one
    by role is taken.
    """
    order = {role: place for place, role in enumerate(ROLE_ORDER)}
    ways = []
    for person in sorted(people, key=lambda one: (order.get(one.role, len(order)), one.id)):
        reachable = [
            name for name in allowed if person.addresses.get(name) and (name, person.addresses[name]) not in bad
        ]
        ranked = sorted(
            reachable,
            key=lambda name: (name != person.preferred, -past.get(name, Past(0, 0)).rate_bp(), allowed.index(name)),
        )
        ways += [Way(person, name, person.addresses[name], _why(person, name, past)) for name in ranked]
    if not ways:
        return Choice((), NO_WAY.given(channels=", ".join(allowed)))
    return Choice(tuple(ways))


def _why(person: Person, channel: str, past: Mapping[str, Past]) -> Reason:
    if channel == person.preferred:
        return PREFERRED
    found = past.get(channel)
    if found is not None and found.tries:
        return ANSWERED.given(answers=found.answers, tries=found.tries)
    return FIRST
