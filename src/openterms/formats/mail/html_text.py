# ruff: noqa: E501
"""The text of an HTML mail: no mark-up, no scripts, nothing that is not shown. It is read, never rendered."""

from __future__ import annotations

import re
from contextlib import suppress
from html.parser import HTMLParser

MOST_HTML = 2_000_000
_SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "select"})
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "blockquote",
                     "section", "article", "header", "footer", "pre", "dt", "dd"})  # fmt: skip
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)|mso-hide\s*:\s*all", re.IGNORECASE)
_QUOTES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|divrplyfwdmsg|appendonsend|protonmail_quote|zmail_extra|reply-intro", re.IGNORECASE)
QUOTE_MARK = "\ue000quote\ue000"
"""Stands where a mail program's own mark says that what follows is quoted."""


class _Reader(HTMLParser):
    def __init__(self, most: int) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.left, self.skipping, self.depth = most, 0, 0
        self.quoting = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; what is not shown is skipped to its end."""
        if tag in _VOID:
            if tag in _BLOCKS and not self.skipping:
                self._say("\n")
            return
        self.depth += 1
        given = {name: value or "" for name, value in attrs[:40]}
        if self.skipping:
            return
        if tag in _SKIPPED or _HIDDEN.search(given.get("style", "")[:2000]) or "hidden" in given:
            self.skipping = self.depth
            return
        if _QUOTES.search((given.get("class", "") + " " + given.get("id", ""))[:2000]) or given.get("type") == "cite":
            self._say(f"\n{QUOTE_MARK}\n")
        if tag in _BLOCKS:
            self._say("\n")
        elif tag in ("td", "th"):
            self._say("\t")

    def handle_endtag(self, tag: str) -> None:
        """The end of what was skipped, or of a line."""
        if tag in _VOID:
            return
        if self.skipping and self.depth <= self.skipping:
            self.skipping = 0
        elif not self.skipping and tag in _BLOCKS and tag != "br":
            self._say("\n")
        self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        """Text that is shown."""
        if not self.skipping:
            self._say(data if "\n" not in data else re.sub(r"\s*\n\s*", " ", data))

    def _say(self, text: str) -> None:
        if self.left > 0:
            self.pieces.append(text[: self.left])
            self.left -= len(text)


def text_of_html(html: str, most: int = 200_000) -> str:
    """The text that a reader would see, at most so many letters. Never raises."""
    reader = _Reader(max(most, 0))
    with suppress(Exception):  # somebody else's mark-up; what was read until a fault is the text
        for start in range(0, min(len(html), MOST_HTML), 65_536):
            if reader.left <= 0:
                break
            reader.feed(html[start : min(start + 65_536, MOST_HTML)])
            if len(reader.rawdata) > 131_072:  # a tag without end would be read again and again
                break
    text = "".join(reader.pieces).replace("\xa0", " ")
    lines = [re.sub(r"[ \f\v\r]+", " ", line).strip(" ") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
