"""Labelling: what a badge says beyond the name, and where in a house and an order somebody sits."""

from dataclasses import asdict, dataclass

from registration import clock
from registration.models.deliveries import DeliveryKind
from registration.models.registrations import IS_OPEN, Registration
from registration.services.registrations.moving import promise, record
from registration.services.registrations.people import SEARCHED, search_text_of

MOST_PRECEDENCE = 9999
ORGANISERS_OWN = frozenset({"room", "precedence"})
"""What the organisers alone say, and so mail nobody about."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What an organiser says of a person for badges and lists; empty is as the person's own."""

    badge_name: str = ""
    badge_organisation: str = ""
    pronouns: str = ""
    languages: str = ""
    room: str = ""
    precedence: int = 0
    """The place in protocol order within the role: 1 before 2; 0 after all of these."""


def set_label(registration: Registration, label: Label, *, actor: str) -> bool:
    """Take over what the badge is to say; return whether anything changed.

    The badge keeps its code: who holds an older print is let in with it. The attendee gets a mail
    with the new badge if something changed that they could have said themself.
    """
    asked = asdict(label)
    changed = sorted(name for name, value in asked.items() if getattr(registration, name) != value)
    if not changed:
        return False
    for name in changed:
        setattr(registration, name, asked[name])
    registration.search_text = search_text_of(
        {name: getattr(registration, name) for name in SEARCHED}
    )
    registration.updated_at = clock.now()
    record(registration, "registration.label_set", actor=actor, fields=", ".join(changed))
    if set(changed) - ORGANISERS_OWN and registration.state in IS_OPEN:
        registration.sequence += 1
        promise(registration, DeliveryKind.CHANGED, reason=str(registration.sequence))
    return True
