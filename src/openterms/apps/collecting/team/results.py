"""How the team does over some days: coverage, promises, results by collector and strategy, and what lies open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows
from openterms.core.base.proportions import wilson
from openterms.core.collecting.amounts import AmountShare, amount_share
from openterms.core.collecting.experiments import Sample

AGES = ((0, 2), (3, 7), (8, 14), (15, 30), (31, None))
"""Days since work was first listed: first and last of each class."""
SILENT = ("", "no_answer", "voicemail", "wrong_contact", "message_sent")
"""Outcomes after which nobody has been spoken with."""

COVERAGE = """
WITH due AS (
    SELECT DISTINCT w.customer_id FROM collecting_workitem w
    WHERE w.seller_id = %(seller)s AND w.first_listed_on <= %(last)s
      AND (w.state IN ('open', 'snoozed') OR w.done_on >= %(first)s OR w.listed_on >= %(first)s)
), touched AS (
    SELECT DISTINCT a.customer_id FROM collecting_activity a
    WHERE a.seller_id = %(seller)s AND a.done_on BETWEEN %(first)s AND %(last)s AND a.kind <> 'note'
      AND a.struck_at IS NULL
)
SELECT c.collector_id, u.name, count(*)::int AS due, count(t.customer_id)::int AS touched
FROM due JOIN parties_customer c ON c.id = due.customer_id
LEFT JOIN touched t ON t.customer_id = due.customer_id
LEFT JOIN tenancy_user u ON u.id = c.collector_id
GROUP BY c.collector_id, u.name ORDER BY u.name NULLS LAST, c.collector_id
"""
STRATEGY = """(SELECT max(v.version) FROM collecting_strategyversion v
    WHERE v.seller_id = {0}.seller_id AND v.valid_from <= {0}.{1})"""
CALLS = f"""
SELECT a.user_id, u.name, a.strategy, sum(a.calls)::int AS calls, sum(a.spoken)::int AS spoken,
       sum(a.promised)::int AS promised, sum(a.others)::int AS others
FROM (
    SELECT x.user_id, {STRATEGY.format("x", "done_on")} AS strategy, x.calls, x.spoken, x.promised, x.others
    FROM (SELECT seller_id, user_id, done_on, count(*) FILTER (WHERE kind = 'call') AS calls,
            count(*) FILTER (WHERE kind = 'call' AND NOT outcome = ANY(%(silent)s)) AS spoken,
            count(*) FILTER (WHERE kind = 'call' AND outcome = 'promised') AS promised,
            count(*) FILTER (WHERE kind <> 'call') AS others
        FROM collecting_activity WHERE seller_id = %(seller)s AND done_on BETWEEN %(first)s AND %(last)s
            AND kind <> 'note' AND struck_at IS NULL AND user_id IS NOT NULL
        GROUP BY seller_id, user_id, done_on) x
) a JOIN tenancy_user u ON u.id = a.user_id
GROUP BY a.user_id, u.name, a.strategy ORDER BY u.name, a.user_id, a.strategy
"""
PROMISES = f"""
SELECT p.taken_by_id AS user_id, u.name, {STRATEGY.format("p", "made_on")} AS strategy, p.currency,
       count(*) FILTER (WHERE p.made_on BETWEEN %(first)s AND %(last)s)::int AS made,
       coalesce(sum(p.amount_minor) FILTER (WHERE p.made_on BETWEEN %(first)s AND %(last)s), 0)::bigint AS made_minor,
       count(*) FILTER (WHERE {{judged}})::int AS judged,
       coalesce(sum(p.amount_minor) FILTER (WHERE {{judged}}), 0)::bigint AS judged_minor,
       count(*) FILTER (WHERE {{judged}} AND p.state = 'kept')::int AS kept,
       coalesce(sum(p.amount_minor) FILTER (WHERE {{judged}} AND p.state = 'kept'), 0)::bigint AS kept_minor
FROM collecting_promise p LEFT JOIN tenancy_user u ON u.id = p.taken_by_id
WHERE p.seller_id = %(seller)s AND (p.made_on BETWEEN %(first)s AND %(last)s
    OR p.promised_for BETWEEN %(first)s AND %(last)s)
