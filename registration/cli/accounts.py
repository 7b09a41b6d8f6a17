"""``einlass account``: who may sign in to the console."""

import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import click

from registration.cli.context import answer, answer_rows, application, as_json, pick
from registration.database import transaction
from registration.errors import Invalid
from registration.models.accounts import Account, AccountRole
from registration.models.alliances import Alliance
from registration.services import accounts, events

SENTENCES = {
    "email": "This is not an e-mail address. Check it.",
    "too_short": f"The password is too short. Use at least {accounts.LEAST_PASSWORD} characters.",
    "too_long": f"The password is too long. Use at most {accounts.MOST_PASSWORD} characters.",
}

email_option = click.option("--email", required=True, help="The account's address.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group("account")
def group() -> None:
    """Create, list and disable the accounts of organisers, staff and coordinators."""


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _refused(error: Invalid) -> click.ClickException:
    fields = error.details.get("fields")
    codes = fields.values() if isinstance(fields, dict) else ()
    return click.ClickException(" ".join(SENTENCES.get(code, str(code)) for code in codes))


def _row(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "disabled": account.disabled_at is not None,
        "answers_for": _scope(account),
    }


def _scope(account: Account) -> list[str]:
    """Return for what the account answers: events, or alliances as ``event/alliance``."""
    slugs = {event.id: event.slug for event in events.list_events()}
    return [
        slugs[each.event_id] + (f"/{each.alliance.code}" if each.alliance else "")
        for each in accounts.mandates_of(account)
    ]


def _told(answers_for: object) -> str:
    return ", ".join(answers_for) if isinstance(answers_for, list) else ""


@dataclass(frozen=True)
class Scope:
    """The events, or the alliances of one event, for which an account shall answer."""

    event_ids: tuple[uuid.UUID, ...]
    alliances: tuple[Alliance, ...]

    @classmethod
    def find(cls, role: AccountRole, slugs: Sequence[str], codes: Sequence[str]) -> "Scope":
        """Return what the options name.

        Raises:
            UsageError: the options do not go together.
            NotFound: there is no such event or alliance.
        """
        if (role == AccountRole.COORDINATOR) != bool(codes):
            raise click.UsageError("A coordinator needs --alliance, and nobody else takes one.")
        if codes and len(slugs) != 1:
            raise click.UsageError("Name the --event of the alliances, one.")
        found = [events.get_prospectus(slug) for slug in slugs]
        alliances = [pick(found[0].alliances, code, noun="alliance") for code in codes]
        return cls(
            tuple(each.event.id for each in found), tuple(each for each in alliances if each)
        )

    def grant(self, account: Account) -> None:
        """Let the account answer for it."""
        for event_id in () if self.alliances else self.event_ids:
            accounts.grant(account, event_id=event_id, actor="command")
        for alliance in self.alliances:
            accounts.grant(account, event_id=alliance.event_id, alliance=alliance, actor="command")


@group.command()
@email_option
@click.option("--name", default="", help="How the console and its history call the person.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in AccountRole]),
    required=True,
    help="organiser: everything; staff: arrivals and devices; coordinator: an alliance's people.",
)
@click.option(
    "--event", "slugs", multiple=True, help="See only this event; may be given several times."
)
@click.option(
    "--alliance", "codes", multiple=True, help="A coordinator's; may be given several times."
)
@password_option
@as_json
def create(
    *,
    email: str,
    name: str,
    role: str,
    slugs: tuple[str, ...],
    codes: tuple[str, ...],
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Create an account."""
    with application():
        scope = Scope.find(AccountRole(role), slugs, codes)
        password = _password(password_stdin)
        try:
            with transaction():
                account = accounts.create(
                    email=email, name=name, role=AccountRole(role), password=password
                )
                scope.grant(account)
                row = _row(account)
        except Invalid as error:
            raise _refused(error) from error
        answer(row, as_json=as_json, sentence=f"{row['email']} may sign in as {role}.")


@group.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List all accounts."""
    with application():
        rows = [_row(account) for account in accounts.list_accounts()]
        if not as_json:
            rows = [row | {"answers_for": _told(row["answers_for"])} for row in rows]
        answer_rows(rows, as_json=as_json, empty="There is no account yet.")


@group.command()
@email_option
@as_json
def disable(email: str, as_json: bool) -> None:
    """Let nobody sign in with an account any more, and end its sessions."""
    with application():
        with transaction():
            account = accounts.get(email)
            accounts.disable(account)
            row = _row(account)
        answer(row, as_json=as_json, sentence=f"{row['email']} is disabled and signed out.")


@group.command("set-password")
@email_option
@password_option
@as_json
def set_password(email: str, password_stdin: bool, as_json: bool) -> None:
    """Give an account another password, and end its sessions."""
    with application():
        password = _password(password_stdin)
        try:
            with transaction():
                account = accounts.get(email)
                accounts.set_password(account, password)
                row = _row(account)
        except Invalid as error:
            raise _refused(error) from error
        answer(row, as_json=as_json, sentence=f"{row['email']} has another password.")
