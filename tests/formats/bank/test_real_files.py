"""Every bank file that is at hand is read or refused with file, line and reason; what is stated is proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from openterms.core.cash.statement import Proof, gaps_between, proof_of
from openterms.formats.bank.faults import BadFile
from openterms.formats.bank.reading import read_bank_file

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "bank"
OTHERS = {".yml", ".json", ".md", ".py", ".csv", ".xsd"}

# Files whose own figures do not add up: specimens of one field, blacked-out amounts, balances in several currencies.
FAILED = [
    "citi_example.bai2", "camt053.v2.all-balance-types.xml", "camt053.v2.five.decimals.xml",
    "camt053.v2.minimal.ultimate.xml", "camt053.v2.minimal.xml", "camt053.v2.with-party-ids.xml",
    "camt053.v3.xml", "camt053.v4.xml", "camt053.v8.xml", "abnamro.sta", "ing.sta", "knab.sta",
    "postfinance.sta", "rabobank.sta", "triodos.sta", "with_newline_in_tnr.sta", "details_60-63.sta",
    "malformed_details.sta", "overly_long_details.sta", "raiffeisen-cmi.sta", "whitespace.sta",
    "sepa_snippet.sta", "sepa_snippet_broken.sta",
]  # fmt: skip

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the real bank files are not on this machine")


def files():
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.suffix not in OTHERS and not path.name.startswith(("LICENSE", "requirements")):
            yield path


def test_every_file_is_read_or_refused_and_balances_prove():
    read, refused, failed = 0, 0, set()
    for path in files():
        try:
            found = read_bank_file(path.read_bytes(), path.name)
        except BadFile as error:
            refused += 1
            assert all(one.where.startswith(f"{path.name}, line ") and one.what for one in error.faults), path
            continue
        read += 1
        assert found.statements, path
        assert all(one.account and one.currency for one in found.statements if one.entries), path
        if any(proof_of(one) is Proof.FAILED for one in found.statements):
            failed.add(path.name)
    assert failed == set(FAILED)
    assert (read, refused) == (76, 76)


def test_the_days_of_one_bank_follow_on_one_another():
    """A year of daily statements in one file: each proves itself and closes where the next opens."""
    (path,) = [one for one in files() if one.parent.name == "ASNB" and one.name == "mt940.txt"]
    found = read_bank_file(path.read_bytes(), path.name)
    assert {proof_of(one) for one in found.statements} == {Proof.PROVED}
    assert list(gaps_between(found.statements)) == []
    moved = [one for one in found.statements if one.opening.minor != one.closing.minor]
    lost = [one for one in found.statements if one is not moved[1]]
    assert [gap.closed.minor - gap.opened.minor for gap in gaps_between(lost)] == [
        moved[1].opening.minor - moved[1].closing.minor
    ]


@pytest.mark.parametrize(
    ("name", "where", "said"),
    [
        ("camt053_garbled_amount.xml", "line 17", "'12..34' is not an amount in EUR"),
        ("date_missing.ofx", "line 33", "DTPOSTED is missing"),
        ("sample5-issue113.txt", "line 63", "'88:EREF: 0' is not a record of BAI2"),
        ("pain.001.001.03.xml", "line 1", "this XML holds no bank statement"),
    ],
)
def test_refusals_name_the_line(name, where, said):
    (path,) = [one for one in files() if one.name == name]
    with pytest.raises(BadFile) as refused:
        read_bank_file(path.read_bytes(), name)
    assert str(refused.value).startswith(f"{name}, {where}: {said}")
