"""What a customer's page shows of its lines: state, exposure by parts, cover, group, offers, notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from openterms.apps.credit.authorisation.reads import credit_of
from openterms.apps.credit.cover.models import Cover
from openterms.apps.credit.cover.reads import beside, covers
from openterms.apps.credit.group_line.reads import group_line_of, group_view
from openterms.apps.credit.line.models import Line, LineStep
from openterms.apps.credit.offer.models import Offer
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput

from .doing import explain

MOST_SHOWN = 6


def section(customer: Customer, on: date, there: Collection[str], kept: Mapping[str, Line]) -> dict[str, Any]:
    """What the customer's page shows: each line with the parts of its exposure and what covers it, the group's line,
    cover, offers, notices. `fault` says which rate is missing where one is.

    `there` names what the customer has any of; `kept` are its lines by currency.
    """
    seller, now = customer.seller, clock.now()
    found: dict[str, Any] = {"lines": [], "fault": "", "group": None}
    try:
        standing = credit_of(customer, now, seller) if kept else []
        for currency, stood in standing:
            line = kept.get(currency)
            if line is not None:
                held = beside(seller, customer, currency, stood.exposure.netting(deposits=False).total_minor, on)
                found["lines"].append({"line": line, "currency": currency, "exposure": stood.exposure, "covered": held})
        found["group"] = group_line_of(seller, customer)
        if found["group"] is not None:
            found["room"] = group_view(seller, found["group"].group, on, now).headroom
    except BadInput as error:
        found["fault"] = explain(error)
        found["lines"] = [{"line": line, "currency": code} for code, line in sorted(kept.items())]
    several = covers(seller, customer) if "covers" in there else []
    found["covers"] = [{"cover": one, "state": _cover_state(one, on)} for one in several]
    offers = Offer.objects.filter(seller=seller, customer=customer).order_by("-id")
    found["offers"] = list(offers[:MOST_SHOWN]) if "offers" in there else []
    steps = LineStep.objects.filter(seller=seller, customer=customer).order_by("-id")
    found["steps"] = list(steps[:MOST_SHOWN]) if "steps" in there else []
    return found


def _cover_state(one: Cover, on: date) -> str:
    if one.ended_on is not None and one.ended_on <= on:
        return "ended"
    if one.valid_until is not None and one.valid_until < on:
        return "lapsed"
    return "to_come" if one.valid_from > on else "in_force"
