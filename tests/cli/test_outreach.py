"""`openterms outreach channel …`: set, show, test; a dry channel is the beginning, and no secret is shown."""

from __future__ import annotations

import pytest

from tests.apps.messaging.mail_server import mail_server
from tests.commands import Command


@pytest.fixture
def openterms(home, django_db_setup):
    return Command(home.path)


def test_a_channel_is_set_shown_and_tested(openterms, committed, new_seller):
    code = new_seller(enter=False).code
    with mail_server() as (box, url):
        given = ["outreach", "channel", "set", "email", "--smtp", url, "--seller", code, "--from", "ar@s.example"]
        made = openterms(*given, "--secret", "hook_secret=very-secret", "--json").json
        assert (made["state"], made["has_secrets"]) == ("dry", True)
        shown = openterms("outreach", "channel", "show", "--seller", code, "--json")
        assert "very-secret" not in str(shown.json) and shown.json[0]["from"] == "ar@s.example"
        tried = openterms("outreach", "channel", "test", "email", "--seller", code, "--to", "me@s.example", "--json")
        assert tried.json["works"] is True and str(box.taken[0]["To"]) == "me@s.example"
        live = openterms("outreach", "channel", "set", "email", "--seller", code, "--live", "--json").json
        assert live["state"] == "live" and live["address"] == url
