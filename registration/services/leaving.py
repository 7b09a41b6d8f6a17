"""Leaving: whoever wants no more campaigns says so by a link, in one press (RFC 8058)."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select, update

from registration import clock
from registration.database import db, insert_new
from registration.errors import NotFound
from registration.models.campaigns import Campaign
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState, MailAddress
from registration.services import audit


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="leave-campaigns")


def token_of(address: str) -> str:
    """Return the token of ``/u/<token>``: the address, signed."""
    return str(_serializer().dumps(_key(address)))


def link_of(address: str) -> str:
    """Return the whole address of the page on which somebody leaves."""
    return f"{current_app.config['BASE_URL']}/u/{token_of(address)}"


def address_of(token: str) -> str:
    """Return the address that a link was made for.

    Raises:
        NotFound: the link is not one of ours.
    """
    try:
        told = _serializer().loads(token)
    except BadSignature as error:
        raise NotFound(noun="link") from error
    if not isinstance(told, str):
        raise NotFound(noun="link")
    return told


def has_left(address: str) -> bool:
    """Return whether campaigns go to this address no more because somebody said so."""
    query = select(MailAddress.unsubscribed_at).where(MailAddress.address_key == _key(address))
    return db.session.scalar(query) is not None


def leave(address: str) -> int:
    """Send no more campaigns to an address; return how many that waited were cancelled.

    What a registration itself brings about, and campaigns that everybody needs, go on.
    """
    key = _key(address)
    insert_new(MailAddress, {"address_key": key})
    _set(key, unsubscribed_at=func.coalesce(MailAddress.unsubscribed_at, clock.now()))
    waiting = (DeliveryState.NEW, DeliveryState.DEFERRED)
    free = select(Campaign.id).where(~Campaign.is_transactional)
    cancelled = db.session.execute(
        update(Delivery)
        .where(
            func.lower(Delivery.recipient) == key,
            Delivery.state.in_(waiting),
            (Delivery.kind == DeliveryKind.DIGEST) | Delivery.campaign_id.in_(free),
        )
        .values(state=DeliveryState.CANCELLED, last_error=LEFT)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record("address.unsubscribed", actor="attendee", subject="address")
    return len(cancelled)


LEFT = "unsubscribed"


def come_back(address: str) -> None:
    """Send campaigns to an address again."""
    _set(_key(address), unsubscribed_at=None)
    audit.record("address.resubscribed", actor="attendee", subject="address")


def _key(address: str) -> str:
    return address.strip().lower()


def _set(key: str, **columns: object) -> None:
    db.session.execute(
        update(MailAddress)
        .where(MailAddress.address_key == key)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )
