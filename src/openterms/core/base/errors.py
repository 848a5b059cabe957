"""The two ways the core says no: bad input, and a refusal with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openterms.core.base.reasons import Reason, fill


class BadInput(ValueError):
    """Something given cannot be read or cannot be true.

    ``what`` says what was wrong, ``where`` names the place (file, row, field, or the text itself), ``remedy`` says what
    would be right. ``what`` and ``remedy`` are message ids with ``%(name)s`` places that ``params`` fills, so that a
    door can translate them before filling.
    """

    def __init__(
        self, what: str, where: str = "", remedy: str = "", params: Mapping[str, str | int] | None = None
    ) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        self.params: dict[str, str | int] = dict(params or {})
        super().__init__(what, where, remedy, self.params)

    def __str__(self) -> str:
        """One English line: ``where: what (remedy)``, leaving out what is empty."""
        text = fill(self.what, self.params)
        if self.where:
            text = f"{self.where}: {text}"
        if self.remedy:
            text = f"{text} ({fill(self.remedy, self.params)})"
        return text

    def at(self, where: str) -> BadInput:
        """The same fault with its place said more exactly: ``error.at("row 7, terms")``."""
        joined = f"{where}: {self.where}" if self.where else where
        return BadInput(self.what, joined, self.remedy, self.params)


class Refused(Exception):
    """A rule said no. Holds every failing reason in order of precedence; the first is the one to show."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons: tuple[Reason, ...] = tuple(reasons)
        if not self.reasons:
            raise ValueError("a refusal needs at least one reason")
        super().__init__(self.reasons)

    @property
    def first(self) -> Reason:
        """The reason that is shown."""
        return self.reasons[0]

    def __str__(self) -> str:
        """The staff texts in English, in order."""
        return "; ".join(reason.staff_text() for reason in self.reasons)
