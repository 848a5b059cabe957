"""The guard over columns: ``core.collecting.guard`` for a million items at once.

Every refusal's condition is compiled as it stands; which of them fire is kept as one whole number, a bit for each in
the order in which reasons are told, so that nothing is lost and nothing is text.
"""

from __future__ import annotations

import functools
import operator

import ibis

from openterms.core.base.reasons import Reason
from openterms.core.collecting.guard import GUARD_FACTS, Act, asked, judged
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.rules.compile import compile_node

_TYPES = {"int": "int64", "bool": "boolean", "text": "string"}


def guarded(rows: Table, act: Act, engine: Engine, is_asking: bool = True) -> Table:
    """``rows`` with ``refused`` (0: nothing refuses; bit n: the n-th refusal of ``asked(act, is_asking)`` does) and
    ``allowed``.

    Columns in: facts by the names of ``GUARD_FACTS``, money in minor units; one that is absent is not known. Grain: as
    ``rows``, such as one open item.
    """
    columns: dict[str, Value] = {
        name: rows[name] if name in rows.columns else ibis.null(_TYPES[fact.type]) for name, fact in GUARD_FACTS.items()
    }
    bits = [
        compile_node(refusal.when.tree, columns, engine).fill_null(False).ifelse(_whole(1 << place), _whole(0))
        for place, refusal in enumerate(asked(act, is_asking))
    ]
    told = engine.stage(rows.mutate(refused=functools.reduce(operator.add, bits)))
    return told.mutate(allowed=told.refused == 0)


def reasons_of(refused: int, act: Act, is_asking: bool = True) -> tuple[Reason, ...]:
    """The reasons of a row by its ``refused``, in order, each once."""
    firing = (refusal for place, refusal in enumerate(asked(act, is_asking)) if refused >> place & 1)
    return judged(firing).reasons


def _whole(number: int) -> Value:
    return ibis.literal(number, type="int64")
