"""Customers' accounts as lists show them: who, what they owe by age, the line, holds. Set-based, paged by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from openterms.apps.parties.search import fold
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import HIGHEST, rows

KEPT = {
    "sites": "parties_site",
    "identifiers": "parties_identifier",
    "purchasers": "parties_purchaser",
    "billing": "parties_billingprofile",
    "notes": "parties_note",
    "files": "parties_attachment",
    "lines": "credit_line",
    "holds": "credit_hold",
    "cases": "credit_creditcase",
    "overrides": "credit_override",
    "reports": "credit_bureaureportrow",
    "covers": "credit_cover",
    "offers": "credit_offer",
    "steps": "credit_linestep",
}
"""What may be kept with a customer, and the table that keeps it."""

FIGURES = {
    "total": "total_minor",
    "overdue": "overdue_minor",
    "at_risk": "at_risk_minor",
    "days_overdue": "days_overdue",
    "dbt": "dbt_cd",
}
"""Sort names -> columns of the standing."""

BUCKETS = {
    "current": "current_minor",
    "1-30": "days_1_30_minor",
    "31-60": "days_31_60_minor",
    "61-90": "days_61_90_minor",
    "90+": "over_90_minor",
}


@dataclass(frozen=True)
class AccountFilter:
    """Which accounts are wanted; empty means all."""

    text: str = ""
    segment: str = ""
    collector: UUID | None = None
    country: str = ""
    group: UUID | None = None
    currency: str = ""
    step: str = ""
    overdue: bool = False
    over_limit: bool = False
    on_hold: bool = False
    ids: tuple[UUID, ...] = ()


SELECT = """
SELECT c.id, c.number, c.name, c.search_name, c.country, c.paused_until, c.insolvent_on, g.name AS group_name,
       u.name AS collector_name, coalesce(s.currency, c.currency) AS currency, s.as_of, s.open_minor, s.current_minor,
       s.days_1_30_minor, s.days_31_60_minor, s.days_61_90_minor, s.over_90_minor, s.unapplied_minor, s.total_minor,
       s.overdue_minor, s.at_risk_minor, s.contested_minor, s.promised_minor, s.days_overdue, s.dbt_cd, s.share_late_bp,
       s.segment, s.step, l.limit_minor, coalesce(l.is_unlimited, false) AS is_unlimited,
       h.id IS NOT NULL AS on_hold
FROM parties_customer c
{join} JOIN receivables_standing s ON s.seller_id = c.seller_id AND s.customer_id = c.id
LEFT JOIN parties_group g ON g.id = c.group_id
LEFT JOIN tenancy_user u ON u.id = c.collector_id
LEFT JOIN credit_line l ON l.seller_id = c.seller_id AND l.customer_id = c.id
    AND l.currency = coalesce(s.currency, c.currency)
