"""How often a key may ask is counted over all processes: here each has a memory of its own, and the database is one."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from openterms.apps.tenancy.clock import new_id
from openterms.web.api import rates


class Process:
    """What one web process remembers."""

    def __init__(self) -> None:
        self.held: dict[Any, Any] = {}

    def count(self, key: Any, per_minute: int) -> rates.Allowance:
        rates._held = self.held
        return rates.count(key, per_minute)


@pytest.fixture(autouse=True)
def alone(committed: None, monkeypatch: Any) -> Any:
    """Nothing of other tests, and the connection for counting ends with this one."""
    monkeypatch.setattr(rates, "_held", {})
    monkeypatch.setattr(rates, "_link", None)
    yield
    rates._forget()


def test_two_processes_share_a_minute_to_the_last_request() -> None:
    key, one, two = new_id(), Process(), Process()
    told = [(one, two)[n % 2].count(key, 7) for n in range(12)]
    assert [answer.is_over for answer in told] == [False] * 7 + [True] * 5
    assert [answer.remaining for answer in told[:7]] == [6, 5, 4, 3, 2, 1, 0]
    assert all(1 <= answer.reset <= 60 for answer in told)
    assert told[-1].headers()["Retry-After"] == str(told[-1].reset)
    assert not Process().count(new_id(), 7).is_over, "another key has a minute of its own"


def test_a_large_allowance_costs_few_statements_and_is_never_passed(monkeypatch: Any) -> None:
    key, processes, taken = new_id(), [Process() for _ in range(3)], []
    plain = rates._take
    monkeypatch.setattr(rates, "_take", lambda *given: taken.append(1) or plain(*given))
    let_in = sum(not processes[n % 3].count(key, 3_000).is_over for n in range(3_600))
    assert 2_980 <= let_in <= 3_000 and len(taken) < 200, (let_in, len(taken))


def test_a_minute_that_is_over_begins_anew(home: Any) -> None:
    key, one = new_id(), Process()
    assert [one.count(key, 1).is_over for _ in range(2)] == [False, True]
    earlier = "UPDATE tenancy_ratewindow SET began = began - interval '61 seconds' WHERE key_id = %s"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rates._connected().execute(earlier, [key])
    with psycopg.connect(home.database_url("owner")) as owner:
        owner.execute(earlier, [key])
    one.held[key].ends = 0
    assert not one.count(key, 1).is_over


def test_without_the_counter_a_process_counts_alone(monkeypatch: Any, caplog: Any) -> None:
    def gone() -> Any:
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr(rates, "_connected", gone)
    key, one = new_id(), Process()
    assert [one.count(key, 2).is_over for _ in range(3)] == [False, False, True]
    assert "counts alone" in caplog.text


def test_threads_of_a_process_count_together() -> None:
    key, let_in = new_id(), []

    def ask() -> None:
        for _ in range(40):
            if not rates.count(key, 100).is_over:
                let_in.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_in) == 100
