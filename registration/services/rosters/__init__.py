"""Rosters: lists of people for somebody, in the formats that people and programs read.

A `spec.Spec` says who is on a list and what it tells of them; each kind has a ready one. `tables`
holds a list in memory, `delimited` streams it, and `making` writes it as a file of any format.
"""

from enum import StrEnum


class RosterKind(StrEnum):
    """Which list."""

    ATTENDANCE = "attendance"
    """Everybody who is confirmed, by alliance, with who has arrived."""
    DOOR = "door"
    """The door's last resort: A to Z, with who is in at the time of printing."""
    SIGNATURE = "signature"
    """To sign by hand, one sheet an alliance: what funders ask for."""
    SECURITY = "security"
    """For the house's own gate: as few columns as it needs."""
    CATERING = "catering"
    """Counts of food, and support needs without names."""
    DELEGATION = "delegation"
    """One alliance a page, for its coordinator."""
    PRESS = "press"
    """The press, and who agrees to photos."""
    EVACUATION = "evacuation"
    """Who is inside now, to be ticked off when seen safe."""
    PROTOCOL = "protocol"
    """By the rank of roles, then precedence: who is greeted first."""
    REPORT = "report"
    """For the funder: who registered, came, and did not come, in numbers."""
    THEMES = "themes"
    """By theme, for those who lead its workshop."""


COUNTS = frozenset({RosterKind.CATERING, RosterKind.REPORT})
"""Kinds that count people and name none."""
PROOFS = frozenset({RosterKind.SIGNATURE, RosterKind.REPORT})
"""Kinds for funders: they say who organised the event, and in which programme."""


class RosterFormat(StrEnum):
    """As what file."""

    CSV = "csv"
    """For programs: UTF-8, comma, CRLF, ISO 8601, codes instead of words."""
    CSV_EXCEL = "csv-excel"
    """For Excel in German: UTF-8 with BOM, semicolon, CRLF, dd.mm.yyyy HH:MM."""
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES = {
    RosterFormat.CSV: "text/csv; charset=utf-8",
    RosterFormat.CSV_EXCEL: "text/csv; charset=utf-8",
    RosterFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    RosterFormat.PDF: "application/pdf",
}
ENDINGS = {
    RosterFormat.CSV: "csv",
    RosterFormat.CSV_EXCEL: "csv",
    RosterFormat.XLSX: "xlsx",
    RosterFormat.PDF: "pdf",
}
