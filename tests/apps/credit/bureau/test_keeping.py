"""Bureau accounts as administrators keep them: secrets that are only written, a try, and the order of asking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openterms.apps.credit.bureau import reads
from openterms.apps.credit.bureau.actions import Terms
from openterms.apps.credit.bureau.keeping import Change, change_account, open_account, try_account
from openterms.apps.credit.models import BureauAccount
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.core.base.errors import BadInput, Refused
from tests.apps.desk import NOW

from .local import LocalBureau

SECRETS = {"key": "who", "secret": "s3cr3t-word"}


@pytest.fixture
def local(settings, tmp_path):
    settings.BUREAU_LOCAL, settings.BUREAU_FOLDER = True, tmp_path / "bureau"
    bureau = LocalBureau()
    yield bureau
    bureau.stop()


def terms(url, code="dnb", **more):
    return Terms(**{
        "code": code, "adapter": "dnb", "product": "risk", "base_url": url, "credentials": "", "cost_minor": 1_450
    } | more)  # fmt: skip


def change(account, given=None, **more):
    names = ("base_url", "cost_minor", "age_days", "budget_minor", "timeout_seconds", "place", "is_active")
    kept = {name: getattr(account, name) for name in names}
    return Change(**kept | more, given=given or {})


def kept_files(settings):
    return sorted(Path(settings.BUREAU_FOLDER).glob("*")) if Path(settings.BUREAU_FOLDER).exists() else []


def test_secrets_are_written_and_nowhere_else(desk, local, settings):
    account = open_account(desk.seller, SYSTEM, terms(local.url), SECRETS, 2, NOW)
    (file,) = kept_files(settings)
    assert json.loads(file.read_text()) == SECRETS and file.stat().st_mode & 0o777 == 0o600
    assert account.credentials == f"file:{file.name}" and file.name.startswith(desk.seller.id.hex)
    found = try_account(desk.seller, SYSTEM, account.id, NOW)
    assert found.is_in and local.steps() == ["token"], "a token costs nothing"
    same = change_account(desk.seller, SYSTEM, account.id, change(account, budget_minor=5_000, place=1), NOW)
    assert (same.budget_minor, same.place, same.credentials) == (5_000, 1, account.credentials)
    with pytest.raises(BadInput, match="anew"):
        change_account(desk.seller, SYSTEM, account.id, change(same, base_url=f"{local.url}/other"), NOW)
    with pytest.raises(BadInput, match="credential"):
        change_account(desk.seller, SYSTEM, account.id, change(same, {"key": "other", "secret": ""}), NOW)
    assert kept_files(settings) == [file]
    said = json.dumps([one.data for one in Event.objects.filter(seller=desk.seller)])
    assert "s3cr3t-word" not in said
    assert not any("s3cr3t-word" in str(value) for value in BureauAccount.objects.values_list().get(id=account.id))


def test_new_secrets_take_the_place_of_old_ones(desk, local, settings, django_capture_on_commit_callbacks):
    account = open_account(desk.seller, SYSTEM, terms(local.url), SECRETS, 0, NOW)
    (old,) = kept_files(settings)
    fresh = {"key": "new", "secret": "word"}
    with django_capture_on_commit_callbacks(execute=True):
        done = change_account(desk.seller, SYSTEM, account.id, change(account, fresh), NOW)
    assert done.credentials != account.credentials
    event = Event.objects.filter(seller=desk.seller, kind="bureau_account_changed").get()
    assert event.data["new_credentials"] is True and event.data["after"] == {}
    (now,) = kept_files(settings)
    assert now != old and json.loads(now.read_text()) == fresh


def test_what_cannot_be_leaves_no_file(desk, local, settings):
    open_account(desk.seller, SYSTEM, terms(local.url), SECRETS, 0, NOW)
    before = kept_files(settings)
    wrong = [
        (terms(local.url), SECRETS, 0),  # the code is taken
        (terms(local.url, "b", product="none"), SECRETS, 0),
        (terms(local.url, "c", timeout_seconds=0), SECRETS, 0),
        (terms("ftp://x", "d"), SECRETS, 0),
        (terms(local.url, "e"), {"key": "a"}, 0),
        (terms(local.url, "f"), SECRETS, -1),
    ]
    for given in wrong:
        with pytest.raises(BadInput):
            open_account(desk.seller, SYSTEM, *given, NOW)
    with pytest.raises(Refused):
        open_account(desk.seller, Actor("Ann", None, "analyst"), terms(local.url, "g"), SECRETS, 0, NOW)
    assert kept_files(settings) == before and BureauAccount.objects.filter(seller=desk.seller).count() == 1


def test_a_try_says_why_not_and_does_not_wait_long(desk, local, settings):
    account = open_account(desk.seller, SYSTEM, terms(local.url, timeout_seconds=1), SECRETS, 0, NOW)
    local.script["token"].extend([401, 503, local.slow(4)])
    assert "401" in try_account(desk.seller, SYSTEM, account.id, NOW).what
    assert "503" in try_account(desk.seller, SYSTEM, account.id, NOW).what
    late = try_account(desk.seller, SYSTEM, account.id, NOW)
    assert not late.is_in and 900 <= late.milliseconds < 3_000, late
    assert local.steps() == ["token"] * 3, "one call each"
    kept_files(settings)[0].unlink()
    assert "credentials" in try_account(desk.seller, SYSTEM, account.id, NOW).what
    kinds = Event.objects.filter(seller=desk.seller, kind="bureau_account_tried")
    assert kinds.count() == 4


def test_accounts_are_asked_by_place_then_price(desk, local):
    for code, cost, place in (("dear", 900, 0), ("cheap", 100, 1), ("middle", 500, 0)):
        open_account(desk.seller, SYSTEM, terms(local.url, code, cost_minor=cost), SECRETS, place, NOW)
    assert [one.code for one in reads.accounts(desk.seller)] == ["middle", "dear", "cheap"]
