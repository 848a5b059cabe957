"""Asked once more just before sending: what upper rooms know against a message that waits.

They register a check when the apps are ready. A check is asked for many messages at once and answers for those that may
not go. Nothing is asked for messages that went out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openterms.core.base.reasons import Reason


class Refusal(NamedTuple):
    """Why a message does not go now. With `not_before` it waits until then; with `is_final` it never goes.

    Otherwise it is held until somebody lets it go.
    """

    reason: Reason
    not_before: datetime | None = None
    is_final: bool = False


Check = Callable[[Sequence[UUID], datetime], Mapping[UUID, Refusal | Reason]]
_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Have a check asked before anything is sent; the same name again replaces it."""
    _checks[name] = check


def forget(name: str) -> None:
    """Ask a check no more."""
    _checks.pop(name, None)


def refusals(message_ids: Sequence[UUID], now: datetime) -> dict[UUID, Refusal]:
    """What is against these messages, each by the first check that says so. Runs in the sender's transaction."""
    found: dict[UUID, Refusal] = {}
    for check in _checks.values():
        asked = [one for one in message_ids if one not in found]
        if not asked:
            break
        for message_id, said in check(asked, now).items():
            found[message_id] = said if isinstance(said, Refusal) else Refusal(said)
    return found
