"""What we issue: valid against the published rules in both syntaxes, and the same after the record kept it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.receivables import invoice_document
from openterms.core.receivables.invoice_document import Due
from openterms.core.receivables.invoice_lines import Charged
from openterms.formats.einvoice import cii, ubl
from openterms.formats.einvoice.documents import PEPPOL, terms_of
from tests.formats.einvoice.documents import BUYER, SELLER, credit_note, document, line
from tests.formats.einvoice.schematron import findings
from tests.formats.einvoice.test_round_trip import CII_RULES, UBL_RULES
from tests.shared import shared

PEPPOL_RULES = "data/einvoice/peppol/rules/sch/PEPPOL-EN16931-UBL.sch"
REVERSE = Charged(currency="EUR", lines=[line(category="AE", percent=Decimal(0))])
WITHIN = Charged(currency="EUR", lines=[line(category="K", percent=Decimal(0))])
OUTSIDE = Charged(currency="USD", lines=[line(category="O", percent=Decimal(0))])
YEN = Charged(currency="JPY", lines=[line(price=Decimal("149"), price_per=Decimal(10))], prepaid_minor=10)
CASES = {
    "full": document(),
    "credit note": credit_note(),
    "reverse charge": document(REVERSE),
    "within the EU": document(WITHIN, deliver_to_country="FR", buyer=replace(BUYER, country="FR", vat="FR40303265045")),
    "outside VAT": document(OUTSIDE, seller=replace(SELLER, vat="", endpoint=""), buyer=replace(BUYER, vat="")),
    "yen, part paid": document(YEN, buyer=replace(BUYER, endpoint=""), period=(date(2026, 6, 1), date(2026, 6, 30))),
    "instalments": document(due=[Due(date(2026, 7, 31), 30000), Due(date(2026, 8, 31), 40000)],
                            discount=(date(2026, 7, 10), 1400), tax_currency="SEK", vat_local_minor=12345),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_we_issue_is_valid(name):
    one = CASES[name]
    assert invoice_document.read(invoice_document.written(one)) == _plainly(one)
    tree = terms_of(one)
    in_ubl, in_cii = ubl.write(tree), cii.write(tree)
    assert findings(shared(UBL_RULES), in_ubl) == [] == findings(shared(CII_RULES), in_cii)
    assert ubl.read(in_ubl) == (tree, []) == cii.read(in_cii)
    if tree["BT-24"] == PEPPOL:
        assert findings(shared(PEPPOL_RULES), in_ubl) == []


def _plainly(one):
    """A document as it comes back: sequences are lists."""
    lines = [replace(each, adjustments=list(each.adjustments)) for each in one.charged.lines]
    charged = replace(one.charged, lines=lines, adjustments=list(one.charged.adjustments))
    return replace(one, charged=charged, languages=list(one.languages), due=list(one.due), bills=list(one.bills))


def test_three_decimals_are_not_cut():
    charged = Charged(currency="KWD", lines=[line(price=Decimal("1.2345"), quantity=Decimal(1))])
    with pytest.raises(BadInput, match="two decimals"):
        terms_of(document(charged))
    assert terms_of(document(replace(charged, lines=[line(price=Decimal("1.25"), percent=Decimal(10))])))["BT-112"]
