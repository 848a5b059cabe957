"""The back-tests of a policy's document: kept in short as a step of its life, for whoever approves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.policy import Policy

from .models import PolicyBackTest, PolicyVersion

FIGURES = (
    "orders", "order_flips", "customers", "approved_before_minor", "approved_after_minor", "avoided_minor",
    "risked_minor", "referred_before", "referred_after", "decisions", "decision_flips", "limit_before_minor",
    "limit_after_minor", "decisions_referred_before", "decisions_referred_after",
)  # fmt: skip
"""What is kept of a back-test: orders answered again and how many otherwise, of how many customers; sales; losses
avoided and added; work for people; and of stored decisions the same, with the limits that they come to (exposure)."""

NOT_TESTED = Reason(
    "not_back_tested",
    gettext_noop("No back-test was run on this text."),
    "",
    gettext_noop("Run one, or say why it is published without."),
)
HISTORY = """
SELECT EXISTS (SELECT 1 FROM receivables_item WHERE seller_id = %(seller)s AND currency = %(currency)s
        AND kind = 'invoice')
    OR EXISTS (SELECT 1 FROM credit_authorisation WHERE seller_id = %(seller)s AND currency = %(currency)s) AS has
"""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A back-test in short: what it was held against, its source, days and figures, and the run that tells the rest."""

    against: str
    source: str
    first: date
    last: date
    figures: Mapping[str, int]
    run_id: UUID | None = None


def keep_back_test(seller: Seller, actor: Actor, policy: Policy, found: Found, now: datetime) -> PolicyBackTest:
    """Keep what a back-test of a document found; every version that says the same has it. Errors: other figures."""
    if set(found.figures) != set(FIGURES):
        raise BadInput(
            gettext_noop("These are not the figures of a back-test"), "figures", gettext_noop("Give each of them")
        )
    with transaction.atomic():
        made = PolicyBackTest.objects.create(
            seller=seller, code=policy.code, hash=policy.hash, currency=policy.currency, against=found.against[:80],
            source=found.source, first=found.first, last=found.last, figures=dict(found.figures), run_id=found.run_id,
            tested_by_id=actor.user_id, tested_at=now,
        )  # fmt: skip
        said = {
            "policy": _label(made), "hash": made.hash, "against": made.against, "from": made.first.isoformat(),
            "to": made.last.isoformat(), "figures": made.figures,
        }  # fmt: skip
        record(seller.id, actor, "policy_back_tested", "policy_back_test", made.id, now, None, said)
    return made


def back_tests_of(version: PolicyVersion) -> Sequence[PolicyBackTest]:
    """The back-tests of a version's present document, the newest first."""
    found = PolicyBackTest.objects.filter(seller_id=version.seller_id, code=version.code, hash=version.hash)
    return list(found.select_related("tested_by").order_by("-id"))


def newest_back_test(version: PolicyVersion) -> PolicyBackTest | None:
    """The newest of them; None where none was run."""
    found = PolicyBackTest.objects.filter(seller_id=version.seller_id, code=version.code, hash=version.hash)
    return found.order_by("-id").first()


def has_history(seller: Seller, currency: str) -> bool:
    """Whether the seller has an invoice or an order in a currency, so that a policy of it can be tried on something."""
    found = row(HISTORY, {"seller": seller.id, "currency": currency})
    return bool(found and found["has"])


def _label(made: PolicyBackTest) -> str:
    """The newest version that says this, else the policy's code."""
    found = PolicyVersion.objects.filter(seller_id=made.seller_id, code=made.code, hash=made.hash).defer("text")
    version = found.order_by("-number").first()
    return version.label if version else made.code
