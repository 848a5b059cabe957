"""Which words are taken: the seller's newest published version, or those that the product brings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import yaml

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.messaging.purposes import LANGUAGES, PURPOSES
from openterms.core.messaging.templates import Source

from .models import TemplateVersion

Place = tuple[str, str, str, str]
"""Purpose, language, tone, segment (empty: every segment)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The words for a message, and where they are from: `version_id` is None for those that the product brings."""

    purpose: str
    language: str
    tone: str
    segment: str
    source: Source
    hash: str
    version_id: UUID | None = None
    number: int = 0


def hash_of(source: Source) -> str:
    """SHA-256 of the three parts."""
    return hashlib.sha256("\0".join((source.subject, source.text, source.short)).encode()).hexdigest()


@lru_cache(maxsize=1)
def built_in() -> dict[Place, Chosen]:
    """The words that the product brings, by place."""
    found: dict[Place, Chosen] = {}
    for language in LANGUAGES:
        text = files("openterms.core.messaging").joinpath(f"standard/{language}.yaml").read_text(encoding="utf-8")
        for entry in yaml.safe_load(text):
            source = Source(entry["subject"].strip(), entry["text"].strip(), (entry.get("short") or "").strip())
            tone = entry.get("tone") or PURPOSES[entry["purpose"]].tone
            place = (entry["purpose"], language, tone, entry.get("segment") or "")
            if place in found:
                raise ValueError(f"{language}.yaml has {place} twice")
            found[place] = Chosen(*place, source=source, hash=hash_of(source))
    return found


class Shelf:
    """All words of a seller as they are now, read once for a whole batch."""

    def __init__(self, seller: Seller) -> None:
        self.words = dict(built_in())
        published = TemplateVersion.objects.filter(seller=seller, state="published").order_by("number")
        for one in published:
            place = (one.purpose, one.language, one.tone, one.segment)
            source = Source(one.subject, one.text, one.short)
            self.words[place] = Chosen(*place, source, one.hash, one.id, one.number)
        self._found: dict[Place, Chosen] = {}

    def chosen(self, purpose: str, language: str, tone: str = "", segment: str = "") -> Chosen:
        """The nearest words: of this segment before those for all, of this tone before the purpose's own one.

        A language that nothing is written in is answered in English. Errors: BadInput for an unknown purpose.
        """
        asked = (purpose, language, tone, segment)
        if asked not in self._found:
            self._found[asked] = self._nearest(*asked)
        return self._found[asked]

    def _nearest(self, purpose: str, language: str, tone: str, segment: str) -> Chosen:
        if purpose not in PURPOSES:
            raise BadInput(
                gettext_noop("%(given)s is not a purpose"), "purpose", gettext_noop("give one of: %(known)s"),
                {"given": purpose[:60], "known": ", ".join(PURPOSES)},
            )  # fmt: skip
        short = language.partition("-")[0].partition("_")[0].lower()
        spoken = short if short in LANGUAGES else "en"
        own = PURPOSES[purpose].tone
        tones = list(dict.fromkeys((tone or own, own)))
        for where in dict.fromkeys((segment, "")):
            for one in tones:
                if (purpose, spoken, one, where) in self.words:
                    return self.words[purpose, spoken, one, where]
        raise BadInput(gettext_noop("There is no template for %(given)s"), "purpose", "", {"given": purpose})


def chosen(seller: Seller, purpose: str, language: str, tone: str = "", segment: str = "") -> Chosen:
    """The words for one message now; for many take a `Shelf`. Errors: BadInput for an unknown purpose."""
    return Shelf(seller).chosen(purpose, language, tone, segment)


def versions(seller: Seller, place: Place) -> list[TemplateVersion]:
    """Every version of a place, newest first."""
    named: dict[str, Any] = dict(zip(("purpose", "language", "tone", "segment"), place, strict=True))
    found = TemplateVersion.objects.filter(seller=seller, **named).select_related("drafted_by", "published_by")
    return list(found.order_by("-number"))
