"""Steps of escalations whose forms say more than their actions take: inputs, an agency's payment, a judgment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from openterms.apps.collecting.escalation import review
from openterms.apps.collecting.escalation.matters import Doing
from openterms.apps.collecting.escalation.models import Matter
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.placement import actions as placement
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_minor
from openterms.core.base.reasons import gettext_noop

from . import matter_words as words

Given = Mapping[str, Any]


def change_inputs(do: Doing, matter: Matter, given: Given) -> Matter:
    """Keep the inputs of a comparison that a person changed."""
    facts = review.facts_of(matter)
    changes: dict[str, int | None] = {}
    for name in words.INPUTS:
        if name == "claim_minor":
            continue
        value = None if given.get(name) in ("", None) else given[name]
        if value != facts[name].value:
            changes[name] = value
    return review.change_inputs(do, matter.id, changes, given["note"])


def pay(do: Doing, matter: Matter, given: Given) -> Matter:
    """Record what an agency collected."""
    paid = placement.AgencyPayment(
        amount_minor=given["amount"], fee_minor=given["fee"] or 0, reference=given["reference"],
        is_direct=given["is_direct"],
    )  # fmt: skip
    return placement.record_payment(do, matter.id, paid)


def judge(do: Doing, matter: Matter, given: Given) -> Matter:
    """Record a judgment. Errors: a line of instalments that is no day and amount."""
    instalments = []
    for line in given["instalments"].splitlines():
        parts = line.split()
        if not parts:
            continue
        try:
            instalments.append((date.fromisoformat(parts[0]), to_minor(parts[1].replace(",", ""), matter.currency)))
        except (ValueError, IndexError) as error:
            raise BadInput(
                gettext_noop("This is not a day and an amount"), "instalments",
                gettext_noop("Write lines like 2026-10-01 500.00"),
            ) from error  # fmt: skip
    return legal.judgment(do, matter.id, given["amount"] or 0, given["costs"] or 0, given["reference"], instalments)
