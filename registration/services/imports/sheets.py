"""Sheets that go back: the list with its problems, and an empty one to fill in.

Imports XlsxWriter, so only workers, commands and whoever makes such a file import it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import gettext as _

from registration import languages
from registration.models.questions import Question, QuestionKind
from registration.services.imports.bounds import Bounds
from registration.services.imports.checking import Checked
from registration.services.imports.fields import Field, targets
from registration.services.imports.layout import Layout
from registration.services.imports.problems import Problem
from registration.services.imports.words import answers_to, offered_list
from registration.services.tables import Cell, Row

MOST_ROWS = 1_048_576
"""Of a sheet."""
WIDTH, WIDE = 22, 60
"""Of columns, in letters."""
FILLED_IN = 1000
"""Rows of the template in which lists can be chosen from."""
IN_TEMPLATE = (
    *(Field.SALUTATION, Field.TITLE, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.EMAIL),
    *(Field.ORGANISATION, Field.POSITION, Field.SECTOR, Field.ALLIANCE, Field.ROLE, Field.THEME),
    *(Field.LOCALE, Field.DIET, Field.SUPPORT_NEEDS, Field.PHOTO_CONSENT),
    *(Field.BADGE_NAME, Field.BADGE_ORGANISATION, Field.PRONOUNS, Field.LANGUAGES),
)


def write_reasons(file: Path | BinaryIO, checked: Checked, problems: Sequence[Problem]) -> None:
    """Write the list as it came, with one more column that says what is wrong with each row.

    Rows stay where they were; cells with a problem are coloured.

    Args:
        file: where to write it.
        checked: the list.
        problems: all that is wrong with it.
    """
    workbook = xlsxwriter.Workbook(str(file) if isinstance(file, Path) else file)
    sheet = workbook.add_worksheet(_("List"))
    layout = checked.layout
    rows = (*layout.above, *layout.rows)
    place = _places(rows)
    width = len(layout.columns)
    formats = {
        "head": workbook.add_format({"bold": True, "bottom": 1}),
        "bad": workbook.add_format({"bg_color": "#fde2dd", "font_color": "#5c1408"}),
    }
    by_row = _by_row(problems)
    for row in rows:
        is_head = row.number == layout.header_row
        marked = {each.column for each in by_row[row.number]}
        for column, cell in enumerate(row.cells):
            bad = not is_head and layout.columns[column].header in marked
            _write_cell(
                sheet,
                (place[row.number], column),
                cell,
                formats["head"] if is_head else formats["bad"] if bad else None,
            )
        if is_head:
            sheet.write_string(place[row.number], width, _("Reasons"), formats["head"])
        elif by_row[row.number]:
            sheet.write_string(place[row.number], width, _sentence(by_row[row.number]))
    _finish_sheet(sheet, layout, place, width)
    workbook.close()


def _places(rows: Sequence[Row]) -> Mapping[int, int]:
    """Return at which line, from 0, each row stands: its own unless a sheet is too short."""
    if rows and rows[-1].number > MOST_ROWS:
        return {row.number: place for place, row in enumerate(rows)}
    return {row.number: row.number - 1 for row in rows}


def _by_row(problems: Sequence[Problem]) -> Mapping[int | None, Sequence[Problem]]:
    found: dict[int | None, list[Problem]] = defaultdict(list)
    for problem in problems:
        found[problem.row].append(problem)
    return found


def _sentence(problems: Sequence[Problem]) -> str:
    return "\n".join(
        f"{problem.column}: {problem.message}" if problem.column else problem.message
        for problem in problems
    )


def _write_cell(sheet: Any, place: tuple[int, int], cell: Cell, style: Any) -> None:
    """Write a cell as what it was; a text stays a text, whatever it looks like."""
    match cell:
        case None:
            if style is not None:
                sheet.write_blank(*place, None, style)
        case bool():
            sheet.write_boolean(*place, cell, style)
        case int() | float():
            sheet.write_number(*place, cell, style)
        case _:
            sheet.write_string(*place, str(cell), style)


def _finish_sheet(sheet: Any, layout: Layout, place: Mapping[int, int], width: int) -> None:
    header = place[layout.header_row]
    sheet.freeze_panes(header + 1, 0)
    last = max(*place.values(), header + 1)
    sheet.autofilter(header, 0, last, width)
    sheet.set_column(0, max(width - 1, 0), WIDTH)
    sheet.set_column(width, width, WIDE)


def write_template(file: Path | BinaryIO, bounds: Bounds) -> None:
    """Write an empty list with headers in the present language, and a sheet that explains them.

    Cells that take one of several words offer these.
    """
    workbook = xlsxwriter.Workbook(str(file) if isinstance(file, Path) else file)
    sheet, notes = workbook.add_worksheet(_("List")), workbook.add_worksheet(_("Explanations"))
    head = workbook.add_format({"bold": True, "bottom": 1})
    as_text = workbook.add_format({"num_format": "@"})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    columns = _columns(bounds)
    notes.write_row(0, 0, [_("Column"), _("What goes in"), _("The words to choose from")], head)
    for index, (title, note, words) in enumerate(columns):
        sheet.write_string(0, index, title, head)
        notes.write_string(index + 1, 0, title, wrapped)
        notes.write_string(index + 1, 1, note, wrapped)
        for place, word in enumerate(words):
            notes.write_string(index + 1, 2 + place, word, wrapped)
        if words:
            _offer(sheet, index, notes.get_name(), len(words))
    sheet.set_column(0, len(columns) - 1, WIDTH, as_text)
    sheet.freeze_panes(1, 0)
    notes.set_column(0, 0, WIDTH)
    notes.set_column(1, 1, WIDE)
    notes.set_column(2, 40, WIDTH)
    workbook.close()


def _offer(sheet: Any, column: int, notes: str, count: int) -> None:
    """Let the cells of a column be chosen from the words that the notes list in its line."""
    last = xlsxwriter.utility.xl_col_to_name(1 + count)
    words = f"='{notes}'!$C${column + 2}:${last}${column + 2}"
    rule = {"validate": "list", "source": words, "error_type": "information"}
    sheet.data_validation(1, column, FILLED_IN, column, rule)


def _columns(bounds: Bounds) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Return title, explanation and words of each column of the template."""
    titles = {each.code: each.title for each in targets(())}
    if bounds.alliance is not None:
        del titles[Field.ALLIANCE]
    words = _words(bounds)
    notes = _notes(bounds)
    own = [
        (titles[code], notes.get(code, ""), words.get(code, ()))
        for code in IN_TEMPLATE
        if code in titles
    ]
    return [
        *own,
        *(_question_column(each) for each in bounds.prospectus.questions if _can_be_listed(each)),
    ]


