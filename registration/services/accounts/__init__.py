"""Accounts: who may sign in, what each may see, and their sessions on the server.

A password check costs tens of milliseconds on purpose, so `verify` is apart from `open_session`:
views call it before their transaction, and no writer waits for it.
"""

from registration.services.accounts.mandates import (
    alliances_of,
    appoint,
    dismiss,
    events_of,
    get_mandate,
    grant,
    invite_again,
    list_coordinators,
    mandates_of,
    may_see_event,
)
from registration.services.accounts.passwords import (
    LEAST_PASSWORD,
    MOST_PASSWORD,
    Verified,
    check_password,
    checked_email,
    create,
    disable,
    find,
    get,
    hash_password,
    list_accounts,
    set_password,
    verify,
)
from registration.services.accounts.sessions import (
    expire,
    find_session,
    hash_of,
    is_due,
    open_session,
    see,
    sign_in,
    sign_out,
)
from registration.services.accounts.welcoming import (
    WELCOME_LASTS,
    ask_for_password,
    choose_password,
    get_by_welcome,
    welcome_token,
)

__all__ = [
    "LEAST_PASSWORD",
    "MOST_PASSWORD",
    "WELCOME_LASTS",
    "Verified",
    "alliances_of",
    "appoint",
    "ask_for_password",
    "check_password",
    "checked_email",
    "choose_password",
    "create",
    "disable",
    "dismiss",
    "events_of",
    "expire",
    "find",
    "find_session",
    "get",
    "get_by_welcome",
    "get_mandate",
    "grant",
    "hash_of",
    "hash_password",
    "invite_again",
    "is_due",
    "list_accounts",
    "list_coordinators",
    "mandates_of",
    "may_see_event",
    "open_session",
    "see",
    "set_password",
    "sign_in",
    "sign_out",
    "verify",
    "welcome_token",
]
