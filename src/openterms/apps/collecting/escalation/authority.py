"""Who may escalate, and how much they may decide alone. Above that somebody else with the authority agrees."""

from __future__ import annotations

from datetime import date

from openterms.apps.credit.decision.rights import first_allowed, hands_of
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import Permission, Person

WORKERS = ("credit_manager", "analyst", "collector")
RECORDERS = (*WORKERS, "cash_clerk")
"""Who may record money and what agencies answer."""
DECIDERS = ("credit_manager", "analyst", "collector", "sales_director", "cfo", "board")
"""Who may decide, each up to the money that the seller gave them."""

NOT_YOURS = Reason(
    "escalation_not_yours",
    gettext_noop("Your role does not escalate accounts."),
    remedy=gettext_noop("Ask a collector, a credit analyst or a credit manager."),
)
BEYOND = Reason(
    "escalation_beyond_authority",
    gettext_noop("%(amount)s %(currency)s is more than this person may decide."),
    remedy=gettext_noop("Ask somebody with an authority of at least that amount."),
)
OWN_REQUEST = Reason(
    "escalation_own_request",
    gettext_noop("Nobody approves what they proposed themselves."),
    remedy=gettext_noop("Ask somebody else with the authority."),
)
LEFT = Reason("escalation_not_active", gettext_noop("This person does not work for the seller any more."))


def recorder(seller: Seller, actor: Actor, on: date) -> Person | None:
    """As `worker`, cash clerks too: for money and what agencies answer."""
    return worker(seller, actor, on, RECORDERS)


def worker(seller: Seller, actor: Actor, on: date, roles: tuple[str, ...] = WORKERS) -> Person | None:
    """Whoever prepares and records; None is the product itself. Refused: another role, somebody who has left."""
    if actor.user_id is None:
        return None
    hand, against = first_allowed(hands_of(seller, actor, on), lambda one: _permission(one, roles))
    if hand is None:
        raise Refused(against)
    return hand


def decider(seller: Seller, actor: Actor, minor: int, currency: str, on: date) -> Person:
    """Whoever decides an amount, in their own name or one they hold by delegation. Refused: the role, the money, a
    person who has left, the product itself."""
    base = base_rate(seller, currency, on).to_base(minor)
    hand, against = first_allowed(
        hands_of(seller, actor, on),
        lambda one: _permission(one, DECIDERS, base, BEYOND.given(
            amount=format_amount(minor, currency), currency=currency
        )),
    )  # fmt: skip
    if hand is None:
        raise Refused(against)
    return hand


def may_decide(seller: Seller, actor: Actor, minor: int, currency: str, on: date) -> Person | None:
    """As `decider`, None instead of a refusal for too little money: then it is a proposal. Refused: as `worker`."""
    if actor.user_id is None:
        return None
    base = base_rate(seller, currency, on).to_base(minor)
    hands = hands_of(seller, actor, on)
    hand, _ = first_allowed(hands, lambda one: _permission(one, DECIDERS, base, BEYOND.given(amount="", currency="")))
    if hand is None:
        worker(seller, actor, on)
    return hand


def _permission(one: Person, roles: tuple[str, ...], base_minor: int = 0, beyond: Reason | None = None) -> Permission:
    found = [] if one.is_active else [LEFT]
    if one.role not in roles:
        found.append(NOT_YOURS)
    if beyond is not None and (one.authority_minor or 0) < base_minor:
        found.append(beyond)
    return Permission(tuple(found))
