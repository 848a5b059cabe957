"""A desk that writes to customers: contacts, channels switched on, and runs day by day with the scalar rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from openterms.apps.collecting.outreach.actions import send
from openterms.apps.collecting.outreach.planning import Arms, plan
from openterms.apps.collecting.outreach.plans import OwedItem
from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.collecting.strategy.models import StepTaken
from openterms.apps.messaging.models import Message, MessageChannel
from openterms.apps.parties.actions import add_contact
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step
from openterms.core.collecting.step_reasons import STEP_OWED
from openterms.core.collecting.steps import severity
from tests.apps.desk import NOW, Desk


def noon(on: date) -> datetime:
    """The middle of a day."""
    return datetime.combine(on, time(11), UTC)


class Mailroom:
    """The desk's customers of one payer segment, and its runs."""

    def __init__(self, desk: Desk, live: tuple[str, ...] = ("email",), segment: str = "unclassified") -> None:
        self.desk, self.seller, self.segment = desk, desk.seller, segment
        for kind in live:
            MessageChannel.objects.create(
                seller=self.seller, kind=kind, adapter="smtp", address="smtp://localhost:2525", sender="ar@s.example",
                is_live=True,
            )  # fmt: skip
        self.add("C1")

    def add(self, who: str, **more: Any) -> Any:
        """A customer with a person to write to."""
        customer = self.desk.customer(who)
        given = {"name": f"Ada {who}", "email": f"ap@{who.lower()}.example"} | more
        add_contact(customer, SYSTEM, NOW, **given)
        return customer

    def arms(self, on: date) -> Arms:
        """The strategy in force."""
        version, strategy = in_force(self.seller, on, noon(on))
        return Arms(strategy=strategy, version=version.version)

    def owed(self, on: date, arms: Arms | None = None) -> list[OwedItem]:
        """What every item is owed, by the rule for one item."""
        arms = arms or self.arms(on)
        facts: dict[tuple[Any, str], list[tuple[Item, ItemFacts]]] = {}
        for item in Item.objects.filter(seller=self.seller, kind="invoice", open_minor__gt=0, issued_on__lte=on):
            taken = StepTaken.objects.filter(seller=self.seller, item=item)
            claims = item.contested_minor + item.in_flight_minor + item.planned_minor + item.promised_minor
            broke = item.promiseitem_set.filter(promise__state="broken").values_list("promise__state_on", flat=True)
            one = ItemFacts(
                str(item.id), item.currency, item.due_on, item.open_minor - claims, self.segment,
                tuple(TakenStep(step.step, step.taken_on) for step in taken), max(broke, default=None),
            )  # fmt: skip
            facts.setdefault((item.customer_id, item.currency), []).append((item, one))
        found = []
        for rows in facts.values():
            strategy = arms.of(rows[0][0].customer_id)
            by_id = {one.item_id: (item, one) for item, one in rows}
            for step in customer_step([one for _, one in rows], strategy, on).items:
                item, one = by_id[step.item_id]
                is_regular = step.reasons[0].code == STEP_OWED.code
                found.append(
                    OwedItem(
                        item.id, item.customer_id, item.currency, item.due_on, (on - item.due_on).days,
                        one.collectable_minor, self.segment, step.step or "", severity(step.step or ""),
                        "overdue" if is_regular else f"again:{on}",
                    )
                )
        return found

    def plan(self, on: date, arms: Arms | None = None, **more: Any) -> Any:
        """What a run of a day would do."""
        arms = arms or self.arms(on)
        return plan(self.seller, on, noon(on), arms, self.owed(on, arms), {}, **more)

    def send(self, on: date, actor: Any = SYSTEM, arms: Arms | None = None) -> Any:
        """A run of a day."""
        return send(self.seller, actor, self.plan(on, arms), noon(on))

    def call(self, on: date, *steps: str) -> None:
        """A person does what is left to people: the steps on every item that is owed one of them."""
        for item in self.owed(on):
            if item.step in steps:
                StepTaken.objects.create(
                    seller=self.seller, customer_id=item.customer_id, item_id=item.item_id, step=item.step,
                    cause=item.cause, taken_on=on,
                )  # fmt: skip

    def steps(self) -> list[tuple[str, date]]:
        """Every step on record, in order of days."""
        found = StepTaken.objects.filter(seller=self.seller).order_by("taken_on", "id")
        return [(one.step, one.taken_on) for one in found]

    def messages(self) -> list[Message]:
        """Every message, the oldest first."""
        return list(Message.objects.filter(seller=self.seller).order_by("queued_at", "id"))
