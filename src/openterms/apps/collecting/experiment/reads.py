"""Who is in which arm, which strategies hold on a day, and what the experiment shows so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openterms.apps.collecting.outreach.planning import Arms
from openterms.apps.collecting.strategy.actions import in_force, read_text
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.experiments import Arm, Difference, Sample, arm_of, difference
from openterms.core.collecting.strategies import Strategy

from .models import Experiment, ExperimentArm

PAID_BY_DAYS = 30

# Of invoices that fell due while the experiment ran and had their 30 days since; written off counts as not paid.
INVOICES = """
SELECT i.customer_id, sum(i.base_minor)::bigint AS minor,
    sum(i.base_minor * (coalesce(i.settled_on, %(as_of)s::date) - i.issued_on))::bigint AS minor_days,
    coalesce(sum(i.base_minor) FILTER (WHERE i.settled_on <= i.due_on + %(days)s), 0)::bigint AS paid_minor
FROM receivables_item i WHERE i.seller_id = %(seller)s AND i.kind = 'invoice'
    AND i.due_on BETWEEN %(first)s AND %(last)s
GROUP BY i.customer_id
"""
COMPLAINTS = """
SELECT m.customer_id, count(*) AS count FROM messaging_messagereport r
    JOIN messaging_message m ON m.seller_id = r.seller_id AND m.id = r.message_id
WHERE r.seller_id = %(seller)s AND r.kind = 'complained' AND r.at >= %(first)s GROUP BY m.customer_id
"""


def running(seller: Seller, day: date) -> Experiment | None:
    """The experiment that treats customers on a day."""
    return Experiment.objects.filter(
        seller=seller, state=Experiment.State.RUNNING, starts_on__lte=day, ends_on__gte=day
    ).first()  # fmt: skip


def assignment(experiment: Experiment) -> dict[UUID, Arm]:
    """Every customer's arm: as it was drawn at the start; of a draft, and of who came later, by the seed alone."""
    drawn = dict(ExperimentArm.objects.filter(experiment=experiment).values_list("customer_id", "arm"))
    ids = Customer.objects.filter(seller_id=experiment.seller_id).values_list("id", flat=True)
    return {
        one: Arm(drawn[one]) if one in drawn
        else arm_of(experiment.seed, str(one), experiment.challenger_bp, experiment.hold_out_bp)
        for one in ids.iterator(chunk_size=10_000)
    }


def arms(seller: Seller, day: date, now: datetime) -> Arms:
    """The strategies of a day: the one in force, and the challenger of an experiment that runs."""
    version, strategy = in_force(seller, day, now)
    found = running(seller, day)
    if found is None:
        return Arms(strategy=strategy, version=version.version)
    assigned = assignment(found)
    return Arms(
        strategy=strategy, version=version.version, challenger=read_text(found.document), code=found.code,
        challenged={one for one, arm in assigned.items() if arm is Arm.CHALLENGER},
        held_out={one for one, arm in assigned.items() if arm is Arm.HOLD_OUT},
    )  # fmt: skip


def strategy_of(customer: Customer, day: date, now: datetime) -> Strategy:
    """The strategy that treats one customer on a day: the challenger's for who is in its arm."""
    seller = customer.seller
    found = running(seller, day)
    if found is not None:
        drawn = ExperimentArm.objects.filter(experiment=found, customer=customer).values_list("arm", flat=True).first()
        late = arm_of(found.seed, str(customer.id), found.challenger_bp, found.hold_out_bp)
        if Arm(drawn or late) is Arm.CHALLENGER:
            return read_text(found.document)
    return in_force(seller, day, now)[1]


def report(seller: Seller, code: str, as_of: date) -> dict[str, Any]:
    """What an experiment shows: its arms, and challenger less champion on each measure with a 95 % interval.

    Measures: `days_to_pay` (weighted by amount, unpaid invoices as of today, so it is a floor), `paid_by_30_bp` (share
    of the amount paid within 30 days of its due date), `complaints` (for each customer). Invoices are those due since
    it began whose 30 days are over. Numbers in ten-thousandths; None where nothing can be said.
    """
    found = Experiment.objects.filter(seller=seller, code=code).first()
    if found is None:
        raise BadInput(gettext_noop("There is no such experiment"), "code")
    assigned, last = assignment(found), found.ended_on or min(found.ends_on, as_of)
    asked = {
        "seller": seller.id, "first": found.starts_on, "as_of": as_of, "days": PAID_BY_DAYS,
        "last": min(last, as_of - timedelta(days=PAID_BY_DAYS)),
    }  # fmt: skip
    days: dict[Arm, list[Sample]] = defaultdict(list)
    paid: dict[Arm, list[Sample]] = defaultdict(list)
    for one in rows(INVOICES, asked):
        arm = assigned.get(one["customer_id"])
        if arm is not None and one["minor"] > 0:
            days[arm].append(Sample(one["minor"], one["minor_days"]))
            paid[arm].append(Sample(one["minor"], one["paid_minor"]))
    complained = {one["customer_id"]: one["count"] for one in rows(COMPLAINTS, asked)}
    voiced: dict[Arm, list[Sample]] = defaultdict(list)
    for customer_id, arm in assigned.items():
        voiced[arm].append(Sample(1, complained.get(customer_id, 0)))
    measures = {"days_to_pay": (days, True), "paid_by_30": (paid, False), "complaints": (voiced, True)}
    sizes = Counter(assigned.values())
    return {
        "code": found.code, "state": found.state, "from": found.starts_on, "to": last, "as_of": as_of,
        "customers": {arm.value: sizes[arm] for arm in Arm},
        "customers_with_invoices": {arm.value: len(days[arm]) for arm in Arm},
        "measures": {
            name: _plain(difference(by[Arm.CHAMPION], by[Arm.CHALLENGER], lower, found.seed))
            for name, (by, lower) in measures.items()
        },
    }  # fmt: skip


def _plain(found: Difference) -> dict[str, Any]:
    return {
        "champion": found.champion, "challenger": found.challenger, "low": found.low, "high": found.high,
        "verdict": found.verdict.code, "text": found.verdict.staff_text(), "staff": found.verdict.staff,
        "params": dict(found.verdict.params),
    }  # fmt: skip
