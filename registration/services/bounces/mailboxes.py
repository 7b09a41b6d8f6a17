"""Reading a mailbox: each message is stored first, and marked as read only then.

A crash between the two reads the message again, and storing it again has no effect. Whoever reads
brings the transactions.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import update

from registration import clock
from registration.database import db, insert_new
from registration.models.deliveries import Mailbox
from registration.services.bounces import imap, storing
from registration.services.bounces.imap import Account, Session
from registration.services.bounces.parts import Unreadable

log = structlog.get_logger()

Transaction = Callable[[], AbstractContextManager[Any]]

MOST_A_RUN = 500
"""Messages; the next run takes the others."""
MOST_CONNECTIONS = 3
"""In one run: a connection that breaks is made anew."""
MOST_ERROR = 300


@dataclass
class Run:
    """What reading a mailbox came to; ``unreadable`` is how many lie there for people."""

    taken: int = 0
    unreadable: int = 0
    error: str = ""


def read(transaction: Transaction) -> Run | None:
    """Read the mailbox of the settings to its end; None if they name none.

    Its state is written down, so that people see whether it can be read. Nothing that a server
    can cause is raised; what the database can cause is, and leaves the message as it was.
    """
    url = current_app.config["BOUNCE_IMAP_URL"]
    if not url:
        return None
    account, run = Account.parse(url), Run()
    for _connection in range(MOST_CONNECTIONS):
        taken = run.taken
        try:
            with imap.connected(account) as session:
                run.error = ""
                _read_all(session, run, transaction)
            break
        except imap.FAULTS as error:
            run.error = f"{type(error).__name__}: {_words(error)}"[:MOST_ERROR]
            if run.taken == taken:  # it is no use: not one message further
                break
    if run.error:
        log.warning("mailbox_not_read", mailbox=account.server.host, error=run.error)
    with transaction():
        _note(account, run)
    return run


def _words(error: BaseException) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)


def _read_all(session: Session, run: Run, transaction: Transaction) -> None:
    folder = current_app.config["BOUNCE_FOLDER"]
    for uid in session.waiting()[: MOST_A_RUN - run.taken]:
        content = session.fetch(uid)
        if content is None:
            continue
        try:
            with transaction():
                storing.take(content)
        except Unreadable:
            log.warning("notice_unreadable", uid=uid)
            session.flag(uid)
        else:
            session.put_away(uid, folder=folder)
            run.taken += 1
    run.unreadable = session.set_aside()


def _note(account: Account, run: Run) -> None:
    insert_new(Mailbox, {"name": account.name})
    moment = clock.now()
    if run.error:
        failed_at = db.func.coalesce(Mailbox.failed_at, moment)
        values: dict[str, object] = {"failed_at": failed_at, "error": run.error}
    else:
        values = {
            "read_at": moment,
            "failed_at": None,
            "error": "",
            "unreadable": run.unreadable,
        }
    db.session.execute(update(Mailbox).where(Mailbox.name == account.name).values(**values))
