"""The rules that orders are answered by: those of the seller's policy in force, or the product's standard ones."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.tenancy.models import Seller
from openterms.core.base.money import exponent
from openterms.core.credit.orders import Rules

OVERDUE_UNITS = 100


@dataclass(frozen=True, slots=True)
class InForce:
    """Rules with the published policy that they were read from; None for the standard ones."""

    rules: Rules
    policy: PolicyVersion | None = None

    def written(self) -> dict[str, Any]:
        """As they are kept with an answer: plain values, sets in order, and the policy's name and hash."""
        policy = self.policy
        said = {"code": policy.code, "number": policy.number, "hash": policy.hash} if policy else None
        return written(self.rules) | {"policy": said}


def rules_in_force(seller: Seller, currency: str, on: date) -> InForce:
    """What orders in a currency are answered by on a day at the seller.

    `authorisation` of the policy in force for the currency, as `docs/policy.md` describes it; the standard rules only
    where no policy of that currency has begun.
    """
    policy = policy_on(seller, currency, on)
    return InForce(standard_rules(currency)) if policy is None else InForce(parsed(policy).authorisation, policy)


def rules_of(seller: Seller, currency: str, on: date) -> Rules:
    """The rules in force alone."""
    return rules_in_force(seller, currency, on).rules


def standard_rules(currency: str) -> Rules:
    """Rules for orders in a currency: two weeks, 5 % tolerance, overdue stops orders after 30 days from 100 units on.

    A part is approved where the buyer takes one. Amounts are minor units of the currency.
    """
    return Rules(
        tolerance_bp=500,
        valid_days=14,
        most_valid_days=30,
        allows_part_approval=True,
        overdue_days=30,
        overdue_minor=OVERDUE_UNITS * 10 ** exponent(currency),
        materiality_bp=100,
    )


def written(rules: Rules) -> dict[str, Any]:
    """Rules as plain values, sets in order."""
    found = {one.name: getattr(rules, one.name) for one in fields(rules)}
    exemptions = {document: sorted(codes) for document, codes in sorted(rules.exemptions.items())}
    return found | {"exemptions": exemptions, "referred": sorted(rules.referred)}