GROUP BY 1, 2, 3, 4 ORDER BY u.name NULLS LAST, 1, 3, 4
"""
AMOUNTS = """
SELECT p.taken_by_id AS user_id, u.name, p.currency, p.customer_id, sum(p.amount_minor)::bigint AS minor,
       coalesce(sum(p.amount_minor) FILTER (WHERE p.state = 'kept'), 0)::bigint AS kept_minor
FROM collecting_promise p LEFT JOIN tenancy_user u ON u.id = p.taken_by_id
WHERE p.seller_id = %(seller)s AND {judged} GROUP BY 1, 2, 3, 4 ORDER BY 2 NULLS LAST, 1, 3, 4
"""
JUDGED = "p.state IN ('kept', 'part_kept', 'broken') AND p.promised_for BETWEEN %(first)s AND %(last)s"
OPEN = """
SELECT (%(on)s::date - w.first_listed_on) AS age, count(*)::int AS works,
       count(*) FILTER (WHERE c.collector_id IS NULL)::int AS unassigned
FROM collecting_workitem w JOIN parties_customer c ON c.id = w.customer_id
WHERE w.seller_id = %(seller)s AND w.state = 'open' GROUP BY 1
"""
# By the arm that customers were drawn into; only days on which the experiment treated them count.
ARMS = """
WITH running AS (
    SELECT e.id, e.code, greatest(e.starts_on, %(first)s) AS first,
        least(coalesce(e.ended_on, e.ends_on), %(last)s) AS last
    FROM collecting_experiment e WHERE e.seller_id = %(seller)s AND e.state <> 'draft' AND e.starts_on <= %(last)s
        AND coalesce(e.ended_on, e.ends_on) >= %(first)s
    ORDER BY e.id DESC LIMIT 1
), called AS (
    SELECT x.customer_id, count(*) AS calls, count(*) FILTER (WHERE NOT x.outcome = ANY(%(silent)s)) AS spoken,
        count(*) FILTER (WHERE x.outcome = 'promised') AS promised
    FROM collecting_activity x JOIN running r ON x.done_on BETWEEN r.first AND r.last
    WHERE x.seller_id = %(seller)s AND x.kind = 'call' AND x.struck_at IS NULL GROUP BY 1
), kept AS (
    SELECT p.customer_id, count(*) AS judged, count(*) FILTER (WHERE p.state = 'kept') AS kept
    FROM collecting_promise p JOIN running r ON p.promised_for BETWEEN r.first AND r.last
    WHERE p.seller_id = %(seller)s AND p.state IN ('kept', 'part_kept', 'broken') GROUP BY 1
)
SELECT r.code, a.arm, count(*)::int AS customers, coalesce(sum(c.calls), 0)::int AS calls,
    coalesce(sum(c.spoken), 0)::int AS spoken, coalesce(sum(c.promised), 0)::int AS promised,
    coalesce(sum(k.judged), 0)::int AS judged, coalesce(sum(k.kept), 0)::int AS kept
FROM running r JOIN collecting_experimentarm a ON a.experiment_id = r.id
    LEFT JOIN called c ON c.customer_id = a.customer_id LEFT JOIN kept k ON k.customer_id = a.customer_id
