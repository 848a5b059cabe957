"""Every address of the product by its name, those that are not looked at, and the things that their places name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, resolve

PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<named>\w+)>(?P<ways>[^()|]+)(?:\|[^()]*)?\)")
NOT_SWEPT = {
    **dict.fromkeys(
        ("desk:application_agreement", "desk:application_file", "desk:application_letter", "desk:case_letter",
         "desk:credit_letter", "desk:file", "desk:import_map", "desk:import_refused", "desk:invoice_paper",
         "desk:matter_paper", "desk:placement_file", "desk:post_batch_file", "desk:reply_file", "desk:statement_paper",
         "pages:application_agreement", "pages:application_letter", "pages:application_template",
         "pages:personal_invoice", "pages:personal_statement"),
        "a file",
    ),
    **dict.fromkeys(
        ("desk:backtest_progress", "desk:import_progress", "desk:lines_progress", "desk:report_series",
         "desk:posting_waiting"),
        "a part of a page, looked at in it",
    ),
    "desk:message_page": "the mail as its reader gets it, shown inside the page of the message",
    "pages:application": "leads to the next step",
    **dict.fromkeys(
        ("pages:application_file_remove", "pages:application_language", "pages:application_withdraw",
         "pages:personal_seen"),
        "only takes a form, behind a link",
    ),
    "pages:personal_plan": "tests/web/test_personal_page_browser.py looks at it with a plan that waits",
}  # fmt: skip
"""Addresses that are no pages of their own, or are looked at elsewhere, and why."""
SAMPLES = {"uuid": "01890000-0000-7000-8000-000000000000", "str": "x", "slug": "x", "int": "1", "path": "x"}


def routes() -> Iterator[tuple[str, str]]:
    """The name of every address of desk and pages, with its route."""

    def walk(patterns: Any, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
        for one in patterns:
            route = prefix + str(one.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route, one.namespace or space)
            elif isinstance(one, URLPattern) and space in ("desk", "pages") and one.name:
                yield f"{space}:{one.name}", route

    yield from walk(get_resolver().url_patterns)


def filled_in(route: str, given: dict[str, str] | None = None) -> str:
    """An address of a route, with something of the right form in each place, or what is given for it by name."""

    def put(place: re.Match[str]) -> str:
        name = place["name"] or place["named"]
        ways = place["ways"] or SAMPLES[place["kind"] or "str"]
        return (given or {}).get(name) or (SAMPLES["uuid"] if ways.startswith("[") else ways)

    return "/" + PLACE.sub(put, route)


def names_of(addresses: list[str]) -> set[str]:
    """The names that addresses are found under."""
    return {resolve(one.split("?")[0]).view_name for one in addresses}


def some_of(addresses: list[str], most: int) -> list[str]:
    """At most so many addresses of each page: those that differ by ids alone are one page with other things on it."""
    found: dict[Any, list[str]] = {}
    for one in addresses:
        match = resolve(one.split("?")[0])
        kind = (match.view_name, *(value for value in match.kwargs.values() if not isinstance(value, UUID)))
        found.setdefault(kind, []).append(one)
    return [one for alike in found.values() for one in alike[:most]]


def of_things(looked: list[str]) -> Iterator[tuple[str, str, str]]:
    """Every address of the desk that names a thing by its id: name, route, and the address with ids of what was seen.

    An id comes from an address that begins alike, so that a case of credit is no case of a dispute.
    """
    known = [(one.split("?")[0], resolve(one.split("?")[0]).kwargs) for one in looked]
    for name, route in routes():
        places = {place["name"] or place["named"]: place for place in PLACE.finditer(route)}
        ids = {one for one, place in places.items() if place["kind"] == "uuid" or (place["ways"] or "").startswith("[")}
        if not name.startswith("desk:") or not ids:
            continue
        begins = "/" + PLACE.split(route)[0]
        alike = [kwargs for address, kwargs in known if address.startswith(begins) and ids <= kwargs.keys()]
        alike += [kwargs for _address, kwargs in known if ids <= kwargs.keys()]
        given = {one: str(alike[0][one]) for one in ids} if alike else {}
        yield name, route, filled_in(route, given)
