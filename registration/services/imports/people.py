"""Who a row is about: their name, titles, salutation and address."""

import re

from registration.models.alliances import Alliance
from registration.models.registrations import Salutation
from registration.services.imports import fields, names
from registration.services.imports.cells import Cells
from registration.services.imports.fields import Field
from registration.services.imports.names import Name
from registration.services.imports.words import choices, offered
from registration.services.text import usual_address

IN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>")
"""As mail programs copy an address: Änne Groß <aenne@example.org>."""
MAILTO = "mailto:"


def read_name(cells: Cells) -> dict[str, object]:
    """Return salutation, title, given and family name, and note what is wrong with them."""
    name = _name(cells)
    salutation = _salutation(cells)
    title = names.joined(cells.text(Field.TITLE), salutation.title, name.title)
    for code, text in ((Field.FAMILY_NAME, name.family), (Field.GIVEN_NAME, name.given)):
        if not text:
            cells.note(code, "required", field=fields.title_of(code))
        elif not any(sign.isalpha() for sign in text):
            cells.note(code, "no_letter")
    return {
        "salutation": salutation.salutation or name.salutation or Salutation.NEUTRAL,
        "title": cells.check(Field.TITLE, title),
        "given_name": cells.check(Field.GIVEN_NAME, name.given),
        "family_name": cells.check(Field.FAMILY_NAME, name.family),
    }


def _name(cells: Cells) -> Name:
    """Return the name of the row, from the columns of its parts or of the whole."""
    reversed_name = cells.text(Field.NAME_REVERSED)
    return names.assemble(
        cells.text(Field.GIVEN_NAME),
        cells.text(Field.FAMILY_NAME),
        reversed_name or cells.text(Field.FULL_NAME),
        family_first=bool(reversed_name),
    )


def _salutation(cells: Cells) -> Name:
    """Return what the salutation's cell says: also "Frau Dr." and "Dr." have a title in them."""
    text = cells.text(Field.SALUTATION)
    found = choices(Field.SALUTATION).get(fields.key_of(text), "") if text else ""
    if found or not text:
        return Name(salutation=Salutation(found) if found else None)
    both = names.unwrap(text)
    if both.given or not (both.salutation or both.title):
        cells.refuse_choice(Field.SALUTATION, offered(Field.SALUTATION))
    return both


def read_address(cells: Cells, alliance: Alliance | None) -> str:
    """Return the person's mail address, else that of their alliance's office."""
    text = cells.text(Field.EMAIL)
    if not text and alliance is not None and alliance.office_email:
        return alliance.office_email
    bracketed = IN_BRACKETS.fullmatch(text)
    address = (bracketed[1] if bracketed else text).removeprefix(MAILTO).strip()
    if not address:
        cells.note(Field.EMAIL, "required", field=fields.title_of(Field.EMAIL))
        return ""
    usual = usual_address(cells.check(Field.EMAIL, address))
    if not usual:
        cells.note(Field.EMAIL, "not_an_address")
    return usual
