"""Strategies for tests: a plain ladder written as a flat list of steps, and the one that every seller starts with."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from openterms.core.collecting.strategies import Strategy, from_document


def standard_document() -> dict[str, Any]:
    """The plain ladder's document, parsed afresh, so that a test may change it."""
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("ladder.yaml").read_text(encoding="utf-8"))
    return document


def shipped_document() -> dict[str, Any]:
    """The document that every seller starts with, parsed afresh."""
    text = resources.files("openterms.core.collecting").joinpath("standard.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@cache
def shipped() -> Strategy:
    """The checked strategy that every seller starts with."""
    return from_document(shipped_document())


@cache
def standard() -> Strategy:
    """The checked plain ladder."""
    return from_document(standard_document())
