"""Reviews in the desk: the list, one with what has changed, and what a person does about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from openterms.apps.analytics.day.reviewing import run_reviews
from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.given import Given
from openterms.apps.credit.models import CreditCase, Review
from openterms.apps.parties.actions import add_attachment, add_customer
from openterms.apps.parties.models import Attachment
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.cases import POLICY, publish

REVIEWS = """
reviews:
  triggers:
    - trigger: used
      watch: utilisation
      above_bp: 9000
      act: review
      meaning: {en: Nearly all is used., ar: استُخدم معظم الحد.}
    - {trigger: papers, watch: documents, ahead_days: 0, act: hold, meaning: A document ran out.}
    - {trigger: overdue, when: days_overdue > 20, act: reduce, meaning: Overdue.}
"""


@pytest.fixture
def due(team):
    """A seller with one review: all of the limit is used, and the licence has expired."""
    made = team("credit_manager", "collector")
    now, today = clock.now(), clock.today(made.seller.timezone)
    with acting(made.seller.id):
        publish(made.seller, POLICY + REVIEWS, today - timedelta(days=100))
        customer = add_customer(made.seller, SYSTEM, "C1", "Acme Stores", "US", now)
        given = [Given("bureau_score", 720, "bureau", today), Given("bureau_limit_minor", 30_000_000, "bureau", today)]
        begun = now - timedelta(days=30)
        given = [Given(one.name, one.value, one.source, begun.date()) for one in given]
        open_case(made.seller, SYSTEM, customer, CaseRequest(currency="USD", limit_minor=500_000), given, begun)
        document = Document("I1", today - timedelta(days=60), 480_000, "USD")
        post_invoice(made.seller, SYSTEM, customer, document, now)
        digest, until = "a" * 64, today - timedelta(days=9)
        add_attachment(customer, SYSTEM, "licence.pdf", "application/pdf", 9, digest, now, "licence", until)
    assert run_reviews(made.seller, today, now)["opened"] == 1
    with acting(made.seller.id):
        return made, Review.objects.get(seller=made.seller)


def test_a_review_is_read_begun_and_answered(due, visitor):
    made, review = due
    one = visitor(made.people["credit_manager"])
    listed = one.get("/reviews/")
    assert "Acme Stores" in listed.text and "Nearly all is used. +2" in listed.text
    assert "Acme Stores" not in one.get("/reviews/?trigger=elsewhere").text.partition("<tbody")[2]
    page = one.get(f"/reviews/{review.id}/").text
    wanted = "Nearly all is used.|A document ran out.|96%|licence.pdf|Use of the limit|a stop of orders"
    for text in wanted.split("|"):
        assert text in page, text
    assert one.get(f"/reviews/{review.customer_id}/").status == 404
    begun = one.post(f"/reviews/{review.id}/begin/", {"limit": "3000", "reason": "smaller"})
    with acting(made.seller.id):
        case = CreditCase.objects.get(seller=made.seller, state="open")
    assert begun.address.endswith(f"/credit/{case.id}/") and case.limit_minor == 300_000
    assert "Go to the case" in one.get(f"/reviews/{review.id}/").text
    refused = one.post(f"/reviews/{review.id}/dismiss/", {"reason": "fine"})
    assert refused.status == 422 and "is open and answers the review" in refused.text


def test_a_review_is_dismissed_by_who_may(due, visitor):
    made, review = due
    collector = visitor(made.people["collector"])
    assert collector.get(f"/reviews/{review.id}/").status == 200
    assert collector.post(f"/reviews/{review.id}/dismiss/", {"reason": "fine"}).status == 403
    manager = visitor(made.people["credit_manager"])
    assert manager.post(f"/reviews/{review.id}/dismiss/", {"reason": " "}).status == 422
    assert "The review is dismissed." in manager.post(f"/reviews/{review.id}/dismiss/", {"reason": "paid today"}).text
    assert "No review is due." in manager.get("/reviews/").text
    assert "Acme Stores" in manager.get("/reviews/?state=ended-dismissed").text
    assert "paid today" in manager.get(f"/reviews/{review.id}/").text


def test_a_file_gets_its_validity(due, visitor):
    made, _review = due
    one = visitor(made.people["credit_manager"])
    with acting(made.seller.id):
        kept: Any = Attachment.objects.get(seller=made.seller)
    answer = one.post(f"/files/{kept.id}/validity/", {"kind": "register", "valid_until": "2030-01-31"})
    assert "The validity is kept." in answer.text and "31 Jan 2030" in answer.text
    with acting(made.seller.id):
        kept.refresh_from_db()
    assert (kept.kind, kept.valid_until.isoformat()) == ("register", "2030-01-31")
    assert one.post(f"/files/{kept.id}/validity/", {"kind": "other", "valid_until": "soon"}).status == 422
