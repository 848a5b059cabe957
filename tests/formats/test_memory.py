"""A long file takes no more memory than a short one, but for the ids that find duplicates."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from openterms.formats.tabular import guess_map, open_table, parse, settle

BYTES_A_ROW = 250  # a dictionary that has just grown; about 110 on average


def _peak(path: Path) -> int:
    source = open_table(path)
    reading = settle(source, guess_map(source.header, "invoices"), "invoices", {"currency": "EUR"})
    tracemalloc.start()
    try:
        for batch in parse(source, reading, "invoices", size=1_000):
            assert not batch.errors
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_flat(tmp_path: Path) -> None:
    peaks = []
    for rows in (4_000, 40_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w") as file:
            file.write("customer,number,date,amount,description\n")
            file.writelines(
                f"C{row % 99},{row},2024-01-{row % 28 + 1:02},{row}.50,{'x' * 100}\n" for row in range(rows)
            )
        peaks.append(_peak(path))
    assert peaks[1] - peaks[0] < 36_000 * BYTES_A_ROW, peaks
