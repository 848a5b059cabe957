"""Tables in files: what people export from an ERP, read as customers, invoices, receipts and credit notes.

``open_table`` finds out what a file is; ``load_map`` or ``guess_map`` says what its columns mean; ``parse`` gives its
rows as values with every fault named; ``preview`` shows the first of them; ``write_csv`` and ``write_xlsx`` go
the other way.
"""

from openterms.formats.tabular.faults import Fault, RowError
from openterms.formats.tabular.fields import KINDS, Field, fields_of
from openterms.formats.tabular.guess import guess_map
from openterms.formats.tabular.maps import Map, load_map, read_map
from openterms.formats.tabular.preview import Preview, preview
from openterms.formats.tabular.readers import open_table
from openterms.formats.tabular.reading import Reading, settle
from openterms.formats.tabular.records import ParsedBatch, parse
from openterms.formats.tabular.source import Batch, Source
from openterms.formats.tabular.write import csv_text, guarded, write_csv, write_xlsx

__all__ = [
    "KINDS",
    "Batch",
    "Fault",
    "Field",
    "Map",
    "ParsedBatch",
    "Preview",
    "Reading",
    "RowError",
    "Source",
    "csv_text",
    "fields_of",
    "guarded",
    "guess_map",
    "load_map",
    "open_table",
    "parse",
    "preview",
    "read_map",
    "settle",
    "write_csv",
    "write_xlsx",
]
