"""Every report of the desk and the command line, by name."""

from .figures import kpi
from .limits import by_collector, by_group, over_limit
from .one_currency import one_currency, rates_on
from .paying import behaviour, concentration, strategy_document, strategy_on
from .receivables import EVERYTHING, Slice, ageing, open_items, roll_forward
from .series import kpi_series
from .table import Column, Note, Report
from .tie_out import TieOut, tie_out

__all__ = [
    "EVERYTHING", "Column", "Note", "Report", "Slice", "TieOut", "ageing", "behaviour", "by_collector", "by_group",
    "concentration", "kpi", "kpi_series", "one_currency", "open_items", "over_limit", "rates_on", "roll_forward",
    "strategy_document", "strategy_on", "tie_out",
]  # fmt: skip