def _can_be_listed(question: Question) -> bool:
    return question.kind != QuestionKind.FILE


def _question_column(question: Question) -> tuple[str, str, Sequence[str]]:
    words = answers_to(question)
    if question.kind == QuestionKind.YES_NO:
        words = [_("Yes"), _("No")]
    title = languages.in_language(question.title)
    return title, languages.in_language(question.help), words


def _words(bounds: Bounds) -> Mapping[str, Sequence[str]]:
    prospectus = bounds.prospectus
    title = languages.in_language
    offered: dict[str, Sequence[str]] = {
        code: offered_list(code)
        for code in (Field.SALUTATION, Field.LOCALE, Field.DIET, Field.PHOTO_CONSENT)
    }
    return offered | {
        Field.SECTOR: [title(each.title) for each in prospectus.sectors],
        Field.ALLIANCE: [each.name for each in prospectus.alliances],
        Field.ROLE: [title(each.title) for each in bounds.roles],
        Field.THEME: [title(each.title) for each in prospectus.themes],
    }


def _notes(bounds: Bounds) -> Mapping[str, str]:
    office = bounds.alliance.office_email if bounds.alliance else ""
    return {
        Field.TITLE: _("For example Prof. Dr.; it may also stand before the name."),
        Field.GIVEN_NAME: _("Needed."),
        Field.FAMILY_NAME: _("Needed."),
        Field.EMAIL: _("Needed; without one, mail goes to %(address)s.", address=office)
        if office
        else _("Needed; the badge goes there."),
        Field.ROLE: _("Needed; several are separated by a semicolon."),
        Field.SUPPORT_NEEDS: _("Only what the person wants us to know."),
        Field.PHOTO_CONSENT: _("Only if the person has answered; empty is not yes."),
        Field.BADGE_NAME: _("Only if the badge names the person otherwise."),
        Field.BADGE_ORGANISATION: _("Only if it stands otherwise on the badge."),
        Field.PRONOUNS: _("Only if they are to stand on the badge."),
        Field.LANGUAGES: _("For the badge, for example DE EN."),
    }
