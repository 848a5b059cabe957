"""What the guard looks at, read for many customers in a handful of queries, and its verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from openterms.apps.collecting.pause.reads import FREE, Held, consenting, held
from openterms.apps.parties.jurisdictions import house, pack_of
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.guard import CONTACTS, LEGAL, Act, GuardFacts, Verdict, may_act
from openterms.core.messaging.contact_rules import ContactRules, caps_for, counted, hour_facts, rules_of
from openterms.core.messaging.public_holidays import is_holiday
from openterms.core.receivables.limitation import limitation_on

from .contacts import Contacted, lately

CUSTOMERS = """
SELECT c.id, c.country, c.timezone, c.is_sole_trader, c.insolvent_on, c.paused_until,
       count(k.id) AS people, count(k.id) FILTER (WHERE NOT k.do_not_contact) AS willing,
       count(k.id) FILTER (WHERE NOT k.do_not_contact AND CASE %(channel)s
           WHEN 'email' THEN k.email <> '' WHEN 'phone' THEN k.phone <> '' WHEN 'sms' THEN k.phone <> ''
           WHEN 'whatsapp' THEN k.phone <> '' ELSE true END) AS reachable,
       %(channel)s = 'post' AND EXISTS (SELECT 1 FROM parties_site s WHERE s.seller_id = c.seller_id
           AND s.customer_id = c.id AND s.street <> '') AS has_address,
       EXISTS (SELECT 1 FROM collecting_matter m WHERE m.seller_id = c.seller_id AND m.customer_id = c.id
           AND m.kind = 'placement' AND m.state IN ('placed', 'acknowledged')) AS placed,
       EXISTS (SELECT 1 FROM collecting_matter m WHERE m.seller_id = c.seller_id AND m.customer_id = c.id
           AND m.kind = 'legal' AND m.state IN ('open', 'filed', 'judgment', 'enforcing')) AS in_court
FROM parties_customer c
LEFT JOIN parties_contact k ON k.seller_id = c.seller_id AND k.customer_id = c.id AND k.is_active
    AND (%(contact)s::uuid IS NULL OR k.id = %(contact)s)
WHERE c.seller_id = %(seller)s AND c.id = ANY(%(customers)s)
GROUP BY c.seller_id, c.id
"""

MONEY = """
SELECT i.customer_id, i.currency,
       coalesce(sum(i.open_minor) FILTER (WHERE i.is_debit AND i.is_meant), 0)::bigint AS open_minor,
       coalesce(sum(i.contested_minor) FILTER (WHERE i.is_meant), 0)::bigint AS contested_minor,
       coalesce(sum(i.in_flight_minor) FILTER (WHERE i.is_meant), 0)::bigint AS in_flight_minor,
       coalesce(sum(i.planned_minor) FILTER (WHERE i.is_meant), 0)::bigint AS planned_minor,
       coalesce(sum(i.promised_minor) FILTER (WHERE i.is_meant), 0)::bigint AS promised_minor,
       coalesce(sum(i.open_minor) FILTER (WHERE NOT i.is_debit), 0)::bigint AS credit_minor,
       min(i.due_on) FILTER (WHERE i.is_debit AND i.is_meant AND i.open_minor > 0) AS first_due_on,
       max(i.due_on) FILTER (WHERE i.is_debit AND i.is_meant AND i.open_minor > 0) AS last_due_on,
       CASE WHEN bool_and(i.noticed_on IS NOT NULL) FILTER (WHERE i.is_debit AND i.is_meant AND i.open_minor > 0)
           THEN max(i.noticed_on) FILTER (WHERE i.is_debit AND i.is_meant AND i.open_minor > 0) END AS noticed_on
