"""Many people race for the last places of a link: exactly as many get one as there are."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.errors import InvitationClosed, InvitationUsedUp
from registration.models.invitations import Invitation
from registration.services import invitations, quotas
from registration.services.events import Prospectus
from registration.services.invitations import acceptance
from tests import factories

CLIENTS = 32
ROUNDS = 5


def make_link(prospectus: Prospectus, *, places: int) -> uuid.UUID:
    role = prospectus.find_role("delegate")
    assert role is not None
    with transaction():
        link = invitations.make_link(
            prospectus,
            role=role,
            alliance=prospectus.find_alliance("MR4B"),
            places=places,
            actor="command",
        )
        return link.id


def register_by(prospectus: Prospectus, link_id: uuid.UUID, *, key: str = "") -> None:
    with transaction():
        invitations.accept(
            prospectus,
            invitations.get(link_id, event_id=prospectus.event.id),
            factories.person(),
            idempotency_key=key or uuid.uuid4().hex,
        )


def race(app: Flask, register: Callable[[], None]) -> int:
    """Let everybody register at once; return how many did."""
    admitted = []
    start = threading.Barrier(CLIENTS)

    def one() -> None:
        with app.app_context():
            start.wait()
            try:
                register()
            except (InvitationUsedUp, InvitationClosed):
                return
            admitted.append(1)

    threads = [threading.Thread(target=one) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return len(admitted)


def used(link_id: uuid.UUID) -> int:
    return db.session.scalars(select(Invitation.used).where(Invitation.id == link_id)).one()


def test_the_last_place_of_a_link_is_taken_once(app: Flask, prospectus: Prospectus) -> None:
    for number in range(1, ROUNDS + 1):
        link_id = make_link(prospectus, places=1)
        assert race(app, lambda link_id=link_id: register_by(prospectus, link_id)) == 1  # type: ignore[misc]  # bound for this round
        assert used(link_id) == 1
        assert quotas.count_holders(prospectus.event.id, None, None) == number


def test_nobody_is_refused_while_a_link_has_places(app: Flask, prospectus: Prospectus) -> None:
    link_id = make_link(prospectus, places=CLIENTS - 5)
    assert race(app, lambda: register_by(prospectus, link_id)) == CLIENTS - 5
    assert used(link_id) == CLIENTS - 5


def test_one_form_sent_many_times_at_once_is_one_use(app: Flask, prospectus: Prospectus) -> None:
    link_id = make_link(prospectus, places=3)
    assert race(app, lambda: register_by(prospectus, link_id, key="one-form")) == CLIENTS
    assert used(link_id) == 1
    assert quotas.count_holders(prospectus.event.id, None, None) == 1


def test_reading_first_and_writing_then_gives_the_last_place_to_several(
    app: Flask, prospectus: Prospectus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard: look whether a place is left, then write the number read."""
    link_id = make_link(prospectus, places=1)
    looked = threading.Barrier(CLIENTS)
    seen = threading.local()

    def use_unguarded(invitation: Invitation) -> None:
        values: dict[str, Any] = {"used": seen.used + 1}
        db.session.execute(
            update(Invitation).where(Invitation.id == invitation.id).values(**values)
        )

    monkeypatch.setattr(acceptance, "use", use_unguarded)

    def look_then_register() -> None:
        seen.used = used(link_id)
        db.session.rollback()  # there are fewer connections than clients
        looked.wait(timeout=60)
        if seen.used:
            raise InvitationUsedUp
        register_by(prospectus, link_id)

    assert race(app, look_then_register) > 1
