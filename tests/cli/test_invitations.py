"""``einlass invitation``: invitations for operators and scripts."""

from datetime import timedelta

import pytest

from registration import clock
from registration.database import db
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.services import invitations
from registration.services.events import Prospectus
from tests.cli.conftest import Command
from tests.inviting import invite, make_link

PERSON = ("--email", "mila@landtag.example", "--given-name", "Mila", "--family-name", "Hahn")


def test_a_person_is_invited(event: Event, einlass: Command) -> None:
    day = (clock.now() + timedelta(days=5)).date()
    arguments = ("create", "--event", event.slug, *PERSON, "--role", "political")
    more = ("--salutation", "ms", "--language", "en", "--skip-approval", "--until", str(day))
    row = einlass("invitation", *arguments, *more, "--json").json
    assert (row["email"], row["name"], row["role"]) == (
        "mila@landtag.example",
        "Mila Hahn",
        "political",
    )
    assert (row["alliance"], row["status"]) == (None, "promised")
    (standing,) = invitations.list_invitations(event.id)
    made = standing.invitation
    assert (made.salutation, made.locale, made.skips_approval) == ("ms", "en", True)
    assert made.expires_at is not None
    assert made.expires_at.astimezone(event.zone).date() == day


def test_a_link_is_made_and_printed(event: Event, einlass: Command) -> None:
    arguments = ("--event", event.slug, "--role", "delegate", "--alliance", "MR4B")
    row = einlass("invitation", "link", *arguments, "--places", "15", "--json").json
    assert (row["kind"], row["places"], row["used"], row["status"]) == ("link", 15, 0, "active")
    token = row["link"].rpartition("/i/")[2]
    assert str(invitations.get_by_link(token).id) == row["id"]
    said = einlass("invitation", "link", *arguments, "--places", "1").out
    assert "/i/" in said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--email", "nobody"), "This is not a mail address."),
        (("--role", "delegate"), "Name it with --alliance."),
        (("--until", "2020-01-01"), "The last day to answer is over."),
        (("--until", "2999-01-01"), "The last day to answer is after the event."),
        (("--given-name", "M" * 81), "A name is too long."),
        (("--role", "king"), "There is no role 'king'."),
        (("--alliance", "MR4X"), "There is no alliance 'MR4X'."),
    ],
)
def test_what_cannot_be_invited_is_said_in_one_sentence(
    event: Event, einlass: Command, told: tuple[str, str], said: str
) -> None:
    good = ("create", "--event", event.slug, *PERSON, "--role", "political")
    refused = einlass("invitation", *good, *told)
    assert refused.code == 1
    assert said in refused.err
    assert invitations.list_invitations(event.id) == []


def test_nobody_is_invited_twice_at_once(event: Event, einlass: Command) -> None:
    arguments = ("create", "--event", event.slug, *PERSON, "--role", "political")
    assert einlass("invitation", *arguments).out.endswith("is on its way.\n")
    refused = einlass("invitation", *arguments)
    assert refused.code == 1
    assert "has an invitation that waits for an answer" in refused.err


def test_invitations_are_listed_by_alliance_and_status(
    prospectus: Prospectus, einlass: Command
) -> None:
    slug = prospectus.event.slug
    assert einlass("invitation", "list", "--event", slug).out == "No invitations.\n"
    personal, link = invite(prospectus), make_link(prospectus)
    invite(prospectus, alliance="BIOZ", given_name="Otto")

    def ids(*options: str) -> list[str]:
        rows = einlass("invitation", "list", "--event", slug, *options, "--json").json
        return [row["id"] for row in rows]

    assert len(ids()) == 3
    assert ids("--alliance", "MR4B") == [str(link.id), str(personal.id)]
    assert ids("--status", "active", "--status", "expired") == [str(link.id)]
    assert "Mila Hahn" in einlass("invitation", "list", "--event", slug).out


def test_one_or_all_are_reminded_at_most_once_a_day(
    prospectus: Prospectus, einlass: Command
) -> None:
    slug = prospectus.event.slug
    first = invite(prospectus)
    invite(prospectus, given_name="Otto")
    remind = ("invitation", "remind", "--event", slug)
    assert einlass(*remind, str(first.id), "--json").json == {"event": slug, "reminded": 1}
    assert einlass(*remind, str(first.id)).out == "Reminders promised: 0.\n"
    assert einlass(*remind, "--json").json["reminded"] == 1


def test_a_revoked_invitation_stops(prospectus: Prospectus, einlass: Command) -> None:
    link = make_link(prospectus)
    revoke = ("invitation", "revoke", "--event", prospectus.event.slug)
    assert einlass(*revoke, str(link.id), "--json").json["status"] == "revoked"
    db.session.rollback()
    assert db.session.get_one(Invitation, link.id).revoked_at is not None
    for unknown in ("x", str(prospectus.event.id)):
        refused = einlass(*revoke, unknown)
        assert (refused.code, refused.err) == (
            1,
            f"einlass: There is no invitation '{unknown}'.\n",
        )


def test_what_is_over_cannot_be_reminded(prospectus: Prospectus, einlass: Command) -> None:
    link = make_link(prospectus)
    refused = einlass("invitation", "remind", "--event", prospectus.event.slug, str(link.id))
    assert (refused.code, refused.err) == (1, "Error: Nothing was done: it is active.\n")