FROM (
    SELECT x.customer_id, x.currency, x.open_minor, x.contested_minor, x.in_flight_minor, x.planned_minor,
           x.promised_minor, x.due_on, x.kind NOT IN ('credit_note', 'receipt') AS is_debit,
           %(every)s OR x.id = ANY(%(items)s) AS is_meant,
           CASE WHEN %(legal)s THEN (SELECT max(t.taken_on) FROM collecting_steptaken t
               WHERE t.item_id = x.id AND t.step = 'final_notice' AND t.taken_on <= %(on)s) END AS noticed_on
    FROM receivables_item x
    WHERE x.seller_id = %(seller)s AND x.customer_id = ANY(%(customers)s) AND x.issued_on <= %(on)s
      AND NOT x.id = ANY(%(paused)s)
      AND (x.open_minor > 0 OR x.id = ANY(%(items)s))
      AND (%(currency)s = '' OR x.currency = %(currency)s)
) i
GROUP BY i.customer_id, i.currency
"""


def verdict(
    customer_id: UUID,
    act: Act,
    now: datetime,
    *,
    channel: str = "",
    contact_id: UUID | None = None,
    item_ids: Sequence[UUID] = (),
    currency: str = "",
    is_asking: bool = True,
    amount_minor: int | None = None,
) -> Verdict:
    """Whether an act on a customer may happen now, with every reason why not.

    `channel` is by what it is contacted (a call: telephone), `contact_id` who; without one, somebody at the customer.
    `item_ids` are what the act is for; without any, everything that is open. Refuses a customer that is not there.
    """
    found = facts(
        [customer_id], act, now, channel=channel, contact_id=contact_id, item_ids=item_ids, currency=currency,
        is_asking=is_asking,
    )  # fmt: skip
    if customer_id not in found:
        raise BadInput(gettext_noop("There is no such customer"), "customer")
    return may_act(act, found[customer_id]._replace(amount_minor=amount_minor))


def verdicts(
    customer_ids: Sequence[UUID],
    act: Act,
    now: datetime,
    *,
    channel: str = "",
    item_ids: Sequence[UUID] = (),
    currency: str = "",
    is_asking: bool = True,
) -> dict[UUID, Verdict]:
    """`verdict` of many customers of one seller in a handful of queries; unknown customers are left out."""
    found = facts(
        customer_ids, act, now, channel=channel, item_ids=item_ids, currency=currency, is_asking=is_asking
    )
    return {customer_id: may_act(act, one) for customer_id, one in found.items()}


def facts(
    customer_ids: Sequence[UUID],
    act: Act,
    now: datetime,
    *,
    channel: str = "",
    contact_id: UUID | None = None,
    item_ids: Sequence[UUID] = (),
    currency: str = "",
    is_asking: bool = True,
) -> dict[UUID, GuardFacts]:
    """The guard's facts of customers of one seller, by customer. Whoever acts adds what only it knows.

    Where items of several currencies are open, the facts are of the currency in which most is left to collect. An act
    with `item_ids` of none of a customer's items has nothing to collect there.
    """
    seller = Seller.objects.filter(customer__id__in=list(customer_ids)[:1]).first()
    if seller is None:
        return {}
    on = local_date(now, seller.timezone)
    channel = "phone" if act is Act.CALL else channel
    params = {
        "seller": seller.id, "customers": list(customer_ids), "channel": channel, "contact": contact_id, "on": on,
        "items": list(item_ids), "every": not item_ids, "legal": act in LEGAL, "currency": currency,
    }  # fmt: skip
    pauses = held(seller, customer_ids, on)
    aside = frozenset().union(*(one.items for one in pauses.values())) if is_asking else frozenset()
    money = _best(rows(MONEY, params | {"paused": list(aside)}))
    agreed = consenting(seller, customer_ids, channel, on, contact_id) if act in CONTACTS else set()
    people = rows(CUSTOMERS, params)
    rules = {one["id"]: _rules(one["country"], on, one["is_sole_trader"]) for one in people}
    talks: dict[UUID, list[Contacted]] = {}
    if act in CONTACTS:
        back = max((_look_back(one) for one in rules.values()), default=0)
        talks = lately(seller, customer_ids, on - timedelta(days=back), on)
    found = {}
    for one in people:
        base = _customer_facts(one, money.get(one["id"], {}), on, act)._replace(is_asking=is_asking)
        base = _pause_facts(base, pauses.get(one["id"], FREE), item_ids)
        if act in LEGAL:
            base = base._replace(notice_days=rules[one["id"]].notice_days)
        if act in CONTACTS:
            base = _contact_facts(base, one, rules[one["id"]], channel, now, on, talks.get(one["id"], []))
            base = base._replace(consent_given=one["id"] in agreed)
        found[one["id"]] = base
    return found


def _rules(country: str, on: date, is_consumer: bool) -> ContactRules:
    return rules_of(pack_of(country), house(), on, is_consumer)


def _look_back(rules: ContactRules) -> int:
    """For how many days contacts matter."""
    return max([0, rules.days_after_talk or 0, *rules.days_between.values(), *(cap.in_days for cap in rules.caps)])


def _best(found: Sequence[Mapping[str, Any]]) -> dict[UUID, Mapping[str, Any]]:
    """One currency of each customer: the one in which most is left to collect."""
    best: dict[UUID, Mapping[str, Any]] = {}
    for one in sorted(found, key=lambda one: one["currency"]):
        if one["customer_id"] not in best or _left(one) > _left(best[one["customer_id"]]):
            best[one["customer_id"]] = one
    return best


def _left(one: Mapping[str, Any]) -> int:
    return int(_collectable(one) - one["credit_minor"])


def _collectable(one: Mapping[str, Any]) -> int:
    claims = ("contested_minor", "in_flight_minor", "planned_minor", "promised_minor")
    return int(one["open_minor"] - sum(one[name] for name in claims))


def _customer_facts(one: Mapping[str, Any], money: Mapping[str, Any], on: date, act: Act) -> GuardFacts:
    """Facts of a customer and of what is open; one with nothing open owes nothing."""
    noticed = money.get("noticed_on")
    due = money.get("first_due_on" if act in LEGAL else "last_due_on")
    barred_after = limitation_on(pack_of(one["country"]), due, one["is_sole_trader"]) if due else None
    return GuardFacts(
        insolvent=one["insolvent_on"] is not None and one["insolvent_on"] <= on,
        paused=one["paused_until"] is not None and one["paused_until"] >= on,
        placed=one["placed"],
        in_court=one["in_court"],
        open_minor=money.get("open_minor", 0),
        contested_minor=money.get("contested_minor", 0),
        in_flight_minor=money.get("in_flight_minor", 0),
        planned_minor=money.get("planned_minor", 0),
        promised_minor=money.get("promised_minor", 0),
        collectable_minor=_collectable(money) if money else 0,
        credit_minor=money.get("credit_minor", 0),
        days_since_notice=(on - noticed).days if noticed else None,
        consumer=one["is_sole_trader"],
        time_barred=None if barred_after is None else barred_after < on,
    )


def _pause_facts(base: GuardFacts, pauses: Held, item_ids: Sequence[UUID]) -> GuardFacts:
    """A customer's pause stops everything; a pause of items leaves them out, and stops what is for no others."""
    wanted = set(item_ids)
    only_paused = bool(pauses.items) and (wanted <= pauses.items if wanted else not base.open_minor)
    return base._replace(paused=base.paused or pauses.paused or only_paused, hardship=pauses.hardship)


