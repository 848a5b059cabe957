"""TV-2 to TV-24: every checked example of FACTBOOK 0 and 1 that this room answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from openterms.core.collecting.promises import PromiseFacts, PromiseRule
from openterms.core.risk import measures as m
from tests.shared import vector

Answer = dict[str, Any]


def day(text: str) -> date:
    return date.fromisoformat(text)


def count_back(given: dict[str, Any]) -> Answer:
    found = m.dso_countback(given["ar_end"], [tuple(month) for month in given["months_newest_first"]])
    return {"dso_days": found.days, "exhausted": found.exhausted}


def cei(given: dict[str, Any]) -> Answer:
    periods = given.get("n_months", 1)
    return {
        "cei_pct": m.cei_pct(given["begin_ar"], given["credit_sales"], given["end_ar"], given["end_current"], periods)
    }


def delinquent(given: dict[str, Any]) -> Answer:
    ar, current, sales, days = (given[key] for key in ("ar_end", "ar_current", "credit_sales", "days"))
    add = m.add_days(ar, current, sales, days)
    return {
        "dso": m.dso(ar, sales, days), "bpdso": m.bpdso(current, sales, days), "add": add, "delinquent_dso": add
    }  # fmt: skip


def aged(given: dict[str, Any]) -> Answer:
    as_of = day(given["as_of"])
    items = [(m.days_overdue(day(i["due_date"]), as_of), i["open"]) for i in given["invoices"]]
    found = m.ageing(items, given["unapplied_credit"])
    return {
        "buckets": found.buckets, "gross": found.gross, "unapplied": found.unapplied, "net": found.net,
        "pct_current": found.pct_current, "pct_over_90": found.pct_over_90,
    }  # fmt: skip


def aged_by_invoice(given: dict[str, Any]) -> Answer:
    as_of, invoices = day(given["as_of"]), vector(13)["inputs"]["invoices"]
    items = [((as_of - day(invoice["invoice_date"])).days, invoice["open"]) for invoice in invoices]
    return {"buckets": m.ageing(items, by="invoice").buckets}


def rolled(given: dict[str, Any]) -> Answer:
    this_month = given["this_month"]
    found = m.roll_rates(given["prev_month"], this_month, this_month["new_into_90+"])
    return {"rates": list(found.rates), "current_to_90plus": found.current_to_90plus}


def promised(given: dict[str, Any]) -> Answer:
    promises = [
        PromiseFacts(
            p["id"], p["amount"], day(p["promised_for"]),
            received=((day(p["paid_on"]), p["paid"]),) if p["paid_on"] else (),
        )
        for p in given["promises"]
    ]  # fmt: skip
    rule = PromiseRule(given["grace_days"], int(given["min_share"] * 10_000))
    found = m.tally(promises, day(given["as_of"]), rule)
    ratios = m.promises_kept(found)
    return {
        "by_count": ratios.by_count, "by_amount_kept": ratios.by_amount_kept,
        "by_amount_received": ratios.by_amount_received, "pending": list(found.pending),
    }  # fmt: skip


def paid(given: dict[str, Any]) -> Answer:
    items = [m.Paid(p["amount"], p["days_to_pay"], p["terms"]) for p in given["payments"]]
    return {
        "wadtp": m.wadtp(items), "dbt": m.dbt(items), "dbt_floored": m.dbt_floored(items),
        "unweighted_days": m.days_to_pay_unweighted(items),
    }  # fmt: skip


def bureau(given: dict[str, Any]) -> Answer:
    names = ("current", "d1_30", "d31_60", "d61_90", "d91")
    buckets = {bucket: given[name] for bucket, name in zip(m.BUCKETS, names, strict=True)}
    return {"dbt": m.dbt_from_ageing(buckets)}


def concentrated(given: dict[str, Any]) -> Answer:
    found = m.concentration(given["balances"])
    return {"hhi": found.hhi, "effective_n": found.effective_n, "top1_share": m.top_share(given["balances"], 1)}


def forecast(given: dict[str, Any]) -> Answer:
    newest_first = [given["sales"][month] for month in sorted(given["sales"], reverse=True) if month <= given["month"]]
    return {"cash_in": m.cash_from_curve(newest_first, [Decimal(str(share)) for share in given["curve"]])}


def disputed(given: dict[str, Any]) -> Answer:
    return {
        "by_count_pct": m.dispute_rate_pct(given["invoices_disputed"], given["invoices_issued"]),
        "by_amount_pct": m.dispute_rate_pct(given["amount_disputed"], given["amount_issued"]),
    }


def turned(given: dict[str, Any]) -> Answer:
    amounts = (given["credit_sales"], given["ar_begin"], given["ar_end"])
    return {"turnover": m.turnover(*amounts), "days": m.collection_period_days(*amounts)}


READERS: dict[int, Callable[[dict[str, Any]], Answer]] = {
    2: lambda given: {"dpd": [m.days_overdue(day(due), day(given["as_of"])) for due in given["due"]]},
    3: lambda given: {"dso_days": m.dso(given["ar_end"], given["credit_sales"], given["days"])},
    4: lambda given: {"dso_days": m.dso(given["ar_end"], given["credit_sales"], given["days"])},
    5: count_back,
    6: count_back,
    7: count_back,
    8: delinquent,
    9: cei,
    10: cei,
    11: cei,
    12: turned,
    13: aged,
    14: aged_by_invoice,
    15: rolled,
    16: lambda given: {"pct": m.bad_debt_pct(given["write_offs"], given["recoveries"], given["credit_sales"])},
    17: promised,
    18: disputed,
    19: paid,
    20: bureau,
    21: lambda given: {
        "score": m.payment_index([(one["amount"], one["days_beyond_terms"]) for one in given["experiences"]])
    },
    22: lambda given: {"scores": [m.score_of_days(days) for days in given["days_beyond_terms"]]},
    23: concentrated,
    24: forecast,
}


def same(found: Any, printed: Any) -> bool:
    """Whether a result reads as printed: decimals are compared at the digits the fact book prints."""
    if isinstance(printed, dict):
        return set(found) == set(printed) and all(same(found[key], printed[key]) for key in printed)
    if isinstance(printed, list):
        return len(found) == len(printed) and all(map(same, found, printed))
    if isinstance(found, Decimal) and printed is not None:
        text = Decimal(str(printed))
        return found.quantize(text, ROUND_HALF_UP) == text
    return bool(found == printed)


@pytest.mark.parametrize("number", READERS)
def test_vector(number: int) -> None:
    example = vector(number)
    found = READERS[number](example["inputs"])
    assert same(found, example["expected"]), found
