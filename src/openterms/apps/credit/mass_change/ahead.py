"""What the verbs of lines would refuse, looked at for many lines: their own refusals, of facts read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from openterms.apps.credit.line.actions import last_set, refuse_date, refuse_grant, refuse_limit
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.line.states import (
    Told,
    refuse_asking,
    refuse_ending,
    refuse_past,
    refuse_reducing,
    refuse_resuming,
    refuse_suspending,
    standing,
)
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.base.money import exponent
from openterms.core.receivables.postings import BaseRate

from .models import MassChange, MassChangeRow


class Step(StrEnum):
    """The verb of a line that a row of a change comes to."""

    SUSPEND = "suspend"
    RESUME = "resume"
    UNTIL = "until"
    REDUCE = "reduce"
    SET = "set"


class Ahead:
    """Facts of many lines, read once: the day of each line's last change, a rate for each currency that is asked for.
    Nothing is locked, so who acts meanwhile is only met when the change is done."""

    def __init__(self, seller: Seller, actor: Actor, change: MassChange, lines: Sequence[Line], now: datetime) -> None:
        self._seller, self._actor, self._change, self._now = seller, actor, change, now
        self._today = local_date(now, seller.timezone)
        self._told = Told(reason=change.reason, message=change.message)
        self._last = last_set([line.id for line in lines])
        self._rates: dict[str, BaseRate] = {}

    def refuse(self, line: Line | None, row: MassChangeRow, step: Step) -> None:
        """Refused and errors: as the line's verb, whatever it would refuse first."""
        if step == Step.SET:
            self._refuse_setting(line, row)
            return
        if step == Step.UNTIL:
            refuse_past(self._seller, self._change.until, self._now)
        refuse_asking(self._actor, row.currency, self._told)
        there = standing(line, row.currency)
        if step == Step.SUSPEND:
            refuse_suspending(there)
        elif step == Step.RESUME:
            refuse_resuming(there, self._granting)
        elif step == Step.UNTIL:
            refuse_ending(there, self._change.until, self._granting)
        elif row.after_minor is not None:
            refuse_reducing(there, row.after_minor)
            refuse_limit(row.after_minor, is_unlimited=False)
            refuse_date(self._today, self._last.get(there.id), self._today)

    def _refuse_setting(self, line: Line | None, row: MassChangeRow) -> None:
        exponent(row.currency)
        refuse_limit(row.after_minor, is_unlimited=False)
        refuse_grant(self._actor, row.currency, row.after_minor, False, lambda: self._rate(row.currency))
        refuse_date(self._today, self._last.get(line.id) if line else None, self._today)

    def _granting(self, line: Line) -> None:
        currency = line.currency
        refuse_grant(self._actor, currency, line.limit_minor, line.is_unlimited, lambda: self._rate(currency))

    def _rate(self, currency: str) -> BaseRate:
        if currency not in self._rates:
            self._rates[currency] = base_rate(self._seller, currency, self._today)
        return self._rates[currency]
