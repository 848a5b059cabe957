"""How a customer stands when it orders: exposure by parts, headroom, holds, overdue. From rows to the core's facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openterms.apps.credit.line.models import Line, LineChange
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import DEBIT_KINDS
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.authorisation import Authorisation as Life
from openterms.core.credit.authorisation import State
from openterms.core.credit.exposure import Exposure, Headroom, Limit
from openterms.core.credit.orders import Rules, Standing

from .answers import Answered, answer_of
from .models import LIVE, Authorisation
from .rules import rules_of

STANDING = """
SELECT
    owed.*,
    (SELECT coalesce(sum(greatest(a.approved_minor - a.captured_minor - a.released_minor, 0)), 0)::bigint
     FROM credit_authorisation a
     WHERE a.line_id = %(line)s AND a.state = ANY(%(live)s) AND a.expires_at > %(now)s) AS held_minor,
    (SELECT coalesce(sum(greatest(c.captured_minor - coalesce(i.invoiced_minor, 0), 0)), 0)::bigint
     FROM (SELECT invoice, sum(amount_minor) AS captured_minor FROM credit_authorisationcapture
           WHERE line_id = %(line)s GROUP BY invoice) c
     LEFT JOIN LATERAL (
         SELECT sum(amount_minor) AS invoiced_minor FROM receivables_item
         WHERE seller_id = %(seller)s AND kind = 'invoice' AND external_id = c.invoice AND c.invoice <> ''
             AND customer_id = %(customer)s AND currency = %(currency)s) i ON true) AS captured_minor,
    (SELECT coalesce(sum(greatest(a.approved_minor - a.released_minor, a.captured_minor)), 0)::bigint
     FROM credit_authorisation a
     WHERE a.seller_id = %(seller)s AND a.customer_id = %(customer)s AND a.order_ref = %(order)s
         AND a.currency = %(currency)s AND a.state = ANY(%(counted)s)) AS already_minor,
    ARRAY(SELECT h.cause FROM credit_hold h
          WHERE h.seller_id = %(seller)s AND h.customer_id = %(customer)s AND h.lifted_on IS NULL ORDER BY 1) AS holds,
    coalesce((SELECT b.needs_purchase_order FROM parties_billingprofile b
              WHERE b.customer_id = %(customer)s), false) AS needs_purchase_order
FROM (
    SELECT coalesce(sum(open_minor) FILTER (WHERE is_debit), 0)::bigint AS open_minor,
        coalesce(sum(open_minor) FILTER (WHERE NOT is_debit), 0)::bigint AS unapplied_minor,
        coalesce(sum(collectable) FILTER (WHERE is_late), 0)::bigint AS overdue_minor,
        coalesce(max(%(on)s::date - due_on) FILTER (WHERE is_late), 0) AS days_overdue
    FROM (
        SELECT due_on, open_minor, kind = ANY(%(debit)s) AS is_debit,
            open_minor - contested_minor - in_flight_minor - planned_minor - promised_minor AS collectable,
            kind = ANY(%(debit)s) AND due_on < %(late)s::date
                AND open_minor > contested_minor + in_flight_minor + planned_minor + promised_minor AS is_late
        FROM receivables_item
        WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s AND open_minor > 0
    ) i
) owed
"""


@dataclass(frozen=True)
class Seen:
    """A customer's standing in a currency at an instant, and what the same order has been given before."""

    standing: Standing
    exposure: Exposure
    already_minor: int

    @property
    def headroom(self) -> Headroom:
        """Limit less exposure, in minor units of the line's currency."""
        return self.standing.headroom

    def written(self) -> dict[str, Any]:
        """What was seen, as it is kept with an answer: plain values in minor units."""
        return {
            "line_currency": self.standing.line_currency,
            "limit_minor": self.headroom.limit.minor,
            "is_unlimited": self.headroom.limit.is_unlimited,
            "exposure": asdict(self.exposure),
            "holds": list(self.standing.holds),
            "is_insolvent": self.standing.is_insolvent,
            "overdue_minor": self.standing.overdue_minor,
            "days_overdue": self.standing.days_overdue,
            "open_minor": self.standing.open_minor,
            "needs_purchase_order": self.standing.needs_purchase_order,
            "already_minor": self.already_minor,
        }


