"""What the reader says of the columns, as one short text: ``0=given_name 1=family_name ``."""

from collections.abc import Mapping


def columns_out(columns: Mapping[int, str]) -> str:
    """Write what the columns hold, by their index."""
    return "".join(f"{index}={code} " for index, code in sorted(columns.items()) if code)


def columns_in(text: str) -> Mapping[int, str]:
    """Read what `columns_out` wrote."""
    pairs = (pair.partition("=") for pair in text.split())
    return {int(index): code for index, _, code in pairs}
