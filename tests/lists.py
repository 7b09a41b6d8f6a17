"""Lists of people as alliances send them."""

import io
from collections.abc import Sequence

import xlsxwriter

from registration.database import transaction
from registration.services import imports, tables
from registration.services.events import Prospectus
from registration.services.imports import Apply, Bounds, Checked, Outcome
from registration.services.tables import Table

HEADER = "Vorname;Nachname;E-Mail;Rolle"


def csv(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    """Return a list as Excel saves it as CSV in Germany."""
    return "\r\n".join([header, *lines, ""]).encode(encoding)


def table(*lines: str, header: str = HEADER) -> Table:
    """Return a list with these rows below its header."""
    return tables.read(csv(*lines, header=header), "liste.csv")


def people(count: int, *, role: str = "Delegierte") -> list[str]:
    """Return rows of so many different people."""
    return [f"Änne{n};Groß;aenne{n}@buendnis.example;{role}" for n in range(count)]


def bounds(prospectus: Prospectus, alliance: str = "MR4B") -> Bounds:
    """Return those of an organiser who brings the list of an alliance."""
    return imports.for_organiser(prospectus, prospectus.find_alliance(alliance))


def check(
    prospectus: Prospectus, *lines: str, header: str = HEADER, alliance: str = "MR4B"
) -> Checked:
    """Check a list as an organiser does."""
    return imports.check(table(*lines, header=header), bounds(prospectus, alliance), list_id="list")


def found(checked: Checked) -> list[tuple[int | None, str | None, str]]:
    """Return row, column and code of all that is wrong."""
    return [(each.row, each.column, each.code) for each in checked.problems]


def apply(checked: Checked, how: Apply = Apply.GOOD) -> Outcome:
    """Take a list over, a batch a transaction, as the worker does."""
    outcome = Outcome()
    for batch in imports.batches(checked, how):
        with transaction():
            outcome.add(imports.register(checked, batch, whole=how == Apply.ALL, actor="command"))
    return outcome


def from_excel(rows: Sequence[Sequence[object]]) -> bytes:
    """Return a workbook as people keep it: a title, groups over the header, a sum below."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Teilnehmende")
    book.add_worksheet("Hilfe").hide()
    bold = book.add_format({"bold": True})
    sheet.merge_range(0, 0, 0, 6, "Anmeldung MR4B, Stand 12.11.2026", bold)
    sheet.merge_range(2, 0, 3, 0, "Nr.", bold)
    sheet.merge_range(2, 1, 2, 3, "Person", bold)
    sheet.merge_range(2, 4, 2, 5, "Kontakt", bold)
    sheet.merge_range(2, 6, 3, 6, "Rolle", bold)
    for column, header in enumerate(["Titel", "Vorname", "Name"], start=1):
        sheet.write_string(3, column, header, bold)
    sheet.write_row(3, 4, ["E-Mail", "Telefon"], bold)
    for number, row in enumerate(rows, start=4):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    sheet.write_formula(len(rows) + 5, 0, "=COUNTA(D5:D99)", None, len(rows))
    book.close()
    return file.getvalue()
