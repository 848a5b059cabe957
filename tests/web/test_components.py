"""The components say what they should, with nothing, with one, with many, and with hostile text."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.template import Context, Template
from django.test import RequestFactory, override_settings

from openterms.web.desk.tables import Column, Filter, Table
from openterms.web.desk.words import LOOKS_LIKE, STATUS

SCRIPT = "<script>alert(1)</script>"


def drawn(source: str, **context: object) -> str:
    return Template("{% load desk %}" + source).render(Context(context))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_money_is_isolated_and_names_its_currency() -> None:
    html = drawn('{% money -1240000 "USD" %}')
    assert 'dir="ltr"' in html
    assert words(html) == "−12,400.00 USD"
    assert words(drawn('{% money minor "USD" %}', minor=None)) == "–"


def test_no_limit_zero_unlimited_and_over_are_different() -> None:
    said = [
        words(drawn('{% headroom currency="USD" open_minor=1000 %}')),
        words(drawn('{% headroom currency="USD" limit=0 open_minor=1000 %}')),
        words(drawn('{% headroom currency="USD" unlimited=True open_minor=1000 %}')),
        words(drawn('{% headroom currency="USD" limit=500 open_minor=1000 %}')),
        words(drawn('{% headroom currency="USD" limit=4000 open_minor=1000 %}')),
    ]
    assert len(set(said)) == 5
    assert "No limit is set" in said[0]
    assert "The limit is zero" in said[1]
    assert "Unlimited" in said[2]
    assert "Over the limit by 5.00 USD" in said[3]
    assert "30.00 USD free" in said[4] and "25.0%" in said[4]


def test_the_ageing_bar_adds_up_and_links_each_bucket() -> None:
    html = drawn(
        '{% ageing_bar buckets "USD" as_of=day link="/invoices/?bucket=" unapplied=-500 %}',
        buckets={"90+": 2500, "current": 7500},
        day=date(2025, 3, 14),
    )
    assert re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', html) == [("0.00", "75.00"), ("75.00", "25.00")]
    assert 'href="/invoices/?bucket=90%2B"' in html
    assert "100.00" in words(html) and "Net of it: 95.00 USD" in words(html)
    assert "style=" not in html


def test_an_empty_ageing_bar_says_so() -> None:
    assert words(drawn('{% ageing_bar buckets "USD" %}', buckets={"current": 0})) == "Nothing is owed."


def test_every_status_has_a_mark() -> None:
    sprite = drawn('{% include "components/sprite.html" %}')
    for code in STATUS:
        look = LOOKS_LIKE.get(code, code).replace("+", "-plus")
        assert f'id="mark-{look}"' in sprite, code


def test_names_are_escaped_everywhere() -> None:
    party = {"name": SCRIPT, "number": SCRIPT}
    for html in (
        drawn("{% party party href=address %}", party=party, address="/x"),
        drawn("{% timeline behind=events %}", events=[{"at": date(2025, 1, 1), "title": SCRIPT, "detail": SCRIPT}]),
        drawn("{% reasons given %}", given=[SCRIPT]),
        drawn('{% include "components/notice.html" with title=text %}', text=SCRIPT),
        drawn('{% chart "bars" data title=text name="x" %}', text=SCRIPT, data=_bars(SCRIPT)),
        drawn("{% table table %}", table=_table([{"name": SCRIPT, "owed": 1, "currency": "USD"}])),
    ):
        assert "<script>alert" not in html


def _bars(name: str) -> dict[str, object]:
    return {"names": [name], "series": [{"name": name, "values": [1]}]}


def _table(rows: list[dict[str, object]], address: str = "/customers/?country=US&sort=-owed", limit: int = 2) -> Table:
    return Table.of(
        RequestFactory().get(address),
        "customers",
        [Column("name", "Customer", "link", sortable=True), Column("owed", "Owed", "money", sortable=True, mixed=True)],
        "name",
        filters=[Filter("country", "Country", choices=[("US", "United States")])],
        search="",
        limit=limit,
    ).fill(rows, lambda row: str(row["name"]))


def test_a_table_reads_its_address() -> None:
    table = _table([{"name": n, "owed": 1, "currency": "USD"} for n in "abc"])
    assert (table.sort_name, table.descending, len(table.rows), table.next_cursor) == ("owed", True, 2, "b")
    assert table.chips[0]["said"] == "United States"
    assert table.sort_address(table.columns[1]) == "/customers/?country=US&sort=owed"
    html = drawn("{% table table %}", table=table)
    assert 'aria-sort="descending"' in html
    assert "after=b" in html


@pytest.mark.parametrize("address", ["/c/?sort=password", "/c/?sort=-", "/c/?sort=owed__x", "/c/?columns=secret"])
def test_an_unknown_sort_or_column_is_ignored(address: str) -> None:
    table = _table([], address)
    assert table.sort in ("name", "owed")
    assert [column.name for column in table.visible] == ["name", "owed"]


def test_an_empty_list_tells_apart_nothing_yet_and_nothing_found() -> None:
    assert "Nothing here yet." in words(drawn("{% table table %}", table=_table([], "/c/")))
    assert "Nothing matches." in words(drawn("{% table table %}", table=_table([], "/c/?q=zzz")))


@override_settings(DEBUG=True)
def test_the_gallery_holds_the_content_policy() -> None:
    """No inline script, style or handler anywhere: only the JSON of charts stands in script elements."""
    from django.contrib.auth.models import AnonymousUser

    from openterms.web.desk.gallery import gallery

    request = RequestFactory().get("/gallery/")
    request.user = AnonymousUser()
    html = gallery(request).content.decode()
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert set(re.findall(r"<script ([^>]*)>", html)) <= {
        *(f'id="chart-{name}" type="application/json"' for name in ("ageing", "dso", "dots", "top")),
        *(found for found in re.findall(r"<script ([^>]*)>", html) if 'type="module" src=' in found),
    }
