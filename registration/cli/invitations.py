"""``einlass invitation``: invite people, make links for alliances, and see what became of them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option, pick
from registration.database import transaction
from registration.errors import Duplicate, Invalid, InvitationClosed, NotFound
from registration.models.invitations import Invitation, InvitationStatus
from registration.models.registrations import Salutation
from registration.queue import nudge
from registration.services import invitations
from registration.services.events import Prospectus, get_prospectus

ACTOR = "command"

SENTENCES = {
    "email": "This is not a mail address. Check it.",
    "needed": "This role is for people of an alliance. Name it with --alliance.",
    "past": "The last day to answer is over. Give a later one with --until.",
    "after_event": "The last day to answer is after the event. Give an earlier one with --until.",
    "range": f"Give a number of places from 1 to {invitations.MOST_PLACES}.",
    "too_long": "A name is too long. Shorten it.",
}

role_option = click.option("--role", required=True, help="The role's code; any of the event.")
alliance_option = click.option("--alliance", help="The alliance's code; without it, none.")
skip_option = click.option(
    "--skip-approval", is_flag=True, help="Confirm at once where the role needs approval."
)
until_option = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day to answer; without it, until registration closes.",
)


@click.group("invitation")
def group() -> None:
    """Invite people by mail, make links for alliances, remind and revoke."""


@contextmanager
def _told() -> Iterator[None]:
    """Say in sentences what cannot be invited."""
    try:
        yield
    except Invalid as error:
        fields = error.details.get("fields")
        codes = fields.values() if isinstance(fields, dict) else ()
        said = " ".join(SENTENCES.get(code, str(code)) for code in codes)
        raise click.ClickException(said) from error
    except Duplicate as error:
        raise click.ClickException(
            f"{error.details['name']} has an invitation that waits for an answer."
        ) from error
    except InvitationClosed as error:
        raise click.ClickException(f"Nothing was done: it is {error.details['status']}.") from error


def _offered(
    prospectus: Prospectus, role: str, alliance: str | None, *, skip: bool, until: datetime | None
) -> dict[str, Any]:
    last_moment = time(23, 59, 59)
    zone = prospectus.event.zone
    return {
        "role": pick(prospectus.roles, role, noun="role"),
        "alliance": pick(prospectus.alliances, alliance, noun="alliance"),
        "skips_approval": skip,
        "expires_at": datetime.combine(until.date(), last_moment, tzinfo=zone) if until else None,
        "actor": ACTOR,
    }


@group.command()
@event_option
@click.option("--email", required=True, help="Where the mail goes; the invitation is bound to it.")
@role_option
@alliance_option
@click.option("--given-name", default="", help="To greet the person and fill their form.")
@click.option("--family-name", default="", help="To greet the person and fill their form.")
@click.option("--title", default="", help="The academic title.")
@click.option(
    "--salutation", type=click.Choice([each.value for each in Salutation]), default="neutral"
)
@click.option("--language", type=click.Choice(["de", "en"]), default="de", help="Of the mail.")
@skip_option
@until_option
@as_json
def create(
    slug: str,
    role: str,
    alliance: str | None,
    skip_approval: bool,
    until: datetime | None,
    as_json: bool,
    **person: str,
) -> None:
    """Invite one person: a mail with a link of their own is promised."""
    with application(), _told():
        prospectus = get_prospectus(slug)
        offered = _offered(prospectus, role, alliance, skip=skip_approval, until=until)
        locale = person.pop("language")
        salutation = Salutation(person.pop("salutation"))
        with transaction():
            invitation = invitations.invite(
                prospectus,
                email=person["email"],
                title=person["title"],
                given_name=person["given_name"],
                family_name=person["family_name"],
                salutation=salutation,
                locale=locale,
                **offered,
            )
            row = _row(invitations.standing_of(invitation))
        nudge("deliveries.send_due")
        answer(row, as_json=as_json, sentence=f"The invitation to {row['email']} is on its way.")


@group.command()
@event_option
@role_option
@alliance_option
@click.option("--places", required=True, type=click.IntRange(1, invitations.MOST_PLACES))
@skip_option
@until_option
@as_json
def link(
    slug: str,
    role: str,
    alliance: str | None,
    places: int,
    skip_approval: bool,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Make a link by which so many people of an alliance may register, and print it."""
    with application(), _told():
        prospectus = get_prospectus(slug)
        offered = _offered(prospectus, role, alliance, skip=skip_approval, until=until)
        with transaction():
            invitation = invitations.make_link(prospectus, places=places, **offered)
            row = _row(invitations.standing_of(invitation))
            row["link"] = invitations.address_of(invitation)
        answer(row, as_json=as_json, sentence=str(row["link"]))


