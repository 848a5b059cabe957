"""The desk as people meet it: a web process of its own under the role `openterms_web`, and Chromium.

`web_server` is the address of that process. `team` makes a seller with a person of every role (real commits).
`visitor(person)` is someone signed in over HTTP, `browser` a Chromium, `page_of(person)` a signed-in page.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from .visitor import Visitor

PASSWORD = "correct horse battery"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_SECONDS = 30


@dataclass
class Team:
    """A seller and the people who work for it, by role."""

    seller: Any
    people: dict[str, Any] = field(default_factory=dict)
    password: str = PASSWORD


@pytest.fixture(scope="session")
def web_server(home: Any, django_db_setup: None) -> Iterator[str]:
    """The address of a web process under the web role; it ends with the tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"OPENTERMS_ROLE": "web", "OPENTERMS_HOME": str(home.path), "OPENTERMS_DEBUG": ""}
    environment |= {"PYTHONUNBUFFERED": "1", "OPENTERMS_SIGN_INS": "10000"}  # all tests come from one address
    environment |= {"OPENTERMS_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    log = Path(home.path) / "web.log"
    command = [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "openterms.config.wsgi:application",
    ]  # fmt: skip
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{address}/accounts/login/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The web process did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def web_log(web_server: str, home: Any) -> Path:
    """What the web process wrote; mails that it would send are in it."""
    return Path(home.path) / "web.log"


@pytest.fixture
def team(committed: None) -> Callable[..., Team]:
    """Makes a seller with one person of each role wanted, for good."""
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.clock import new_id
    from openterms.apps.tenancy.context import acting

    numbers = itertools.count(1)

    def make(*roles: str, currency: str = "USD", country: str = "US", **more: Any) -> Team:
        code = f"W{new_id().hex[-10:]}{next(numbers)}"
        made = Team(add_seller(code, f"Seller {code}", currency, country, **more))
        with acting(made.seller.id):
            for role in roles or ("credit_manager",):
                user = add_user(f"{role}@{code.lower()}.example", PASSWORD, role.replace("_", " ").title())
                add_membership(made.seller, user, role, 10**12 if role == "credit_manager" else 0)
                made.people[role] = user
        return made

    return make


@pytest.fixture
def visitor(web_server: str) -> Callable[..., Visitor]:
    """Someone over HTTP; signed in when a person is given."""

    def arrive(person: Any = None, password: str = PASSWORD) -> Visitor:
        one = Visitor(web_server)
        if person is not None:
            answer = one.sign_in(person.email, password)
            assert answer.status == 200 and "/accounts/login" not in answer.address, (
                answer.address,
                answer.text[:2000],
            )
        return one

    return arrive


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window. In CI its absence is a failure; elsewhere the test is left out."""
    if not shutil.which(CHROMIUM):
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page_of(browser: Any, web_server: str, visitor: Callable[..., Visitor]) -> Iterator[Callable[..., Any]]:
    """Opens a page for a person, signed in; console errors fail the test at its end."""
    contexts: list[Any] = []
    errors: list[str] = []

    def open_page(person: Any = None, width: int = 1440, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            base_url=web_server, viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        if person is not None:
            cookies = visitor(person).cookies
            context.add_cookies([{"name": name, "value": value, "url": web_server} for name, value in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors
