"""Pace: how fast mails go through an account and to a domain, right across all processes.

The generic cell rate algorithm (ITU-T I.371): one moment is stored for each key, that of the next
mail; whoever sends moves it on by one conditional UPDATE, and waits while it lies ahead.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from registration import clock
from registration.database import db, insert_new
from registration.mailservers import OTHERS, Account, parse_accounts, parse_domain_rates
from registration.models.deliveries import MailPace

AHEAD = timedelta(milliseconds=100)
"""So much before its moment a mail may go, so that short waits are taken together."""
STRAY = timedelta(minutes=1)
"""So far the clocks of senders may differ; what lies further ahead, a wrong clock has written."""


def of_account(account: Account) -> str:
    """Return the key of what goes through one account."""
    return f"channel:{account.name}"


def of_domain(domain: str) -> str:
    """Return the key of what goes to one domain."""
    return f"domain:{domain}"


def domain_of(recipient: str) -> str:
    """Return the domain of an address, in small letters."""
    return recipient.rpartition("@")[2].lower()


def domain_rate(domain: str) -> float | None:
    """Return how many mails a second may go to a domain; None: as many as there are."""
    rates = domain_rates()
    return rates.get(domain, rates.get(OTHERS))


def domain_rates() -> Mapping[str, float]:
    """Return what the settings say of recipient domains."""
    return parse_domain_rates(current_app.config["MAIL_DOMAIN_RATE"])


def ahead(moment: datetime) -> Mapping[str, datetime]:
    """Return the keys for which nothing may go now, with the moment of each one's next mail."""
    if not (domain_rates() or any(account.rate for account in _accounts())):
        return {}
    rows = db.session.execute(
        select(MailPace.key, MailPace.next_at).where(MailPace.next_at > moment + AHEAD)
    )
    return {
        key: next_at - AHEAD
        for key, next_at in rows
        if (rate := _rate_of(key)) is not None and _is_true(next_at, moment, rate)
    }


def _accounts() -> Sequence[Account]:
    return parse_accounts(current_app.config["SMTP_URL"])


def _rate_of(key: str) -> float | None:
    """Return how fast the settings say that this goes, if they still do."""
    kind, _colon, name = key.partition(":")
    if kind == "domain":
        return domain_rate(name)
    return next((each.rate for each in _accounts() if each.name == name and each.rate), None)


def _is_true(next_at: datetime, moment: datetime, rate: float) -> bool:
    """Return whether a pace can have come so far: no more than one mail's time is taken ahead."""
    return next_at <= moment + AHEAD + timedelta(seconds=1 / rate) + STRAY


def _begins_at(seen: datetime | None, moment: datetime, rate: float) -> datetime:
    """Return from when on mails may go."""
    if seen is None or not _is_true(seen, moment, rate):
        return moment
    return max(seen, moment)


def free(key: str, rate: float) -> int:
    """Return how many of a key's mails may go now."""
    moment = clock.now()
    seen = db.session.scalar(select(MailPace.next_at).where(MailPace.key == key))
    return _free(_begins_at(seen, moment, rate), moment, rate)


def take(key: str, rate: float, wanted: int) -> int:
    """Take up to so many of a key's mails that may go now; return how many that are.

    Held until the end of the caller's transaction: whoever takes of several keys takes them in
    one order, the same everywhere, so that nobody waits for each other.
    """
    while True:
        moment = clock.now()
        seen = db.session.scalar(select(MailPace.next_at).where(MailPace.key == key))
        if seen is None:
            insert_new(MailPace, {"key": key, "next_at": moment})
            continue
        begins_at = _begins_at(seen, moment, rate)
        granted = min(wanted, _free(begins_at, moment, rate))
        if not granted:
            return 0
        taken = db.session.scalar(
            update(MailPace)
            .where(MailPace.key == key, MailPace.next_at == seen)
            .values(next_at=begins_at + timedelta(seconds=granted / rate))
            .returning(MailPace.key)
            .execution_options(synchronize_session=False)
        )
        if taken is not None:
            return granted


def _free(begins_at: datetime, moment: datetime, rate: float) -> int:
    """Return how many mails may go from a moment on, at this rate."""
    room = (moment + AHEAD - begins_at).total_seconds()
    return 0 if room < 0 else int(room * rate) + 1
