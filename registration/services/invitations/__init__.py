"""Invitations: to one person by mail, or to an alliance by a link with a number of places."""

from registration.services.invitations.acceptance import accept, find_accepted
from registration.services.invitations.answers import (
    check_open,
    decline,
    note_opening,
    revoke,
    use,
)
from registration.services.invitations.links import address_of, get_by_link, link_token
from registration.services.invitations.listing import (
    Standing,
    count_statuses,
    deadline_of,
    get,
    list_invitations,
    list_registered,
    name_of_inviter,
    names_of_inviters,
    registered_by,
    standing_of,
)
from registration.services.invitations.making import (
    MOST_PLACES,
    Addressee,
    find_invited,
    invite,
    make_link,
)
from registration.services.invitations.reminders import (
    list_to_remind,
    remind,
    remind_all,
    remind_due,
)

__all__ = [
    "MOST_PLACES",
    "Addressee",
    "Standing",
    "accept",
    "address_of",
    "check_open",
    "count_statuses",
    "deadline_of",
    "decline",
    "find_accepted",
    "find_invited",
    "get",
    "get_by_link",
    "invite",
    "link_token",
    "list_invitations",
    "list_registered",
    "list_to_remind",
    "make_link",
    "name_of_inviter",
    "names_of_inviters",
    "note_opening",
    "registered_by",
    "remind",
    "remind_all",
    "remind_due",
    "revoke",
    "standing_of",
    "use",
]
