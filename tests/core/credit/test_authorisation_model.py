"""Many orders on one line, step after step, against a model that keeps plain lists and adds them up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openterms.core.base.errors import Refused
from openterms.core.credit.authorisation import (
    LIVE,
    Authorisation,
    Request,
    Rules,
    Standing,
    State,
    Status,
    authorise,
    begin,
    revise,
)
from openterms.core.credit.exposure import Headroom, Limit

START = datetime(2026, 1, 1, tzinfo=UTC)
MINOR = st.integers(1, 1_500)
PICK = st.integers(0, 10**6)


@dataclass
class Naive:
    """What happened to one order, as somebody would note it on paper."""

    until: datetime
    asked: list[int]
    taken: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)

    def left(self) -> int:
        return max(sum(self.asked) - sum(self.taken) - sum(self.back), 0)

    def held(self, now: datetime) -> int:
        return self.left() if now < self.until else 0

    def cap(self, tolerance_bp: int) -> int:
        granted = sum(self.asked) - sum(self.back)
        return granted + (granted * tolerance_bp * 2 + 10_000) // 20_000

    def is_over(self) -> bool:
        """Given back before anything was captured."""
        return not self.taken and not self.left()


class OneLine(RuleBasedStateMachine):
    @initialize(
        limit=st.integers(0, 2_500), tolerance=st.sampled_from((0, 500, 1_500)), parts=st.booleans(), many=st.booleans()
    )
    def begin(self, limit: int, tolerance: int, parts: bool, many: bool) -> None:
        self.now, self.limit, self.debts, self.forced = START, limit, 0, 0
        self.rules = Rules(
            tolerance_bp=tolerance, valid_days=7, allows_part_approval=parts, allows_partial_capture=many
        )
        self.orders: list[Authorisation] = []
        self.notes: list[Naive] = []

    def exposure(self) -> int:
        return self.debts + sum(order.held_at(self.now) for order in self.orders)

    def standing(self) -> Standing:
        return Standing(line_currency="EUR", headroom=Headroom(Limit(self.limit), self.exposure()))

    def request(self, order: str, minor: int) -> Request:
        return Request(
            order=order, minor=minor, currency="EUR", at=self.now, on=date(2026, 1, 1), accepts_part=minor % 2 == 0
        )

    def chosen(self, pick: int) -> int:
        return pick % len(self.orders)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(minor=MINOR)
    def an_order_comes(self, minor: int) -> None:
        request = self.request(f"S-{len(self.orders)}", minor)
        answer = authorise(request, self.standing(), self.rules)
        room = self.limit - self.exposure()
        if minor <= room:
            assert (answer.status, answer.approved_minor) == (Status.APPROVED, minor)
        elif self.rules.allows_part_approval and request.accepts_part and room > 0:
            assert (answer.status, answer.approved_minor) == (Status.PARTLY_APPROVED, room)
        else:
            assert (answer.status, answer.approved_minor) == (Status.REFERRED, 0)
        self.orders.append(begin(request, answer, self.rules))
        self.notes.append(Naive(self.now + timedelta(days=7), [answer.approved_minor]))

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, minor=MINOR, aim=st.sampled_from(("held", "cap", None)), off=st.integers(-1, 1))
    def it_is_captured(self, pick: int, minor: int, aim: str | None, off: int) -> None:
        at = self.chosen(pick)
        order, note = self.orders[at], self.notes[at]
        edges = {"held": note.left(), "cap": note.cap(self.rules.tolerance_bp) - sum(note.taken)}
        minor = max(edges[aim] + off, 1) if aim else minor
        beyond = max(minor - note.held(self.now), 0)
        fits = (
            order.state not in (State.REFERRED, State.DECLINED)
            and self.now < note.until
            and not note.is_over()
            and (self.rules.allows_partial_capture or not note.taken)
            and sum(note.taken) + minor <= note.cap(self.rules.tolerance_bp)
            and (not beyond or beyond <= self.limit - self.exposure())
        )
        try:
            self.orders[at] = order.capture(minor, self.now, self.standing().headroom)
        except Refused:
            assert not fits
            return
        assert fits
        note.taken.append(minor)
        if not self.rules.allows_partial_capture:
            note.back.append(note.left())
        self.debts += minor

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, minor=MINOR)
    def it_was_shipped(self, pick: int, minor: int) -> None:
        at = self.chosen(pick)
        before, note = self.exposure(), self.notes[at]
        found = self.orders[at].ship(minor, self.now, "Gone.")
        assert found.captured_minor == min(minor, note.left())
        assert found.captured_minor + found.beyond_minor == minor
        self.orders[at] = found.authorisation
        note.taken += [found.captured_minor] if found.captured_minor else []
        self.debts += minor
        self.forced += self.exposure() - before

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, minor=st.none() | MINOR)
    def it_is_released(self, pick: int, minor: int | None) -> None:
        at = self.chosen(pick)
        order, note = self.orders[at], self.notes[at]
        held = note.held(self.now)
        fits = order.state in LIVE and held > 0 and (minor is None or minor <= held)
        try:
            self.orders[at] = order.release(self.now, minor)
        except Refused:
            assert not fits
            return
        assert fits
        note.back.append(held if minor is None else minor)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, days=st.integers(1, 30))
    def it_is_extended(self, pick: int, days: int) -> None:
        at = self.chosen(pick)
        order, note = self.orders[at], self.notes[at]
        until = note.until + timedelta(days=days)
        fits = note.held(self.now) > 0 and until <= order.authorised_at + timedelta(days=30)
        try:
            self.orders[at] = order.extend(until, self.now)
        except Refused:
            assert not fits
            return
        assert fits
        note.until = until

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, minor=MINOR)
    def the_order_changes(self, pick: int, minor: int) -> None:
        at = self.chosen(pick)
        order, note = self.orders[at], self.notes[at]
        granted, room = sum(note.asked) - sum(note.back), self.limit - self.exposure()
        try:
            after, answer = revise(order, self.request(order.order, minor), self.standing(), self.rules)
        except Refused:
            dead = order.state in (State.REFERRED, State.DECLINED) or note.is_over() or self.now >= note.until
            assert dead or minor < sum(note.taken)
            return
        if minor > granted and minor - granted > room:
            assert after == order and answer.status is Status.REFERRED
        elif minor > granted:
            note.asked.append(minor - granted)
        elif minor < granted:
            note.back.append(min(granted - minor, note.left()))
        self.orders[at] = after

    @rule()
    def expiry_is_noted(self) -> None:
        before = self.exposure()
        self.orders = [order.expire(self.now) for order in self.orders]
        assert self.exposure() == before

    @rule(minor=MINOR)
    def money_comes_in(self, minor: int) -> None:
        self.debts = max(self.debts - minor, 0)

    @invariant()
    def nobody_is_above_the_limit(self) -> None:
        assert self.exposure() <= self.limit + self.forced

    @invariant()
    def every_order_is_what_was_noted(self) -> None:
        for order, note in zip(self.orders, self.notes, strict=True):
            assert order.held_at(self.now) == note.held(self.now)
            assert order.captured_minor == sum(note.taken)
            assert order.authorised_minor == sum(note.asked)
            assert order.released_minor - order.lapsed_minor == sum(note.back)
            assert order.most_captured_minor == note.cap(self.rules.tolerance_bp)
            assert order.captured_minor + order.held_minor <= order.most_captured_minor

    @invariant()
    def money_is_conserved(self) -> None:
        for order in self.orders:
            if order.captured_minor <= order.granted_minor:
                parts = (order.held_minor, order.captured_minor, order.released_minor)
                assert sum(parts) == order.authorised_minor
                assert min(parts) >= 0

    @invariant()
    def states_say_what_is_so(self) -> None:
        for order in self.orders:
            assert (order.held_minor > 0) <= (order.state in LIVE)
            if order.state is State.CAPTURED:
                assert order.captured_minor
            if order.state is State.RELEASED:
                assert not order.captured_minor and order.released_minor == order.authorised_minor
            again = replace(order)
            assert again == order


OneLine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestOneLine = OneLine.TestCase
