"""Dispatches: a roster for somebody outside, at a time before the event.

Importing this package is cheap. `sending`, `changes` and `making`, which write files, are for the
tasks and commands.
"""

from registration.services.dispatches.codes import Asked, Opened, ask_code, code_of, try_code
from registration.services.dispatches.finding import (
    get,
    get_by_link,
    is_open,
    link_of,
    list_all,
    list_history,
    list_mails,
)
from registration.services.dispatches.planning import (
    Plan,
    cancel,
    find_faults,
    plan,
    renew_password,
    send_again,
    send_now,
)

__all__ = [
    "Asked",
    "Opened",
    "Plan",
    "ask_code",
    "cancel",
    "code_of",
    "find_faults",
    "get",
    "get_by_link",
    "is_open",
    "link_of",
    "list_all",
    "list_history",
    "list_mails",
    "plan",
    "renew_password",
    "send_again",
    "send_now",
    "try_code",
]
