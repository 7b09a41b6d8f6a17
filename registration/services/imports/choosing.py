"""What the reader says of the columns, as one short text: ``0=given_name 1=family_name ``.

``auto`` says that the reader has said nothing, and columns are told by their headers.
"""

from collections.abc import Mapping

AUTO = "auto"


def columns_out(columns: Mapping[int, str] | None) -> str:
    """Write what the columns hold, by their index; None for what their headers say."""
    if columns is None:
        return AUTO
    return "".join(f"{index}={code} " for index, code in sorted(columns.items()) if code)


def columns_in(text: str) -> Mapping[int, str] | None:
    """Read what `columns_out` wrote."""
    if text == AUTO:
        return None
    pairs = (pair.partition("=") for pair in text.split())
    return {int(index): code for index, _, code in pairs}
