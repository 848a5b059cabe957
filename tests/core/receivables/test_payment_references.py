"""Payment references against the fact book."""

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.receivables import payment_references as references
from tests.shared import vector


def test_iso_11649():
    for given, made in zip(vector(70)["inputs"]["refs"], vector(70)["expected"]["rf"], strict=True):
        assert references.rf(given) == made
        assert references.is_rf(made) and references.is_rf(references.spaced(made))
    assert [references.is_rf(one) for one in vector(71)["inputs"]["refs"]] == vector(71)["expected"]["valid"]
    for bad in ("", "…", "X" * 22):
        with pytest.raises(BadInput):
            references.rf(bad)


def test_national_references():
    assert [references.belgian(one) for one in vector(72)["inputs"]["base"]] == vector(72)["expected"]["ogm"]
    assert [references.finnish(one) for one in vector(73)["inputs"]["base"]] == vector(73)["expected"]["ref"]
    assert [references.rf(one) for one in vector(73)["expected"]["ref"]] == vector(73)["expected"]["rf"]
    assert references.swiss(vector(74)["inputs"]["base26"]) == vector(74)["expected"]["ref"]
    for make in (references.belgian, references.finnish, references.swiss):
        with pytest.raises(BadInput):
            make("12a")
