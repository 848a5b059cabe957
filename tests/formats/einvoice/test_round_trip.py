"""The published examples: read whole, written, read again, and held to the published rules."""

from pathlib import Path

import pytest

from openterms.core.base.errors import BadInput
from openterms.formats.einvoice import cii, ubl
from openterms.formats.safe_xml import parse
from tests.formats.einvoice.schematron import findings
from tests.shared import SHARED, shared

UBL_RULES = "data/einvoice/en16931/ubl/schematron/preprocessed/EN16931-UBL-validation-preprocessed.sch"
CII_RULES = "data/einvoice/en16931/cii/schematron/preprocessed/EN16931-CII-validation-preprocessed.sch"
BOUND = SHARED / "data/einvoice"
UBL_EXAMPLES = sorted(
    [*BOUND.glob("en16931/ubl/examples/*.[xX][mM][lL]"), *BOUND.glob("peppol/rules/examples/*.xml")]
)
CII_EXAMPLES = sorted(BOUND.glob("en16931/cii/examples/*.xml"))
BEYOND = {"ubl-tc434-example5.xml": "/Invoice/InvoiceLine/DocumentReference/ID = Object2",
          "XRechnung-O.xml": "AdditionalReferencedDocument/IssuerAssignedID = 50028642477"}  # fmt: skip
"""What examples say beyond the standard's terms: a second document of a line without a kind."""
NOT_ACROSS = {"sample-discount-price.xml"}
"""Its currency of VAT is its own currency, which UBL's rules let pass and CII's do not."""


@pytest.mark.parametrize("path", [*UBL_EXAMPLES, *CII_EXAMPLES] or [None], ids=lambda one: one and one.name)
def test_examples(path: Path | None):
    if path is None:
        shared("data/einvoice/en16931/ubl/examples")
    own, other = (ubl, cii) if path in UBL_EXAMPLES else (cii, ubl)
    rules, other_rules = (UBL_RULES, CII_RULES) if own is ubl else (CII_RULES, UBL_RULES)
    content = path.read_bytes()
    tree, left = own.read(content)
    assert all(BEYOND.get(path.name, "\0") in one for one in left), left
    written = own.write(tree)
    assert own.read(written) == (tree, [])
    crossed = other.write(tree)
    assert other.read(crossed)[1] == []
    assert findings(shared(rules), content) == [] == findings(shared(rules), written)
    if path.name not in NOT_ACROSS:
        assert findings(shared(other_rules), crossed) == []


def test_the_rules_do_find_what_is_wrong():
    tree, _left = ubl.read(shared("data/einvoice/en16931/ubl/examples/ubl-tc434-example4.xml").read_bytes())
    wrong = tree | {"BT-112": "4676.00"}
    for write, rules in ((ubl.write, UBL_RULES), (cii.write, CII_RULES)):
        assert any("BR-CO-15" in one for one in findings(shared(rules), write(wrong)))
        assert any("BR-02" in one for one in findings(shared(rules), write({**tree, "BT-1": ""})))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE i [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&b;</Invoice>"""
OUTSIDE = b"""<!DOCTYPE i SYSTEM "file:///etc/passwd"><Invoice/>"""
ENTITY = b"""<!DOCTYPE i [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><Invoice>&x;</Invoice>"""


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, ENTITY])
def test_bombs_and_outside_entities_are_refused(content):
    for read in (ubl.read, cii.read):
        with pytest.raises(BadInput, match="document type"):
            read(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no element"), (b"<a", "unclosed"), (b"<a/>", "no invoice"), (b"\xff\xfe\x00", "not XML"),
     (b"<a>" * 60 + b"</a>" * 60, "too deep"), (b"<?xml version='1.0' encoding='klingon'?><a/>", "not XML"),
     (b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>&nope;</Invoice>", "undefined")],
)  # fmt: skip
def test_what_is_no_invoice_is_refused(content, says):
    with pytest.raises(BadInput, match=says):
        ubl.read(content)
    with pytest.raises(BadInput):
        cii.read(content)


def test_xml_is_bounded():
    with pytest.raises(BadInput, match="20 MiB"):
        parse(b"<a>" + b" " * (20 * 2**20) + b"</a>")