def _contact_facts(
    base: GuardFacts,
    one: Mapping[str, Any],
    rules: ContactRules,
    channel: str,
    now: datetime,
    on: date,
    talks: Sequence[Contacted],
) -> GuardFacts:
    """Facts of contacting a customer by a channel: who may be reached, the clock there, what was said lately."""
    clock = hour_facts(rules, channel, one["timezone"], now, partial(is_holiday, one["country"]))
    caps = [(cap, counted(cap, ((talk.channel, talk.on) for talk in talks), on)) for cap in caps_for(rules, channel)]
    fullest = min(caps, key=lambda pair: pair[0].most - pair[1], default=None)
    own = [talk for talk in talks if talk.is_own]
    last = max((talk.on for talk in own if talk.channel == channel), default=None)
    spoke = max((talk.on for talk in own if talk.spoken), default=None)
    return base._replace(
        do_not_contact=one["people"] > 0 and one["willing"] == 0,
        reachable=_reachable(one, channel),
        consent_needed=channel in rules.consent,
        outside_hours=clock.outside_hours,
        rest_day=clock.rest_day,
        holiday=clock.holiday,
        not_before=clock.not_before,
        contacts_recent=fullest[1] if fullest else None,
        contacts_most=fullest[0].most if fullest else None,
        days_since_contact=(on - last).days if last else None,
        days_between=rules.days_between.get(channel),
        days_since_talk=(on - spoke).days if spoke else None,
        days_after_talk=rules.days_after_talk,
    )


def _reachable(one: Mapping[str, Any], channel: str) -> bool | None:
    """Whether there is a way to the customer; None where no channel is named, which any way may answer."""
    if channel in ("", "portal"):
        return None
    if channel == "post":
        return bool(one["has_address"])
    return bool(one["reachable"])
