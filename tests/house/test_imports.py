"""Every name that is imported is there, also where it is imported late, inside a function."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"


def test_every_name_that_is_imported_is_there():
    missing = []
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        if "migrations" in parts:
            continue
        package = ".".join(parts[:-1])
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("openterms")):
                source = importlib.import_module("." * node.level + (node.module or ""), package)
                where = f"{path.relative_to(SRC)}:{node.lineno}"
                missing += [f"{where} {one.name}" for one in node.names if not _has(source, one.name)]
    assert missing == []


def _has(source: object, name: str) -> bool:
    if hasattr(source, name):
        return True
    try:
        importlib.import_module(f"{source.__name__}.{name}")
    except ModuleNotFoundError:
        return False
    return True
