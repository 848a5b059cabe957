"""Who does something: a person or the product itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """The doer of an action, as the journal remembers it."""

    name: str
    user_id: UUID | None = None
    role: str | None = None
    authority_minor: int = 0


SYSTEM = Actor("OpenTerms")
