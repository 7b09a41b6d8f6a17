"""Mails to an account about its task: a coordinator's for an alliance, or somebody's for an event.

Who has chosen a password signs in; who has not, or forgot it, chooses one by a link.
"""

from datetime import date

from flask import current_app
from flask_babel import lazy_gettext as _l

from registration import clock
from registration.models.accounts import Account, Mandate
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.services import accounts, delegations, leaving
from registration.services.deliveries import repeating
from registration.services.deliveries.telling.told import Told

DISABLED = _l("Your access has been closed in the meantime.")
NOTHING = _l("Nothing stands out any more; you need not do anything.")
COMPLETE = _l("Nobody is missing any more; you need not do anything.")
IS_OVER = _l("The time to name people is over.")


def tell(delivery: Delivery, mandate: Mandate) -> Told:
    """Return what a mail about this task says."""
    event, account, kind = delivery.event, mandate.account, DeliveryKind(delivery.kind)
    chooses = kind == DeliveryKind.PASSWORD or (
        kind == DeliveryKind.COORDINATOR and not account.password_hash
    )
    free = _count_free(mandate) if kind == DeliveryKind.SHORT else 0
    digest = _digest(delivery, mandate) if kind == DeliveryKind.DIGEST else {}
    leave = leaving.link_of(account.email) if digest else ""
    return Told(
        name=account.name,
        locale=account.locale,
        link=_welcome(account) if chooses else _pages(event, mandate),
        words={
            "account": account,
            "alliance": mandate.alliance,
            "chooses": chooses,
            "days": accounts.WELCOME_LASTS.days,
            "free": free,
            "name_by": delegations.deadline_of(event),
            "leave": leave,
            **digest,
        },
        overtaken=_overtaken(kind, event, account, free) or _nothing(digest),
        unsubscribe=leave,
    )


def _nothing(digest: dict[str, object]) -> object:
    """Return that nothing has changed, if that has become so."""
    return NOTHING if digest and not digest["changes"] else ""


def _digest(delivery: Delivery, mandate: Mandate) -> dict[str, object]:
    """Return what changed on the day that the mail is about, which its occasion names."""
    told = repeating.first_occasion(delivery).rpartition(":")[2]
    try:
        day = date.fromisoformat(told)
    except ValueError:  # one that only tries the text out
        day = clock.now().astimezone(delivery.event.zone).date()
    changes = delegations.changes_on(delivery.event, mandate.alliance_key, day)
    return {
        "day": day,
        "changes": sum(len(people) for people in changes.values()),
        "changed": [(WHAT_CHANGED[what], people) for what, people in changes.items()],
    }


WHAT_CHANGED = {
    delegations.Change.NEW: _l("New"),
    delegations.Change.ENDED: _l("Do not come any more"),
    delegations.Change.CHANGED: _l("Changed"),
}


def _welcome(account: Account) -> str:
    return f"{current_app.config['BASE_URL']}/coordinate/welcome/{accounts.welcome_token(account)}"


def _pages(event: Event, mandate: Mandate) -> str:
    """Return where the work is done: on the alliance's pages, else in the console."""
    base = current_app.config["BASE_URL"]
    if mandate.alliance is None:
        return f"{base}/organise/"
    return f"{base}/coordinate/{event.slug}/{mandate.alliance.code}/"


def _count_free(mandate: Mandate) -> int:
    """Return how many places somebody is still awaited for."""
    standing = delegations.standing(mandate.event_id, mandate.alliance_key)
    return 0 if standing.is_signed_off else standing.short


def _overtaken(kind: DeliveryKind, event: Event, account: Account, free: int) -> object:
    """Return what has happened since, if the mail is not true any more."""
    if account.disabled_at is not None:
        return DISABLED
    if kind == DeliveryKind.SHORT:
        if not free:
            return COMPLETE
        if delegations.deadline_of(event) <= clock.now():
            return IS_OVER
    return ""
