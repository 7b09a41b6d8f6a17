"""Channels: what all senders know of each mail account, and when one that is paused is tried.

An account that takes no mail from us is paused, for every sender and in one row, so that one mail
finds out and not thousands. While it is paused one mail at a time is tried through it, later and
later; the first that meets the server's ear ends the pause.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import exists, func, select, update

from registration import clock
from registration.database import db, insert_new
from registration.errors import NotFound
from registration.mailservers import Account, Server, parse_accounts
from registration.models.deliveries import OUTBOX, Delivery, DeliveryState, MailChannel
from registration.services.bounces import AT_RECIPIENT
from registration.services.deliveries.pace import STRAY
from registration.services.deliveries.settling import Fate, Outcome

log = structlog.get_logger()

FILES = Account("files", Server("", "", 0, "", ""))
"""The way out where no server is set: each mail becomes a file."""

PATIENCE = (10, 60, 300, 900)
"""Seconds until a paused account is tried for the first, second … time; then as the last says."""
SOON = 60
"""At most so many seconds where the server was not there, or had nothing against us until it heard
of a recipient: nobody locks us out for asking, and another mail may go."""

FEW = 10


def accounts() -> Sequence[Account]:
    """Return the ways out that the settings name; files where they name none."""
    return parse_accounts(current_app.config["SMTP_URL"]) or (FILES,)


def get_account(name: str) -> Account:
    """Return one of them.

    Raises:
        NotFound: the settings name none so.
    """
    for account in accounts():
        if account.name == name:
            return account
    raise NotFound(noun="mail account", name=name)


def list_paused() -> Sequence[MailChannel]:
    """Return the accounts of the settings that are paused, those paused first first."""
    return db.session.scalars(
        select(MailChannel)
        .where(
            MailChannel.paused_at.is_not(None),
            MailChannel.name.in_([account.name for account in accounts()]),
        )
        .order_by(MailChannel.paused_at)
    ).all()


def pause(name: str, outcome: Outcome) -> bool:
    """Let nothing go through an account but a mail that tries it; return whether that is new."""
    moment = clock.now()
    insert_new(MailChannel, {"name": name})
    error = {"error": outcome.words, "fate": outcome.fate, "tried_at": moment}
    is_new = db.session.scalar(
        update(MailChannel)
        .where(MailChannel.name == name, MailChannel.paused_at.is_(None))
        .values(paused_at=moment, **error)
        .returning(MailChannel.name)
        .execution_options(synchronize_session=False)
    )
    if is_new is None:
        db.session.execute(update(MailChannel).where(MailChannel.name == name).values(**error))
    log.error("mail_account_paused", account=name, error=outcome.words)
    return is_new is not None


def resume(name: str) -> None:
    """Let mails go through an account again."""
    values = {"paused_at": None, "tried_at": None, "error": "", "fate": ""}
    db.session.execute(update(MailChannel).where(MailChannel.name == name).values(**values))
    log.info("mail_account_resumed", account=name)


def try_again(name: str) -> bool:
    """Let the next mail try a paused account at once; return whether it is still paused.

    Where no mail is due to try it, the pause is over: the next one finds out anyway.

    Raises:
        NotFound: the settings name none so.
    """
    soon = clock.now() + timedelta(seconds=SOON)
    waits = exists().where(Delivery.state.in_(OUTBOX), Delivery.due_at <= soon)
    if not db.session.scalar(select(waits)):
        resume(get_account(name).name)
        return False
    found = db.session.scalar(
        update(MailChannel)
        .where(MailChannel.name == get_account(name).name, MailChannel.paused_at.is_not(None))
        .values(tried_at=None)
        .returning(MailChannel.name)
        .execution_options(synchronize_session=False)
    )
    return found is not None


def find_reached(name: str, *, besides: str) -> str:
    """Return an address that the latest mails through an account have reached; "" if none.

    Args:
        name: of the account.
        besides: an address that is not meant.
    """
    query = select(Delivery.recipient).where(
        Delivery.channel == name,
        Delivery.state == DeliveryState.SENT,
        Delivery.bounced_at.is_(None),
        func.lower(Delivery.recipient) != besides.lower(),
    )
    found = db.session.scalars(query.order_by(Delivery.id.desc()).limit(FEW))
    return next((each for each in found if each.isascii()), "")


def next_try(channel: MailChannel) -> datetime | None:
    """Return when a paused account will be tried; None: with the next mail."""
    if channel.paused_at is None or channel.tried_at is None:
        return None
    if channel.tried_at > clock.now() + STRAY:  # a wrong clock wrote this
        return None
    waited = (channel.tried_at - channel.paused_at).total_seconds()
    is_locked_out = channel.fate == Fate.TURNED_AWAY and not channel.error.startswith(AT_RECIPIENT)
    pauses = [each for each in PATIENCE if is_locked_out or each <= SOON]
    passed = 0
    for seconds in pauses:
        passed += seconds
        if waited < passed:
            return channel.tried_at + timedelta(seconds=seconds)
    return channel.tried_at + timedelta(seconds=pauses[-1])


def begin_try(channel: MailChannel) -> bool:
    """Say that one mail is about to try a paused account; False if another just does."""
    tried_at = channel.tried_at
    seen = MailChannel.tried_at.is_(None) if tried_at is None else MailChannel.tried_at == tried_at
    begun = db.session.scalar(
        update(MailChannel)
        .where(MailChannel.name == channel.name, MailChannel.paused_at.is_not(None), seen)
        .values(tried_at=clock.now())
        .returning(MailChannel.name)
        .execution_options(synchronize_session=False)
    )
    return begun is not None
