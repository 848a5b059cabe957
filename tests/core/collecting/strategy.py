"""The standard strategy, read from its document as the apps read it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from openterms.core.collecting.strategies import Strategy, from_document


def standard_document() -> dict[str, Any]:
    """The standard document, parsed afresh, so that a test may change it."""
    text = resources.files("openterms.core.collecting").joinpath("standard.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@cache
def standard() -> Strategy:
    """The checked standard strategy."""
    return from_document(standard_document())
