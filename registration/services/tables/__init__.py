"""Tables: what people keep in spreadsheets, read from XLSX and CSV."""

from registration.services.tables.cells import (
    MOST_BYTES,
    MOST_ROWS,
    Cell,
    Row,
    Table,
    TableKind,
    text_of,
)
from registration.services.tables.reading import is_quick, read
from registration.services.tables.refusals import Refusal, advice

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "Cell",
    "Refusal",
    "Row",
    "Table",
    "TableKind",
    "advice",
    "is_quick",
    "read",
    "text_of",
]
