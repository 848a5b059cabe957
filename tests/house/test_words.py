"""Words: every message has its Arabic, and pages keep to the glossary."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
from babel.messages.pofile import read_po

from tests.house.sources import PACKAGE, ROOT, calls, dotted, modules, name_of, tree

ARABIC = PACKAGE / "web" / "locale" / "ar" / "LC_MESSAGES" / "django.po"
# Words that say something else here, or nothing: the glossary has the right one.
AVOIDED = (
    r"\bclients?\b", r"\bmerchants?\b", r"\bcredit memos?\b", r"\bcharge-?offs?\b", r"\bdunning campaigns?\b",
    r"\bcash application\b", r"\bbad payers?\b", r"\bdeadbeats?\b", r"\bdelinquents?\b", r"\bblacklist(ed)?\b",
    r"\bcollaterals?\b",
)  # fmt: skip


def message_ids():
    """Texts that the code marks for translation: those of reasons, refusals and bad input."""
    for path in modules("core", "apps", "formats"):
        for call, name in calls(path):
            if name.split(".")[-1] == "gettext_noop" and call.args:
                text = call.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value, f"{name_of(path)}:{call.lineno}"


@pytest.fixture(scope="module")
def arabic():
    if not ARABIC.exists():
        pytest.skip("there is no Arabic catalogue")
    with ARABIC.open("rb") as file:
        return read_po(file, locale="ar")


def test_every_message_has_its_arabic(arabic):
    missing = sorted({f"{where} {text!r}" for text, where in message_ids() if not _translated(arabic, text)})
    assert missing == [], f"{len(missing)} messages without Arabic"


def _translated(catalogue, text):
    message = catalogue.get(text)
    return message is not None and bool(message.string) and not message.fuzzy


def test_places_of_a_message_are_kept(arabic):
    """A translation fills the same places as the text."""
    place = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
    for message in arabic:
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = {found for text in ids for found in place.findall(text)}
        for text in strings:
            assert set(place.findall(text)) <= wanted, (message.id, text)


def test_what_was_refused_is_said_in_a_marked_text():
    """`BadInput` and `Reason` below the doors take marked texts, so that they can be translated."""
    faults = []
    for path in modules("core", "formats", "apps/receivables", "apps/credit", "apps/collecting"):
        for call, name in calls(path):
            if name.split(".")[-1] == "BadInput" and call.args and isinstance(call.args[0], ast.JoinedStr):
                faults.append(f"{name_of(path)}:{call.lineno}")
    assert faults == []


def test_a_reasons_code_has_one_text():
    texts: dict[str, set[str]] = {}
    for path in modules("core", "apps"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and dotted(node.func) == "Reason" and len(node.args) > 1:
                code, staff = node.args[:2]
                if isinstance(code, ast.Constant):
                    assert re.fullmatch(r"[a-z][a-z0-9_]*", code.value), f"{name_of(path)}:{node.lineno}"
                    texts.setdefault(code.value, set()).add(ast.unparse(staff))
    assert {code: said for code, said in texts.items() if len(said) > 1} == {}


def templates():
    return sorted((PACKAGE / "web").rglob("templates/**/*.html"))


def test_pages_keep_to_the_glossary():
    for path in templates():
        text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>|\{[{%#].*?[%#}]\}", " ", path.read_text(), flags=re.S)
        said = " ".join(re.findall(r"(?:trans|translate) ['\"](.*?)['\"]", path.read_text())) + text
        for word in AVOIDED:
            found = re.search(word, said, re.I)
            assert not found, f"{name_of(path)} says {found.group(0)!r}"


def committed():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in done.stdout.splitlines()]


def test_no_third_party_asset_is_committed():
    for path in committed():
        if path.suffix not in (".js", ".mjs", ".css") or not path.exists():
            continue
        assert ".min." not in path.name, path
        assert "node_modules" not in path.parts, path
        longest = max((len(line) for line in path.read_text(encoding="utf-8").splitlines()), default=0)
        assert longest <= 1_000, f"{path} looks minified"


def test_the_law_is_written_down():
    for name in ("docs/house.md", "docs/glossary.md", "CONTRIBUTING.md", "LICENSE"):
        assert (ROOT / name).stat().st_size > 1_000, name
    assert len((ROOT / "docs" / "house.md").read_text().splitlines()) <= 110
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text()
