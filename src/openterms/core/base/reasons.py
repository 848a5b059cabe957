"""Named causes for a decision: what staff read, what the customer reads, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


def gettext_noop(text: str) -> str:
    """Mark a text for the message catalogues without translating it; the doors translate."""
    return text


def fill(text: str, params: Mapping[str, str | int]) -> str:
    """Put ``params`` into the ``%(name)s`` places of a (translated) text; a text without params stays as it is."""
    return text % dict(params) if params else text


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of an outcome.

    ``code`` is stable and in snake case (``over_limit``). ``staff``, ``customer`` and ``remedy`` are message ids with
    ``%(name)s`` places; ``customer`` is empty where the customer must not be told. ``params`` holds typed values (money
    as minor units, dates as ISO text) and takes part in equality, so a stored decision compares by value.
    """

    code: str
    staff: str
    customer: str = ""
    remedy: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", dict(self.params))

    def given(self, **params: str | int) -> Reason:
        """This reason with its places filled: ``OVER_LIMIT.given(headroom_minor=0)``."""
        return replace(self, params={**self.params, **params})

    def staff_text(self) -> str:
        """The staff text in English."""
        return fill(self.staff, self.params)

    def customer_text(self) -> str:
        """The customer text in English; empty where the customer is not told."""
        return fill(self.customer, self.params)

    def remedy_text(self) -> str:
        """What would help, in English."""
        return fill(self.remedy, self.params)
