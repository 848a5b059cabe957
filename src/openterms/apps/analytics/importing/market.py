"""Post a simulated market into the record, through the same set-wise paths as an import."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa

from openterms.apps.collecting.models import Promise, PromiseItem, StepTaken
from openterms.apps.credit.models import Line, LineChange
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import BillingProfile, Contact, Customer, CustomerToken, Group
from openterms.apps.parties.search import fold, tokens
from openterms.apps.receivables.claim.actions import refresh_slices
from openterms.apps.receivables.dispute.reads import routes
from openterms.apps.receivables.models import Claim, Dispute, DisputeCase, Item
from openterms.apps.receivables.open_item.bulk import BulkPosting, refresh_statistics
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.models import Seller, User
from openterms.core.base.calendar import BusinessCalendar, add_months
from openterms.core.receivables.disputes import answer_by
from openterms.portfolio.runs.market import Market

REASONS = {
    "short_delivery": "quantity", "damaged": "quality", "price": "price", "duplicate": "duplicate",
    "no_purchase_order": "purchase_order",
}  # fmt: skip
LADDER = (("reminder", 1, 8), ("call", 7, 15), ("firm_letter", 15, 24), ("final_notice", 30, 40))
"""Steps that will have been taken by now: the step, the day it was taken, the day from which it surely was."""


def post_market(seller: Seller, market: Market, collectors: Sequence[User], now: datetime) -> dict[str, int]:
    """Post customers, invoices, money, disputes, promises and the steps taken so far. In the caller's transaction."""
    batch_id = new_id()
    customers = _customers(seller, market, collectors, batch_id, local_date(now, seller.timezone))
    posting = BulkPosting(seller, batch_id)
    posting.stage_items(_items(market, customers))
    owners = dict(zip(*_columns(market.invoices, "invoice", "customer"), strict=True))
    posting.stage_allocations(_allocations(market, owners, customers))
    posting.stage_givings(_givings(market, owners, customers))
    posted = posting.post()
    items = dict(Item.objects.filter(seller=seller, kind="invoice").values_list("number", "id"))
    touched = _disputes(seller, market, customers, items, now) + _promises(seller, market, customers, items, now)
    refresh_slices(touched)
    steps = _steps(seller, market.end)
    refresh_statistics()
    figures = {
        "customers": len(customers), "items": posted.items, "allocations": posted.allocations,
        "disputes": market.disputes.num_rows, "promises": market.promises.num_rows, "steps": steps,
    }  # fmt: skip
    record(seller.id, SYSTEM, "market_posted", "import", batch_id, now, None, figures)
    return figures


def _columns(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table[name].to_pylist() for name in names]


def _customers(
    seller: Seller, market: Market, collectors: Sequence[User], batch_id: UUID, today: date
) -> dict[str, UUID]:
    groups = {
        row["group"]: Group(seller=seller, code=row["group"], name=row["name"]) for row in market.groups.to_pylist()
    }
    Group.objects.bulk_create(groups.values())
    rows = market.customers.to_pylist()
    customers = {
        row["customer"]: Customer(
            seller=seller, number=row["customer"], name=row["name"],
            search_name=fold(f"{row['name']} {row['customer']}")[:300], group=groups.get(row["group"]),
            country=row["country"], currency=row["currency"], locale=row["locale"], timezone=row["timezone"],
            terms=row["terms"], created_on=row["created_on"], insolvent_on=row["insolvent_on"], batch_id=batch_id,
            collector=collectors[place % len(collectors)] if collectors else None,
        )
        for place, row in enumerate(rows)
    }  # fmt: skip
    Customer.objects.bulk_create(customers.values())
    CustomerToken.objects.bulk_create(
        CustomerToken(seller=seller, customer=customer, token=token)
        for customer in customers.values()
        for token in tokens(customer.name, customer.number)
    )
    Contact.objects.bulk_create(
        Contact(
            seller=seller, customer=customers[row["customer"]], name=row["name"], role=row["role"],
            email=row["email"], phone=row["phone"], locale=row["locale"],
        )
        for row in market.contacts.to_pylist()
    )  # fmt: skip
    BillingProfile.objects.bulk_create(
        BillingProfile(
            seller=seller, customer=customers[row["customer"]], recipients=[row["email"]],
            needs_purchase_order=zlib.crc32(row["customer"].encode()) % 3 == 0,
        )
        for row in market.contacts.to_pylist()
    )  # fmt: skip
    _lines(seller, rows, customers, today)
    return {number: customer.id for number, customer in customers.items()}


