"""Invitations are bound, counted, answered once, and say where they stand."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.errors import (
    Duplicate,
    Invalid,
    InvitationClosed,
    InvitationUsedUp,
    LinkExpired,
    NotFound,
    QuotaExhausted,
)
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event, Promotion
from registration.models.invitations import Invitation, InvitationKind, InvitationStatus
from registration.models.registrations import RegistrationState, Source
from registration.services import deliveries, events, invitations, quotas, registrations
from registration.services.deliveries import Fate, Outcome
from registration.services.events import Prospectus
from tests import factories
from tests.inviting import invite, make_link


def accept(
    prospectus: Prospectus, invitation: Invitation, *, key: str = "", waits: bool = False
) -> registrations.Receipt:
    """Register by an invitation."""
    email = invitation.email or "aenne.gross@buendnis.example"
    with transaction():
        return invitations.accept(
            prospectus,
            invitation,
            factories.person(email=email),
            idempotency_key=key or uuid.uuid4().hex,
            waits=waits,
        )


def status(invitation: Invitation) -> InvitationStatus:
    return invitations.standing_of(invitation).status


def mails(invitation: Invitation) -> list[str]:
    query = select(Delivery.kind).where(Delivery.invitation_id == invitation.id)
    return list(db.session.scalars(query.order_by(Delivery.created_at)))


def settle_mails(fate: Fate) -> None:
    with transaction():
        claim = deliveries.claim()
    for each in claim.deliveries:
        with transaction():
            deliveries.settle(each, Outcome(fate=fate), lease=claim.lease)


def move_to(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def test_a_personal_invitation_is_promised_then_sent_then_opened(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    assert mails(invitation) == [DeliveryKind.INVITATION]
    assert status(invitation) == InvitationStatus.PROMISED
    settle_mails(Fate.SENT)
    assert status(invitation) == InvitationStatus.SENT
    with transaction():
        invitations.note_opening(invitation)
    assert status(invitation) == InvitationStatus.OPENED


def test_a_mail_that_cannot_be_delivered_is_told(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    settle_mails(Fate.REFUSED)
    assert status(invitation) == InvitationStatus.FAILED


def test_the_opening_is_noted_once(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    with transaction():
        invitations.note_opening(invitation)
    first = invitation.opened_at
    with move_to(clock.now() + timedelta(hours=1)), transaction():
        invitations.note_opening(invitation)
    assert invitation.opened_at == first is not None


def test_who_accepts_registers_in_the_role_and_alliance_of_the_invitation(
    prospectus: Prospectus,
) -> None:
    invitation = invite(prospectus, role="guest", alliance="BIOZ")
    registration = registrations.get(accept(prospectus, invitation).registration_id)
    assert registration.role.code == "guest"
    assert registration.alliance is not None
    assert registration.alliance.code == "BIOZ"
    assert registration.source == Source.INVITATION
    assert registration.invitation_id == invitation.id
    assert status(invitation) == InvitationStatus.ACCEPTED
    assert invitation.accepted_at is not None
    found = invitations.registered_by([invitation])
    assert found == {invitation.id: [registration.id]}


@pytest.mark.parametrize(
    ("skips", "state"),
    [(True, RegistrationState.CONFIRMED), (False, RegistrationState.REQUESTED)],
)
def test_an_invitation_skips_approval_only_if_it_says_so(
    prospectus: Prospectus, skips: bool, state: RegistrationState
) -> None:
    role = next(role for role in prospectus.roles if role.access == "approval")
    invitation = invite(prospectus, role=role.code, skips_approval=skips)
    assert accept(prospectus, invitation).state == state


def test_a_personal_invitation_opens_one_registration(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    accept(prospectus, invitation)
    with pytest.raises(InvitationClosed):
        accept(prospectus, invitation)
    assert quotas.count_holders(prospectus.event.id, None, None) == 1


def test_the_same_form_sent_twice_is_one_registration_and_one_use(prospectus: Prospectus) -> None:
    link = make_link(prospectus)
    first = accept(prospectus, link, key="one-form")
    second = accept(prospectus, link, key="one-form")
    assert (first.registration_id, second.is_new) == (second.registration_id, False)
    db.session.refresh(link)
    assert link.used == 1
    assert quotas.count_holders(prospectus.event.id, None, None) == 1


def test_a_link_is_used_up_when_its_places_are(prospectus: Prospectus) -> None:
    link = make_link(prospectus, places=2)
    accept(prospectus, link)
    assert status(link) == InvitationStatus.ACTIVE
    accept(prospectus, link)
    assert status(link) == InvitationStatus.USED_UP
    with pytest.raises(InvitationUsedUp):
        accept(prospectus, link)
    assert quotas.count_holders(prospectus.event.id, None, None) == 2


def test_a_full_quota_leaves_the_invitation_unused(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 0)
    invitation = invite(prospectus)
    with pytest.raises(QuotaExhausted):
        accept(prospectus, invitation)
    db.session.refresh(invitation)
    assert (invitation.used, invitation.accepted_at) == (0, None)
    assert status(invitation) == InvitationStatus.PROMISED


def test_who_is_invited_may_wait_and_that_uses_the_invitation(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 0)
    link = make_link(prospectus, places=1)
    receipt = accept(prospectus, link, waits=True)
    assert receipt.state == RegistrationState.WAITING
    assert status(link) == InvitationStatus.USED_UP


def test_without_a_waiting_list_nobody_waits_by_invitation(event: Event) -> None:
    with transaction():
        found = events.get_event(event.slug)
        found.promotion = Promotion.NONE
        found.revision += 1
    prospectus = events.get_prospectus(event.slug)
    factories.set_places(event, 0)
    link = make_link(prospectus, places=1)
    with pytest.raises(QuotaExhausted):
        accept(prospectus, link, waits=True)
    assert status(link) == InvitationStatus.ACTIVE


@pytest.mark.parametrize("how", ["cancel", "decline"])
def test_a_registration_that_ends_gives_the_links_place_back(
    prospectus: Prospectus, how: str
) -> None:
    role = next(role for role in prospectus.roles if role.access == "approval")
    link = make_link(prospectus, places=1, role=role.code)
    receipt = accept(prospectus, link)
    with transaction():
        registration = registrations.get(receipt.registration_id)
        if how == "cancel":
            registrations.cancel(registration)
        else:
            registrations.decline(registration, reason="", actor="command")
    assert status(link) == InvitationStatus.ACTIVE
    accept(prospectus, link)
    assert status(link) == InvitationStatus.USED_UP


def test_a_personal_invitation_stays_accepted_when_its_registration_is_cancelled(
    prospectus: Prospectus,
) -> None:
    invitation = invite(prospectus)
    receipt = accept(prospectus, invitation)
    with transaction():
        registrations.cancel(registrations.get(receipt.registration_id))
    assert status(invitation) == InvitationStatus.ACCEPTED
    assert status(invite(prospectus)) == InvitationStatus.PROMISED


def test_whoever_takes_over_a_place_that_came_by_a_link_keeps_it_used(
    prospectus: Prospectus,
) -> None:
    link = make_link(prospectus, places=1)
    receipt = accept(prospectus, link)
    with transaction():
        registrations.replace(
            registrations.get(receipt.registration_id),
            factories.person(given_name="Otto", email="otto@buendnis.example"),
            idempotency_key="taken-over",
            terms=registrations.Terms(source=Source.TRANSFER),
        )
    assert status(link) == InvitationStatus.USED_UP


def test_an_invitation_outlasts_registration_if_it_says_so(prospectus: Prospectus) -> None:
    event = prospectus.event
    longer = event.registration_closes_at + timedelta(days=2)
    late = invite(prospectus, expires_at=longer)
    usual = invite(prospectus, email="otto@landtag.example")
    with move_to(event.registration_closes_at + timedelta(days=1)):
        assert status(late) == InvitationStatus.PROMISED
        assert status(usual) == InvitationStatus.EXPIRED
        assert accept(prospectus, late).is_new
        with pytest.raises(InvitationClosed):
            accept(prospectus, usual)


def test_an_invitation_works_before_registration_opens(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    with move_to(prospectus.event.registration_opens_at - timedelta(days=1)):
        assert accept(prospectus, invitation).state == RegistrationState.CONFIRMED


def test_nothing_can_be_accepted_after_its_deadline(prospectus: Prospectus) -> None:
    link = make_link(prospectus, expires_at=clock.now() + timedelta(days=1))
    with move_to(clock.now() + timedelta(days=2)):
        assert status(link) == InvitationStatus.EXPIRED
        with pytest.raises(InvitationClosed):
            accept(prospectus, link)
    assert quotas.count_holders(prospectus.event.id, None, None) == 0


def test_a_declined_invitation_registers_nobody(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    for _again in range(2):
        with transaction():
            invitations.decline(invitation)
    assert status(invitation) == InvitationStatus.DECLINED
    with pytest.raises(InvitationClosed):
        accept(prospectus, invitation)


def test_an_accepted_invitation_cannot_be_declined_or_revoked(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    accept(prospectus, invitation)
    with pytest.raises(InvitationClosed), transaction():
        invitations.decline(invitation)
    with pytest.raises(InvitationClosed), transaction():
        invitations.revoke(invitation, actor="command")
    assert status(invitation) == InvitationStatus.ACCEPTED


def test_a_link_cannot_be_declined_for_everybody(prospectus: Prospectus) -> None:
    link = make_link(prospectus)
    with pytest.raises(InvitationClosed), transaction():
        invitations.decline(link)


def test_a_revoked_link_stops_and_keeps_those_who_came_by_it(prospectus: Prospectus) -> None:
    link = make_link(prospectus)
    accept(prospectus, link)
    before = invitations.link_token(link)
    for _again in range(2):
        with transaction():
            invitations.revoke(link, actor="command")
    assert link.generation == 1
    assert invitations.link_token(link) != before
    assert status(invitations.get_by_link(before)) == InvitationStatus.REVOKED
    with pytest.raises(InvitationClosed):
        accept(prospectus, link)
    assert quotas.count_holders(prospectus.event.id, None, None) == 1


def test_a_link_of_an_older_generation_is_nobodys(prospectus: Prospectus) -> None:
    link = make_link(prospectus)
    before = invitations.link_token(link)
    with transaction():
        link.generation = 1
    with pytest.raises(NotFound):
        invitations.get_by_link(before)


def test_a_link_that_was_tampered_with_is_nobodys(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    token = invitations.link_token(invitation)
    assert invitations.get_by_link(token).id == invitation.id
    registration = factories.register(prospectus.event)
    for forged in ("", "x", token[:-1], f"{token}x", registrations.link_token(registration)):
        with pytest.raises(NotFound):
            invitations.get_by_link(forged)


def test_a_link_shows_nothing_long_after_the_event(prospectus: Prospectus) -> None:
    token = invitations.link_token(invite(prospectus))
    with move_to(prospectus.event.ends_at + timedelta(days=91)), pytest.raises(LinkExpired):
        invitations.get_by_link(token)


def test_nobody_is_invited_twice_at_once(prospectus: Prospectus) -> None:
    first = invite(prospectus)
    with pytest.raises(Duplicate):
        invite(prospectus, email="Mila.Hahn@Landtag.example", given_name="MILA")
    with transaction():
        invitations.decline(first)
    assert invite(prospectus).id != first.id


def test_an_alliance_does_not_learn_whom_another_has_invited(prospectus: Prospectus) -> None:
    invite(prospectus, alliance="MR4B")
    assert invite(prospectus, alliance="BIOZ").id


def test_an_expired_invitation_does_not_stand_in_the_way_of_another(
    prospectus: Prospectus,
) -> None:
    invite(prospectus, expires_at=clock.now() + timedelta(days=1))
    with move_to(clock.now() + timedelta(days=2)):
        assert status(invite(prospectus)) == InvitationStatus.PROMISED


def test_an_office_may_get_invitations_for_several_people(prospectus: Prospectus) -> None:
    invite(prospectus, email="office@landtag.example", given_name="Mila")
    invite(prospectus, email="office@landtag.example", given_name="Otto")
    assert len(invitations.list_invitations(prospectus.event.id)) == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"given_name": "M" * 81}, "given_name"),
        ({"alliance": ""}, "alliance"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expires_at"),
        ({"expires_at": clock.now() + timedelta(days=400)}, "expires_at"),
    ],
)
def test_what_cannot_be_invited_is_told_by_field(
    prospectus: Prospectus, told: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        invite(prospectus, **told)
    assert list(refused.value.details["fields"]) == [field]  # type: ignore[call-overload]
    assert not invitations.list_invitations(prospectus.event.id)


@pytest.mark.parametrize("places", [0, -1, 10_001])
def test_a_link_has_a_number_of_places(prospectus: Prospectus, places: int) -> None:
    with pytest.raises(Invalid):
        make_link(prospectus, places=places)


def test_who_has_not_answered_is_reminded_at_most_once_a_day(prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    with transaction():
        assert invitations.remind(invitation, actor="command")
        assert not invitations.remind(invitation, actor="command")
    assert status(invitation) == InvitationStatus.REMINDED
    with move_to(clock.now() + timedelta(days=1, minutes=1)), transaction():
        assert invitations.remind(invitation, actor="command")
    assert mails(invitation) == [
        DeliveryKind.INVITATION,
        DeliveryKind.INVITATION_REMINDER,
        DeliveryKind.INVITATION_REMINDER,
    ]


def test_all_who_have_not_answered_are_reminded_and_nobody_else(prospectus: Prospectus) -> None:
    waiting = invite(prospectus)
    declined = invite(prospectus, given_name="Otto")
    accepted = invite(prospectus, given_name="Ida")
    link = make_link(prospectus)
    with transaction():
        invitations.decline(declined)
    accept(prospectus, accepted)
    with transaction():
        assert invitations.remind_all(prospectus.event.id, actor="command") == 1
        assert invitations.remind_all(prospectus.event.id, actor="command") == 0
    assert DeliveryKind.INVITATION_REMINDER in mails(waiting)
    for each in (declined, accepted, link):
        assert DeliveryKind.INVITATION_REMINDER not in mails(each)
    for each in (declined, accepted, link):
        with pytest.raises(InvitationClosed), transaction():
            invitations.remind(each, actor="command")


def test_a_week_before_the_end_those_are_reminded_who_never_were(prospectus: Prospectus) -> None:
    closes = prospectus.event.registration_closes_at
    invitation = invite(prospectus)
    early = invite(prospectus, given_name="Otto", expires_at=clock.now() + timedelta(days=9))
    with transaction():
        assert invitations.remind_due() == 0
    with move_to(clock.now() + timedelta(days=3)), transaction():
        assert invitations.remind_due() == 1
        assert invitations.remind_due() == 0
    assert status(early) == InvitationStatus.REMINDED
    with move_to(closes - timedelta(days=6)), transaction():
        assert invitations.remind_due() == 1
    assert DeliveryKind.INVITATION_REMINDER in mails(invitation)
    with move_to(closes + timedelta(days=1)), transaction():
        assert invitations.remind_due() == 0


def test_an_invitation_made_shortly_before_its_end_is_not_reminded_at_once(
    prospectus: Prospectus,
) -> None:
    invite(prospectus, expires_at=clock.now() + timedelta(days=3))
    with transaction():
        assert invitations.remind_due() == 0
    with move_to(clock.now() + timedelta(days=1, minutes=1)), transaction():
        assert invitations.remind_due() == 1


def test_invitations_are_listed_by_alliance_kind_and_status(prospectus: Prospectus) -> None:
    mine = invite(prospectus)
    other = invite(prospectus, alliance="BIOZ", given_name="Otto")
    link = make_link(prospectus)
    event_id = prospectus.event.id

    def ids(**wanted: Any) -> list[uuid.UUID]:
        return [each.invitation.id for each in invitations.list_invitations(event_id, **wanted)]

    mr4b = prospectus.find_alliance("MR4B")
    assert mr4b is not None
    assert ids() == [link.id, other.id, mine.id]
    assert ids(alliance_id=mr4b.id) == [link.id, mine.id]
    assert ids(kind=InvitationKind.PERSONAL) == [other.id, mine.id]
    assert ids(statuses=[InvitationStatus.ACTIVE]) == [link.id]
    assert ids(first=1, most=1) == [other.id]
    assert invitations.count_statuses(event_id) == {
        InvitationStatus.PROMISED: 2,
        InvitationStatus.ACTIVE: 1,
    }
    assert invitations.get(mine.id, event_id=event_id, alliance_id=mr4b.id).id == mine.id
    with pytest.raises(NotFound):
        invitations.get(other.id, event_id=event_id, alliance_id=mr4b.id)
    with pytest.raises(NotFound):
        invitations.get(mine.id, event_id=uuid.uuid4())


def test_the_deadline_is_the_same_in_python_and_in_the_database(prospectus: Prospectus) -> None:
    for expires_at in (None, clock.now() + timedelta(days=3)):
        invitation = invite(prospectus, given_name=f"Mila {expires_at}", expires_at=expires_at)
        deadline = invitations.deadline_of(invitation)
        with move_to(deadline - timedelta(seconds=1)):
            assert status(invitation) == InvitationStatus.PROMISED
        with move_to(deadline):
            assert status(invitation) == InvitationStatus.EXPIRED