LEFT JOIN credit_hold h ON h.customer_id = c.id AND h.cause = 'manual' AND h.lifted_on IS NULL
WHERE c.seller_id = %(seller)s{where}
ORDER BY {order}
LIMIT %(limit)s
"""


def kept_of(seller: Seller, customer_id: UUID) -> frozenset[str]:
    """Which of `KEPT` a customer has any of: one question instead of one for each that is empty."""
    each = ", ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE seller_id = %(seller)s AND customer_id = %(customer)s) AS {name}"
        for name, table in KEPT.items()
    )
    (found,) = rows(f"SELECT {each}", {"seller": seller.id, "customer": customer_id})
    return frozenset(name for name, is_there in found.items() if is_there)


def accounts(
    seller: Seller, wanted: AccountFilter, sort: str = "name", after: Sequence[Any] | None = None, limit: int = 51
) -> list[dict[str, Any]]:
    """Accounts in order, one row per customer and currency, from after a row's `key` on.

    `sort` is `name` or one of FIGURES, `-` before it for the largest first. Customers that the day has not measured
    come last when sorted by a figure. Each row has `key` (for `after`) and `ageing`.
    """
    name = sort.lstrip("-")
    if name not in FIGURES:
        found = _by_name(seller, wanted, sort.startswith("-"), after, limit)
    elif after and len(after) == 2:
        found = _unmeasured(seller, wanted, after, limit)
    else:
        found = _by_figure(seller, wanted, name, sort.startswith("-"), after, limit)
        if len(found) < limit and not (wanted.overdue or wanted.over_limit or wanted.segment or wanted.step):
            found += _unmeasured(seller, wanted, None, limit - len(found))
    for row in found:
        row["ageing"] = None if row["as_of"] is None else {code: row[column] for code, column in BUCKETS.items()}
        row["exposure_minor"] = row["total_minor"] or 0
        row["is_over_limit"] = row["limit_minor"] is not None and row["exposure_minor"] > row["limit_minor"]
    return found


def _by_name(
    seller: Seller, wanted: AccountFilter, descending: bool, after: Sequence[Any] | None, limit: int
) -> list[dict[str, Any]]:
    where, params = _where(seller, wanted, limit)
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    if after and len(after) == 3:
        where += (
            f" AND (c.search_name, c.id, coalesce(s.currency, '')) {beyond}"
            " (%(after_0)s, %(after_1)s::uuid, %(after_2)s)"
        )
        params |= {f"after_{at}": value for at, value in enumerate(after)}
    order = f"c.search_name {direction}, c.id {direction}, coalesce(s.currency, '') {direction}"
    found = rows(SELECT.format(join="LEFT", where=where, order=order), params)
    for row in found:
        row["key"] = [row["search_name"], str(row["id"]), row["currency"] if row["as_of"] else ""]
    return found


def _by_figure(
    seller: Seller, wanted: AccountFilter, name: str, descending: bool, after: Sequence[Any] | None, limit: int
) -> list[dict[str, Any]]:
    where, params = _where(seller, wanted, limit)
    column = f"s.{FIGURES[name]}"
    if name == "dbt":
        column = f"coalesce({column}, -9000000)"
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    if after and len(after) == 3:
        where += (
            f" AND {column} {beyond}= %(after_0)s::bigint AND ({column} {beyond} %(after_0)s::bigint"
            " OR (s.customer_id, s.currency) > (%(after_1)s::uuid, %(after_2)s))"
        )
        params |= {f"after_{at}": value for at, value in enumerate(after)}
    order = f"{column} {direction}, s.customer_id, s.currency"
    found = rows(SELECT.format(join="", where=where + " AND s.seller_id = %(seller)s", order=order), params)
    for row in found:
        value = row[FIGURES[name]]
        row["key"] = [-9000000 if value is None else value, str(row["id"]), row["currency"]]
    return found


def _unmeasured(
    seller: Seller, wanted: AccountFilter, after: Sequence[Any] | None, limit: int
) -> list[dict[str, Any]]:
    where, params = _where(seller, wanted, limit)
    where += " AND s.customer_id IS NULL"
    if after:
        where += " AND (c.search_name, c.id) > (%(after_0)s, %(after_1)s::uuid)"
        params |= {f"after_{at}": value for at, value in enumerate(after)}
    found = rows(SELECT.format(join="LEFT", where=where, order="c.search_name, c.id"), params)
    for row in found:
        row["key"] = [row["search_name"], str(row["id"])]
    return found


def _where(seller: Seller, wanted: AccountFilter, limit: int) -> tuple[str, dict[str, Any]]:
    """Conditions for what is wanted. Words are found by ranges, because under row security LIKE uses no index."""
    where = ""
    params: dict[str, Any] = {"seller": seller.id, "limit": limit}
    for at, word in enumerate(fold(wanted.text).split()[:6]):
        where += (
            " AND c.id IN (SELECT t.customer_id FROM parties_customertoken t WHERE t.seller_id = %(seller)s"
            f" AND t.token >= %(word_{at})s AND t.token < %(end_{at})s)"
        )
        params |= {f"word_{at}": word, f"end_{at}": word + HIGHEST}
    simple = {
        "segment": "s.segment = %(segment)s",
        "collector": "c.collector_id = %(collector)s",
        "country": "c.country = %(country)s",
        "group": "c.group_id = %(group)s",
        "currency": "coalesce(s.currency, c.currency) = %(currency)s",
        "step": "s.step = %(step)s",
    }
    for name, condition in simple.items():
        value = getattr(wanted, name)
        if value:
            where += f" AND {condition}"
            params[name] = value
    if wanted.overdue:
        where += " AND s.overdue_minor > 0"
    if wanted.over_limit:
        where += " AND l.limit_minor IS NOT NULL AND s.total_minor > l.limit_minor"
    if wanted.ids:
        where += " AND c.id = ANY(%(ids)s)"
        params["ids"] = list(wanted.ids)
    if wanted.on_hold:
        where += " AND h.id IS NOT NULL"
    return where, params
