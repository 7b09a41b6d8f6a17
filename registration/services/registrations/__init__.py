"""What may happen to a registration: register, wait, correct, decide, hand over, find."""

from registration.services.registrations.approval import needs_approval
from registration.services.registrations.changing import (
    change_roles,
    correct,
    needs_approval_again,
    replace,
    withdraw_photo_consent,
    withdraw_privacy_consent,
)
from registration.services.registrations.deciding import (
    accept,
    approve,
    cancel,
    decline,
    expire_offers,
    is_any_offer_over,
    resend,
)
from registration.services.registrations.finding import (
    find_by_key,
    find_successor,
    get,
    get_by_link,
    link_token,
    may_change,
)
from registration.services.registrations.hosting import set_hosting
from registration.services.registrations.labelling import MOST_PRECEDENCE, Label, set_label
from registration.services.registrations.people import Person, columns_of, search_text_of
from registration.services.registrations.registering import (
    PUBLIC,
    Receipt,
    Terms,
    Wish,
    insert_registration,
    new_short_code,
    ranked,
    register,
    register_or_wait,
)
from registration.services.registrations.waiting import position, promote

__all__ = [
    "MOST_PRECEDENCE",
    "PUBLIC",
    "Label",
    "Person",
    "Receipt",
    "Terms",
    "Wish",
    "accept",
    "approve",
    "cancel",
    "change_roles",
    "columns_of",
    "correct",
    "decline",
    "expire_offers",
    "find_by_key",
    "find_successor",
    "get",
    "get_by_link",
    "insert_registration",
    "is_any_offer_over",
    "link_token",
    "may_change",
    "needs_approval",
    "needs_approval_again",
    "new_short_code",
    "position",
    "promote",
    "ranked",
    "register",
    "register_or_wait",
    "replace",
    "resend",
    "search_text_of",
    "set_hosting",
    "set_label",
    "withdraw_photo_consent",
    "withdraw_privacy_consent",
]
