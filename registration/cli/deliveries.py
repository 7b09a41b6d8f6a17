"""``einlass deliveries``: which mails stand where, and what may be done to them."""

import uuid

import click

from registration.cli.context import answer, answer_rows, application, as_json
from registration.database import transaction
from registration.models.deliveries import DeliveryState
from registration.queue import nudge
from registration.services import events
from registration.services.deliveries import channels, keeping, listing
from registration.services.deliveries.keeping import POSSIBLE, Action, Selection

MOST = 10_000
STATES = click.Choice([str(state) for state in DeliveryState])


@click.group("deliveries")
def group() -> None:
    """List the mails of the outbox; retry, hold, release, discard and resend them."""


@group.command("list")
@click.option("--state", "states", type=STATES, multiple=True, help="Where they stand.")
@click.option("--event", "slug", help="Of one event.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, MOST))
@as_json
def list_all(states: tuple[str, ...], slug: str | None, limit: int, as_json: bool) -> None:
    """List mails, those due first first."""
    with application():
        rows = [
            {
                "id": str(each.id),
                "event": each.event.slug,
                "kind": each.kind,
                "recipient": each.recipient,
                "state": each.state,
                "attempts": each.attempts,
                "due_at": each.due_at.isoformat(timespec="seconds"),
                "through": each.channel,
                "error": each.last_error,
            }
            for each in listing.list_all(_selection(states, slug), most=limit)
        ]
        answer_rows(rows, as_json=as_json, empty="No mail stands there.")


@group.command("accounts")
@as_json
def list_accounts(as_json: bool) -> None:
    """List the mail accounts of the settings, and which of them refuse us."""
    with application():
        paused = {each.name: each for each in channels.list_paused()}
        rows = []
        for account in channels.accounts():
            channel = paused.get(account.name)
            since = channel.paused_at if channel else None
            row = {
                "account": account.name,
                "paused_at": since.isoformat(timespec="seconds") if since else "",
                "error": channel.error if channel else "",
            }
            rows.append(row)
        answer_rows(rows, as_json=as_json)


@group.command("try")
@click.argument("name")
@as_json
def try_account(name: str, as_json: bool) -> None:
    """Let the next mail try the paused mail account NAME; if none is due, the pause is over."""
    with application():
        with transaction():
            is_paused = channels.try_again(name)
        nudge("deliveries.send_due")
        sentence = "The next mail tries it." if is_paused else "It is not paused any more."
        row = {"account": name, "paused": is_paused}
        answer(row, as_json=as_json, sentence=sentence)


def _selection(
    states: tuple[str, ...], slug: str | None, ids: tuple[uuid.UUID, ...] = ()
) -> Selection:
    """Return which mails are meant.

    Raises:
        NotFound: there is no such event.
    """
    return Selection(
        event_id=events.get_event(slug).id if slug else None,
        ids=ids or None,
        states=[DeliveryState(state) for state in states],
    )


def _command(action: Action, text: str) -> None:
    """Add the command that does one thing to mails, named singly or by where they stand."""

    @group.command(str(action), help=text)
    @click.argument("ids", nargs=-1, type=click.UUID)
    @click.option(
        "--state",
        "states",
        type=click.Choice(sorted(str(each) for each in POSSIBLE[action])),
        multiple=True,
        help="All that stand there, instead of ids.",
    )
    @click.option("--event", "slug", help="Of one event only.")
    @as_json
    def command(
        ids: tuple[uuid.UUID, ...], states: tuple[str, ...], slug: str | None, as_json: bool
    ) -> None:
        if bool(ids) == bool(states):
            raise click.UsageError("Name mails by their ids, or give --state.")
        with application():
            with transaction():
                count = keeping.act(action, _selection(states, slug, ids), actor="command")
            nudge("deliveries.send_due")
            past = keeping.PAST[action]
            sentence = f"{count} mail{'' if count == 1 else 's'} {past}."
            answer({past: count}, as_json=as_json, sentence=sentence)


_command(Action.RETRY, "Try mails at once; those that failed get all attempts anew.")
_command(Action.HOLD, "Keep mails back until they are released.")
_command(Action.RELEASE, "Let mails go that were held.")
_command(Action.DISCARD, "Never send mails.")
_command(Action.RESEND, "Send what mails say now once more, to the present addresses.")
