"""A list on a page: its columns, what the address asks of it, and the page of rows that came back.

The view reads `table.sort`, `table.after` and its own filters, asks the database for at most `table.limit + 1` rows,
and hands them to `table.fill(rows, cursor)`. Rows are mappings or objects; a cell is looked up by the column's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

Kind = Literal[
    "text", "words", "code", "party", "link", "money", "number", "percent", "days", "overdue", "date", "moment",
    "status", "statuses", "ageing", "headroom", "template",
]  # fmt: skip
_FIGURES = {"money", "number", "percent", "days"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `weight` 1 always stays, 2 gives way on a phone, 3 on a narrow page, 4 on anything but a wide one.

    A column that a person chose stays on a narrow page too; the table then scrolls in its own frame.

    `currency` is a code for the whole column, or the name of the row's own field (default `currency`) when `mixed`.
    `template` is a partial for a cell of kind `template`; it sees `row`, `value` and `column`, and `figure` sets it as
    figures are. `under` is a partial for a line below a party's name, where the page is too narrow for its columns.
    """

    name: str
    label: Promise | str
    kind: Kind = "text"
    sortable: bool = False
    hidden: bool = False
    weight: int = 1
    currency: str = ""
    mixed: bool = False
    href: str = ""
    places: int = 1
    template: str = ""
    figure: bool = False
    under: str = ""
    total: Any = None

    @property
    def css(self) -> str:
        """The classes of the column's cells."""
        kind = "number" if self.figure or self.kind in _FIGURES else "bar" if self.kind == "ageing" else self.kind
        return f"cell-{kind} weight-{self.weight}"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the address: a `select` with `choices`, a `date`, a `check`, or a free `text`."""

    name: str
    label: Promise | str
    kind: Literal["select", "date", "check", "text"] = "select"
    choices: Sequence[tuple[str, Any]] = ()
    value: str = ""
    blank: Promise | str = ""
    """What an empty `select` says, where that is more than its label."""

    @property
    def said(self) -> str:
        """The chosen value in words, for the chip that removes it."""
        if self.kind == "check":
            return gettext("yes")
        return str({str(code): word for code, word in self.choices}.get(self.value, self.value))


@dataclass(slots=True)
class Table:
    """A list and what the address asks of it."""

    name: str
    columns: Sequence[Column]
    query: QueryDict
    path: str
    sort: str = ""
    after: str = ""
    limit: int = 50
    search: str | None = None
    search_label: Promise | str = ""
    filters: Sequence[Filter] = ()
    views: Sequence[Mapping[str, Any]] = ()
    row_href: str | Callable[[Any], str] = ""
    row_key: str = "id"
    panel: bool = True
    select: bool = False
    bulk: Sequence[Mapping[str, Any]] = ()
    exports: bool = False
    caption: Promise | str = ""
    basis: str = ""
    empty_title: Promise | str = ""
    empty_text: Promise | str = ""
    count: int | None = None
    rows: Sequence[Any] = ()
    next_cursor: str = ""
    totals: Mapping[str, Any] | None = None
    shown: Sequence[str] = field(default=())

    @classmethod
    def of(
        cls, request: HttpRequest, name: str, columns: Sequence[Column], default_sort: str = "", **more: Any
    ) -> Table:
        """A table as the address wants it: `sort`, `after`, `columns`, `q` and the values of the filters.

        A sort or column that does not exist is ignored.
        """
        query = request.GET
        chosen = query.getlist("columns")
        columns = [replace(one, weight=min(one.weight, 2)) if one.name in chosen else one for one in columns]
        sortable = {column.name for column in columns if column.sortable}
        sort = query.get("sort", default_sort)
        known = [column.name for column in columns]
        shown = [one for one in chosen if one in known]
        filters = [
            replace(one, value=query.get(one.name, one.value))
            for one in more.pop("filters", ())
        ]
        if more.get("search") is not None:
            more["search"] = query.get("q", "")
        return cls(
            name=name,
            columns=columns,
            query=query,
            path=request.path,
            sort=sort if sort.lstrip("-") in sortable else default_sort,
            after=query.get("after", ""),
            shown=shown or [column.name for column in columns if not column.hidden],
            filters=filters,
            **more,
        )

    @property
    def sort_name(self) -> str:
        """The column sorted by."""
        return self.sort.lstrip("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    @property
    def visible(self) -> list[Column]:
        """The columns shown, in their own order."""
        return [column for column in self.columns if column.name in self.shown]

    @property
    def width(self) -> int:
        """How many columns a row has, the one for selection included."""
        return len(self.visible) + bool(self.select)

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter leaves something out."""
        return bool(self.search) or any(one.value for one in self.filters)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """The filters in force, each with the address that removes it."""
        return [
            {"label": one.label, "said": one.said, "href": self.address(**{one.name: None, "after": None})}
            for one in self.filters
            if one.value
        ]

    def fill(self, rows: Iterable[Any], cursor: Callable[[Any], str]) -> Table:
        """Keep at most `limit` rows; one more means that there is a next page, from `cursor(last row shown)`."""
        kept = list(rows)
        if len(kept) > self.limit:
            kept = kept[: self.limit]
            self.next_cursor = cursor(kept[-1])
        self.rows = kept
        return self

    def address(self, **changes: str | None) -> str:
        """This list's address with some parameters changed, or removed by `None`."""
        query = self.query.copy()
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = value
        text = query.urlencode()
        return f"{self.path}?{text}" if text else self.path

    def sort_address(self, column: Column) -> str:
        """Sort by a column; the other way round when it is the one sorted by."""
        figures_first_large = column.kind in _FIGURES
        if column.name == self.sort_name:
            wanted = column.name if self.descending else f"-{column.name}"
        else:
            wanted = f"-{column.name}" if figures_first_large else column.name
        return self.address(sort=wanted, after=None)

    @property
    def next_address(self) -> str:
        """The next page."""
        return self.address(after=self.next_cursor)

    @property
    def first_address(self) -> str:
        """The first page."""
        return self.address(after=None)

    @property
    def csv_address(self) -> str:
        """The whole list, with its filters, as CSV."""
        return self.address(format="csv", after=None)

    @property
    def xlsx_address(self) -> str:
        """The whole list, with its filters, as XLSX."""
        return self.address(format="xlsx", after=None)

    @property
    def clear_address(self) -> str:
        """Without search and filters."""
        return self.address(q=None, after=None, **{one.name: None for one in self.filters})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that the search form carries along."""
        own = {"q", "after", *(one.name for one in self.filters)}
        return [(name, value) for name in self.query for value in self.query.getlist(name) if name not in own]

    @property
    def kept_for_columns(self) -> list[tuple[str, str]]:
        """Parameters that the column choice carries along."""
        return [(name, value) for name in self.query for value in self.query.getlist(name) if name != "columns"]

    def cell(self, row: Any, name: str) -> Any:
        """A row's value by name; missing is `None`."""
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)

    def href(self, row: Any) -> str:
        """Where a row leads."""
        if callable(self.row_href):
            return self.row_href(row)
        return str(self.cell(row, self.row_href) or "") if self.row_href else ""

    def key(self, row: Any) -> str:
        """What identifies a row in a bulk action."""
        return str(self.cell(row, self.row_key) or "")
