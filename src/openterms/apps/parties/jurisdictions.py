"""The jurisdiction packs that ship with the product: one for each country, and the house's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from openterms.core.base.jurisdictions import Pack, from_document
from openterms.core.receivables import reference_rates
from openterms.core.receivables.reference_rates import Rates

FOLDER = "openterms.core.base"
EURO = frozenset(
    ["AT", "BE", "BG", "CY", "EE", "FI", "GR", "HR", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"]
)
"""Members of the euro area without a pack of their own: the directive's minimum holds for them. Ireland is not among
them, whose one rate for the whole delay is in doubt, nor are members with a central bank of their own."""


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack by country (ISO 3166 alpha-2); the house's own under the empty code, the European Union's as `EU`."""
    found: dict[str, Pack] = {}
    for one in files(FOLDER).joinpath("packs").iterdir():
        if one.name.endswith(".yaml") and one.name != "reference_rates.yaml":
            pack = from_document(yaml.safe_load(one.read_text(encoding="utf-8")), one.name)
            found[pack.country] = pack
    return found


def house() -> Pack:
    """The rules of the house, where a country has none."""
    return packs()[""]


def pack_of(country: str) -> Pack | None:
    """The pack of a country; None where none ships."""
    if not country:
        return None
    return packs().get(country) or (packs()["EU"] if country in EURO else None)


@cache
def _rate_document() -> Mapping[str, Any]:
    text = files(FOLDER).joinpath("packs").joinpath("reference_rates.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


@cache
def shipped_rates() -> Rates:
    """The reference rates that ship with the product."""
    return reference_rates.from_document(_rate_document())


def rate_source(reference: str) -> tuple[str, frozenset[str]]:
    """Where a reference rate that ships is published, and its half-years that rest on secondary sources."""
    part = _rate_document()[reference]
    return part["source"].split(" (FACTBOOK")[0], frozenset(part.get("unsure") or ())
