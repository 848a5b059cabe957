"""Templates of messages: a small part of Jinja in a sandbox, rendered to a subject, a text and a page.

A template is a subject, a text and a short text (SMS, chat). The page is made of the same text, so that both say the
same. What a template may do is bounded by its form: it names facts, asks with `if`, and goes once through a list; no
calls, no assignments, no arithmetic, no loops in loops. So its time is bounded too; its output is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.environment import Template
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.layout import page
from openterms.core.messaging.purposes import FACTS, LANGUAGES, PURPOSES, Kind
from openterms.core.messaging.wording import Link, Writer, clean, row_of

MOST_SOURCE = 20_000
MOST_OUTPUT = 200_000
MOST_SUBJECT = 200
MOST_SHORT = 480
"""Characters: three parts of a text message in Arabic and most of two in Latin letters."""

RIGHT_TO_LEFT = "\u200f"
"""A telephone tells a text's direction by its first letter, which is often that of a name."""

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Const, nodes.CondExpr, nodes.Filter, nodes.Test,
)  # fmt: skip
_FILTERS = frozenset(("default", "d", "length", "count"))
_TESTS = frozenset(("defined", "none"))

_LONE_TAG = re.compile(r"^[ \t]*(\{%(?:(?!%\})[^\n])*%\})[ \t]*\n", re.MULTILINE)
"""A tag with a line to itself takes that line with it."""
_GAPS = re.compile(r"\n[ \t]*\n\s*\n")

SYNTAX = Reason("template_syntax", gettext_noop("The template cannot be read: %(what)s (line %(line)s)."))
FORBIDDEN = Reason(
    "template_forbidden",
    gettext_noop("%(what)s is not part of what a template may do (line %(line)s)."),
    "",
    gettext_noop("Name facts, ask with `if`, go through a list with `for`; nothing else."),
)
UNKNOWN = Reason(
    "template_unknown_fact",
    gettext_noop("There is no fact %(name)s."),
    "",
    gettext_noop("Choose one from the list of facts."),
)
MISSING = Reason(
    "template_missing_fact",
    gettext_noop("The fact %(name)s is not known for this message."),
    "",
    gettext_noop("Give it, or ask for it with `if` in the template."),
)
TOO_LONG = Reason("template_too_long", gettext_noop("This has more than %(most)s characters."))
EMPTY = Reason("template_empty", gettext_noop("There is nothing to say here."))
NO_LINK = Reason("template_no_link", gettext_noop("The reader gets no link to a page of their own."))
NO_AMOUNT = Reason("template_no_amount", gettext_noop("The reader is not told the amount."))
UNSAID = Reason("template_unsaid", gettext_noop("Messages of this purpose say %(name)s; this one does not."))
UNGUARDED = Reason(
    "template_unguarded",
    gettext_noop("%(name)s is not always known."),
    "",
    gettext_noop("Ask for it with `if` first, or the message stops where it is missing."),
)
FAULTS = (SYNTAX, FORBIDDEN, UNKNOWN, MISSING, TOO_LONG, EMPTY, NO_LINK, NO_AMOUNT, UNSAID, UNGUARDED)


class TemplateFault(BadInput):
    """A template that cannot be rendered with what is given; `reason` says why, `where` which part."""

    def __init__(self, reason: Reason, where: str) -> None:
        self.reason = reason
        super().__init__(reason.staff, where, reason.remedy, reason.params)


@dataclass(frozen=True, slots=True)
class Source:
    """What an author writes. `short` is for SMS and chat; empty where the purpose has no short form."""

    subject: str
    text: str
    short: str = ""

    def parts(self) -> tuple[tuple[str, str], ...]:
        """Each part that is written, by name."""
        return (("subject", self.subject), ("text", self.text), *((("short", self.short),) if self.short else ()))


class Rendered(NamedTuple):
    """A message in words. `html` is a whole page, empty for short messages."""

    subject: str
    text: str
    html: str


