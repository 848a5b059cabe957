"""An accepted application opens a credit case with what it says, where there is a policy to decide it by."""

from __future__ import annotations

import json

import pytest

from openterms.apps.credit.application.casework import case_of
from openterms.apps.credit.application.deciding import accept
from openterms.apps.credit.models import CreditCase, Decision
from openterms.apps.tenancy.context import acting
from tests.apps.cases import POLICY, publish

from .form import MANAGER, NOW, Applicant, open_form


@pytest.fixture
def shop(committed, new_seller):
    """A German seller whose form is open."""
    seller = new_seller("EUR", "DE", enter=False)
    open_form(seller)
    return seller


def sent(shop):
    one = Applicant(shop).fill()
    one.submit()
    return one


def test_accepting_opens_the_case_that_was_asked_for_and_the_policy_decides_it(shop):
    one = sent(shop)
    with acting(shop.id):
        publish(shop, POLICY.replace("currency: USD", "currency: EUR"))
        done = accept(shop, MANAGER, one.id, NOW, number="C-77")
        case = case_of(done)
        assert (case.customer_id, case.source, case.source_ref) == (done.customer_id, "application", done.number)
        assert (case.limit_minor, case.terms, case.currency) == (2_500_000, "net 30", "EUR")
        made = Decision.objects.get(case=case)
        assert made.sources["statements_age_months"] == {"source": "application", "as_of": NOW.date().isoformat()}
        assert json.loads(made.kept)["facts"]["statements_age_months"] == 5


def test_without_a_policy_an_application_is_accepted_and_decided_by_nobody(shop):
    one = sent(shop)
    with acting(shop.id):
        done = accept(shop, MANAGER, one.id, NOW, number="C-77")
        assert done.state == "accepted" and case_of(done) is None


def test_a_case_that_is_open_already_goes_on(shop):
    first, second = sent(shop), sent(shop)
    with acting(shop.id):
        publish(shop, POLICY.replace("currency: USD", "currency: EUR"))
        customer = accept(shop, MANAGER, first.id, NOW, number="C-77").customer
        assert CreditCase.objects.get(customer=customer).state == "open"  # its net worth is negative: a person looks
        done = accept(shop, MANAGER, second.id, NOW, customer=customer)
        assert done.state == "accepted" and case_of(done) is None
        assert CreditCase.objects.filter(customer=customer).count() == 1
