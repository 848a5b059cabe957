"""The commands and the worker's task around bureaus."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from openterms.apps.credit.models import BureauPurchase
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.cli.main import app
from openterms.jobs.tasks import fetch_report
from tests.apps.credit.bureau.test_bureau import Shop, bureau  # noqa: F401 the fixture
from tests.formats.bureau import answers as a


@pytest.fixture
def shop(committed, new_seller, bureau):  # noqa: F811
    return Shop(new_seller(enter=False), bureau)


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_add_list_fetch_and_import(shop, tmp_path):
    seller = ("--seller", shop.seller.code)
    where = ("--url", shop.bureau.url, "--credentials", "env:OPENTERMS_BUREAU_TEST", "--adapter", "dnb")
    priced = ("--cost", "12.50", "--budget", "20.00", "--json")
    added = run("bureau", "add", "dnb", *seller, *where, "--product", "risk", *priced)
    assert added[0] == 0 and json.loads(added[1])["cost"] == "12.50"
    code, _out, err = run("bureau", "add", "x", *seller, *where, "--product", "none", "--cost", "1.00")
    assert code == 1 and "give one of" in err
    shop.bureau.answers["dnb"] = a.changed(a.DNB, "transactionDetail", {})  # of the day on which it comes
    code, out, _err = run("bureau", "fetch", *seller, "--customer", "N1", "--json")
    told = json.loads(out)
    assert code == 0 and told["accounts"][0]["what"] == "bought" and told["facts"]["bureau_score"]["value"] == 710
    (listed,) = json.loads(run("bureau", "list", *seller, "--json")[1])
    assert (listed["spent"], listed["budget"]) == ("12.50", "20.00")
    facts = tmp_path / "facts.json"
    facts.write_text('{"register_status": "closed"}')
    known = run("bureau", "fetch", *seller, "--customer", "N1", "--policy", "wholesale", "--facts", facts, "--json")
    assert json.loads(known[1])["accounts"][0]["what"] == "cached"
    file = tmp_path / "reports.csv"
    file.write_text("customer,bureau,as_of,bureau_score\nN1,X,2026-01-05,400\nN9,X,2026-01-05,400\n")
    code, out, err = run("bureau", "import", file, *seller, "--json")
    assert code == 1 and json.loads(out)["errors"][0]["row"] == 3 and "nothing was loaded" in err
    file.write_text("customer,bureau,as_of,bureau_score\nN1,X,2026-01-05,400\n")
    assert json.loads(run("bureau", "import", file, *seller, "--json")[1])["loaded"] == 1


def test_the_worker_asks_for_the_person_who_wanted_it(shop):
    shop.account()
    with acting(shop.seller.id):
        user = add_user(f"a{new_id().hex}@x.example", None, "Ana")
        member = add_membership(shop.seller, user, "analyst")
    words = (str(shop.seller.id), str(shop.customer.id), str(user.id), "dnb-risk", "")
    shop.bureau.answers["dnb"] = a.changed(a.DNB, "transactionDetail.transactionTimestamp", "2020-01-01T00:00:00Z")
    fetch_report(*words)
    (event,) = shop.events("report_bought")
    assert event.actor == "Ana"
    with acting(shop.seller.id):
        member.is_active = False
        member.save()
    fetch_report(*words)
    assert len(shop.rows(BureauPurchase)) == 1