class Finding(NamedTuple):
    """What lint says of a part. An error keeps a template from being published."""

    is_error: bool
    where: str
    reason: Reason


class _Escaping(Extension):
    """The author's own words are words in the page too: markup in them is shown, not obeyed."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Escape what stands between the places."""
        for token in stream:
            yield Token(token.lineno, token.type, str(escape(token.value))) if token.type == "data" else token


@lru_cache(maxsize=16)
def _environment(language: str, form: str) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        autoescape=form == "page", undefined=StrictUndefined, keep_trailing_newline=False,
        finalize=Writer(language, form == "page", form in ("subject", "short")), cache_size=0,
        extensions=[_Escaping] if form == "page" else [],
    )  # fmt: skip
    made.globals.clear()
    made.filters = {name: found for name, found in made.filters.items() if name in _FILTERS}
    made.tests = {name: found for name, found in made.tests.items() if name in _TESTS}
    return made


def _faults(tree: nodes.Template) -> Iterator[Reason]:
    """What a tree holds that a template may not."""
    for node in tree.find_all(nodes.Node):
        ok = isinstance(node, _ALLOWED)
        if isinstance(node, nodes.Filter):
            ok = node.name in _FILTERS
        elif isinstance(node, nodes.Test):
            ok = node.name in _TESTS
        elif isinstance(node, nodes.Getattr):
            ok = isinstance(node.node, nodes.Name) and not node.attr.startswith("_")
        elif isinstance(node, nodes.For):
            inner = next(iter(inside for part in node.body for inside in _within(part, nodes.For)), None)
            ok = isinstance(node.iter, nodes.Name) and not node.recursive and inner is None
        if not ok:
            yield FORBIDDEN.given(what=type(node).__name__, line=getattr(node, "lineno", None) or 1)


def _within(node: nodes.Node, kind: type[nodes.Node]) -> Iterator[nodes.Node]:
    if isinstance(node, kind):
        yield node
    yield from node.find_all(kind)


@lru_cache(maxsize=4096)
def _compiled(text: str, language: str, form: str) -> Template:
    """A part compiled for a form. Errors: TemplateFault."""
    where = form if form in ("subject", "short") else "text"
    if len(text) > MOST_SOURCE:
        raise TemplateFault(TOO_LONG.given(most=MOST_SOURCE), where)
    environment = _environment(language, form)
    text = _LONE_TAG.sub("\\1{#\n#}", text)
    try:
        fault = next(_faults(environment.parse(text)), None)
        if fault is not None:
            raise TemplateFault(fault, where)
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        raise TemplateFault(SYNTAX.given(what=str(error.message)[:200], line=error.lineno), where) from error


