"""Imports and foreign keys go down."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.apps import apps

from tests.house.sources import ROOT

LADDER = ("tenancy", "journal", "parties", "messaging", "receivables", "cash", "credit", "collecting", "analytics")


def test_imports_go_down():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": "src"}, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def ours():
    return [config for config in apps.get_app_configs() if config.name.startswith("openterms.apps.")]


def test_every_app_has_its_place():
    assert {config.label for config in ours()} <= set(LADDER)


@pytest.mark.parametrize("label", [config.label for config in ours()])
def test_foreign_keys_go_down(label):
    """String references too, which an import contract cannot see."""
    for model in apps.get_app_config(label).get_models():
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            assert not field.one_to_many
            target = field.related_model._meta.app_label
            assert field.related_model is not model or field.null, f"{model.__name__}.{field.name}"
            if target in LADDER:
                assert LADDER.index(target) <= LADDER.index(label), f"{model.__name__}.{field.name} climbs to {target}"


def test_no_generic_foreign_keys():
    for config in ours():
        for model in config.get_models():
            assert not model._meta.private_fields, model
