"""Receipts against open items: how many post themselves, how many of these are right, how long it takes; bank files."""

from __future__ import annotations

import time

from .figures import Figure

RECEIPTS, ITEMS, CUSTOMERS = 10_000, 200_000, 2_000
LEARNT_SEED, ASKED_SEED = 1, 2
CURVE = (9_000, 9_500, 9_800, 9_900, 9_950, 9_970, 9_990)
POSTS_FROM = 9_950


def measure(size: int) -> list[Figure]:
    """Precision and coverage on one draw, with probabilities learnt on another; the curve over the threshold."""
    from openterms.core.cash.calibration import Calibration
    from openterms.core.cash.candidates import Book
    from openterms.core.cash.matching import match_all
    from openterms.core.cash.values import Candidate
    from openterms.portfolio.runs.receipts import Draw, draw_receipts

    def right(draw: Draw, receipt: str, way: Candidate) -> bool:
        return {share.item: share.cash_minor for share in way.shares} == dict(draw.truth[receipt])

    learnt = draw_receipts(RECEIPTS, ITEMS // 5, CUSTOMERS * 2 // 5, LEARNT_SEED)
    book = Book(learnt.items, learnt.payers)
    calibration = Calibration(
        (way.features, right(learnt, one.receipt, way)) for one in learnt.receipts for way in book.candidates(one)
    )
    asked = draw_receipts(RECEIPTS, ITEMS, CUSTOMERS, ASKED_SEED)
    started = time.perf_counter()
    matches = match_all(asked.receipts, Book(asked.items, asked.payers), calibration, 0)
    taken = time.perf_counter() - started
    rated = [
        (one.best.probability_bp, right(asked, one.receipt, one.best)) for one in matches if one.posts and one.best
    ]
    seeds = f"seeds {LEARNT_SEED} and {ASKED_SEED}, {RECEIPTS:,} receipts, {ITEMS:,} items"
    figures = [Figure("matching", "receipts matched", taken, "s", most=60, note=seeds)]
    for threshold in CURVE:
        posted = [is_right for probability, is_right in rated if probability >= threshold]
        precision = 100 * sum(posted) / len(posted) if posted else 0.0
        coverage = 100 * len(posted) / RECEIPTS
        is_policy = threshold == POSTS_FROM
        name = f"from {threshold / 100:.2f} %"
        figures += [
            Figure("matching", f"right of those posted {name}", precision, "%", least=99.5 if is_policy else None),
            Figure("matching", f"posted without a person {name}", coverage, "%", least=85 if is_policy else None),
        ]
    return figures