def prepared(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Values as templates see them: rows by column, links as links, optional facts that are missing as nothing."""
    made: dict[str, Any] = {name: None for name, fact in FACTS.items() if fact.is_optional}
    for name, value in variables.items():
        if isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            made[name] = tuple(row_of(one) for one in value)
        elif isinstance(value, str) and name in FACTS and FACTS[name].kind == Kind.LINK:
            made[name] = Link(value)
        else:
            made[name] = value
    return made


def _written(text: str, language: str, form: str, values: Mapping[str, Any]) -> str:
    """A part with its places filled. Errors: TemplateFault."""
    where = form if form in ("subject", "short") else "text"
    template, pieces, length = _compiled(text, language, form), [], 0
    try:
        for piece in template.generate(values):
            length += len(piece)
            if length > MOST_OUTPUT:
                raise TemplateFault(TOO_LONG.given(most=MOST_OUTPUT), where)
            pieces.append(piece)
    except UndefinedError as error:
        name = str(error.message or "").partition("'")[2].partition("'")[0] or str(error.message)
        raise TemplateFault(MISSING.given(name=name[:80]), where) from error
    except TemplateFault:
        raise
    except BadInput as error:
        raise TemplateFault(Reason("template_value", error.what, "", error.remedy, error.params), where) from error
    except (TemplateError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise TemplateFault(SYNTAX.given(what=f"{type(error).__name__}: {error}"[:200], line=1), where) from error
    return _GAPS.sub("\n\n", "".join(pieces)).strip()


def render(source: Source, variables: Mapping[str, Any], language: str = "en", is_short: bool = False) -> Rendered:
    """A message in words. Values: text, `Money` (or several), `date`, whole numbers, lists of rows; see `FACTS`.

    The subject is one line whatever the values hold. Errors: TemplateFault, which names what is missing or wrong.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no templates are written in {language}")
    values = prepared(variables)
    if is_short:
        if not source.short.strip():
            raise TemplateFault(EMPTY, "short")
        text = _written(source.short, language, "short", values)
        text = f"{RIGHT_TO_LEFT}{text}" if language == "ar" else text
        if len(text) > MOST_SHORT:
            raise TemplateFault(TOO_LONG.given(most=MOST_SHORT), "short")
        return Rendered("", text, "")
    subject = clean(_written(source.subject, language, "subject", values))
    text = _written(source.text, language, "text", values)
    if not subject or not text:
        raise TemplateFault(EMPTY, "text" if subject else "subject")
    if len(subject) > MOST_SUBJECT:
        subject = subject[: MOST_SUBJECT - 1].rstrip() + "…"
    body = _written(source.text, language, "page", values)
    footer = clean(str(values.get("seller_name") or ""))
    return Rendered(subject, text, page(subject, body, language, footer))


def lint(source: Source, purpose: str, language: str = "en") -> list[Finding]:
    """What is wrong with a template before anybody gets it: errors first.

    Errors: it cannot be read, does what it may not, names a fact that there is none of, is empty or too long. Warnings:
    no link, no amount, a fact that the purpose wants is not said, a fact that may be missing is not asked for.
    """
    if purpose not in PURPOSES:
        raise BadInput(gettext_noop("%(given)s is not a purpose"), "purpose", "", {"given": purpose[:60]})
    found: list[Finding] = []
    said: set[str] = set()
    for name, text in source.parts():
        if not text.strip():
            found.append(Finding(True, name, EMPTY))
            continue
        if name == "short" and len(text) > 2 * MOST_SHORT:
            found.append(Finding(True, name, TOO_LONG.given(most=2 * MOST_SHORT)))
        try:
            _compiled(text, language, {"subject": "subject", "text": "text"}.get(name, "short"))
        except TemplateFault as fault:
            found.append(Finding(True, name, fault.reason))
            continue
        tree = _environment(language, "text").parse(text)
        names = meta.find_undeclared_variables(tree)
        found += [Finding(True, name, UNKNOWN.given(name=one)) for one in sorted(names - set(FACTS))]
        tests: list[nodes.Node] = [part.test for part in tree.find_all(nodes.If)]
        tests += [part.test for part in tree.find_all(nodes.CondExpr)]
        tests += tree.find_all(nodes.Or)
        asked = {one.name for part in tests for one in _within(part, nodes.Name) if isinstance(one, nodes.Name)}
        optional = {one for one in names if one in FACTS and FACTS[one].is_optional}
        found += [Finding(False, name, UNGUARDED.given(name=one)) for one in sorted(optional - asked)]
        if name == "text":
            said = names
        elif name == "short":
            found += _unsaid(names, purpose, "short", ("link",))
    found += _unsaid(said, purpose, "text", PURPOSES[purpose].needs)
    return sorted(found, key=lambda one: not one.is_error)


def _unsaid(names: set[str], purpose: str, where: str, wanted: tuple[str, ...]) -> list[Finding]:
    """Warnings for facts that messages of a purpose say and this part does not."""
    special = {"link": NO_LINK, "amount": NO_AMOUNT}
    missing = [one for one in wanted if one in PURPOSES[purpose].needs and one not in names]
    return [Finding(False, where, special.get(one) or UNSAID.given(name=one)) for one in missing]
