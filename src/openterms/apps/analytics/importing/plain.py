"""Plain invoices go to the stage as lines of text, column by column: nearly all rows of nearly all files.

A plain invoice is in the seller's own currency, due in one sum on a day that the row gives, and not settled in the same
row. What it becomes is what `rows.RowBuilder` makes of any row; the tests hold the two to the same lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from openterms.apps.receivables.open_item.bulk import copy_text
from openterms.core.base.money import MOST_MINOR


def content_key(
    customer: str, number: str, on: date, due_on: date | None, amount: int, currency: str, tax: int
) -> int:
    """A signed 64-bit digest of what a row says, so that the same id with other content is noticed."""
    said = f"{customer}\x1f{number}\x1f{on}\x1f{due_on}\x1f{amount}\x1f{currency}\x1f{tax}"
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), signed=True)


def plain_lines(
    columns: Mapping[str, Sequence[Any]],
    customers: Mapping[str, tuple[str, str]],
    currency: str,
    locked_through: date | None,
    ids: Iterator[str],
) -> tuple[list[str], list[int]]:
    """Lines of the staging table for the plain invoices of a batch, and the places of the other rows.

    `columns` are those of `ParsedBatch` for invoices; `customers` gives id and terms by number; `currency` is the
    seller's; rows dated up to `locked_through`, of unknown customers or otherwise in need of a closer look are among
    the others.
    """
    count = len(columns["row"])
    if "due_on" not in columns:
        return [], list(range(count))
    numbers, external_ids = columns["number"], columns["external_id"]
    safe_numbers, safe_ids = copy_texts(numbers), copy_texts(external_ids)
    terms, notes = copy_texts(_column(columns, "terms")), copy_texts(_column(columns, "description"))
    references = copy_texts(_column(columns, "purchase_order"))
    known = customers.get
    lines: list[str] = []
    others: list[int] = []
    for place, (row, customer, issued_on, due_on, money, amount, tax, settled_on, attributes) in enumerate(
        zip(
            columns["row"], columns["customer"], columns["issued_on"], columns["due_on"], columns["currency"],
            columns["amount"], _column(columns, "vat"), _column(columns, "settled_on"), columns["attributes"],
            strict=True,
        )
    ):  # fmt: skip
        found, tax = known(customer), tax or 0
        if (
            found is None or due_on is None or settled_on is not None or money != currency
            or tax > amount or amount > MOST_MINOR or (locked_through is not None and issued_on <= locked_through)
        ):  # fmt: skip
            others.append(place)
            continue
        document, key = next(ids), content_key(customer, numbers[place], issued_on, due_on, amount, money, tax)
        more = copy_text(json.dumps(attributes, ensure_ascii=False)) if attributes else "\\N"
        lines.append(
            f"{row}\t{document}\t{next(ids)}\t{document}\t{found[0]}\tinvoice\t{safe_numbers[place]}\t{safe_ids[place]}"
            f"\t1\t1\t{issued_on}\t{due_on}\t{money}\t{amount}\t{amount}\t\\N\t0\t{terms[place]}"
            f"\t{references[place] or notes[place]}\t{more}\t{key}\t{tax}\t{tax}\t{amount}\t{amount}"
        )
    return lines, others


def _column(columns: Mapping[str, Sequence[Any]], name: str) -> Sequence[Any]:
    return columns[name] if name in columns else [None] * len(columns["row"])


def copy_texts(values: Sequence[str | None]) -> Sequence[str]:
    """Texts as COPY wants them, empty for None; looked at one by one only where one of them needs it."""
    texts = [value or "" for value in values]
    whole = "".join(texts)
    if "\\" in whole or "\t" in whole or "\n" in whole or "\r" in whole:
        return [copy_text(text) for text in texts]
    return texts
