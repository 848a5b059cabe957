"""Answer orders: read once what they are answered on, decide each with the core, write once. Inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError

from openterms.apps.journal.actions import draft
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.locks import BUSY
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.authorisation import Answer, Request, authorise, begin

from .answers import Answered, answered_again, reasons_written
from .group import group_seen
from .rules import InForce, rules_in_force
from .sql import plain, read_orders, write_orders
from .standing import Seen, asked_of, seen_of

VERB = "authorise"


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order that asks for credit: minor units of its currency, and how long to hold it (the rules' days if None).

    `prepaid_minor` of it is paid in advance and uses no limit; None means all of it.
    """

    order_ref: str
    minor: int
    currency: str
    purchaser: str = ""
    purchase_order: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()
    accepts_part: bool = False
    expires_at: datetime | None = None
    prepaid_minor: int | None = 0

    @property
    def advance_minor(self) -> int:
        """What is paid in advance."""
        return self.minor if self.prepaid_minor is None else self.prepaid_minor

    def written(self, customer: str) -> dict[str, Any]:
        """As it is compared with a repetition."""
        return {
            "customer": customer,
            "amount": self.minor,
            "currency": self.currency,
            "order_ref": self.order_ref,
            "purchaser": self.purchaser,
            "purchase_order": self.purchase_order,
            "lines": [dict(line) for line in self.lines],
            "allow_partial": self.accepts_part,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "prepaid": self.advance_minor,
        }


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question: whose order (number or id), which, and the key that makes it repeatable."""

    customer: str
    order: Order
    key: str = ""


Outcome = Answered | BadInput


@dataclass
class _Meanwhile:
    """What orders of the same question have taken before, so that each sees what the ones before it left."""

    held: dict[UUID, int] = field(default_factory=dict)
    of_group: dict[UUID, int] = field(default_factory=dict)
    of_order: dict[tuple[UUID, str, str], int] = field(default_factory=dict)
    of_person: dict[tuple[UUID, str], list[tuple[str, int]]] = field(default_factory=dict)
    overrides: set[UUID] = field(default_factory=set)
    keys: dict[str, tuple[dict[str, Any], Answered]] = field(default_factory=dict)


@dataclass
class _Asked:
    """A question with what the seller's rules and day make of it, and all that is to be written."""

    seller: Seller
    actor: Actor
    now: datetime
    on: date
    keeps: bool
    rules: dict[str, InForce] = field(default_factory=dict)
    meanwhile: _Meanwhile = field(default_factory=_Meanwhile)
    rows: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def rules_in(self, currency: str) -> InForce:
        """The rules of a currency, asked for once."""
        if currency not in self.rules:
            self.rules[currency] = rules_in_force(self.seller, currency, self.on)
        return self.rules[currency]


def answer_orders(
    seller: Seller, actor: Actor, asks: Sequence[Ask], now: datetime, keeps: bool = True
) -> list[Outcome]:
    """Answer each by itself, in order: what one is given, the next no longer finds. Inside the caller's transaction,
    whose lock time-out is set.

    A question that cannot be is answered by its BadInput and changes nothing. Without `keeps` nothing is locked or
    written. All lines are locked together, in order of id, until the transaction ends. Refused: busy.
    """
    asked = _Asked(seller, actor, now, local_date(now, seller.timezone), keeps)
    outcomes: dict[int, Outcome] = {}
    questions = []
    for place, ask in enumerate(asks):
        try:
            _check(ask.order)
            questions.append(_question(asked, place, ask))
        except BadInput as error:
            outcomes[place] = error
    rows = {row["n"]: row for row in read_orders(questions, now, keeps)} if questions else {}
    for place, ask in enumerate(asks):
        if place not in outcomes:
            try:
                outcomes[place] = _answered(asked, ask, rows.get(place))
            except BadInput as error:
                outcomes[place] = error
    if asked.rows:
        try:
            write_orders(asked.rows, asked.answers, asked.events)
        except IntegrityError as error:
            if "answer_once" in str(error) or "override_once" in str(error):
                raise Refused([BUSY]) from error
            raise
    return [outcomes[place] for place in range(len(asks))]


def _check(order: Order) -> None:
    if not order.order_ref.strip():
        raise BadInput(gettext_noop("The order has no reference"), "order_ref", gettext_noop("Give the order's number"))
    exponent(order.currency)


def _question(asked: _Asked, place: int, ask: Ask) -> dict[str, Any]:
    """An order as the reading takes it."""
    rules = asked.rules_in(ask.order.currency).rules
    first = datetime.combine(asked.on.replace(day=1), time(), ZoneInfo(asked.seller.timezone))
    return asked_of(place, ask.customer, ask.order.currency, rules, asked.on) | {
        "month_at": first.isoformat(),
        "order_ref": ask.order.order_ref,
        "purchaser": ask.order.purchaser,
        "key": ask.key if asked.keeps else "",
    }


