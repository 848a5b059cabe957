"""Taking in an agency's file: every row or none."""

from __future__ import annotations

from django.db import transaction

from openterms.apps.collecting.escalation.matters import Doing
from openterms.apps.collecting.escalation.models import PREFIXES, Matter, MatterStep
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.formats.placement.files import Answer, read_answers

from .actions import KIND, AgencyPayment, answer, record_payment

VERBS = {"ack": "acknowledge", "decline": "decline", "close": "close"}


def take_in(do: Doing, content: bytes) -> dict[str, int]:
    """Do what an agency's file says; rows that came before count once. Answers how many of each kind were new.

    Errors: a file that cannot be read, every row that is wrong or refused; then nothing is done.
    """
    rows = read_answers(content)
    done: dict[str, int] = {"before": 0}
    faults = []
    with transaction.atomic():
        known = {
            f"{PREFIXES[KIND]}-{one.number:05d}": one
            for one in Matter.objects.filter(seller=do.seller, kind=KIND).only("id", "number", "currency")
        }
        for row in rows:
            matter = known.get(row.placement)
            try:
                if matter is None:
                    raise BadInput(gettext_noop("There is no such placement"), f"row {row.row}")
                done_as = _do(do, matter, row)
                done[done_as] = done.get(done_as, 0) + 1
            except (BadInput, Refused) as error:
                faults.append(f"row {row.row}: {error}")
        if faults:
            raise BadInput(
                gettext_noop("%(count)s rows are wrong: %(rows)s"), "file",
                gettext_noop("Correct them and send it again"),
                {"count": len(faults), "rows": "; ".join(faults[:20])},
            )  # fmt: skip
    return done


def _do(do: Doing, matter: Matter, row: Answer) -> str:
    key = f"{matter.id}:{row.reference}" if row.kind in ("payment", "direct") else f"{matter.id}:{row.kind}"
    if MatterStep.objects.filter(seller=do.seller, key=key).exists():
        return "before"
    when = Doing(seller=do.seller, actor=do.actor, on=min(row.on, do.on), now=do.now)
    with transaction.atomic():
        if row.kind in VERBS:
            answer(when, matter.id, VERBS[row.kind], row.reference, row.note, key)
        else:
            paid = AgencyPayment(
                amount_minor=row.minor("amount", matter.currency), fee_minor=row.minor("fee", matter.currency),
                reference=row.reference, is_direct=row.kind == "direct", key=key,
            )  # fmt: skip
            record_payment(when, matter.id, paid)
    return row.kind
