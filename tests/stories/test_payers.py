"""A year with each kind of payer under the strategy that sellers start with, day by day; and what always holds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step
from openterms.core.collecting.steps import LEGAL_STEPS, STEPS, severity
from openterms.core.collecting.strategies import Strategy, from_document
from tests.core.collecting.strategy import shipped, shipped_document

FIRST = date(2026, 1, 1)
USUAL = 200_000


@dataclass
class Invoice:
    """One invoice of the year and what became of it."""

    number: int
    due_on: date
    open_minor: int = USUAL
    contested_minor: int = 0
    promised: tuple[date, int] | None = None
    broken_on: date | None = None
    taken: list[TakenStep] = field(default_factory=list)

    def facts(self, on: date, segment: str, insolvent: bool = False) -> ItemFacts:
        held = self.promised[1] if self.promised else 0
        free = max(0, self.open_minor - self.contested_minor - held)
        return ItemFacts(
            str(self.number), "USD", self.due_on, free, segment, tuple(self.taken), self.broken_on,
            is_insolvent=insolvent, contested_minor=min(self.contested_minor, self.open_minor),
        )  # fmt: skip

    def age(self, on: date) -> int:
        return (on - self.due_on).days


Payer = Callable[[Invoice, date, list[str]], None]


def year(payer: Payer, segment: str, runs: Callable[[date], bool] = lambda _: True, **more: object) -> list[Invoice]:
    """A year of twelve monthly invoices: each day the run, then what the payer does about each invoice."""
    strategy: Strategy = more.get("strategy") or shipped()  # type: ignore[assignment]
    insolvent_on = more.get("insolvent_on")
    months = int(more.get("months", 12))  # type: ignore[call-overload]
    invoices = [Invoice(at, FIRST + timedelta(days=30 * at)) for at in range(months)]
    for count in range(-10, 30 * months + 65):
        on = FIRST + timedelta(days=count)
        is_insolvent = insolvent_on is not None and insolvent_on <= on  # type: ignore[operator]
        known = [one for one in invoices if one.open_minor > 0 and one.age(on) >= -30]
        today: dict[str, list[str]] = {}
        if runs(on):
            for step in customer_step([one.facts(on, segment, is_insolvent) for one in known], strategy, on).items:
                invoices[int(step.item_id)].taken.append(TakenStep(step.step or "", on))
                today.setdefault(step.item_id, []).append(step.step or "")
        for one in known:
            if one.promised and on > one.promised[0] and one.open_minor > 0:
                one.promised, one.broken_on = None, on
            payer(one, on, today.get(str(one.number), []))
    return invoices


def counts(invoices: list[Invoice]) -> Counter[str]:
    return Counter(step.step for one in invoices for step in one.taken)


def pay(one: Invoice, minor: int = 10**12) -> None:
    one.open_minor = max(0, one.open_minor - minor)


def prompt(one: Invoice, on: date, _steps: list[str]) -> None:
    if one.age(on) == 1:
        pay(one)


def forgetful(one: Invoice, on: date, _steps: list[str]) -> None:
    if any(step.step == "reminder" and (on - step.on).days == 2 for step in one.taken):
        pay(one)


def admin_slow(one: Invoice, on: date, _steps: list[str]) -> None:
    if any(step.step == "call" and (on - step.on).days == 6 for step in one.taken):
        pay(one)


def strategic(one: Invoice, _on: date, steps: list[str]) -> None:
    if "final_notice" in steps:
        pay(one)


def cash_strapped(one: Invoice, on: date, steps: list[str]) -> None:
    if "call" in steps and one.broken_on is None:
        one.promised = (on + timedelta(days=10), one.open_minor)
    elif "call" in steps:
        pay(one, USUAL // 2)
        one.promised = (on + timedelta(days=20), one.open_minor)
    elif one.promised and on == one.promised[0] and one.broken_on:
        pay(one)


def disputing(one: Invoice, on: date, _steps: list[str]) -> None:
    if one.age(on) == -3:
        one.contested_minor = one.open_minor
    if one.age(on) == 8:
        one.contested_minor = 50_000
    if one.age(on) == 12:
        pay(one, USUAL - 50_000)


def silent(_one: Invoice, _on: date, _steps: list[str]) -> None:
    """Never pays, never answers."""


def test_a_prompt_payer_never_hears_a_thing():
    assert counts(year(prompt, "prompt")) == Counter()


def test_a_forgetful_payer_is_reminded_before_and_at_once_and_never_more():
    assert counts(year(forgetful, "forgetful")) == {"courtesy": 12, "reminder": 12}


def test_a_slow_office_is_asked_what_is_missing_and_called_and_gets_no_letter():
    assert counts(year(admin_slow, "admin_slow")) == {"courtesy": 12, "reminder": 12, "call": 12}


def test_who_uses_us_as_a_bank_hears_firm_words_and_a_final_notice_after_three_weeks():
    invoices = year(strategic, "strategic")
    assert counts(invoices)["final_notice"] == 12 and counts(invoices)["propose_demand"] == 0
    assert {one.taken[-1].on - one.due_on for one in invoices} == {timedelta(days=21)}


def test_who_is_short_of_cash_is_called_early_and_once_more_for_each_broken_promise():
    invoices = year(cash_strapped, "cash_strapped")
    assert all(one.open_minor == 0 for one in invoices)
    first = invoices[0].taken
    assert [(step.step, (step.on - invoices[0].due_on).days) for step in first] == [
        ("courtesy", -7), ("reminder", 1), ("call", 4), ("call", 16),
    ]  # fmt: skip


def test_what_is_contested_is_left_alone_and_only_the_rest_is_asked_for():
    invoices = year(disputing, "disputing")
    for one in invoices:
        days = [(step.step, (step.on - one.due_on).days) for step in one.taken]
        assert days == [("courtesy", -7), ("reminder", 9), ("call", 10)]
        assert one.open_minor == 50_000


def test_after_an_insolvency_nothing_goes_out_any_more():
    stopped = FIRST + timedelta(days=100)
    invoices = year(silent, "unclassified", insolvent_on=stopped)
    assert counts(invoices)["reminder"] > 0
    assert all(step.on < stopped for one in invoices for step in one.taken)


def test_who_never_answers_climbs_the_whole_ladder_one_legal_rung_at_a_time():
    first = year(silent, "too_new", months=2)[0].taken
    assert [(step.step, (step.on - FIRST).days) for step in first] == [
        ("courtesy", -7), ("reminder", 1), ("call", 7), ("firm_letter", 15), ("final_notice", 30),
        ("propose_demand", 60), ("propose_agency", 90),
    ]  # fmt: skip


def careful() -> Strategy:
    """The shipped strategy, one rung at a time."""
    return from_document(shipped_document() | {"catch_up": "next", "days_between": 5})


def test_catching_up_by_the_next_rung_only_takes_each_in_turn_with_its_days_between():
    late = FIRST + timedelta(days=40)
    jumped = year(silent, "unclassified", lambda on: on >= late, months=2)[0].taken
    assert [step.step for step in jumped][:1] == ["final_notice"]
    turns = year(silent, "unclassified", lambda on: on >= late, strategy=careful(), months=2)[0].taken
    assert [(step.step, (step.on - late).days) for step in turns] == [
        ("reminder", 0), ("call", 5), ("firm_letter", 10), ("final_notice", 15), ("propose_demand", 29),
        ("propose_agency", 50),
    ]  # fmt: skip


@pytest.mark.parametrize("strategy", [shipped(), careful()], ids=["jump", "next"])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_whatever_days_are_missed_no_step_repeats_and_law_waits_for_the_notice(strategy: Strategy, seed: int):
    dice = random.Random(seed)
    segment = dice.choice(("unclassified", "strategic", "forgetful", "prompt", "disputing"))
    missed = {FIRST + timedelta(days=dice.randint(0, 130)) for _ in range(dice.randint(0, 120))}

    def payer(one: Invoice, _on: date, _steps: list[str]) -> None:
        if dice.random() < 0.004:
            pay(one)
        if dice.random() < 0.01:
            one.contested_minor = dice.choice((0, USUAL, 1_000))

    for one in year(payer, segment, lambda on: on not in missed, strategy=strategy, months=2):
        steps = [step.step for step in one.taken]
        assert len(steps) == len(set(steps)) and [severity(step) for step in steps] == sorted(map(severity, steps))
        taken = {step.step: step.on for step in one.taken}
        for legal in LEGAL_STEPS & set(steps):
            assert (taken[legal] - taken["final_notice"]).days >= 14
        assert set(steps) <= set(STEPS)
