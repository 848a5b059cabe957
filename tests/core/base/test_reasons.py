from __future__ import annotations

import pytest

from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason

OVER = Reason("over_limit", "over the limit by %(excess)s", "", "ask for a higher limit")


def test_a_reason_is_filled_and_compares_by_value() -> None:
    given = OVER.given(excess="12.00")
    assert given.staff_text() == "over the limit by 12.00"
    assert (given.customer_text(), given.remedy_text()) == ("", "ask for a higher limit")
    assert given == OVER.given(excess="12.00") != OVER
    assert hash(given) == hash(OVER)


def test_a_refusal_keeps_every_reason_and_shows_the_first() -> None:
    refused = Refused([OVER.given(excess="1"), Reason("on_hold", "on hold")])
    assert refused.first.code == "over_limit"
    assert str(refused) == "over the limit by 1; on hold"
    with pytest.raises(ValueError, match="at least one"):
        Refused([])


def test_bad_input_says_what_where_and_what_would_be_right() -> None:
    error = BadInput("%(given)s is not a date", "due_on", "write it as 2026-03-31", {"given": "31.3."}).at("row 7")
    assert str(error) == "row 7: due_on: 31.3. is not a date (write it as 2026-03-31)"
    assert str(BadInput("100% wrong")) == "100% wrong"
