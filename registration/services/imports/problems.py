"""What is wrong with a list, row by row and cell by cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a row from being taken over."""

    row: int | None
    """The row's number in the file, as a spreadsheet shows it; None for the whole file."""
    column: str | None
    """The header of the column, as the file has it; None for the whole row."""
    code: str
    """Stable, for scripts."""
    message: str
    """For people, in their language."""


@cache
def _sentences() -> Mapping[str, Any]:
    return {
        "required": _l("%(field)s is missing."),
        "too_long": _l("Please shorten this to %(limit)s characters; it has %(length)s."),
        "hidden": _l(
            "This contains a character that nobody sees (%(code)s). "
            "Please type the text anew instead of pasting it."
        ),
        "picture": _l(
            "“%(sign)s” cannot be printed on badges and lists. "
            "Please use letters, digits and punctuation."
        ),
        "no_letter": _l("Please enter a name with at least one letter."),
        "not_an_address": _l("Please enter an address like name@example.org; mail goes there."),
        "not_offered": _l("“%(text)s” is none of the answers here. There are: %(offered)s."),
        "other_alliance": _l("This list is for %(alliance)s, and this row names another alliance."),
        "needs_alliance": _l("“%(role)s” is for people who come for an alliance; none is named."),
        "role_not_yours": _l("“%(role)s” is a role that only the organisers give."),
        "duplicate_row": _l("The same person is in row %(first)s already."),
        "already_registered": _l("This person is registered already."),
        "address_taken": _l(
            "This address stands for another person already, and each person needs their own."
        ),
        "quota_exhausted": _l("No place is free for this choice of alliance and role."),
        "cell_error": _l("The formula in this cell went wrong. Please enter what it should say."),
        "header_missing": _l(
            "This row stands where the names of the columns belong, and seems to be a person. "
            "Please put a row with the names above it, and bring the list again."
        ),
        "column_missing": _l("No column has this: %(field)s. Please choose the one that does."),
    }


def problem(what: str, *, row: int | None, column: str | None, **filling: object) -> Problem:
    """Return a problem, by its code, with its sentence in the present language."""
    return Problem(row, column, what, str(_sentences()[what]) % filling)


CODES = (
    *("required", "too_long", "hidden", "picture", "no_letter", "not_an_address", "not_offered"),
    *("other_alliance", "needs_alliance", "role_not_yours", "duplicate_row", "already_registered"),
    *("address_taken", "quota_exhausted", "cell_error", "column_missing"),
    "header_missing",
)
"""All codes of rows and cells but those of answers to an event's own questions."""
