"""XML from outside, read without danger: no document type, hence no entities and nothing fetched; bounded in size.

An element keeps its local name alone; the root also says its namespace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

MOST_BYTES = 20 * 2**20
MOST_ELEMENTS = 400_000
MOST_DEPTH = 40
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(slots=True, eq=False)
class Element:
    """An element: its local name, its namespace, attributes by local name, its own text, and its children in order."""

    name: str
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def named(self, name: str) -> list[Element]:
        """The children of a name, in order."""
        return [one for one in self.children if one.name == name]


class _Refusal(Exception):
    """Why reading stopped."""


class _Builder:
    """Handlers that put elements together."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _space, name = tag.rpartition(" ")
        kept = {key.rpartition(" ")[2]: value for key, value in attributes.items() if not key.startswith(_INSTANCE)}
        made = Element(name, namespace, kept)
        self.count += 1
        if self.count > MOST_ELEMENTS or len(self.open) >= MOST_DEPTH:
            raise _Refusal(gettext_noop("it has too many elements, or they lie too deep"))
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)

    def end(self, tag: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].text += text

    def doctype(self, *_given: object) -> None:
        raise _Refusal(gettext_noop("it declares a document type, and so could name entities or other files"))


def parse(content: bytes) -> Element:
    """The root of a document. ``BadInput`` for what is no XML, is too large, or declares a document type."""
    if len(content) > MOST_BYTES:
        raise _unread(gettext_noop("it is larger than 20 MiB"))
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(content, True)
    except _Refusal as error:
        raise _unread(str(error)) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadInput(
            gettext_noop("This is not XML that can be read: %(fault)s"), "file",
            gettext_noop("Give an invoice in UBL 2.1 or CII"), {"fault": str(error)},
        ) from error  # fmt: skip
    assert builder.root is not None
    return builder.root


def _unread(why: str) -> BadInput:
    return BadInput(
        gettext_noop("This XML is not read: %(why)s"), "file", gettext_noop("Give an invoice in UBL 2.1 or CII"),
        {"why": why},
    )  # fmt: skip


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def escaped(text: str) -> str:
    """A text as it stands in an element or in an attribute; characters that XML does not know are left out."""
    return "".join(one for one in text if one >= " " or one in "\t\n\r").translate(_ESCAPES)
