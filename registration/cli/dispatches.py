"""``einlass dispatches``: lists for others, planned in the console."""

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option
from registration.database import transaction
from registration.services import dispatches
from registration.services.dispatches import changes, sending
from registration.services.events import get_event


@click.group("dispatches")
def group() -> None:
    """Send lists to the house, the caterer or the press."""


@group.command("list")
@event_option
@as_json
def list_dispatches(slug: str, as_json: bool) -> None:
    """Print what is planned and what was sent, the next first."""
    with application():
        found = dispatches.list_all(get_event(slug).id)
        rows = [
            {
                "id": str(each.id),
                "state": each.state,
                "list": each.roster["kind"],
                "format": each.roster["format"],
                "way": "attachment" if each.is_attached else "link",
                "recipient": each.recipient,
                "purpose": each.purpose,
                "send_at": each.send_at.isoformat(timespec="minutes"),
                "expires_at": each.expires_at.isoformat(timespec="minutes"),
                "downloads": each.opened,
            }
            for each in found
        ]
        answer_rows(rows, as_json=as_json)


@group.command("send-due")
@as_json
def send_due(as_json: bool) -> None:
    """Promise the mails that are due, of all events; workers do so every minute."""
    with application():
        sent = sending.send_due(transaction)
        told = changes.tell_changes(transaction)
        answer(
            {"sent": sent, "changes_told": told},
            as_json=as_json,
            sentence=f"Promised {sent} lists, and told {told} recipients what has changed.",
        )
