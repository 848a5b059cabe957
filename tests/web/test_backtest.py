"""The credit manager tries another policy in the desk, and reads what would have been otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml

from openterms.apps.tenancy.context import acting
from tests.core.credit.policies import SMALL

from .small_seller import fill


def strict() -> bytes:
    """A policy for orders in USD that stops them for anything overdue."""
    return yaml.safe_dump(SMALL | {"currency": "USD", "authorisation": {"overdue_days": 0}}).encode()


@pytest.fixture
def house(team: Any) -> Any:
    made = team("credit_manager", "analyst", "collector")
    fill(made.seller, made.people["collector"])
    return made


def approved_with_it(house: Any, visitor: Any) -> Any:
    """The very text that was tried becomes a version; another text is asked why it was not tried."""
    from openterms.apps.credit.models import PolicyVersion
    from openterms.apps.tenancy import clock

    analyst, manager = visitor(house.people["analyst"]), visitor(house.people["credit_manager"])
    day, made = str(clock.today(house.seller.timezone)), []
    for text in (strict().decode(), strict().decode().replace("overdue_days: 0", "overdue_days: 1")):
        address = analyst.post("/policy/new/", {"text": text}).address
        analyst.post(address, {"which": "submit", "revision": 1})
        made.append(address.rstrip("/").split("/")[-1])
    first, second = (manager.get(f"/policy/{one}/").text for one in made)
    assert "Orders answered otherwise" in first and 'name="untested"' not in first
    assert 'name="untested"' in second and "Orders answered otherwise" not in second
    publish = {"which": "publish", "revision": 1, "day": day}
    refused = manager.post(f"/policy/{made[1]}/", publish)
    assert refused.status == 422 and "No back-test was run on this text." in refused.text
    assert manager.post(f"/policy/{made[0]}/", publish).status == 200
    with acting(house.seller.id):
        states = [PolicyVersion.objects.get(id=one).state for one in made]
    assert states == ["published", "submitted"]
    return made[0]


def test_a_manager_tries_a_file_and_others_only_read(house: Any, visitor: Any) -> None:
    from openterms.apps.analytics.trial.models import BackTestRun
    from openterms.apps.tenancy import clock

    today = clock.today(house.seller.timezone)
    asked = {
        "policy": "", "against": "current", "first": (today - timedelta(days=700)).isoformat(),
        "last": today.isoformat(), "source": "auto",
    }  # fmt: skip
    file = {"file": ("strict.yaml", strict(), "application/yaml")}
    manager, collector = visitor(house.people["credit_manager"]), visitor(house.people["collector"])
    assert "Try it" in manager.get("/policy/backtest/").text
    assert "Try it" not in collector.get("/policy/backtest/").text
    assert collector.post("/policy/backtest/", asked, files=file).status == 403
    unread = manager.post("/policy/backtest/", asked, files={"file": ("bad.yaml", b"code: [", "application/yaml")})
    assert unread.status == 422
    nothing = manager.post("/policy/backtest/", asked)
    assert nothing.status == 422 and "No policy is chosen" in nothing.text
    euro = manager.post("/policy/backtest/", asked | {"policy": "wholesale"})
    assert "This cannot be tried." in euro.text and "in EUR" in euro.text

    done = manager.post("/policy/backtest/", asked, files=file)
    assert done.status == 200 and "orders, of" in done.text, done.text[-2000:]
    assert "strict.yaml" in done.text and "Each invoice counts as an order" in done.text
    with acting(house.seller.id):
        run = BackTestRun.objects.get(seller=house.seller, state="done")
    flips = run.answer["orders"]["flips"]
    assert {(row["before"], row["after"], row["reason"]) for row in flips} == {("approved", "referred", "overdue")}
    assert collector.get(f"/policy/backtest/{run.id}/").status == 200
    first = approved_with_it(house, visitor)
    page = manager.get(f"/policy/{first}/").text
    assert "Approved with this one" in page and f"/policy/backtest/{run.id}/" in page
    csv = manager.get(f"/policy/backtest/{run.id}/?format=csv").text.splitlines()
    assert len(csv) == 1 + run.answer["orders"]["totals"]["customers"]
