"""Looking at an XLSX file as a package of parts before anything is read from it."""

import io
import zipfile
import zlib

from registration.services.tables.refusals import Refusal, refused

MOST_UNPACKED = 80_000_000
"""Bytes of all parts together; `zipfile` never unpacks more of a part than it declares."""
MOST_PARTS = 5_000
MOST_TAGS = 6_000_000
"""In one part: a sheet of 20,000 rows and 60 columns has fewer."""
MOST_TAGS_AT_ONCE = 400_000
"""In a part that is read as a whole: everything but sheets and shared texts."""
ENCRYPTED = 0x1
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MACROS = ("vbaproject.bin", "vbadata.xml")
READ_IN_PIECES = ("xl/worksheets/", "xl/sharedstrings")
BLOCK = 1 << 20
DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, EOFError, OSError)
"""What `zipfile` raises for a package that is cut, garbled or packed in an unknown way."""
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype")


def check(content: bytes) -> None:
    """Refuse what no spreadsheet program writes: bombs, entities, and what we do not run.

    Source: ECMA-376 part 2 (a package is a ZIP file) and part 1 §18 (its parts are XML).

    Raises:
        TableRefused: it is not a plain XLSX package.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(package.infolist())
            for part in package.infolist():
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_xml(package, part)
    except DAMAGED as error:
        raise refused(Refusal.UNREADABLE) from error


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise refused(Refusal.PROTECTED)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refused(Refusal.TOO_LARGE)
    if any(part.compress_type not in PACKED for part in parts):
        raise refused(Refusal.UNREADABLE)
    if len(names) != len(parts):  # two parts of one name: which one is meant, nobody can tell
        raise refused(Refusal.UNREADABLE)
    if any(name.endswith(MACROS) for name in names):
        raise refused(Refusal.MACROS)
    if "[content_types].xml" not in names or any(name.endswith("workbook.bin") for name in names):
        raise refused(Refusal.OTHER_FORMAT)


def _check_xml(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    pieces = part.filename.lower().startswith(READ_IN_PIECES)
    left = MOST_TAGS if pieces else MOST_TAGS_AT_ONCE
    before = b""
    with package.open(part) as stream:
        while block := stream.read(BLOCK):
            seen = before + block
            if b"\0" in block or any(word in seen for word in DECLARATIONS):
                raise refused(Refusal.UNREADABLE)
            left -= block.count(b"<")
            if left < 0:
                raise refused(Refusal.TOO_LARGE)
            before = seen[-len(DECLARATIONS[0]) :]
