"""What had become of promises as of a day, as known at an instant."""

from __future__ import annotations

import datetime as dt

from openterms.portfolio.book.book import Book, day, known
from openterms.portfolio.book.engines import Table

BROKEN_STATES: tuple[str, ...] = ("broken", "part_kept")
"""States of a promise that was not kept."""


def promises_at(book: Book, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """Every promise in the state that counts. Grain: one promise that has a state since ``as_of`` or before.

    Of the states that hold since ``as_of`` or before and were known at ``known_at``, the last that the record learnt
    of counts. Columns: ``promise_id, customer_id, currency, made_on, state, state_on``.
    """
    states = known(book.promises, known_at)
    states = states.filter(states.state_on <= day(as_of))
    return states.group_by("promise_id", "customer_id", "currency", "made_on").agg(
        state=states.state.argmax(states.state_number), state_on=states.state_on.argmax(states.state_number)
    )