def _answered(asked: _Asked, ask: Ask, found: dict[str, Any] | None) -> Answered:
    """The answer to one order; what is to be written is noted. Errors: no such customer, a key used otherwise."""
    if found is None:
        raise BadInput(
            gettext_noop("There is no customer %(name)s"),
            "customer",
            gettext_noop("Give the customer's number or id"),
            {"name": ask.customer},
        )
    order, body = ask.order, ask.order.written(str(found["customer_id"]))
    earlier = _earlier(asked, ask, found, body)
    if earlier is not None:
        return earlier
    in_force = asked.rules_in(order.currency)
    rules = in_force.rules
    group = group_seen(asked.seller, plain(found["group_seen"]), order.currency, asked.on)
    stood = _as_left(asked, order, seen_of(found, order.currency, asked.on, group))
    if asked.keeps and stood.given_id is not None:
        again = given_again(asked, stood, order)
        if again is not None:
            return again
    request = _request(asked, order, stood)
    answer = authorise(request, stood.standing, rules)
    row = _row(asked, ask, stood, request, answer, in_force)
    result = _result(asked, row, stood, answer)
    if not asked.keeps:
        return replace(result, id=None, expires_at=None)
    asked.rows.append(row)
    if ask.key:
        asked.meanwhile.keys[ask.key] = (body, result)
        asked.answers.append(
            {"seller_id": row["seller_id"], "key": ask.key, "verb": VERB, "body": body, "authorisation_id": row["id"],
             "answer": result.written()}
        )  # fmt: skip
    asked.events.append(_event(asked, row, answer, stood))
    _take(asked, order, row, stood, answer)
    return result


def _earlier(asked: _Asked, ask: Ask, found: Mapping[str, Any], body: dict[str, Any]) -> Answered | None:
    if not ask.key or not asked.keeps:
        return None
    if ask.key in asked.meanwhile.keys:
        before, answer = asked.meanwhile.keys[ask.key]
        return answered_again(ask.key, VERB, before, VERB, body, answer)
    kept = plain(found["earlier"])
    return answered_again(ask.key, kept["verb"], kept["body"], VERB, body, kept["answer"]) if kept else None


def given_again(asked: _Asked, stood: Seen, order: Order) -> Answered | None:
    """An order that a person released and that asks again for the same gets what it was given; None otherwise."""
    from .reads import authorisation_now, find_authorisation

    assert stood.given_id is not None
    given = find_authorisation(asked.seller, stood.given_id)
    if (given.requested_minor, given.prepaid_minor) != (order.minor, order.advance_minor):
        return None
    return authorisation_now(asked.seller, given.id, asked.now)


def _as_left(asked: _Asked, order: Order, stood: Seen) -> Seen:
    """The standing after what the orders before it in the same question took."""
    meanwhile = asked.meanwhile
    held = meanwhile.held.get(stood.line_id, 0) if stood.line_id else 0
    already = meanwhile.of_order.get((stood.customer_id, order.order_ref, order.currency), 0)
    spent = 0
    if stood.purchaser is not None and stood.person_id is not None:
        before = meanwhile.of_person.get((stood.person_id, order.currency), [])
        spent = sum(minor for reference, minor in before if reference != order.order_ref)
    if stood.override is not None and stood.override_id in meanwhile.overrides:
        stood = replace(stood, override=None, override_id=None)
    if stood.group is not None and meanwhile.of_group.get(stood.group.line_id):
        group = stood.group.less(meanwhile.of_group[stood.group.line_id])
        stood = replace(stood, group=group, standing=replace(stood.standing, group_headroom=group.headroom))
    if not (held or already or spent):
        return stood
    exposure = replace(stood.exposure, authorised_minor=stood.exposure.authorised_minor + held)
    standing = replace(stood.standing, headroom=stood.headroom.less(held))
    purchaser = stood.purchaser and replace(stood.purchaser, used_minor=stood.purchaser.used_minor + spent)
    return replace(
        stood, exposure=exposure, standing=standing, already_minor=stood.already_minor + already, purchaser=purchaser
    )


