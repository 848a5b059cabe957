"""Every page of the desk and the account, in both languages, at every width, in light and in dark."""

from __future__ import annotations

from typing import Any

import pytest

from .every_address import NOT_SWEPT, filled_in, names_of, of_things, routes, some_of
from .every_page import (
    CUT,
    FOCUS,
    MEASURED,
    SIDEWAYS,
    World,
    addresses_of_forms,
    addresses_of_things,
    make_world,
    plain_addresses,
    still_english,
)
from .every_page_collecting import fill_collecting, forms_of_collecting, pages_of_collecting
from .every_page_credit import NO_LINK, fill_lines, fill_public, forms_of_credit, pages_of_credit
from .visitor import Visitor

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1440)
THEMES = ("light", "dark")
LANGUAGES = ("en", "ar")
NOT_PAGES = (200, 204, 301, 302, 303, 400, 401, 403, 404, 405)
SETTLED = "() => !document.querySelector('.htmx-request, .skeleton')"
OWN_WORDS = {"By hand", "name", "country", "English"}
"""What the seller itself wrote (a reason, the columns of a file), and a language in its own words."""


@pytest.fixture(scope="module")
def worlds(django_db_setup, django_db_blocker, web_server):
    """A seller with books and one with nothing, and the addresses of their pages."""
    from openterms.apps.tenancy.clock import new_id

    with django_db_blocker.unblock():
        from django.db import connection

        found = []
        for filled in (True, False):
            world = make_world(f"E{new_id().hex[-12:]}", filled)
            if filled:
                fill_lines(world)
                fill_collecting(world)
                fill_public(world)
            _sort(world, web_server)
            found.append(world)
        yield found
        connection.close()


def _sort(world: World, base: str) -> None:
    """Which addresses are pages, and whose; an error is no page and no answer either."""
    from .conftest import PASSWORD

    people = {"manager": Visitor(base), "admin": Visitor(base), "nobody": Visitor(base)}
    for who in ("manager", "admin"):
        people[who].sign_in(getattr(world, who).email, PASSWORD)
    world.pages = {who: [] for who in people}
    addresses = list(plain_addresses())
    if world.made is not None:
        things = addresses_of_things(world, people["manager"]) + pages_of_credit(world) + pages_of_collecting(world)
        addresses += [(one, True) for one in things]
        forms = addresses_of_forms(world) + forms_of_credit(world) + forms_of_collecting(world)
        world.forms = [one for one in forms if people["manager"].get(one, follow=False).status == 200]
    for address, desk in addresses:
        for who in ("manager", "admin") if desk else ("manager", "nobody"):
            answer = people[who].get(address, follow=False)
            assert answer.status in NOT_PAGES, (address, answer.status, answer.text[-300:])
            is_page = answer.status == 200 and "<html" in answer.text and "logout" not in address
            if is_page:
                world.pages[who].append(address)
                if desk:
                    break
    assert len(world.pages["manager"]) > 20 and len(world.pages["nobody"]) >= 2


class Looker:
    """A browser of one person in one language; collects what is wrong."""

    def __init__(self, browser: Any, base: str, world: World, who: str, language: str) -> None:
        self.language, self.wrong, self.seen = language, [], 0
        self.context = browser.new_context(base_url=base, reduced_motion="reduce", locale=language)
        cookies = {"django_language": language}
        if who != "nobody":
            from .conftest import PASSWORD

            visitor = Visitor(base)
            visitor.sign_in(getattr(world, who).email, PASSWORD)
            visitor.post("/display/", {"locale": language}, follow=False)
            cookies |= visitor.cookies
        self.context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("pageerror", lambda error: self.note(f"script: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, said: Any) -> None:
        if said.type == "error" and not (self._gone() and "404" in said.text):
            self.note(f"console: {said.text}")

    def _gone(self) -> bool:
        """Whether the page shown is that of a link which never was: all of it is there, and its status is 404."""
        return NO_LINK in self.page.url

    def note(self, what: str) -> None:
        """Something is wrong on the page shown."""
        self.wrong.append(f"{self.language} {self.page.url.split('/', 3)[-1] or 'today'}: {what}")

    def look(self, address: str, widths: tuple[int, ...], themes: tuple[str, ...]) -> None:
        """Open a page once, then set it at each width and in each theme."""
        page = self.page
        page.set_viewport_size({"width": widths[-1], "height": 900})
        answer = page.goto(address)
        if answer.status != (404 if self._gone() else 200):
            return self.note(f"status {answer.status}")
        page.wait_for_function(SETTLED)
        self.seen += 1
        self._words()
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 900})
                sideways = page.evaluate(SIDEWAYS)
                if sideways:  # a chart follows its place a moment later
                    page.wait_for_timeout(400)
                    sideways = page.evaluate(SIDEWAYS)
                if sideways:
                    self.note(f"{width} {theme} scrolls sideways: {sideways}")
                cut = page.evaluate(CUT) if width < 560 else ""
                if cut:
                    self.note(f"{width} {theme} cuts a table off: {cut}")
        page.evaluate("document.querySelector('.skip-link').focus()")
        for _ in range(4):
            lost = page.evaluate(FOCUS)
            if lost == "left":  # a page with little on it hands the focus back to the browser
                break
            if lost:
                self.note(f"no visible focus: {lost}")
            page.keyboard.press("Tab")
        return None

    def _words(self) -> None:
        found = self.page.evaluate(MEASURED)
        if (found["lang"], found["dir"]) != (self.language, "rtl" if self.language == "ar" else "ltr"):
            self.note(f"lang {found['lang']}, dir {found['dir']}")
        if len(found["headings"]) != 1:
            self.note(f"h1: {found['headings']}")
        if found["bare"]:
            self.note(f"no label: {found['bare'][:3]}")
        if self.language == "ar":
            left = [text for text in still_english(found["texts"]) if text not in OWN_WORDS]
            if left:
                self.note(f"English: {left[:6]}")


