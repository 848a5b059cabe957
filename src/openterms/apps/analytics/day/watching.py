"""What a day's reviews look at beside the book: lines with their last look, bureaus, documents, cover, closed reviews.

Each is one query over a table, brought to columns without an object per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import csv

from openterms.apps.analytics.loading import database_uri
from openterms.apps.credit.decision.given import newest_statements, statement_facts
from openterms.apps.credit.line.actions import TEMPORARY_ENDED
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.tenancy.context import context_sql
from openterms.apps.tenancy.models import Seller
from openterms.core.base.expressions import Type
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.portfolio.book.postgres import queries
from openterms.portfolio.rules.reviews import FIRED, Watched, asked_facts

# The last look at a line: a change of it (not the end of a temporary limit), a decided case, a closed review.
LINES = """
SELECT l.customer_id, l.currency,
    greatest(h.looked_on, (c.closed_at AT TIME ZONE '{zone}')::date, r.closed_on) AS looked_on,
    CASE WHEN d.policy_version_id IN ({versions}) THEN d.review_months END AS every_months,
    l.limit_minor, nullif(d.risk_class, '') AS risk_class, d.suggested_minor AS suggested_limit_minor,
    {ordered} AS ordered_on
FROM credit_line l
JOIN (SELECT line_id, max(valid_from) AS looked_on FROM credit_linechange
    WHERE seller_id = '{seller}' AND until IS NULL AND reason <> '{ended}' AND valid_from <= '{day}'
    GROUP BY line_id) h ON h.line_id = l.id
LEFT JOIN (SELECT DISTINCT ON (customer_id, currency) id, customer_id, currency, closed_at FROM credit_creditcase
    WHERE seller_id = '{seller}' AND state = 'decided' ORDER BY customer_id, currency, closed_at DESC) c
    ON c.customer_id = l.customer_id AND c.currency = l.currency
LEFT JOIN (SELECT DISTINCT ON (case_id) case_id, policy_version_id, review_months, risk_class, suggested_minor
    FROM credit_decision WHERE seller_id = '{seller}' ORDER BY case_id, number DESC) d ON d.case_id = c.id
LEFT JOIN (SELECT customer_id, currency, max(closed_on) AS closed_on FROM credit_review
    WHERE seller_id = '{seller}' AND state = 'closed' GROUP BY customer_id, currency) r
    ON r.customer_id = l.customer_id AND r.currency = l.currency{orders}
WHERE l.seller_id = '{seller}' AND l.currency IN ({currencies}) AND (l.limit_minor > 0 OR l.is_unlimited)
"""
ORDERS = """
LEFT JOIN (SELECT customer_id, currency, max((authorised_at AT TIME ZONE '{zone}')::date) AS ordered_on
    FROM credit_authorisation WHERE seller_id = '{seller}' GROUP BY customer_id, currency) o
    ON o.customer_id = l.customer_id AND o.currency = l.currency"""
# A figure of the newest report that has it, beside that of the report before it of the same bureau and product.
BUREAU = """
WITH told AS (
    SELECT r.customer_id, r.bureau, r.product, r.as_of, r.received_on, r.received_at, r.id,
        max((f ->> 'value')::numeric) FILTER (WHERE f ->> 'fact' = 'bureau_score')::bigint AS score,
        max((f ->> 'value')::numeric) FILTER (WHERE f ->> 'fact' = 'bureau_limit_minor')::bigint AS limit_minor,
        max(f ->> 'currency') FILTER (WHERE f ->> 'fact' = 'bureau_limit_minor') AS currency
    FROM credit_bureaureportrow r CROSS JOIN LATERAL jsonb_array_elements(r.figures) f
    WHERE r.seller_id = '{seller}' AND r.as_of <= '{day}' AND r.received_on <= '{day}'
        AND f ->> 'fact' IN ('bureau_score', 'bureau_limit_minor') AND jsonb_typeof(f -> 'value') = 'number'
    GROUP BY r.id
), beside AS (
    SELECT *, lag(score) OVER earlier AS score_before, lag(limit_minor) OVER earlier AS limit_before_minor,
        lag(currency) OVER earlier AS currency_before
    FROM told WINDOW earlier AS (PARTITION BY customer_id, bureau, product ORDER BY as_of, received_at, id)
)
SELECT DISTINCT ON (customer_id) customer_id, currency, received_on, score, score_before, limit_minor,
    CASE WHEN currency = currency_before THEN limit_before_minor END AS limit_before_minor
FROM beside ORDER BY customer_id, as_of DESC, received_at DESC, id DESC
"""
DOCUMENTS = """
SELECT customer_id, CASE WHEN kind = '' THEN id::text ELSE kind END AS kind, valid_until AS until
FROM parties_attachment WHERE seller_id = '{seller}' AND valid_until IS NOT NULL
"""
COVERS = """
SELECT customer_id, kind, least(valid_until, ended_on - 1) AS until
FROM credit_cover WHERE seller_id = '{seller}' AND valid_from <= '{day}'
"""
CLOSED = """
SELECT customer_id, currency, t AS trigger, max(closed_on) AS closed_on
FROM credit_review CROSS JOIN LATERAL unnest(triggers) t
WHERE seller_id = '{seller}' AND state = 'closed' AND closed_on > '{since}' GROUP BY customer_id, currency, t
"""
LONGEST_QUIET_DAYS = 730
RETURNED = """
SELECT e.customer_id, l.currency, count(*)::bigint AS value FROM receivables_entry e
JOIN credit_line l ON l.seller_id = '{seller}' AND l.customer_id = e.customer_id
WHERE e.seller_id = '{seller}' AND e.kind = 'bank_return' AND e.posted_on > '{year}' AND e.posted_on <= '{day}'
GROUP BY e.customer_id, l.currency
"""
WRITTEN_OFF = """
SELECT s.customer_id, l.currency, true AS value FROM receivables_settlement s
JOIN credit_line l ON l.seller_id = '{seller}' AND l.customer_id = s.customer_id
WHERE s.seller_id = '{seller}' AND s.kind = 'write_off' AND s.settled_on <= '{day}'
GROUP BY s.customer_id, l.currency HAVING sum(s.amount_minor) > 0
"""
RECORDED = {"returned_payments": RETURNED, "written_off_before": WRITTEN_OFF}
"""Facts that the record says, where a condition asks for them."""
GIVEN = """
SELECT DISTINCT ON (customer_id, currency) customer_id, currency, {value} AS value FROM credit_givenfact
WHERE seller_id = '{seller}' AND name = '{name}' AND case_id IS NULL AND as_of <= '{day}'
    AND jsonb_typeof(value) = '{kind}'
