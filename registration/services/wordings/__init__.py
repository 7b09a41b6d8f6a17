"""Wordings: what mails say, in words that the organisers may change."""

from registration.services.wordings.checking import Faults, check_kind, problems_of
from registration.services.wordings.keeping import (
    current_text,
    find_used,
    flag,
    get_version,
    keep,
    list_current,
    list_versions,
    save,
    use,
    use_original,
)
from registration.services.wordings.kinds import FAMILIES, TEST, Family, Ready, titles
from registration.services.wordings.language import Fault, Unreadable, find_faults
from registration.services.wordings.originals import Text, original
from registration.services.wordings.variables import meanings, names, values_of
from registration.services.wordings.writing import TEST_OF_WORDING, Written, filled, write

__all__ = [
    "FAMILIES",
    "TEST",
    "TEST_OF_WORDING",
    "Family",
    "Fault",
    "Faults",
    "Ready",
    "Text",
    "Unreadable",
    "Written",
    "check_kind",
    "current_text",
    "filled",
    "find_faults",
    "find_used",
    "flag",
    "get_version",
    "keep",
    "list_current",
    "list_versions",
    "meanings",
    "names",
    "original",
    "problems_of",
    "save",
    "titles",
    "use",
    "use_original",
    "values_of",
    "write",
]
