"""Rosters: lists of people for somebody, in the formats that people and programs read."""

from enum import StrEnum


class RosterKind(StrEnum):
    """Which list."""

    ATTENDANCE = "attendance"
    """Everybody who is confirmed, by alliance, with who has arrived."""


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
