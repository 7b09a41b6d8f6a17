"""Jobs: ask for a file, make it once whoever dies, alone or in parts, and keep it for a while."""

from registration.services.jobs.asking import (
    ask,
    ask_once,
    cancel,
    get,
    hold,
    list_jobs,
    unfinished,
)
from registration.services.jobs.keeping import (
    clear,
    expire,
    folder,
    part_path,
    path_of,
    plan_path,
    sweep,
)
from registration.services.jobs.leases import (
    Claim,
    LeaseLost,
    claim,
    fail,
    finish,
    is_any_due,
    report,
)
from registration.services.jobs.parts import (
    PartClaim,
    claim_part,
    divide,
    fail_part,
    finish_part,
    is_any_part_due,
    renew,
)

__all__ = [
    "Claim",
    "LeaseLost",
    "PartClaim",
    "ask",
    "ask_once",
    "cancel",
    "claim",
    "claim_part",
    "clear",
    "divide",
    "expire",
    "fail",
    "fail_part",
    "finish",
    "finish_part",
    "folder",
    "get",
    "hold",
    "is_any_due",
    "is_any_part_due",
    "list_jobs",
    "part_path",
    "path_of",
    "plan_path",
    "renew",
    "report",
    "sweep",
    "unfinished",
]
