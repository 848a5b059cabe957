"""What becomes of plans: instalments fall due, plans are completed or fail, offers run out, people cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.schedule import actions as schedules
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import plans

from .actions import locked, refuse_role
from .interest import credit_unearned
from .models import Plan, PlanLine

NOT_RUNNING = Reason(
    "plan_not_running",
    gettext_noop("The plan is %(state)s and does not run."),
    remedy=gettext_noop("Open the customer's running plan."),
)

PAID = """
SELECT w.plan_id, sum(greatest(least(w.taken, coalesce(p.minor, 0)), 0))::bigint
FROM (SELECT l.plan_id, l.item_id, q.accepted_on, sum(l.amount_minor) AS taken
      FROM collecting_planline l JOIN collecting_plan q ON q.id = l.plan_id WHERE l.plan_id = ANY(%(ids)s)
      GROUP BY 1, 2, 3) w
CROSS JOIN LATERAL (SELECT sum(s.amount_minor) AS minor FROM receivables_settlement s
    WHERE s.item_id = w.item_id AND s.settled_on BETWEEN w.accepted_on AND %(as_of)s) p
GROUP BY w.plan_id
"""


def paid(plan_ids: Sequence[UUID], as_of: date) -> dict[UUID, int]:
    """What came in for each plan since it was accepted: on each of its items up to what the plan takes of it."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, {"ids": list(plan_ids), "as_of": as_of})
        return {plan_id: int(minor) for plan_id, minor in cursor.fetchall()}


def derive_plans(seller: Seller, as_of: date, now: datetime) -> dict[str, int]:
    """Give plans the state that money and the date imply; how many went to each state, and how many instalments
    `fell_due`. An earlier day than a plan's own
    changes nothing; a night run twice changes nothing more.

    An instalment whose date has passed is planned no more: what of it is unpaid may be collected. A completed or failed
    plan ends its schedule and claims: the items' own due dates count again. Offers past their day expire.
    """
    changed: dict[str, int] = {}
    with transaction.atomic():
        wanted = Plan.objects.filter(seller=seller, state=Plan.State.RUNNING, state_on__lte=as_of)
        ids = list(wanted.values_list("id", flat=True))
        lock_items(
            seller, sorted(set(PlanLine.objects.filter(plan_id__in=ids).values_list("item_id", flat=True)))
        )
        with locking():
            running = list(Plan.objects.select_for_update().filter(id__in=ids, state=Plan.State.RUNNING).order_by("id"))
        money = paid([plan.id for plan in running], as_of)
        for plan in running:
            state, passed = _derive(seller, plan, money.get(plan.id, 0), as_of, now)
            for name, count in (("fell_due", passed), (state, int(state != Plan.State.RUNNING))):
                if count:
                    changed[name] = changed.get(name, 0) + count
        expired = _expire(seller, as_of, now)
        if expired:
            changed["expired"] = expired
    return changed


def _derive(seller: Seller, plan: Plan, paid_minor: int, as_of: date, now: datetime) -> tuple[str, int]:
    """The state of a plan, and how many of its instalments fell due since it was looked at."""
    rows = list(plan.instalments.order_by("number"))
    passed = [row for row in rows if row.passed_on is None and row.due_on < as_of]
    for row in passed:
        row.passed_on = row.due_on + timedelta(days=1)
        row.save(update_fields=["passed_on"])
        claims.end([row.id], row.passed_on, now)
    outcome = plans.outcome_of(
        [plans.PlanInstalment(row.number, row.due_on, row.principal_minor, row.interest_minor) for row in rows],
        paid_minor, as_of, plan.grace_days, plan.most_missed,
    )  # fmt: skip
    if outcome.state != Plan.State.RUNNING:
        end_plan(seller, SYSTEM, plan, outcome.state, as_of, now, {"missed": list(outcome.missed)})
    return outcome.state, len(passed)


def end_plan(
    seller: Seller, actor: Actor, plan: Plan, state: str, on: date, now: datetime, more: dict[str, object]
) -> None:
    """Close a running plan whose locks the caller holds: the items' own due dates count again from that day, nothing is
    planned any more, and interest that was not earned is credited."""
    claims.end(list(plan.instalments.values_list("id", flat=True)), on, now)
    schedules.end([plan.id], on, now)
    plan.state, plan.state_on = state, on
    plan.save(update_fields=["state", "state_on"])
    given_back = 0 if state == Plan.State.COMPLETED else credit_unearned(seller, actor, plan, on, now)
    record(
        seller.id, actor, f"plan_{state}", "plan", plan.id, now, plan.customer_id,
        {"amount_minor": plan.total_minor, "currency": plan.currency, "interest_credited_minor": given_back} | more,
    )  # fmt: skip


def cancel(seller: Seller, actor: Actor, plan_id: UUID, reason: str, now: datetime) -> Plan:
    """End a running plan by a person's word; the original due dates count again. Refused: a role that agrees no plans,
    it does not run; busy. Errors: no reason, no such plan."""
    refuse_role(actor)
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the plan ends"))
    with transaction.atomic():
        plan, _ = locked(seller, plan_id)
        if plan.state != Plan.State.RUNNING:
            raise Refused([NOT_RUNNING.given(state=plan.state)])
        on = local_date(now, seller.timezone)
        end_plan(seller, actor, plan, Plan.State.CANCELLED, on, now, {"reason": reason.strip()[:500]})
    return plan


def _expire(seller: Seller, as_of: date, now: datetime) -> int:
    with locking():
        due = list(
            Plan.objects.select_for_update()
            .filter(seller=seller, state=Plan.State.OFFERED, answer_by__lt=as_of)
            .order_by("id")[:500]
        )
    for plan in due:
        plan.state, plan.state_on = Plan.State.EXPIRED, as_of
        plan.save(update_fields=["state", "state_on"])
        record(
            seller.id, SYSTEM, "plan_expired", "plan", plan.id, now, plan.customer_id,
            {"amount_minor": plan.total_minor, "currency": plan.currency},
        )  # fmt: skip
    return len(due)
