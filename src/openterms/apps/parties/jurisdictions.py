"""The jurisdiction packs that ship with the product: one for each country, and the house's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from openterms.core.base.jurisdictions import Pack, from_document

FOLDER = "openterms.core.base"


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
    return packs().get(country) if country else None
