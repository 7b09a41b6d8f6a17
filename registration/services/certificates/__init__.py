"""Certificates: that somebody attended; issued, verified by their code, revoked.

Importing this package is cheap; `making` and `drawing`, which write papers, are for whoever needs
a file.
"""

from registration.services.certificates.finding import (
    Checked,
    Standing,
    address_of,
    bare,
    check,
    count,
    find_in_force,
    list_people,
    page_address,
    shown,
)
from registration.services.certificates.issuing import (
    BATCH,
    get,
    issue_batch,
    issue_one,
    mail,
    mail_batch,
    revoke,
    revoke_undone,
)

__all__ = [
    "BATCH",
    "Checked",
    "Standing",
    "address_of",
    "bare",
    "check",
    "count",
    "find_in_force",
    "get",
    "issue_batch",
    "issue_one",
    "list_people",
    "mail",
    "mail_batch",
    "page_address",
    "revoke",
    "revoke_undone",
    "shown",
]
