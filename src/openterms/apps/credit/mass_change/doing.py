"""Do to many lines what was looked at: locked in one statement, refused line by line, written in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openterms.apps.credit.line.actions import Change
from openterms.apps.credit.line.many import Many, locked_lines
from openterms.apps.credit.line.models import Line, LineStep
from openterms.apps.credit.line.states import Told
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import BUSY
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit.orders import LineState

from .actions import STALE, fault_of, stamp_of, step_of
from .ahead import Ahead, Step
from .models import MassChange, MassChangeRow
from .writing import write_rows

Kind = LineStep.Kind


def carry_out(seller: Seller, actor: Actor, change: MassChange, found: Sequence[MassChangeRow], now: datetime) -> None:
    """Do rows, in the order in which orders lock their lines: what is refused, busy or has changed since is noted with
    its row and changes nothing there, and the others go on. Inside a transaction."""
    lines = _locked(seller, found)
    ahead = Ahead(seller, actor, change, [line for line in lines.values() if line is not None], now)
    many = Many(seller, actor, Told(reason=change.reason, message=change.message), now)
    fresh: list[tuple[MassChangeRow, Line]] = []
    for row in found:
        key = row.customer_id, row.currency
        line = lines.get(key)
        try:
            if key in lines and line is None:
                raise Refused([BUSY])
            if stamp_of(line) != row.stamp:
                raise Refused([STALE])
            step = step_of(change, row, line)
            ahead.refuse(line, row, step)
        except (BadInput, Refused) as error:
            _refused(row, error)
            continue
        row.outcome = "done"
        if line is None:
            fresh.append((row, Line(seller=seller, customer_id=row.customer_id, currency=row.currency)))
        else:
            _do(many, seller, change, row, line, step, now)
    for row, line in _opened(seller, fresh):
        _do(many, seller, change, row, line, Step.SET, now)
    many.write()
    write_rows(found, {"fault": "jsonb", "outcome": "text"})


def _locked(seller: Seller, found: Sequence[MassChangeRow]) -> dict[tuple[object, str], Line | None]:
    """The lines of rows under their locks, by customer and currency; None for one that is busy."""
    lines = Line.objects.filter(seller=seller, customer_id__in=[row.customer_id for row in found])
    wanted = {(row.customer_id, row.currency) for row in found}
    known = lines.values_list("id", "customer_id", "currency")
    keys = {line_id: (who, currency) for line_id, who, currency in known if (who, currency) in wanted}
    kept = locked_lines(seller, list(keys))
    return {keys[line_id]: line for line_id, line in kept.items()}


def _opened(
    seller: Seller, fresh: Sequence[tuple[MassChangeRow, Line]]
) -> list[tuple[MassChangeRow, Line]]:
    """Lines made for customers who had none; where somebody else made one meanwhile, that is noted with its row."""
    Line.objects.bulk_create([line for _, line in fresh], ignore_conflicts=True)
    kept = locked_lines(seller, [line.id for _, line in fresh]) if fresh else {}
    for row, line in fresh:
        if line.id not in kept:
            _refused(row, Refused([STALE]))
    return [(row, made) for row, line in fresh if (made := kept.get(line.id)) is not None]


def _do(
    many: Many, seller: Seller, change: MassChange, row: MassChangeRow, line: Line, step: Step, now: datetime
) -> None:
    """What a row comes to, done to its line; nothing of it is refused any more."""
    before, today = line.limit_minor, local_date(now, seller.timezone)
    if step in (Step.SET, Step.REDUCE):
        many.change(line, Change(limit_minor=row.after_minor, reason=change.reason, valid_from=today))
        if step == Step.REDUCE:
            many.step(line, Kind.REDUCE, before)
    elif step == Step.SUSPEND:
        line.state, line.state_on = LineState.SUSPENDED.value, today
        many.step(line, Kind.SUSPEND, before)
    elif step == Step.RESUME:
        line.state, line.state_on = LineState.OPEN.value, None
        many.step(line, Kind.RESUME, before)
    else:
        line.valid_until = change.until
        many.step(line, Kind.EXTEND, before)


def _refused(row: MassChangeRow, error: BadInput | Refused) -> None:
    row.fault = fault_of(error)
    row.outcome = "stale" if row.fault.get("code") == STALE.code else "refused"
