"""Every colour of the style sheet is readable where it stands: WCAG 2.2 AA, in light and in dark."""

from __future__ import annotations

import re

import pytest

from openterms.cli.assets import ASSETS

TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", (ASSETS / "css" / "tokens.css").read_text()
    )
}
STATUSES = ("current", "soon", "late-1", "late-2", "late-3", "late-4", "contested", "promised")
GROUNDS = ("paper", "sheet", "sunk")

WORDS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "accent", "better-ink", "worse-ink") for ground in GROUNDS),
    *((ink, ground) for ink in ("ink-faint",) for ground in ("paper", "sheet")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-wash"),
    ("accent", "accent-wash"),
    ("ink", "accent-wash"),
    ("ink-soft", "accent-wash"),
    ("hold-ink", "hold-fill"),
    *((f"{status}-ink", f"{status}-wash") for status in STATUSES),
    *((f"{status}-ink", "sheet") for status in STATUSES),
    *(("ink", f"{status}-wash") for status in STATUSES),
]
SHAPES = [
    *((f"{status}-fill", ground) for status in STATUSES for ground in ("sheet", "paper")),
    *(("line-control", ground) for ground in ("sheet", "paper")),
    *(("focus", ground) for ground in (*GROUNDS, "accent-wash")),
    ("accent", "sheet"),
    ("hold-fill", "sheet"),
]


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_are_readable(ink: str, ground: str, theme: int) -> None:
    ratio = contrast(TOKENS[ink][theme], TOKENS[ground][theme])
    assert ratio >= 4.5, f"{ink} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_are_seen(shape: str, ground: str, theme: int) -> None:
    ratio = contrast(TOKENS[shape][theme], TOKENS[ground][theme])
    assert ratio >= 3, f"{shape} on {ground}: {ratio:.2f}"


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_no_colour_is_written_outside_the_tokens() -> None:
    for sheet in sorted((ASSETS / "css").glob("*.css")):
        if sheet.name in ("tokens.css", "print.css"):
            continue
        found = re.findall(r"#[0-9a-f]{3,8}\b", sheet.read_text())
        allowed = {"#c5ccc8", "#ffffff", "#0a1110"}  # the QR code is always on white; the veil behind a dialogue
        assert set(found) <= allowed, f"{sheet.name}: {found}"


def test_only_logical_properties() -> None:
    physical = re.compile(
        r"^\s*(margin|padding|border|inset)?-?(left|right|top|bottom)(-\w+)?\s*:|text-align:\s*(left|right)|float:",
        re.M,
    )
    for sheet in sorted((ASSETS / "css").glob("*.css")):
        assert not physical.search(sheet.read_text()), sheet.name