def look_at(browser, base, world, language, widths, themes=("light",), forms=False, most=100) -> None:
    """Every page of a seller for who may open it; fails with everything that is wrong."""
    wrong, seen = [], 0
    for who, addresses in world.pages.items():
        wanted = some_of(addresses, most)
        if forms:
            wanted += {"manager": world.forms, "nobody": world.public.get(language, [])}.get(who, [])
        if not wanted:
            continue
        looker = Looker(browser, base, world, who, language)
        try:
            for address in wanted:
                looker.look(address, widths, themes)
        finally:
            looker.context.close()
        wrong, seen = wrong + looker.wrong, seen + looker.seen
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert seen > 20


@pytest.mark.timeout(300)
def test_every_address_is_looked_at_or_only_takes_forms_or_is_named_with_its_reason(worlds, web_server):
    from .conftest import PASSWORD

    world, manager = worlds[0], Visitor(web_server)
    manager.sign_in(world.manager.email, PASSWORD)
    public = world.public["en"]
    assert [one for one in public if Visitor(web_server).get(one).status not in (200, 404)] == []
    looked = names_of([*(one for pages in world.pages.values() for one in pages), *world.forms, *public])
    left = {name: route for name, route in routes() if name not in looked}
    shown = {name for name, route in left.items() if manager.get(filled_in(route), follow=False).status != 405}
    unknown, needless = sorted(shown - NOT_SWEPT.keys()), sorted(NOT_SWEPT.keys() - shown)
    assert not unknown, f"neither looked at nor named: {', '.join(unknown)}"
    assert not needless, f"named without need: {', '.join(needless)}"


@pytest.mark.timeout(300)
def test_what_one_seller_has_is_nothing_to_another_at_any_address(worlds, web_server):
    """People of another seller ask every address of the desk for this one's things: none is there, none is said."""
    from .conftest import PASSWORD

    mine, other = worlds
    looked = [*(one for pages in mine.pages.values() for one in pages), *mine.forms]
    strangers = [Visitor(web_server), Visitor(web_server)]
    for stranger, person in zip(strangers, (other.manager, other.admin), strict=True):
        stranger.sign_in(person.email, PASSWORD)
    asked, found = 0, []
    for name, route, address in of_things(looked):
        for stranger in strangers:
            answers = [stranger.get(address, follow=False), stranger.post(address, {"send": "1"}, follow=False)]
            said = [answer.status for answer in answers]
            if 403 not in said:
                break
        if set(said) - {404, 405} or 404 not in said or any(mine.seller.code in answer.text for answer in answers):
            found.append((name, route, said))
        asked += 1
    assert found == [] and asked > 100


def test_no_table_shows_a_row_of_another_seller(worlds, home):
    """The seller with everything: none of its rows is read or changed by raw SQL under the context of the other."""
    import psycopg
    from psycopg import sql

    from openterms.apps.tenancy.context import context_sql
    from tests.apps.desk import owned_tables

    mine, other = worlds
    held = 0
    with psycopg.connect(home.database_url("web")) as web:
        for table in owned_tables():
            for seller, wanted in ((mine.seller, None), (other.seller, 0)):
                web.execute(context_sql(seller.id))
                counted = sql.SQL("SELECT count(*) FROM {} WHERE seller_id = %s").format(sql.Identifier(table))
                rows = web.execute(counted, [mine.seller.id]).fetchone()[0]
                held += rows > 0
                assert wanted is None or rows == wanted, table
                web.rollback()
    assert held > 60, "the tables have something to show"


@pytest.mark.timeout(300)
def test_every_page_holds_what_a_page_must_where_it_is_hardest(worlds, browser, web_server):
    look_at(browser, web_server, worlds[0], "ar", (360,), most=2)


@pytest.mark.deep
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_form_at_every_width_in_both_themes(worlds, browser, web_server, language):
    look_at(browser, web_server, worlds[0], language, WIDTHS, THEMES, forms=True)


@pytest.mark.deep
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_seller_with_nothing_at_every_width(worlds, browser, web_server, language):
    look_at(browser, web_server, worlds[1], language, WIDTHS)


def test_the_reasons_of_the_standard_strategy_are_ours_to_translate():
    from openterms.apps.collecting.strategy.actions import standard_document
    from openterms.web.desk.words import SEGMENT_REASONS

    document = standard_document()
    assert document.count("reason:") == len(SEGMENT_REASONS)
    assert [str(one) for one in SEGMENT_REASONS if f"reason: {one}" not in document] == []