def _lines(seller: Seller, rows: list[dict[str, Any]], customers: dict[str, Customer], today: date) -> None:
    """A line from the first day of the account, looked at again on its last anniversary; one in eight was not."""
    lines = [
        Line(
            seller=seller, customer=customers[row["customer"]], currency=row["currency"],
            limit_minor=row["limit_minor"], is_unlimited=row["is_unlimited"],
        )
        for row in rows
        if row["limit_minor"] is not None or row["is_unlimited"]
    ]  # fmt: skip
    Line.objects.bulk_create(lines)
    LineChange.objects.bulk_create(
        LineChange(
            seller=seller, line=line, customer=line.customer, currency=line.currency, limit_minor=line.limit_minor,
            is_unlimited=line.is_unlimited, valid_from=day, reason=reason,
        )
        for line in lines
        for day, reason in _looked_at(line.customer, today)
    )  # fmt: skip


def _looked_at(customer: Customer, today: date) -> Iterator[tuple[date, str]]:
    yield customer.created_on, "opening"
    years = (today - customer.created_on).days // 366
    if years and zlib.crc32(customer.number.encode()) % 8:
        yield add_months(customer.created_on, 12 * years), "yearly review"


def _items(market: Market, customers: dict[str, UUID]) -> Iterator[tuple[Any, ...]]:
    for place, row in enumerate(market.invoices.to_pylist()):
        yield _item(place, customers[row["customer"]], "invoice", row["invoice"], row["issued_on"], row["due_on"], row)
    for place, row in enumerate(market.receipts.to_pylist()):
        on = row["received_on"]
        yield _item(place, customers[row["customer"]], "receipt", row["receipt"], on, on, row)
    for place, row in enumerate(market.credit_notes.to_pylist()):
        on = row["issued_on"]
        yield _item(place, customers[row["customer"]], "credit_note", row["credit_note"], on, on, row)


def _item(
    place: int, customer: UUID, kind: str, number: str, on: date, due_on: date, row: dict[str, Any]
) -> tuple[Any, ...]:
    """A staged item in the seller's own currency, without VAT."""
    id, amount = new_id(), row["amount_minor"]
    reference = row.get("purchase_order") or row.get("reference") or ""
    return (
        place, id, new_id(), id, customer, kind, number, number, 1, 1, on, due_on, row["currency"], amount, amount,
        row.get("discount_on"), row.get("discount_minor") or 0, row.get("terms", ""), reference, None, None, 0, 0,
        amount, amount,
    )  # fmt: skip


def _allocations(
    market: Market, owners: dict[str, str], customers: dict[str, UUID]
) -> Iterator[tuple[Any, ...]]:
    for place, row in enumerate(market.allocations.to_pylist()):
        if row["kind"] in ("cash", "credit"):
            kind = "receipt" if row["kind"] == "cash" else "credit_note"
            credit = row["receipt"] if row["kind"] == "cash" else row["credit_note"]
            yield (
                place, kind, credit, row["invoice"], None, customers[owners[row["invoice"]]], row["amount_minor"],
                row["settled_on"],
            )  # fmt: skip


def _givings(market: Market, owners: dict[str, str], customers: dict[str, UUID]) -> Iterator[tuple[Any, ...]]:
    for place, row in enumerate(market.allocations.to_pylist()):
        if row["kind"] in ("discount", "small_difference"):
            customer = customers[owners[row["invoice"]]]
            yield place, row["kind"], row["invoice"], customer, row["amount_minor"], row["settled_on"]


