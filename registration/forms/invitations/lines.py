"""Read a list of people as it is pasted from a mail program or a spreadsheet."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form

from registration.forms.text import Address, Plain, Required, TextField, tidy
from registration.models.registrations import Salutation
from registration.services.imports import names
from registration.services.imports.fields import Field
from registration.services.imports.layout import codes_of
from registration.services.imports.names import Name
from registration.services.invitations import Addressee

MOST_LINES = 500

NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>\s*[;,]?")
BETWEEN = re.compile(r"(?<=>)\s*[;,]\s*(?=\S)")
"""Between several "Name <address>" in one line, as mail programs copy them."""
BETWEEN_ADDRESSES = re.compile(r"\s*[;,]\s*")
DELIMITERS = "\t;,"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person of a list, and what is wrong with what was given of them."""

    number: int
    text: str
    email: str = ""
    salutation: Salutation = Salutation.NEUTRAL
    title: str = ""
    given_name: str = ""
    family_name: str = ""
    problem: str = ""

    @property
    def full_name(self) -> str:
        """Title, given and family name, as one writes them."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)

    @property
    def addressee(self) -> Addressee:
        """Address and names, as `invitations.find_invited` takes them."""
        return Addressee(self.email, self.given_name, self.family_name)


class _Checks(Form):
    """What each part of a line must be."""

    email = TextField("", [Required(""), Address(254)], default="")
    title = TextField("", [Plain(60)], default="")
    given_name = TextField("", [Plain(80)], default="")
    family_name = TextField("", [Plain(80)], default="")


def read_lines(text: str) -> Sequence[Line]:
    """Return the people of a list, each with what is wrong, in the present language.

    Understood are ``Given Family <address>``, ``Family, Given <address>``, a bare address, and
    cells between tabs, semicolons or commas: with a line of column names in German or English at
    the top, else in the order given name, family name, address. Below column names, too, a line
    may have its address as a mail program copies it.
    """
    seen: dict[str, int] = {}
    found: list[Line] = []
    for number, line, parts in _parts_of(text):
        person = _checked(number, line, parts)
        earlier = seen.setdefault(person.addressee.key, len(found))
        if not person.problem and earlier != len(found):
            same = _("The same person as in line %(number)s.", number=found[earlier].number)
            person = replace(person, problem=same)
        found.append(person)
    return found


def _parts_of(text: str) -> Iterator[tuple[int, str, Mapping[str, str]]]:
    """Yield the number, text and parts of each person."""
    columns: Sequence[str] = ()
    numbered = [(number, tidy(line)) for number, line in enumerate(text.splitlines(), start=1)]
    filled = [(number, line) for number, line in numbered if line]
    delimiter = ""
    for number, line in filled:
        if number == filled[0][0] and "@" not in line:
            delimiter = _delimiter_of(line)
            columns = _columns_of(_cells_of(line, delimiter))
            if columns:
                continue
        cells = _by_columns(columns, _cells_of(line, delimiter)) if columns else {}
        if columns and ("@" in cells.get("email", "") or "@" not in line):
            yield number, line, cells
            continue
        for each in _people_of(line):
            yield number, each, _parts_of_line(each)


def _people_of(line: str) -> Sequence[str]:
    """Return the people of one line: a mail program copies several into one."""
    if "<" in line:
        return BETWEEN.split(line)
    if line.count("@") > 1:
        return [each for each in BETWEEN_ADDRESSES.split(line) if each]
    return [line]


def _delimiter_of(line: str) -> str:
    return next((sign for sign in DELIMITERS if sign in line), ";")


def _cells_of(line: str, delimiter: str) -> Sequence[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _columns_of(cells: Sequence[str]) -> Sequence[str]:
    """Return what each column holds, as imports know it; nothing if none holds addresses."""
    columns = codes_of(cells, ())
    return columns if Field.EMAIL in columns else ()


def _by_columns(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    told = defaultdict(str, zip(columns, cells, strict=False))
    reversed_name = told[Field.NAME_REVERSED]
    name = names.assemble(
        told[Field.GIVEN_NAME],
        told[Field.FAMILY_NAME],
        reversed_name or told[Field.FULL_NAME],
        family_first=bool(reversed_name),
    )
    before = names.unwrap(told[Field.SALUTATION])
    said = names.salutation_of(told[Field.SALUTATION]) or before.salutation or name.salutation
    title = names.joined(told[Field.TITLE], before.title, name.title)
    return {**_told(replace(name, title=title, salutation=said)), "email": told[Field.EMAIL]}


def _parts_of_line(line: str) -> Mapping[str, str]:
    named = NAMED.fullmatch(line)
    if named:
        return {**_split_name(named["name"]), "email": named["email"].strip()}
    name, blank, address = line.rpartition(" ")
    if blank and "@" in address and not any(sign in line for sign in DELIMITERS):
        return {**_split_name(name), "email": address}
    cells = [cell for cell in _cells_of(line, _delimiter_of(line)) if cell]
    address = next((cell for cell in cells if "@" in cell), "")
    said = [cell for cell in cells if cell != address]
    if len(said) == 2:  # noqa: PLR2004  # given and family name; behind a family name are titles
        is_reversed = names.begins_with_title(said[1]) and not names.begins_with_title(said[0])
        parts = names.split(", ".join(said)) if is_reversed else names.assemble(*said)
        return {**_told(parts), "email": address}
    if not address and len(cells) == 1:
        return {"email": cells[0]}
    return {**_split_name(" ".join(said)), "email": address}


def _split_name(text: str) -> Mapping[str, str]:
    """Return salutation, title, given and family name of a whole name."""
    return _told(names.split(" ".join(text.strip(" \t'\"").split())))


def _told(name: Name) -> Mapping[str, str]:
    return {
        "salutation": name.salutation or Salutation.NEUTRAL,
        "title": name.title,
        "given_name": name.given,
        "family_name": name.family,
    }


def _checked(number: int, text: str, parts: Mapping[str, str]) -> Line:
    form = _Checks(MultiDict(parts))
    problem = ""
    if not form.validate():
        problem = next(str(field.errors[0]) for field in form if field.errors)
    if not parts.get("email"):
        problem = _("There is no mail address in this line.")
    return Line(
        number=number,
        text=text,
        email=form.email.data,
        salutation=Salutation(parts.get("salutation") or Salutation.NEUTRAL),
        title=form.title.data,
        given_name=form.given_name.data,
        family_name=form.family_name.data,
        problem=problem,
    )
