"""Jobs: ask for a file, make it once whoever dies, and keep it for a while."""

from registration.services.jobs.asking import ask, get, list_jobs
from registration.services.jobs.keeping import expire, folder, path_of, sweep
from registration.services.jobs.leases import (
    Claim,
    LeaseLost,
    claim,
    fail,
    finish,
    is_any_due,
    report,
)

__all__ = [
    "Claim",
    "LeaseLost",
    "ask",
    "claim",
    "expire",
    "fail",
    "finish",
    "folder",
    "get",
    "is_any_due",
    "list_jobs",
    "path_of",
    "report",
    "sweep",
]
