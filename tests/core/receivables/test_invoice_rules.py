"""The arithmetic of EN 16931: the fact book's example, a table of faults, and what holds for any invoice."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.receivables import invoice_rules
from openterms.core.receivables.invoice_lines import Adjustment, Charged, Given, Line, VatPart, line_net, totals
from tests.shared import vector


def line(number="1", net=None, **more):
    given = {"name": "Paper", "quantity": Decimal(2), "unit": "C62", "price": Decimal("100"), "category": "S",
             "percent": Decimal(20)} | more  # fmt: skip
    return Line(number=number, net_minor=net, **given)


def test_the_fact_books_example():
    wanted = vector(67)["expected"]
    charged = Charged(
        currency="EUR",
        lines=[line("1"), line("2", quantity=Decimal(1), price=Decimal("99.99"), percent=Decimal(10))],
        adjustments=[Adjustment(amount_minor=2000, reason="Bonus", category="S", percent=Decimal(20)),
                     Adjustment(amount_minor=500, reason="Freight", is_charge=True, category="S", percent=Decimal(20))],
        prepaid_minor=3199,
    )  # fmt: skip
    found = invoice_rules.settled(charged)
    names = {"BT_106": found.lines_minor, "BT_107": found.allowances_minor, "BT_108": found.charges_minor,
             "BT_109": found.net_minor, "BT_110": found.vat_minor, "BT_112": found.gross_minor,
             "BT_115": found.payable_minor, "vat_20": found.vat[0].vat_minor,
             "vat_10": found.vat[1].vat_minor}  # fmt: skip
    assert names == {name: round(wanted[name] * 100) for name in names}


ONE = Charged(currency="EUR", lines=[line()])
FAULTS = [
    ("BR-16", replace(ONE, lines=[])),
    ("BR-21", replace(ONE, lines=[line(), line()])),
    ("BR-25", replace(ONE, lines=[line(name=" ")])),
    ("BR-23", replace(ONE, lines=[line(unit="")])),
    ("BR-22", replace(ONE, lines=[line(quantity=Decimal(0))])),
    ("BR-27", replace(ONE, lines=[line(price=Decimal(-1))])),
    ("BR-CO-04", replace(ONE, lines=[line(category="X")])),
    ("BR-S-05", replace(ONE, lines=[line(percent=Decimal(0))])),
    ("BR-AE-05", replace(ONE, lines=[line(category="AE")])),
    ("BR-E-10", replace(ONE, lines=[line(category="E", percent=Decimal(0))])),
    ("BR-O-11", replace(ONE, lines=[line(), line("2", category="O", percent=Decimal(0))])),
    ("BR-CO-21", replace(ONE, lines=[line(adjustments=[Adjustment(amount_minor=1, reason="")])])),
    ("BR-31", replace(ONE, adjustments=[Adjustment(amount_minor=0, reason="x", category="S", percent=Decimal(20))])),
    ("R120", replace(ONE, lines=[line(net=20003)])),
    ("BR-CO-10", replace(ONE, given=Given(lines_minor=20001))),
    ("BR-CO-13", replace(ONE, given=Given(net_minor=1))),
    ("BR-CO-14", replace(ONE, given=Given(vat_minor=1))),
    ("BR-CO-15", replace(ONE, given=Given(gross_minor=23999))),
    ("BR-CO-16", replace(ONE, given=Given(payable_minor=23999))),
    ("BR-CO-17", replace(ONE, given=Given(vat=[VatPart("S", Decimal("20.0"), 20000, 4001)]))),
    ("BR-S-08", replace(ONE, given=Given(vat=[VatPart("S", Decimal(20), 20001, 4000)]))),
    ("BR-CO-18", replace(ONE, given=Given(vat=[VatPart("S", Decimal(19), 20000, 3800)]))),
    ("BR-CO-16", replace(ONE, lines=[line(quantity=Decimal(-1))])),
    ("BR-CO-16", replace(ONE, rounding_minor=100)),
]


@pytest.mark.parametrize(("rule", "charged"), FAULTS, ids=[f"{place}-{one[0]}" for place, one in enumerate(FAULTS)])
def test_each_fault_names_its_rule(rule, charged):
    found = [str(one) for one in invoice_rules.faults(charged)]
    assert found and any(rule in one for one in found), found
    with pytest.raises(BadInput):
        invoice_rules.settled(charged)


def test_sums_that_hold_are_taken():
    whole = Given(lines_minor=20000, allowances_minor=0, charges_minor=0, net_minor=20000, vat_minor=4000,
                  gross_minor=24000, payable_minor=24000,
                  vat=[VatPart("S", Decimal("20.00"), 20000, 4000)])  # fmt: skip
    assert invoice_rules.settled(replace(ONE, given=whole)).gross_minor == 24000
    assert line_net(line(quantity=Decimal("3"), price=Decimal("10"), price_per=Decimal(7)), "KWD") == 4286
    assert line_net(line(quantity=Decimal("0.5"), price=Decimal("1")), "JPY") == 1
    reverse = replace(ONE, lines=[line(category="AE", percent=Decimal(0))])
    assert invoice_rules.settled(reverse).vat == (VatPart("AE", Decimal(0), 20000, 0, "Reverse charge"),)


amounts = st.decimals("0", "99999.99", places=2)
lines_of = st.lists(
    st.tuples(st.decimals("0.001", "500", places=3), amounts, st.sampled_from(["5.5", "20"])),
    min_size=1, max_size=12,
)  # fmt: skip


@given(lines_of)
def test_parts_sum_to_the_whole(rows):
    made = [line(str(place), quantity=q, price=p, percent=Decimal(r)) for place, (q, p, r) in enumerate(rows, 1)]
    found = totals(Charged(currency="EUR", lines=made))
    assert found.lines_minor == sum(line_net(one, "EUR") for one in made)
    assert sum(one.base_minor for one in found.vat) == found.net_minor
    assert found.gross_minor == found.net_minor + sum(one.vat_minor for one in found.vat)
    for part in found.vat:
        assert abs(part.vat_minor * 10_000 - part.base_minor * int(part.percent * 100)) * 2 <= 10_000