WHERE a.seller_id = %(seller)s GROUP BY r.code, a.arm
ORDER BY array_position(ARRAY['champion', 'challenger', 'hold_out'], a.arm::text)
"""
NOBODYS = """
SELECT count(*)::int AS customers FROM parties_customer WHERE seller_id = %(seller)s AND collector_id IS NULL
"""


def team_results(seller: Seller, first: date, last: date, on: date) -> dict[str, Any]:
    """What a supervisor looks at, for the days `first` to `last`, both included.

    `coverage` by the customer's collector (`due`, `touched`, `share`), `results` by who did it and strategy version
    (`calls`, `spoken`, `promised`, `judged`, `kept` and the shares `reached`, `promising`, `keeping`), `promises` by
    currency (with `keeping_amount`, the share of the amount), `amounts` kept by collector and currency, `arms` of the
    latest experiment of these days (as `results`), `ages` of what is open on `on`, `unassigned` open work and `nobodys`
    customers.
    """
    wanted = {"seller": seller.id, "first": first, "last": last, "silent": list(SILENT)}
    covered = rows(COVERAGE, wanted)
    promises = rows(PROMISES.format(judged=JUDGED), wanted)
    amounts = rows(AMOUNTS.format(judged=JUDGED), wanted)
    lying = rows(OPEN, {"seller": seller.id, "on": on})
    nobodys = row(NOBODYS, {"seller": seller.id})
    return {
        "coverage": [one | {"share": wilson(one["touched"], one["due"])} for one in covered],
        "due": sum(one["due"] for one in covered),
        "touched": sum(one["touched"] for one in covered),
        "results": _results(rows(CALLS, wanted), promises),
        "promises": _by_currency(promises, amounts),
        "amounts": _amounts(amounts),
        "arms": [_shared(one) for one in rows(ARMS, wanted)],
        "ages": [_aged(lying, least, most) for least, most in AGES],
        "open": sum(one["works"] for one in lying),
        "unassigned": sum(one["unassigned"] for one in lying),
        "nobodys": nobodys["customers"] if nobodys else 0,
    }


def _results(calls: Iterable[dict[str, Any]], promises: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each person and strategy version, from calls and from promises."""
    found: dict[tuple[Any, Any], dict[str, Any]] = {}
    names = ("calls", "spoken", "promised", "others", "made", "judged", "kept")
    for one in (*calls, *promises):
        if one["user_id"] is None:
            continue
        empty = {"user_id": one["user_id"], "name": one["name"], "strategy": one["strategy"], **dict.fromkeys(names, 0)}
        kept = found.setdefault((one["user_id"], one["strategy"]), empty)
        for name in names:
            kept[name] += one.get(name, 0)
    for one in found.values():
        _shared(one)
    return sorted(found.values(), key=lambda one: (one["name"], str(one["user_id"]), one["strategy"] or 0))


def _shared(one: dict[str, Any]) -> dict[str, Any]:
    """A row with its shares: of calls that reached somebody, of those that brought a promise, of promises kept."""
    one["reached"] = wilson(one["spoken"], one["calls"])
    one["promising"] = wilson(min(one["promised"], one["spoken"]), one["spoken"])
    one["keeping"] = wilson(one["kept"], one["judged"])
    return one


def _amounts(amounts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each person and currency: `keeping_amount`, the share of promised amounts that were kept."""
    found: dict[tuple[Any, str], list[dict[str, Any]]] = {}
    for one in amounts:
        if one["user_id"] is not None:
            found.setdefault((one["user_id"], one["currency"]), []).append(one)
    return [
        {"user_id": user_id, "name": several[0]["name"], "currency": currency,
         "keeping_amount": _kept_share(several, f"{user_id}:{currency}")}
        for (user_id, currency), several in found.items()
    ]  # fmt: skip


def _kept_share(amounts: Iterable[dict[str, Any]], seed: str) -> AmountShare:
    """Of what was promised, by customers."""
    by_customer: dict[Any, list[int]] = {}
    for one in amounts:
        kept = by_customer.setdefault(one["customer_id"], [0, 0])
        kept[0] += one["minor"]
        kept[1] += one["kept_minor"]
    return amount_share([Sample(*pair) for pair in by_customer.values()], seed)


def _by_currency(promises: Iterable[dict[str, Any]], amounts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    names = ("made", "made_minor", "judged", "judged_minor", "kept", "kept_minor")
    for one in promises:
        kept = found.setdefault(one["currency"], {"currency": one["currency"], **dict.fromkeys(names, 0)})
        for name in names:
            kept[name] += one[name]
    for code, one in found.items():
        one["keeping"] = wilson(one["kept"], one["judged"])
        one["keeping_amount"] = _kept_share((row for row in amounts if row["currency"] == code), code)
    return [found[code] for code in sorted(found)]


def _aged(lying: Iterable[dict[str, Any]], least: int, most: int | None) -> dict[str, Any]:
    works = sum(one["works"] for one in lying if one["age"] >= least and (most is None or one["age"] <= most))
    return {"least": least, "most": most, "works": works}
