"""The matrix as a workbook: its first sheet can be changed and loaded again.

Alliances are rows and roles are columns, each named by its code as well: codes stay when
somebody translates or shortens a title.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from registration.languages import current
from registration.services.events import Prospectus
from registration.services.matrix.cells import Cell, Matrix

CODE, NAME, TOTAL = "code", "alliance", "total"
"""The first three columns, as the hidden first row names them; roles follow with their codes."""
EVERYBODY = "*"
"""The code of the row that holds the limits of the whole event."""
HEAD = 2
"""Rows above the numbers: the codes, hidden, and the headings."""
A4 = 9


def write(prospectus: Prospectus, matrix: Matrix) -> bytes:
    """Return an XLSX file in the present language: places, taken, waiting, free.

    An empty cell of the first sheet means that there is no limit of its own.
    """
    import xlsxwriter  # noqa: PLC0415  # weighs on the web process, which seldom needs it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": prospectus.event.title.in_locale(current())})
    strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    parts: Mapping[str, Callable[[Cell], int | None]] = {
        _("Places"): lambda cell: cell.places,
        _("Taken"): lambda cell: cell.taken,
        _("Waiting"): lambda cell: cell.waiting,
        _("Free"): lambda cell: cell.free,
    }
    for title, part in parts.items():
        sheet = book.add_worksheet(title)
        _write_heads(sheet, prospectus, strong)
        _write_numbers(sheet, prospectus, matrix, part)
    book.close()
    return file.getvalue()


def _write_heads(sheet: Any, prospectus: Prospectus, strong: Any) -> None:
    codes = [CODE, NAME, TOTAL, *(role.code for role in prospectus.roles)]
    titles = [_("Code"), _("Alliance"), _("Total")]
    titles += [role.title.in_locale(current()) for role in prospectus.roles]
    for column, (code, title) in enumerate(zip(codes, titles, strict=True)):
        sheet.write_string(0, column, code)
        sheet.write_string(1, column, title, strong)
    names = [(EVERYBODY, _("Total"))]
    names += [(alliance.code, alliance.name) for alliance in prospectus.alliances]
    for row, (code, name) in enumerate(names, HEAD):
        sheet.write_string(row, 0, code)
        sheet.write_string(row, 1, name)
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, len(codes) - 1, 13)
    sheet.freeze_panes(HEAD, 2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)


def _write_numbers(
    sheet: Any, prospectus: Prospectus, matrix: Matrix, part: Callable[[Cell], int | None]
) -> None:
    alliances = (None, *(each.id for each in prospectus.alliances))
    roles = (None, *(each.id for each in prospectus.roles))
    for row, alliance_id in enumerate(alliances, HEAD):
        for column, role_id in enumerate(roles, 2):
            number = part(matrix.cell(alliance_id, role_id))
            if number is not None:
                sheet.write_number(row, column, number)
