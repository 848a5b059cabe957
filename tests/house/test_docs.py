"""What the documents name is there: every command with its options, every file that is linked, every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from openterms.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"```.*?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
ADDRESS = re.compile(r"^/[a-z][a-z0-9/<>-]*/$")
PLACE = re.compile(r"<\w[^>]*>")
HELP = {"--help"}
GALLERY = "/gallery/"
"""There with OPENTERMS_DEBUG alone."""


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def pieces(text: str) -> Iterator[str]:
    """What is set as code, a line at a time; a line that ends in a backslash goes on in the next."""
    for block, inline in CODE.findall(text):
        yield from (block or inline).replace("\\\n", " ").splitlines()


def commands(text: str) -> Iterator[list[str]]:
    """Each call of the program, as words."""
    for line in pieces(text):
        found = re.search(r"(?:^|\s|/)openterms ((?:[a-z-]+)(?: .*)?)$", line.strip())
        if found:
            yield found[1].split(" #")[0].replace("\\|", "|").split()


def tabled(text: str) -> Iterator[list[str]]:
    """Each call that the page of commands lists: what is set as code in a row's first cell."""
    for row in re.findall(r"^\| (`.*)$", text, re.MULTILINE):
        cell = re.split(r"(?<!\\) \| ", row)[0]
        for call in re.findall(r"`([^`]+)`", cell):
            if call[0].islower() and "…" not in call:
                yield call.replace("\\|", "|").split()


def fault_of(words: list[str]) -> str:
    """Why a call would not run: a command or an option that is not there."""
    ways: list[Any] = [typer.main.get_command(app)]
    for at, word in enumerate([*words, ""]):
        if not hasattr(ways[0], "commands"):
            options = {one for each in ways[0].params for one in (*each.opts, *each.secondary_opts)} | HELP
            return ", ".join(sorted(set(re.findall(r"--[a-z-]+", " ".join(words[at:]))) - options))
        if word in HELP or not word:
            return ""
        ways = [one.commands.get(name) for one in ways[:1] for name in word.split("|")]
        if None in ways:
            return f"no command {word}"
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_and_option_in_a_document_is_there(document):
    text = document.read_text(encoding="utf-8")
    calls = [*commands(text), *(tabled(text) if document.name == "commands.md" else ())]
    wrong = {" ".join(words): fault_of(words) for words in calls}
    assert {call: why for call, why in wrong.items() if why} == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_in_a_document_leads_somewhere(document):
    text = document.read_text(encoding="utf-8")
    inside = [one for one in LINK.findall(text) if "://" not in one]
    assert [one for one in inside if not (document.parent / one).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_page_in_a_document_has_its_address(document):
    from django.urls import Resolver404, resolve

    sample = "01890000-0000-7000-8000-000000000000"
    for said in {one for one in pieces(document.read_text(encoding="utf-8")) if ADDRESS.match(one)} - {GALLERY}:
        tried = []
        for put in (sample, "x", "1"):
            try:
                tried.append(resolve(PLACE.sub(put, said)))
            except Resolver404:
                continue
        assert tried, said


def test_the_commands_page_names_every_command():
    """A command that nobody is told of might as well not be there."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    everywhere = "\n".join(one.read_text(encoding="utf-8") for one in DOCUMENTS)
    top: Any = typer.main.get_command(app)
    shown = [name for name, one in top.commands.items() if not one.hidden]
    assert [one for one in shown if not re.search(rf"`{one}\b", text) and f"openterms {one}" not in everywhere] == []