def _disputes(
    seller: Seller, market: Market, customers: dict[str, UUID], items: dict[str, UUID], now: datetime
) -> list[UUID]:
    rows = market.disputes.to_pylist()
    calendar, routed = BusinessCalendar.of(seller.weekend), {one["reason"]: one for one in routes(seller)}
    cases = [
        DisputeCase(
            seller=seller, customer_id=customers[row["customer"]], currency=market.currency,
            **_case(row, routed[REASONS.get(row["reason"], "other")], calendar),
        )
        for row in rows
    ]  # fmt: skip
    DisputeCase.objects.bulk_create(cases)
    disputes = [
        Dispute(
            seller=seller, customer_id=case.customer_id, item_id=items[row["invoice"]],
            amount_minor=case.amount_minor, currency=case.currency, reason=case.reason, case=case,
            opened_on=case.opened_on, closed_on=case.decided_on, outcome=row["outcome"] or "",
            upheld_minor=case.upheld_minor if case.decided_on else None, external_id=row["dispute"],
        )
        for row, case in zip(rows, cases, strict=True)
    ]  # fmt: skip
    Dispute.objects.bulk_create(disputes)
    Claim.objects.bulk_create(
        Claim(
            seller=seller, customer_id=one.customer_id, item_id=one.item_id, kind="contested",
            amount_minor=one.amount_minor, starts_on=one.opened_on, source_type="dispute", source_id=one.id,
            ends_on=one.closed_on, ended_recorded_at=now if one.closed_on else None,
        )
        for one in disputes
    )  # fmt: skip
    return [one.item_id for one in disputes if one.closed_on is None]


def _case(row: dict[str, Any], route: dict[str, Any], calendar: BusinessCalendar) -> dict[str, Any]:
    """The case of an imported dispute, by the seller's route: still open, or decided as the file says."""
    opened_on, closed_on, upheld = row["opened_on"], row["closed_on"], row["outcome"] == "upheld"
    return {
        "amount_minor": row["amount_minor"], "reason": route["reason"], "department": route["department"],
        "owner": route["owner"], "channel": "import", "opened_on": opened_on, "decided_on": closed_on,
        "due_on": answer_by(opened_on, route["business_days"], calendar),
        "state": "decided" if closed_on else "received", "state_on": closed_on or opened_on,
        "resolution": ("credit_note" if upheld else "rejected") if closed_on else "",
        "upheld_minor": row["amount_minor"] if upheld else 0,
    }  # fmt: skip


def _promises(
    seller: Seller, market: Market, customers: dict[str, UUID], items: dict[str, UUID], now: datetime
) -> list[UUID]:
    rows = [_judged(row, market.end) for row in market.promises.to_pylist()]
    promises = [
        Promise(
            seller=seller, customer_id=customers[row["customer"]], amount_minor=row["amount_minor"],
            currency=row["currency"], promised_for=row["promised_for"], made_on=row["made_on"], made_by=row["made_by"],
            state=row["state"], state_on=row["state_on"], external_id=row["promise"],
        )
        for row in rows
    ]  # fmt: skip
    Promise.objects.bulk_create(promises)
    pairs = [(made, items[row["invoice"]]) for made, row in zip(promises, rows, strict=True)]
    PromiseItem.objects.bulk_create(
        PromiseItem(
            seller=seller, promise=made, item_id=item, amount_minor=made.amount_minor,
            open_before_minor=made.amount_minor,
        )
        for made, item in pairs
    )  # fmt: skip
    Claim.objects.bulk_create(
        Claim(
            seller=seller, customer_id=made.customer_id, item_id=item, kind="promised", amount_minor=made.amount_minor,
            starts_on=made.made_on, source_type="promise", source_id=made.id,
            ends_on=None if made.state == "pending" else made.state_on,
            ended_recorded_at=None if made.state == "pending" else now,
        )
        for made, item in pairs
    )  # fmt: skip
    return [item for made, item in pairs if made.state == "pending"]


def _judged(row: dict[str, Any], end: date) -> dict[str, Any]:
    """A promise whose day and grace passed before the market ended was judged then, not today."""
    if row["state"] == "pending" and row["promised_for"] + timedelta(days=2) < end:
        return row | {"state": "part_kept", "state_on": row["promised_for"] + timedelta(days=2)}
    return row


def _steps(seller: Seller, end: date) -> int:
    """The steps that a team would have taken on what is overdue, on three of four accounts."""
    taken = []
    overdue = Item.objects.filter(seller=seller, kind="invoice", open_minor__gt=0, due_on__lt=end)
    for item in overdue.only("id", "customer_id", "due_on").iterator(chunk_size=5_000):
        if zlib.crc32(item.customer_id.bytes) % 4 == 0:
            continue
        late = (end - item.due_on).days
        taken += [
            StepTaken(
                seller=seller, customer_id=item.customer_id, item_id=item.id, step=step,
                taken_on=item.due_on + timedelta(days=day), outcome="",
            )
            for step, day, surely in LADDER
            if late >= surely
        ]  # fmt: skip
    StepTaken.objects.bulk_create(taken)
    return len(taken)
