"""What codes say, against the fact book and the published Saudi example."""

import base64
import json
from datetime import UTC, datetime

import pytest

from openterms.core.base.errors import BadInput
from openterms.formats.payment_qr import drawing, payloads
from tests.shared import shared, vector


def test_epc():
    for number, more in ((68, "reference"), (69, "text")):
        given = vector(number)["inputs"]
        minor = int(given["amount"].replace(".", ""))
        made = payloads.epc(name=given["name"], account=given["iban"], minor=minor, **{more: given[more]})
        assert made == vector(number)["expected"]["payload"]
    with pytest.raises(BadInput, match="never both"):
        payloads.epc(name="A", account="DE89370400440532013000", minor=1, reference="RF68AB2G5", text="x")
    with pytest.raises(BadInput, match="outside"):
        payloads.epc(name="A", account="DE89370400440532013000", minor=0)
    held = []
    for one in vector(75)["inputs"]["ibans"]:
        try:
            held.append(payloads.iban(one) == one)
        except BadInput:
            held.append(False)
    assert held == vector(75)["expected"]["valid"]


def test_swiss():
    town = payloads.Address(name="Muster AG", street="Weg", number="1", postcode="8000", town="Zürich", country="CH")
    plain, special = "CH9300762011623852957", "CH4431999123000889012"
    reference = vector(74)["expected"]["ref"]
    rows = payloads.swiss_qr(account=special, creditor=town, minor=12345, currency="CHF", reference=reference)
    assert rows.split("\n")[:4] == ["SPC", "0200", "1", special] and len(rows.split("\n")) == 31
    assert rows.split("\n")[18:20] == ["123.45", "CHF"] and rows.split("\n")[-4:] == ["QRR", reference, "", "EPD"]
    rows = payloads.swiss_qr(account=plain, creditor=town, minor=1, currency="EUR", reference="RF18 5390 0754 7034")
    assert "\nSCOR\nRF18539007547034\n" in rows
    for account, given in ((plain, reference), (special, ""), (special, "RF18539007547034"), (plain, "RF19123")):
        with pytest.raises(BadInput, match="does not go"):
            payloads.swiss_qr(account=account, creditor=town, minor=1, currency="CHF", reference=given)
    assert drawing.svg(rows, is_swiss=True).count("<g ") == drawing.svg(rows).count("<g ") + 1


def test_zatca():
    cases = [vector(64), vector(65)]
    published = json.loads(shared("data/einvoice/zatca/qr_tlv_cases.json").read_text())
    wanted = [(one["inputs"]["tags"], one["expected"]["base64"]) for one in cases]
    wanted += [(one["tags"], one["base64"]) for one in published]
    for tags, text in wanted:
        at = datetime.strptime(tags["3"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        made = payloads.zatca(seller=tags["1"], vat_number=tags["2"], at=at, gross=tags["4"], vat=tags["5"])
        assert made == text
        assert payloads.read_tlv(text) == {int(tag): value.encode() for tag, value in tags.items()}
    arabic = vector(66)
    made = payloads.tlv([arabic["inputs"]["seller"].encode()])
    assert base64.b64encode(made).decode() == arabic["expected"]["base64"]
    with pytest.raises(BadInput, match="255"):
        payloads.tlv([b"x" * 256])
    with pytest.raises(BadInput):
        payloads.read_tlv("AQ==")