def _row(standing: invitations.Standing) -> dict[str, object]:
    invitation = standing.invitation
    return {
        "id": invitation.id,
        "kind": invitation.kind,
        "status": standing.status,
        "email": invitation.email,
        "name": f"{invitation.given_name} {invitation.family_name}".strip(),
        "role": invitation.role.code,
        "alliance": invitation.alliance.code if invitation.alliance else None,
        "places": invitation.places,
        "used": invitation.used,
        "expires_at": invitation.expires_at,
    }


@group.command("list")
@event_option
@alliance_option
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in InvitationStatus]),
    help="Only those that stand so; may be given several times.",
)
@as_json
def list_(slug: str, alliance: str | None, statuses: tuple[str, ...], as_json: bool) -> None:
    """List invitations and where they stand, the newest first."""
    with application():
        prospectus = get_prospectus(slug)
        found = pick(prospectus.alliances, alliance, noun="alliance")
        standings = invitations.list_invitations(
            prospectus.event.id,
            found.id if found else None,
            statuses=[InvitationStatus(status) for status in statuses],
        )
        rows = [_row(standing) for standing in standings]
        answer_rows(rows, as_json=as_json, empty="No invitations.")


def _get(prospectus: Prospectus, invitation_id: str) -> Invitation:
    try:
        wanted = uuid.UUID(invitation_id)
    except ValueError as error:
        raise NotFound(noun="invitation", name=invitation_id) from error
    return invitations.get(wanted, event_id=prospectus.event.id)


@group.command()
@event_option
@click.argument("invitation_id", metavar="[ID]", default="")
@as_json
def remind(slug: str, invitation_id: str, as_json: bool) -> None:
    """Remind one person, or without ID all who have not answered.

    Nobody gets more than one reminder a day.
    """
    with application(), _told():
        prospectus = get_prospectus(slug)
        if invitation_id:
            with transaction():
                invitation = _get(prospectus, invitation_id)
                reminded = int(invitations.remind(invitation, actor=ACTOR))
        else:
            reminded = _remind_all(prospectus)
        nudge("deliveries.send_due")
        sentence = f"Reminders promised: {reminded}."
        answer({"event": slug, "reminded": reminded}, as_json=as_json, sentence=sentence)


def _remind_all(prospectus: Prospectus) -> int:
    total = 0
    while True:
        with transaction():
            reminded = invitations.remind_all(prospectus.event.id, actor=ACTOR)
        total += reminded
        if not reminded:
            return total


@group.command()
@event_option
@click.argument("invitation_id", metavar="ID")
@as_json
def revoke(slug: str, invitation_id: str, as_json: bool) -> None:
    """Take an invitation back; its link stops, and who came by it stays."""
    with application(), _told():
        prospectus = get_prospectus(slug)
        with transaction():
            invitation = _get(prospectus, invitation_id)
            invitations.revoke(invitation, actor=ACTOR)
            row = _row(invitations.standing_of(invitation))
        answer(row, as_json=as_json, sentence=f"Invitation {row['id']} is revoked.")
