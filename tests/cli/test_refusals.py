"""What a command refuses: one line on standard error, nothing on standard output, 1 for a refusal and 2 for usage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from openterms.cli.main import app


@pytest.fixture(scope="module")
def acme(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A seller in the run's database, real commits."""
    from django.db import connection

    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.clock import new_id

    with django_db_blocker.unblock():
        yield add_seller(f"A{new_id().hex[-12:]}", "Acme", "USD", "US").code
        connection.close()


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (1, "day --seller NONE --date 2025-03-15 --json"),
        (1, "report ageing --seller NONE --as-of 2025-03-15"),
        (1, "customer add --seller NONE --id C --name N --country US --json"),
        (1, "import invoices /tmp --seller {acme} --json"),
        (1, "import invoices /no/such/file --seller {acme} --json"),
        (1, "import invoices /dev/null --seller {acme} --json"),
        (1, "import invoices /dev/null --seller {acme} --map /no/such/map --json"),
        (1, "seller add {acme} --name N --currency USD --country US --json"),
        (1, "seller add NEW --name N --currency USD --country XX --json"),
        (1, "seller add NEW --name N --currency US --country US --json"),
        (1, "seller add NEW --name N --currency USD --country US --timezone Mars/Base --json"),
        (1, "seller add NEW --name N --currency USD --country US --weekend sat,blursday --json"),
        (1, "seller add NEW --name N --currency USD --country US --terms sometime --json"),
        (1, "line set --seller {acme} --customer nobody --limit 1 --currency USD --reason x"),
        (1, "line set --seller {acme} --customer nobody --limit 1.001 --currency USD --reason x"),
        (1, "line set --seller {acme} --customer nobody --limit 1 --currency ZZZ --reason x"),
        (1, "rate set --seller {acme} --currency USD --on 2025-01-01 --rate 1"),
        (1, "rate set --seller {acme} --currency EUR --on 2025-01-01 --rate -1"),
        (1, "restore /no/such/file --json"),
        (1, "journal verify --seller NONE"),
        (1, "check --seller NONE"),
        (2, "worklist --seller {acme} --date tomorrow"),
        (2, "report ageing --seller {acme} --as-of 15.03.2025"),
        (2, "report ageing --seller {acme} --format pdf"),
        (2, "report ageing --seller {acme} --by colour"),
        (2, "report kpi --seller {acme} --from 2025-03-01 --to 2025-02-01 --json"),
        (2, "report nothing --seller {acme}"),
        (2, "import invoices --seller {acme}"),
        (2, "customer add --seller {acme} --name N --country US"),
        (2, "rate set --seller {acme} --currency EUR --on 2025-01-01 --rate much"),
        (2, "up --port 99999 --no-demo"),
    ],
)
def test_it_says_no_in_the_right_place(acme: str, code: int, arguments: str) -> None:
    answer = CliRunner().invoke(app, arguments.format(acme=acme).split())
    assert answer.exit_code == code, answer.output
    assert answer.stdout == "" and answer.stderr.strip()
    assert answer.exception is None or isinstance(answer.exception, SystemExit)


def test_a_rate_and_a_person(acme: str) -> None:
    question = f"rate set --seller {acme} --currency eur --on 2025-01-01 --rate 1.0837 --json"
    rate = CliRunner().invoke(app, question.split())
    assert rate.exit_code == 0, rate.output
    assert json.loads(rate.stdout) == {"currency": "EUR", "from": "2025-01-01", "rate": "1.0837"}
    person = f"user add {acme}@example.com --seller {acme} --role collector --authority 50.00 --json".split()
    assert CliRunner().invoke(app, person, input="short\n").exit_code == 1
    added = CliRunner().invoke(app, person, input="a long enough one\n")
    assert json.loads(added.stdout)["role"] == "collector", added.output
    king = [word.replace("collector", "king") for word in person]
    unknown = CliRunner().invoke(app, king, input="a long enough one\n")
    assert unknown.exit_code == 2 and "not a role" in unknown.stderr
