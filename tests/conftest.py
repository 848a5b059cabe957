"""One embedded PostgreSQL for the whole run, made and stopped by the run itself.

Tests that need the record ask for `db` (rolled back at the end) or `committed` (real commits; each test makes a seller
of its own, because the ledger refuses to be emptied). The suite runs under the worker role, so row-level security is on
in every test.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_folder = os.environ.get("OPENTERMS_TEST_HOME")
if _folder is None:
    _folder = tempfile.mkdtemp(prefix="ot-", dir="/tmp")
    os.chmod(_folder, 0o711)
    os.environ["OPENTERMS_TEST_HOME"] = _folder
    _owner = os.getpid()

    def _remove() -> None:
        if os.getpid() == _owner:
            shutil.rmtree(_folder, ignore_errors=True)

    atexit.register(_remove)
os.environ["OPENTERMS_HOME"] = _folder
os.environ.setdefault("OPENTERMS_ROLE", "worker")
os.environ["DJANGO_SETTINGS_MODULE"] = "openterms.config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import django  # noqa: E402

django.setup()

from django.utils import translation  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# How long an example takes says something about the machine and its other work, not about the product.
settings.register_profile("openterms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("openterms")

SLOW = ("tests/drills/", "tests/cli/test_contract.py", "tests/web/test_every_page.py", "tests/simulation/",
        "tests/apps/analytics/test_open_book.py", "tests/web/test_pages.py", "tests/stories/")  # fmt: skip


def pytest_collection_modifyitems(items):
    """Files that take long come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


@pytest.fixture(autouse=True)
def in_english():
    """No test hears the language of the page that another one asked for."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def home():
    """The data directory of this run."""
    from openterms.cli.home import Home

    return Home(Path(os.environ["OPENTERMS_TEST_HOME"]))


@pytest.fixture(scope="session")
def django_db_setup(home, django_db_blocker):
    """The run's database, migrated once."""
    from openterms.cli.database import prepare

    with django_db_blocker.unblock():
        prepare(home)
    yield


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Real commits. Nothing is cleaned up: work under a seller of your own."""
    from django.db import connection

    with django_db_blocker.unblock():
        yield
        connection.close()


@pytest.fixture
def public_address(settings):
    """Customers reach this under an address, so that every message carries its link."""
    settings.PUBLIC_URL = "https://terms.example"


@pytest.fixture
def new_seller():
    """Makes a seller with a code of its own and enters its context until the test ends."""
    import contextlib
    import itertools

    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.clock import new_id
    from openterms.apps.tenancy.context import acting

    numbers = itertools.count(1)

    with contextlib.ExitStack() as stack:

        def make(currency: str = "USD", country: str = "US", *, enter: bool = True, **more):
            code = f"T{new_id().hex[-10:]}{next(numbers)}"
            seller = add_seller(code, f"Seller {code}", currency, country, **more)
            if enter:
                stack.enter_context(acting(seller.id))
            return seller

        yield make


@pytest.fixture
def seller(db, new_seller):
    """A US seller in whose context the test runs; everything is rolled back."""
    return new_seller()
