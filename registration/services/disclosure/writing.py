"""What is told, as a file: for programs, or as a table."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from registration.services.disclosure.telling import Data
from registration.services.rosters.delimited import ESCAPE, FORMULA_SIGNS, LINE_END


def as_json(data: Mapping[str, Data]) -> bytes:
    """Return what `disclose` gives as JSON (RFC 8259), UTF-8."""
    return json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n"


def as_csv(data: Mapping[str, Data], *, locale: str) -> bytes:
    """Return it as a table of names and values that Excel opens as people expect.

    The content of files is in the JSON only. In German the cells are parted by semicolons.
    """
    text = io.StringIO()
    delimiter = ";" if locale == "de" else ","
    writer = csv.writer(text, delimiter=delimiter, lineterminator=LINE_END)
    writer.writerow(("name", "value"))
    writer.writerows((_escaped(name), _escaped(value)) for name, value in _lines("", data))
    return text.getvalue().encode("utf-8-sig")


def _lines(name: str, data: Data) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        for part, value in data.items():
            if part != "content_base64":
                yield from _lines(f"{name}.{part}" if name else part, value)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for number, value in enumerate(data, start=1):
            yield from _lines(f"{name}.{number}", value)
    else:
        yield name, _cell(data)


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _escaped(cell: str) -> str:
    return ESCAPE + cell if cell and cell[0] in FORMULA_SIGNS else cell
