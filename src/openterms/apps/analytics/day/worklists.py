"""The worklist of a date, for machines: the one on record for the latest day, a fresh plan for another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from openterms.apps.analytics.loading import load_book
from openterms.apps.collecting.experiment.reads import arms
from openterms.apps.collecting.team.reads import whose_work, workers
from openterms.apps.collecting.worklist.models import WorkItem
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_decimal
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import step_reasons
from openterms.portfolio.runs.day import plan_day

from .arms import challenge_of
from .reads import latest_run
from .weights import missed_of

CALLED_BACK = Reason("called_back", gettext_noop("You asked to be reminded of this customer today."))
REASONS = {reason.code: reason for reason in (*step_reasons.ALL, CALLED_BACK)}


def worklist_of(seller: Seller, day: date, now: datetime, collector: str = "") -> list[dict[str, Any]]:
    """Rows `customer, step, reasons, amount_at_risk, currency, items` in working order.

    Customers and items by the seller's own numbers; reasons as sentences; amounts as decimal text. `collector` is an
    e-mail, and leaves what that person works on the day: own customers and those covered for. Errors: nobody here.
    """
    mine = _customers_worked(seller, collector, day) if collector else None
    run = latest_run(seller)
    if run is not None and run.date == day:
        work = WorkItem.objects.filter(seller=seller, state="open").order_by("-per_minute_base_minor", "id")
        rows = [
            (w.customer_id, w.currency, w.step, w.reasons, w.amount_at_risk_minor, [str(item) for item in w.items])
            for w in work.iterator(chunk_size=5_000)
        ]
    else:
        chosen = arms(seller, day, now)
        plan = plan_day(
            load_book(seller), day, chosen.strategy, challenge=challenge_of(chosen), missed=missed_of(seller, day)
        )
        rows = [
            (UUID(str(r["customer_id"])), r["currency"], r["step"], json.loads(r["reasons"]),
             r["amount_at_risk_minor"], [str(item) for item in r["items"]])
            for r in plan.worklist.to_pylist()
        ]  # fmt: skip
    rows = [row for row in rows if mine is None or row[0] in mine]
    customers = _numbers(Customer, {row[0] for row in rows})
    items = _numbers(Item, {UUID(item) for row in rows for item in row[5]})
    return [
        {
            "customer": customers[customer],
            "step": step,
            "reasons": [reason_text(reason) for reason in reasons],
            "amount_at_risk": str(to_decimal(at_risk, currency)),
            "currency": currency,
            "items": [items[UUID(item)] for item in acted if UUID(item) in items],
        }
        for customer, currency, step, reasons, at_risk, acted in rows
    ]


def _customers_worked(seller: Seller, email: str, day: date) -> set[UUID]:
    person = next((one for one in workers(seller).values() if one.user.email == email.lower()), None)
    if person is None:
        raise BadInput(
            gettext_noop("Nobody with this e-mail works on customers here"), "collector",
            gettext_noop("Give the e-mail of a collector, analyst or credit manager"),
        )  # fmt: skip
    theirs = whose_work(seller, person.user_id, day)
    return set(Customer.objects.filter(seller=seller, collector_id__in=theirs).values_list("id", flat=True))


def reason_text(reason: dict[str, Any]) -> str:
    """A stored reason as an English sentence for staff."""
    known = REASONS.get(reason["code"])
    if known is None:
        return str(reason["code"])
    params = dict(reason.get("params", {}))
    if "step" in params:
        params["step"] = str(params["step"]).replace("_", " ")
    if "currency" in params:
        code = str(params["currency"])
        amounts = {name: minor for name, minor in params.items() if name.endswith("_minor")}
        params |= {name: f"{to_decimal(minor, code):f} {code}" for name, minor in amounts.items()}
    return known.given(**params).staff_text()


def _numbers(model: type[Customer] | type[Item], ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(model.objects.filter(id__in=list(ids)).values_list("id", "number"))  # type: ignore[attr-defined]
