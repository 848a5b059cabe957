"""A promise recorded by mistake is taken back with the call that was logged with it; later the call stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openterms.apps.collecting.models import Activity
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.collecting.worklist.undoing import undo_promise
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.base.errors import BadInput
from tests.apps.desk import NOW, day


@pytest.mark.parametrize("later", [0, 1])
def test_the_call_goes_with_the_promise_on_its_day(desk, later):
    item = desk.invoice("I1", "05-01", 100_00)
    on = day("06-10")
    made = promise(desk.seller, SYSTEM, desk.customer(), [item.id], 50_00, day("06-20"), on, NOW, "Ms Reed")
    call = log_activity(desk.seller, SYSTEM, desk.customer(), "call", on, NOW, outcome="promised")
    _, struck = undo_promise(desk.seller, SYSTEM, made.id, on + timedelta(days=later), NOW)
    made.refresh_from_db()
    assert made.state == "withdrawn" and (struck is None) == bool(later)
    assert (Activity.objects.get(id=call.id).struck_at is None) == bool(later)
    kinds = set(Event.objects.filter(seller=desk.seller).values_list("kind", flat=True))
    assert "promise_withdrawn" in kinds and ("activity_struck" in kinds) != bool(later)
    with pytest.raises(BadInput, match="not pending"):
        undo_promise(desk.seller, SYSTEM, made.id, on, NOW)
