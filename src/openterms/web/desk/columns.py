"""Columns of lists that adapt to what the list holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from .tables import Table


def in_one_currency(table: Table, currencies: Sequence[str]) -> Table:
    """Where a seller's list knows one currency alone, say it once below the list and not in every cell."""
    if len(currencies) == 1:
        table.columns = [
            replace(column, mixed=False, currency=currencies[0]) if column.mixed else column
            for column in table.columns
        ]
        table.basis = _("Amounts in %(currency)s.") % {"currency": currencies[0]}
    return table