def seen(
    line: Line | None, customer: Customer, currency: str, rules: Rules, on: date, now: datetime, order_ref: str = ""
) -> Seen:
    """The standing of a customer's line, everything counted that is committed when this is asked.

    Open items, what live authorisations hold, and what was captured and has no invoice yet, less unapplied cash and
    credit notes. Minor units of `currency`. Without a line (None, or one never set) there is no headroom; the currency
    has none where the customer has a line in another. Lock the line first where the answer must still hold afterwards.
    """
    days = rules.overdue_days or 0
    params = {
        "seller": customer.seller_id, "customer": customer.id, "currency": currency, "line": line and line.id,
        "live": list(LIVE), "counted": [*LIVE, State.CAPTURED.value], "now": now, "on": on, "order": order_ref,
        "late": on - timedelta(days=days), "debit": list(DEBIT_KINDS),
    }  # fmt: skip
    found = row(STANDING, params)
    assert found is not None
    exposure = Exposure(
        open_items_minor=found["open_minor"],
        authorised_minor=found["held_minor"],
        captured_not_invoiced_minor=found["captured_minor"],
        unapplied_cash_minor=found["unapplied_minor"],
    )
    limit = Limit(line.limit_minor, line.is_unlimited) if line else Limit(None)
    standing = Standing(
        line_currency=_line_currency(line, customer, currency, limit),
        headroom=Headroom(limit, exposure.total_minor),
        is_insolvent=customer.insolvent_on is not None and customer.insolvent_on <= on,
        holds=tuple(found["holds"]),
        overdue_minor=found["overdue_minor"],
        days_overdue=found["days_overdue"],
        open_minor=found["open_minor"],
        needs_purchase_order=found["needs_purchase_order"],
    )
    return Seen(standing, exposure, found["already_minor"])


def _line_currency(line: Line | None, customer: Customer, currency: str, limit: Limit) -> str | None:
    """The currency where its line is set, or where no other currency has one; None where only another has one."""
    if limit.is_set or (line and LineChange.objects.filter(line=line).exists()):
        return currency
    others = Line.objects.filter(seller_id=customer.seller_id, customer=customer).exclude(currency=currency)
    return None if any(one.is_unlimited or one.limit_minor is not None for one in others) else currency


def find_authorisation(seller: Seller, authorisation_id: UUID) -> Authorisation:
    """An authorisation of the seller with its customer. Errors: there is none such."""
    found = Authorisation.objects.select_related("customer", "line").filter(seller=seller, id=authorisation_id).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no authorisation %(id)s"),
            "id",
            gettext_noop("Give the id that the authorisation was answered with"),
            {"id": str(authorisation_id)},
        )
    return found


def authorisation_now(seller: Seller, authorisation_id: UUID, now: datetime) -> Answered:
    """How an authorisation stands at an instant, with its line's headroom: expired by its date, noted or not.

    Minor units. Errors: there is none such.
    """
    kept = find_authorisation(seller, authorisation_id)
    on = local_date(now, seller.timezone)
    left = seen(kept.line, kept.customer, kept.currency, rules_of(seller, kept.currency, on), on, now).headroom
    state = life_of(kept).expire(now).state.value
    return answer_of(kept, kept.customer.number, left.minor, left.limit.is_unlimited, state)


def credit_of(customer: Customer, now: datetime, seller: Seller) -> list[tuple[str, Seen]]:
    """A customer's lines by currency, each with its standing; its own currency first, also where no line is set."""
    on = local_date(now, seller.timezone)
    lines = {line.currency: line for line in Line.objects.filter(seller=seller, customer=customer)}
    currencies = sorted({customer.currency, *lines}, key=lambda code: (code != customer.currency, code))
    return [(code, seen(lines.get(code), customer, code, rules_of(seller, code, on), on, now)) for code in currencies]


def answered_under(version: PolicyVersion, most: int) -> list[Authorisation]:
    """The orders that a policy version answered, the latest first, up to `most`; each with its customer."""
    found = Authorisation.objects.filter(seller_id=version.seller_id, policy_version=version)
    return list(found.select_related("customer").order_by("-id")[:most])


def life_of(kept: Authorisation) -> Life:
    """The core's value of a row, to take a step with."""
    return Life(
        order=kept.order_ref,
        currency=kept.currency,
        state=State(kept.state),
        authorised_minor=kept.approved_minor,
        authorised_at=kept.authorised_at,
        valid_until=kept.expires_at,
        most_until=kept.most_until,
        captured_minor=kept.captured_minor,
        released_minor=kept.released_minor,
        lapsed_minor=kept.lapsed_minor,
        tolerance_bp=kept.tolerance_bp,
        allows_partial_capture=kept.allows_partial_capture,
    )
