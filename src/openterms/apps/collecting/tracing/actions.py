"""Tracing a lost debtor: a checklist of sources, what each said, and on what ground personal data was looked at."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.escalation.authority import worker
from openterms.apps.collecting.escalation.matters import Doing, Step, add_step, locked, open_matter
from openterms.apps.collecting.escalation.models import RUNNING, Matter, MatterStep
from openterms.apps.parties.models import Customer
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

KIND = "tracing"
SOURCES = {
    "register": gettext_noop("Company register: status, address, directors, strike-off"),
    "insolvency": gettext_noop("Insolvency register and official gazette"),
    "vat": gettext_noop("VAT or tax number check"),
    "bureau": gettext_noop("Bureau report, linked companies, same directors"),
    "web": gettext_noop("Website, domain, bounced mail, map listings"),
    "bank": gettext_noop("Bank: the last remitter's account and name"),
    "delivery": gettext_noop("Delivery addresses and carrier's proof"),
    "references": gettext_noop("Trade references, landlord, our sales staff"),
    "courts": gettext_noop("Court and charge registers"),
    "investigator": gettext_noop("Licensed investigator"),
}
"""FACTBOOK 5.9, in order."""
RESULTS = {"found": gettext_noop("Found something"), "nothing": gettext_noop("Found nothing"),
           "skipped": gettext_noop("Not asked")}  # fmt: skip
GROUNDS = {"public": gettext_noop("Public register"), "contract": gettext_noop("Contract"),
           "interest": gettext_noop("Legitimate interest"), "none": gettext_noop("No personal data")}  # fmt: skip


def trace(do: Doing, customer: Customer, note: str) -> Matter:
    """Begin to look for a customer who cannot be reached. Errors: being looked for already, no reason."""
    if not note.strip():
        raise BadInput(gettext_noop("The reason is empty"), "note", gettext_noop("Say what was tried"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        Customer.objects.select_for_update().get(seller=do.seller, id=customer.id)
        if Matter.objects.filter(seller=do.seller, customer=customer, kind=KIND, state__in=RUNNING).exists():
            raise BadInput(gettext_noop("This customer is being looked for already"), "customer")
        return open_matter(do, customer, KIND, {}, customer.currency, "open", Step(kind="trace", note=note), person)


def look(do: Doing, matter_id: UUID, source: str, result: str, ground: str, note: str) -> MatterStep:
    """What a source said. Nothing of the debt is told to anybody asked. Errors: an unknown source, result or ground;
    something found without saying what."""
    for name, value, known in (("source", source, SOURCES), ("result", result, RESULTS), ("ground", ground, GROUNDS)):
        if value not in known:
            raise BadInput(gettext_noop("This is none of the choices"), name, gettext_noop("Choose one of the list"))
    if result == "found" and not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Write what was found"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open")
        data = {"source": source, "result": result, "ground": ground}
        return add_step(do, matter, Step(kind="look", note=note, data=data), person)


def finish(do: Doing, matter_id: UUID, is_found: bool, note: str) -> Matter:
    """The customer was found, or is not to be. Errors: found without saying where, given up with sources not asked."""
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open")
        if is_found and not note.strip():
            raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Write where the customer is"))
        if not is_found and (missing := [code for code in SOURCES if code not in asked(matter)]):
            raise BadInput(
                gettext_noop("%(count)s sources were not asked"), "source",
                gettext_noop("Ask each, or say that it was not asked"), {"count": len(missing)},
            )  # fmt: skip
        add_step(do, matter, Step(kind="found" if is_found else "give_up", note=note), person,
                 state="found" if is_found else "not_found")  # fmt: skip
    return matter


def asked(matter: Matter) -> dict[str, MatterStep]:
    """The last answer of each source."""
    steps = MatterStep.objects.filter(matter=matter, kind="look").order_by("number")
    return {one.data["source"]: one for one in steps}
