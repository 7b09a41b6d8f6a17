"""A token says one thing in one way."""

import uuid

from registration.models.events import Event
from registration.services import badges, keys
from registration.services.badges import tokens
from tests import factories


def test_the_token_of_a_badge_is_verified_by_its_events_key(event: Event) -> None:
    badge = factories.register(event).badge
    assert badge is not None
    signed = tokens.decode(badges.token_of(badge))
    public_key = keys.find_public_key(event.id, signed.payload.key_slot)
    assert public_key is not None
    assert tokens.verify(signed, public_key, event.id)
    assert not tokens.verify(signed, public_key, uuid.uuid4())
    assert signed.payload.badge_id == badge.id
    assert signed.payload.event_tag == event.tag
