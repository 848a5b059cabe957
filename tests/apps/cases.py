"""A credit department for tests: a policy in force, people with roles and money, and short words for what they do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from openterms.apps.credit.decision import acts
from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.acts import Terms
from openterms.apps.credit.decision.given import Given
from openterms.apps.credit.models import CreditCase, Line, PolicyVersion
from openterms.apps.tenancy.actions import add_membership
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import User
from openterms.core.credit.policy import read_policy
from tests.apps.desk import NOW, Desk, day

POLICY = """
code: house
name: House policy
currency: USD
facts:
  use: [requested_limit_minor, requested_terms_days, paid_invoices, days_overdue, overdue_minor, insolvent,
        bureau_score, bureau_limit_minor, exposure_minor, sanctions_hit, dbt_mean_cd, statements_age_months]
scorecards:
  - scorecard: card
    when: "True"
    base_score: 600
    base_odds: 50
    points_to_double: 20
    attributes:
      - attribute: bureau
        bins:
          - {when: bureau_score >= 700, points: 400, label: 700 and above}
          - {when: bureau_score < 700, points: 300, label: below 700}
        otherwise: 350
      - attribute: paid
        bins: [{when: paid_invoices >= 5, points: 220, label: five and more}]
        otherwise: 200
risk_classes:
  - {risk_class: A, when: score >= 600, cap_minor: 40_000_000}
  - {risk_class: B, when: "True", cap_minor: 10_000_000}
terms:
  A: [net 30, net 60]
  B: [net 30]
limits:
  least_methods: 1
  methods:
    - {method: bureau, share_bp: 10000}
    - {method: tangible_net_worth, share_bp: 1000}
    - {method: experience, multiple_c: 150}
rules:
  - rule: sanctions
    when: sanctions_hit
    unknown: skip
    decide: refer
    queue: compliance
    reason: {staff: A match with a sanctions list is not cleared., silent: true, remedy: Clear the match.}
  - rule: insolvent
    when: insolvent
    decide: decline
    reason: {staff: Insolvent., customer: Insolvency proceedings are open., remedy: Pay in advance.}
  - rule: long_overdue
    when: days_overdue > 30
    decide: decline
    reason:
      staff: An item is more than 30 days overdue.
      customer: {en: An invoice is more than 30 days overdue., ar: هناك فاتورة متأخرة أكثر من 30 يوماً.}
      remedy: {en: Pay what is overdue., ar: سدّدوا المتأخر.}
  - rule: weak
    when: bureau_score < 400
    unknown: skip
    decide: refer
    queue: analyst
    reason: {staff: The bureau's score is low., customer: The bureau's score is low., remedy: Send statements.}
  - {rule: fits, when: "True", decide: approve}
authority:
  bands:
    - {most_minor: 1_000_000, roles: [automatic]}
    - {most_minor: 5_000_000, roles: [analyst]}
    - {most_minor: 25_000_000, roles: [credit_manager], second: [sales_director]}
    - {roles: [cfo], second: [credit_manager]}
  flags:
    - {flag: overdue, when: overdue_minor > 0}
late_charges: {mode: none}
told: {within_days: 10}
"""
PEOPLE = {
    "ana": ("analyst", 5_000_000),
    "bo": ("analyst", 5_000_000),
    "may": ("credit_manager", 25_000_000),
    "max": ("credit_manager", 10_000_000),
    "sam": ("sales_director", 0),
    "fin": ("cfo", 10**12),
    "col": ("collector", 0),
}


def publish(seller: Any, text: str = POLICY, on: date | None = None) -> PolicyVersion:
    """A policy in force from a day, drafted by one person and approved by another."""
    policy = read_policy(text)
    writer, approver = _person("writer"), _person("approver")
    version = PolicyVersion.objects.create(
        seller=seller, code=policy.code,
        number=PolicyVersion.objects.filter(seller=seller, code=policy.code).count() + 1, name=policy.name,
        currency=policy.currency, text=text, hash=policy.hash, drafted_by=writer, drafted_at=NOW,
        written_by=[writer.id],
    )  # fmt: skip
    PolicyVersion.objects.filter(id=version.id).update(state="submitted", submitted_by=writer, submitted_at=NOW)
    PolicyVersion.objects.filter(id=version.id).update(
        state="published", approved_by=approver, approved_at=NOW, effective_from=on or day("01-01")
    )
    return PolicyVersion.objects.get(id=version.id)


def _person(name: str) -> User:
    return User.objects.create(id=new_id(), email=f"{name}-{new_id().hex}@t.example", name=name, password="!")


class Department:
    """Analysts, credit managers, a sales director and a finance director at one seller."""

    def __init__(self, desk: Desk, text: str = POLICY, on: date | None = None) -> None:
        self.desk, self.seller = desk, desk.seller
        self.version = publish(self.seller, text, on)
        self.people: dict[str, Actor] = {}
        self.members: dict[str, Any] = {}
        for name, (role, money) in PEOPLE.items():
            user = _person(name)
            self.members[name] = add_membership(self.seller, user, role, money)
            self.people[name] = Actor(name, user.id, role, money)

    def case(
        self, limit: int | None, who: str = "C1", by: str | None = None, facts: Any = None, now: datetime = NOW,
        **more: Any,
    ) -> CreditCase:  # fmt: skip
        """A case with a good bureau report unless facts say otherwise."""
        facts = {"bureau_score": 720, "bureau_limit_minor": 30_000_000} if facts is None else facts
        given = [Given(name, value, "bureau", day("05-20")) for name, value in facts.items()]
        request = CaseRequest(currency="USD", limit_minor=limit, reason="wants more", **more)
        actor = self.people[by] if by else SYSTEM
        return open_case(self.seller, actor, self.desk.customer(who), request, given, now)

    def recommend(self, case: CreditCase, limit: int, by: str = "ana", reason: str = "", now: datetime = NOW, **more):
        wanted = Terms(limit_minor=limit, **more)
        return acts.recommend(self.seller, self.people[by], case.id, wanted, reason, now)

    def override(self, case: CreditCase, limit: int, by: str = "may", reason: str = "known", now=NOW, **more):
        return acts.override(self.seller, self.people[by], case.id, Terms(limit_minor=limit, **more), reason, now)

    def approve(self, case: CreditCase, by: str, reason: str = "", proposal: int | None = None, now: datetime = NOW):
        return acts.approve(self.seller, self.people[by], case.id, proposal, now, reason)

    def reject(self, case: CreditCase, by: str = "ana", reason: str = "too weak", now: datetime = NOW):
        return acts.reject(self.seller, self.people[by], case.id, reason, now)

    def escalate(self, case: CreditCase, by: str = "ana", reason: str = "away", now: datetime = NOW):
        return acts.escalate(self.seller, self.people[by], case.id, reason, now)

    def limit(self, who: str = "C1", currency: str = "USD") -> int | None:
        line = Line.objects.filter(seller=self.seller, customer=self.desk.customer(who), currency=currency).first()
        return line.limit_minor if line else None

    def again(self, case: CreditCase) -> CreditCase:
        return CreditCase.objects.get(id=case.id)
