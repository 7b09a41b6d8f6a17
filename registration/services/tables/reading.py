"""Telling what kind of file it is, by what is in it and not by its name."""

from registration.errors import TableRefused
from registration.services.tables import delimited
from registration.services.tables.cells import MOST_BYTES, Table
from registration.services.tables.refusals import Refusal, refused

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file: an .xls, or a package inside one, encrypted with a password."""
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OTHERS = (
    b"%PDF",
    b"{\\rtf",
    b"<",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
)
"""PDF, RTF, HTML and XML, pictures, archives."""


LOOKED_AT = 1000
"""Bytes in which what is neither begins."""
QUICK_WORKBOOK, QUICK_TEXT = 30_000, 300_000
"""Bytes that take some 50 ms of a processor: a workbook is packed, and its cells are XML."""


def is_quick(content: bytes) -> bool:
    """Return whether `read` takes no longer than a page may make others wait."""
    if content.startswith(ZIP):
        return len(content) <= QUICK_WORKBOOK
    return len(content) <= QUICK_TEXT or len(content) > MOST_BYTES or _is_other(content)


def read(content: bytes, name: str = "") -> Table:
    """Return the rows of an XLSX or CSV file, each with its number in the file.

    The content decides what it is; ``name`` is only told in errors.

    Raises:
        TableRefused: it is neither, is empty, damaged, encrypted, has macros, or is too large;
            ``details['reason']`` is a `Refusal`.
    """
    try:
        return _read(content)
    except TableRefused as error:
        error.details["file"] = name
        raise


def _read(content: bytes) -> Table:
    if len(content) > MOST_BYTES:
        raise refused(Refusal.TOO_LARGE)
    table = _by_content(content)
    if not table.rows:
        raise refused(Refusal.EMPTY)
    return table


def _by_content(content: bytes) -> Table:
    if content.startswith(ZIP):
        from registration.services.tables import workbook  # noqa: PLC0415  # openpyxl weighs 14 MB

        return workbook.read(content)
    if content.startswith(OLE):
        hidden = ENCRYPTED_PACKAGE in content
        raise refused(Refusal.PROTECTED if hidden else Refusal.OLD_FORMAT)
    if _is_other(content):
        raise refused(Refusal.OTHER_FORMAT)
    return delimited.read(content)


def _is_other(content: bytes) -> bool:
    return content.startswith(OLE) or _beginning(content).startswith(OTHERS)


def _beginning(content: bytes) -> bytes:
    return content[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
