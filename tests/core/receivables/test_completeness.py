"""What makes an invoice bounce: each rule of the table by an invoice that breaks it alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from openterms.core.receivables.completeness import RULES, Earlier, Wanted, findings
from openterms.core.receivables.invoice_document import Due, PayTo
from openterms.core.receivables.invoice_lines import Charged
from tests.formats.einvoice.documents import BUYER, PAY_TO, SELLER, credit_note, document, line

GOOD = Wanted(recipients=["ap@zentral.example"])
REVERSE = Charged(currency="EUR", lines=[line(category="AE", percent=Decimal(0))])
WITHIN = Charged(currency="EUR", lines=[line(category="K", percent=Decimal(0))])
TWICE = Earlier(number="R-2026-000011", issued_on=date(2026, 6, 25), gross_minor=75526, currency="EUR",
                purchase_order="PO-9")  # fmt: skip
PLAIN = replace(BUYER, endpoint="")
CASES = {
    "billing_no_purchase_order": (document(purchase_order=""), replace(GOOD, needs_purchase_order=True)),
    "billing_no_recipient": (document(), Wanted()),
    "billing_bad_recipient": (document(), replace(GOOD, unreachable=frozenset({"ap@zentral.example"}))),
    "billing_no_postal_address": (document(buyer=replace(BUYER, street="")), Wanted(channel="post")),
    "billing_no_due_date": (document(due=[]), GOOD),
    "billing_due_before_issue": (document(due=[Due(date(2026, 6, 1), 1)]), GOOD),
    "billing_no_seller_tax_number": (document(seller=replace(SELLER, vat="")), GOOD),
    "billing_no_buyer_tax_number": (document(REVERSE, buyer=replace(BUYER, vat="")), GOOD),
    "billing_no_seller_vat_number": (document(REVERSE, seller=replace(SELLER, vat="")), GOOD),
    "billing_no_delivery": (document(WITHIN), GOOD),
    "billing_bad_saudi_number": (document(seller=replace(SELLER, country="SA")), GOOD),
    "billing_no_account": (document(pay_to=PayTo(reference=PAY_TO.reference)), GOOD),
    "billing_late_charge_required": (document(seller=replace(SELLER, country="FR"), late_charge=""), GOOD),
    "billing_duplicate": (document(), replace(GOOD, earlier=[TWICE])),
    "billing_no_seller_address": (document(seller=replace(SELLER, city="")), GOOD),
    "billing_no_buyer_address": (document(buyer=replace(BUYER, city="")), GOOD),
    "billing_no_supply_date": (document(supplied_on=None), GOOD),
    "billing_no_profile": (document(), replace(GOOD, has_profile=False)),
    "billing_no_buyer_reference": (document(purchase_order="", buyer_reference=""), GOOD),
    "billing_no_late_charge": (document(late_charge=""), GOOD),
    "billing_no_structured_reference": (document(pay_to=replace(PAY_TO, reference="17")), GOOD),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.reason.code)
def test_each_rule_alone(rule):
    made, wanted = CASES[rule.reason.code]
    found = findings(made, wanted)
    assert [(one.gravity, one.reason.code) for one in found] == [(rule.gravity, rule.reason.code)]
    assert "%(" not in found[0].reason.staff_text() + found[0].reason.remedy_text()


def test_a_good_invoice_has_no_finding():
    assert findings(document(), GOOD) == [] == findings(credit_note(), GOOD)
    assert findings(document(), replace(GOOD, earlier=[replace(TWICE, purchase_order="PO-8")])) == []
    grave = findings(document(late_charge="", purchase_order="", due=[]), replace(GOOD, needs_purchase_order=True))
    assert [one.gravity for one in grave] == ["stops", "stops", "note"]