ORDER BY customer_id, currency, as_of DESC, id DESC
"""
COLUMNS = ("customer_id", "currency", "value")
TYPES: Mapping[Type, pa.DataType] = {"int": pa.int64(), "bool": pa.bool_(), "text": pa.string()}
_READ: Mapping[Type, tuple[str, str]] = {
    "int": ("(value #>> '{{}}')::bigint", "number"),
    "bool": ("(value #>> '{{}}')::boolean", "boolean"),
    "text": ("value #>> '{{}}'", "string"),
}


@dataclass(frozen=True)
class Watching:
    """What a day looks at, and the policies in force that say how, by currency."""

    watched: Watched
    versions: dict[str, PolicyVersion]


def watching(seller: Seller, day: date) -> Watching | None:
    """What the day's reviews need; None where no policy in force speaks of reviews, or nobody has a line.

    In a context of the seller.
    """
    currencies = sorted(set(Line.objects.filter(seller=seller).values_list("currency", flat=True)))
    found = {currency: version for currency in currencies if (version := policy_on(seller, currency, day))}
    versions = {code: one for code, one in found.items() if _speaks(one)}
    if not versions:
        return None
    reviews = {currency: parsed(version).reviews for currency, version in versions.items()}
    asked = asked_facts(reviews.values())
    several = _queries(seller, day, versions, asked)
    tables = queries(database_uri(), context_sql(seller.id), several)
    given = _side_by_side(tables | _from_statements(seller, day, tables, asked), asked)
    closed, lines = tables["closed"], tables["lines"]
    watched = Watched(
        reviews, lines, tables["bureau"], tables["documents"], tables["covers"], closed, given
    )
    return Watching(watched, versions)


def figures_of(fired: pa.Table) -> Iterator[bytes]:
    """What fired, as `credit.review.opening` stages it: CSV of the columns of `FIRED`, no object for a row."""
    for batch in fired.select(list(FIRED)).to_batches(max_chunksize=50_000):
        piece = pa.BufferOutputStream()
        csv.write_csv(batch, piece, csv.WriteOptions(include_header=False))
        yield piece.getvalue().to_pybytes()


def _speaks(version: PolicyVersion) -> bool:
    reviews = parsed(version).reviews
    return bool(reviews.cadence or reviews.triggers)


def _queries(
    seller: Seller, day: date, versions: Mapping[str, PolicyVersion], asked: Mapping[str, Type]
) -> dict[str, str]:
    """The queries by name. What enters them is ids, days, codes of currencies and checked names."""
    where = {
        "seller": str(seller.id), "day": day.isoformat(), "zone": seller.timezone.replace("'", ""),
        "year": (day - timedelta(days=365)).isoformat(), "ended": str(TEMPORARY_ENDED).replace("'", "''"),
        "since": (day - timedelta(days=LONGEST_QUIET_DAYS + 1)).isoformat(),
        "currencies": _listed(versions), "versions": _listed(str(one.id) for one in versions.values()),
    }  # fmt: skip
    kinds = {one.watch.kind for version in versions.values() for one in parsed(version).reviews.triggers if one.watch}
    where["orders"] = ORDERS.format(**where) if "dormant" in kinds else ""
    where["ordered"] = "o.ordered_on" if "dormant" in kinds else "NULL::date"
    templates = {"lines": LINES, "bureau": BUREAU, "documents": DOCUMENTS, "covers": COVERS, "closed": CLOSED}
    found = {name: template.format(**where) for name, template in templates.items()}
    for name, kind in asked.items():
        value, json_kind = _READ[kind]
        found[f"given {name}"] = (
            RECORDED[name].format(**where)
            if name in RECORDED
            else GIVEN.format(**where, name=name, value=value.format(), kind=json_kind)
        )
    return found


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _from_statements(
    seller: Seller, day: date, tables: Mapping[str, pa.Table], asked: Mapping[str, Type]
) -> dict[str, pa.Table]:
    """The facts of financial statements that conditions ask for, beside those that people gave, which go before.

    Only customers with a line are read, and of each only the newest statement; the others are not asked about.
    """
    wanted = [name for name, fact in CREDIT_FACTS.items() if name in asked and fact.source == "statements"]
    if not wanted:
        return {}
    lines = tables["lines"]
    currencies: dict[str, list[str]] = {}
    for customer, currency in zip(lines["customer_id"].to_pylist(), lines["currency"].to_pylist(), strict=True):
        currencies.setdefault(str(customer), []).append(currency)
    found: dict[str, dict[tuple[str, str], Any]] = {name: {} for name in wanted}
    for kept in newest_statements(seller, day):
        for currency in currencies.get(str(kept.customer_id), ()):
            told = statement_facts(seller, kept, currency, day)
            for name in wanted:
                if told.get(name) is not None:
                    found[name][str(kept.customer_id), currency] = told[name]
    for name, values in found.items():
        given = tables[f"given {name}"]
        for customer, currency, value in zip(*(given[column].to_pylist() for column in COLUMNS), strict=True):
            values[str(customer), currency] = value
    return {
        f"given {name}": pa.table({
            "customer_id": pa.array([customer for customer, _ in values], pa.string()),
            "currency": pa.array([currency for _, currency in values], pa.string()),
            "value": pa.array(values.values(), TYPES[asked[name]]),
        })
        for name, values in found.items()
    }  # fmt: skip


def _side_by_side(tables: Mapping[str, pa.Table], asked: Mapping[str, Type]) -> pa.Table:
    """The facts that people gave, a column for each. Grain: one customer and currency."""
    keys = ["customer_id", "currency"]
    wide = pa.table({"customer_id": pa.array([], pa.string()), "currency": pa.array([], pa.string())})
    for name, kind in asked.items():
        told = tables[f"given {name}"]
        ids = pa.array([None if one is None else str(one) for one in told["customer_id"].to_pylist()], pa.string())
        own = pa.table({
            "customer_id": ids, "currency": told["currency"].cast(pa.string()), name: told["value"].cast(TYPES[kind])
        })  # fmt: skip
        wide = wide.join(own, keys, join_type="full outer")
    return wide
