"""The audit of a seller's billing, by a story whose figures can be counted by hand."""

from __future__ import annotations

from decimal import Decimal

from openterms.apps.analytics.billing.reads import audit_billing
from openterms.apps.parties.models import BillingProfile
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.invoice.actions import issue
from openterms.apps.receivables.invoice.asking import ToIssue
from openterms.apps.receivables.invoice.auditing import audited
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.receivables.invoice_lines import Charged, Line
from tests.apps.desk import NOW, Desk, day


def test_nothing_to_score(desk: Desk):
    found = audit_billing(desk.seller, day("06-30"))
    assert found.result.score is None and found.result.proposals == ()


def test_a_quarter_of_billing(desk: Desk):
    """Month-end invoices are paid in 50 days, those of the first days in 20; one is contested; one customer gets 12 a
    month; one invoice issued here lacks the order number that the customer asks for and goes out 9 days late."""
    for at in range(12):
        one = desk.invoice(f"A{at}", f"04-{10 + at:02}", 100_00, who="C1")
        desk.allocate(desk.receipt(f"RA{at}", f"05-{10 + at:02}", 100_00, who="C1"), f"05-{10 + at:02}", (one, 100_00))
    for number, on, paid in (("B1", "01-31", "03-22"), ("B2", "02-28", "04-19"), ("B3", "03-01", "03-21")):
        one = desk.invoice(number, on, 100_00, who="C2")
        desk.allocate(desk.receipt(f"R{number}", paid, 100_00, who="C2"), paid, (one, 100_00))
    contested = desk.invoice("B4", "03-15", 100_00, who="C2")
    open_dispute(desk.seller, SYSTEM, contested.id, 50_00, "price", day("04-01"), NOW)
    customer = desk.customer("C3")
    BillingProfile.objects.create(seller=desk.seller, customer=customer, needs_purchase_order=True,
                                  recipients=["ap@c3.example"])  # fmt: skip
    line = Line(number="1", name="Beans", quantity=Decimal(1), unit="KGM", price=Decimal(10), category="S",
                percent=Decimal(20))  # fmt: skip
    asked = ToIssue(charged=Charged(currency="USD", lines=[line]), on=day("05-10"), supplied_on=day("05-01"))
    made, _new = issue(desk.seller, SYSTEM, customer, asked, NOW)
    codes = {one.reason.code for one in audited(desk.seller, made)}
    assert {"billing_no_purchase_order", "billing_no_account", "billing_no_seller_tax_number"} <= codes

    found = audit_billing(desk.seller, day("06-30"))
    groups = {name: (one.invoices, one.paid, one.days_to_pay) for name, one in found.billing.groups.items()}
    assert groups == {
        "all": (17, 15, 30), "disputed": (1, 0, None), "credited": (0, 0, None), "undisturbed": (16, 15, 30),
        "month_end": (2, 2, 50), "month_begin": (1, 1, 20), "no_purchase_order": (1, 0, None),
    }  # fmt: skip
    assert (found.billing.lag_days, found.billing.checked, found.billing.stopped) == (9, 1, 1)
    assert (found.billing.often, found.billing.often_customers) == (12, 1)
    assert found.result.parts == {"completeness": 0, "errors": 42, "timing": 10, "frequency": 0}
    assert found.result.score == 14
    assert [one.code for one in found.result.proposals] == [
        "billing_ask_for_orders", "billing_complete", "billing_sooner", "billing_first_of_month", "billing_together",
    ]  # fmt: skip
    assert audit_billing(desk.seller, day("04-09"), 60).billing.groups["all"].invoices == 3
