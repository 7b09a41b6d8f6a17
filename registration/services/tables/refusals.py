"""Why a file is no table to us, and what to do about it."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from registration.errors import TableRefused


class Refusal(StrEnum):
    """Why a file was refused; ``details['reason']`` of a `TableRefused`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    LONG_CELL = "long_cell"
    OLD_FORMAT = "old_format"
    OTHER_FORMAT = "other_format"
    PROTECTED = "protected"
    MACROS = "macros"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"


ADVICE: dict[Refusal, Any] = {
    Refusal.EMPTY: _l("The file has no rows. Please choose the file that holds your list."),
    Refusal.TOO_LARGE: _l(
        "The file is larger than 10 MB. Please remove pictures and sheets that are not needed, "
        "or split it into several files."
    ),
    Refusal.TOO_MANY_ROWS: _l(
        "The file has more than 20,000 rows. Please split it into several files."
    ),
    Refusal.TOO_MANY_COLUMNS: _l(
        "The file has more than 200 columns. Please keep only those that are needed."
    ),
    Refusal.LONG_CELL: _l(
        "One cell holds more than 32,767 characters. In a CSV file, a quotation mark that is "
        "never closed does this; please save the list as XLSX."
    ),
    Refusal.OLD_FORMAT: _l(
        "This is a workbook in the old format (.xls). Please open it in Excel and save it as an "
        "“Excel workbook (.xlsx)”."
    ),
    Refusal.OTHER_FORMAT: _l(
        "This is neither XLSX nor CSV. Please open the list in your spreadsheet program and save "
        "it as an “Excel workbook (.xlsx)”."
    ),
    Refusal.PROTECTED: _l(
        "The file is protected with a password. Please save it without one (Excel: File, Info, "
        "Protect workbook, Encrypt with password, leave it empty)."
    ),
    Refusal.MACROS: _l(
        "The file contains macros. Please save it as an “Excel workbook (.xlsx)” without macros."
    ),
    Refusal.ENCODING: _l(
        "The letters of this file cannot be told. Please save it as “CSV UTF-8” or as an “Excel "
        "workbook (.xlsx)”."
    ),
    Refusal.UNREADABLE: _l(
        "The file is damaged or incomplete. Please open it in your spreadsheet program and save it "
        "anew as an “Excel workbook (.xlsx)”."
    ),
}
"""What to do about each."""


def refused(reason: Refusal) -> TableRefused:
    """Return the error that refuses a file for this reason."""
    return TableRefused(reason=reason.value)


def advice(error: TableRefused) -> str:
    """Say in the present language why the file was refused and what to do."""
    return str(ADVICE[Refusal(str(error.details["reason"]))])