def _take(asked: _Asked, order: Order, row: Mapping[str, Any], stood: Seen, answer: Answer) -> None:
    """Note what this order took, for those after it."""
    meanwhile = asked.meanwhile
    if stood.line_id is not None:
        meanwhile.held[stood.line_id] = meanwhile.held.get(stood.line_id, 0) + answer.approved_minor
    if stood.group is not None and answer.approved_minor:
        taken = stood.group.counts(answer.approved_minor)
        meanwhile.of_group[stood.group.line_id] = meanwhile.of_group.get(stood.group.line_id, 0) + taken
    if answer.is_approved:
        place = (stood.customer_id, order.order_ref, order.currency)
        meanwhile.of_order[place] = meanwhile.of_order.get(place, 0) + answer.approved_minor
        if stood.person_id is not None:
            spent = meanwhile.of_person.setdefault((stood.person_id, order.currency), [])
            spent.append((order.order_ref, answer.approved_minor + order.advance_minor))
    if row["override_id"] and stood.override_id is not None:
        meanwhile.overrides.add(stood.override_id)


def _request(asked: _Asked, order: Order, stood: Seen) -> Request:
    return Request(
        order=order.order_ref,
        minor=order.minor,
        currency=order.currency,
        at=asked.now,
        on=asked.on,
        prepaid_minor=order.advance_minor,
        already_minor=stood.already_minor,
        purchase_order=order.purchase_order,
        purchaser=stood.purchaser_of(order.purchaser),
        accepts_part=order.accepts_part,
        override=stood.override,
    )


def _row(
    asked: _Asked, ask: Ask, stood: Seen, request: Request, answer: Answer, in_force: InForce
) -> dict[str, Any]:
    """The columns of an answer, as plain values. Errors: an expiry that has passed, or beyond the most days."""
    seen = stood.written()
    if stood.group is not None:
        seen["group_seen"]["taken_minor"] = stood.group.counts(answer.approved_minor)
    order, life, headroom = ask.order, begin(request, answer, in_force.rules), stood.headroom
    expires_at = order.expires_at or life.valid_until
    if not life.authorised_at < expires_at <= life.most_until:
        raise BadInput(
            gettext_noop("An order cannot be held until %(until)s"),
            "expires_at",
            gettext_noop("Give an instant to come, at most %(most)s"),
            {"until": expires_at.isoformat(), "most": life.most_until.isoformat()},
        )
    return {
        "id": str(new_id()),
        "seller_id": str(asked.seller.id),
        "line_id": str(stood.line_id) if stood.line_id else None,
        "customer_id": str(stood.customer_id),
        "purchaser": order.purchaser,
        "person_id": str(stood.person_id) if stood.person_id else None,
        "order_ref": order.order_ref,
        "purchase_order": order.purchase_order,
        "lines": [dict(line) for line in order.lines],
        "currency": order.currency,
        "requested_minor": order.minor,
        "prepaid_minor": order.advance_minor,
        "approved_minor": answer.approved_minor,
        "tolerance_bp": life.tolerance_bp,
        "allows_partial_capture": life.allows_partial_capture,
        "authorised_at": life.authorised_at.isoformat(),
        "most_until": life.most_until.isoformat(),
        "limit_minor": headroom.limit.minor,
        "is_unlimited": headroom.limit.is_unlimited,
        "headroom_minor": headroom.minor,
        "seen": seen,
        "rules": in_force.written(),
        "policy_version_id": str(in_force.policy.id) if in_force.policy else None,
        "reasons": reasons_written(answer.reasons),
        "override_id": str(stood.override_id) if answer.overridden else None,
        "overridden": reasons_written(answer.overridden),
        "idempotency_key": ask.key,
        "state": life.state.value,
        "expires_at": expires_at.isoformat(),
    }


def _result(asked: _Asked, row: Mapping[str, Any], stood: Seen, answer: Answer) -> Answered:
    left = stood.headroom.less(answer.approved_minor)
    return Answered(
        id=UUID(row["id"]),
        customer=stood.number,
        order_ref=row["order_ref"],
        currency=row["currency"],
        status=row["state"],
        requested_minor=row["requested_minor"],
        prepaid_minor=row["prepaid_minor"],
        approved_minor=answer.approved_minor,
        captured_minor=0,
        released_minor=0,
        headroom_minor=left.minor,
        is_unlimited=left.limit.is_unlimited,
        expires_at=datetime.fromisoformat(row["expires_at"]) if answer.is_approved else None,
        reasons=answer.reasons,
    )


def _event(asked: _Asked, row: Mapping[str, Any], answer: Answer, stood: Seen) -> dict[str, Any]:
    data = {
        "order_ref": row["order_ref"],
        "amount_minor": row["requested_minor"],
        "approved_minor": row["approved_minor"],
        "currency": row["currency"],
        "reasons": [reason.code for reason in answer.reasons],
        "expires_at": row["expires_at"],
    }
    if row["override_id"]:
        data |= {"override": row["override_id"], "overridden": [reason.code for reason in answer.overridden]}
    return draft(
        asked.seller.id, asked.actor, f"order_{answer.status.value}", "authorisation", UUID(row["id"]), asked.now,
        stood.customer_id, data,
    )  # fmt: skip
