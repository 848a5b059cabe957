"""Where tests find the project's shared reference data (the fact book's vectors, sample files)."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """The path of a shared reference file, such as ``test_vectors.json`` or ``data/INDEX.md``.

    The folder lies beside the checkout (``../shared``). Where it is absent the calling test is skipped with one line,
    except under ``CI``, where a missing reference is a failure.
    """
    found = SHARED / path
    if not found.exists():
        line = f"../shared/{path} is not beside the checkout"
        if os.environ.get("CI"):
            pytest.fail(line, pytrace=False)
        pytest.skip(line)
    return found


@cache
def _vectors(path: Path) -> dict[str, dict[str, Any]]:
    return {vector["id"]: vector for vector in json.loads(path.read_text(encoding="utf-8"))}


def vector(number: int) -> dict[str, Any]:
    """One checked example of the fact book: ``vector(56)`` is TV-56, a dict with ``inputs`` and ``expected``."""
    return _vectors(shared("test_vectors.json"))[f"TV-{number}"]
