"""The outbox: mails are promised, in the transaction that makes them true."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app

from registration import clock
from registration.database import insert_new, uuid7
from registration.models.accounts import Mandate
from registration.models.campaigns import Campaign
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.invitations import Invitation
from registration.models.rosters import Dispatch


def promise(
    registration_id: uuid.UUID,
    event_id: uuid.UUID,
    kind: DeliveryKind,
    *,
    recipient: str,
    reason: str,
) -> None:
    """Write one mail to the outbox, in the caller's transaction.

    Args:
        registration_id: whom it is about.
        event_id: the event of the registration.
        kind: what it says.
        recipient: the address that it goes to; without one, as of somebody who came unannounced
            and left none, there is no mail.
        reason: names this occasion among those of the registration; the same occasion promises
            nothing twice.
    """
    if not recipient:
        return
    occasion = f"{registration_id.hex}:{kind}:{reason}"
    _write(event_id, kind, recipient, occasion, registration_id=registration_id)


def promise_invitation(invitation: Invitation, kind: DeliveryKind, *, reason: str) -> None:
    """Write one mail to the address that the invitation is bound to; see `promise`.

    Raises:
        ValueError: it is bound to none, as a link for many is not.
    """
    if not invitation.email:
        raise ValueError("the invitation is bound to no address")
    occasion = f"{invitation.id.hex}:{kind}:{reason}"
    event_id, recipient = invitation.event_id, invitation.email
    _write(event_id, kind, recipient, occasion, invitation_id=invitation.id)


def promise_to_account(mandate: Mandate, kind: DeliveryKind, *, reason: str) -> None:
    """Write one mail to the account whose task this is; the task has its id already; see `promise`.

    With the task, the mail goes too: whoever is dismissed before it was sent gets none.
    """
    occasion = f"mandate:{mandate.id}:{kind}:{reason}"
    _write(mandate.event_id, kind, mandate.account.email, occasion, mandate_id=mandate.id)


def promise_dispatch(dispatch: Dispatch, kind: DeliveryKind, *, reason: str) -> uuid.UUID:
    """Write one mail to the recipient of a list; see `promise`. Return the id of the delivery."""
    occasion = f"dispatch:{dispatch.id.hex}:{kind}:{reason}"
    return _write(dispatch.event_id, kind, dispatch.recipient, occasion, dispatch_id=dispatch.id)


def promise_campaign(campaign: Campaign, people: Sequence[tuple[uuid.UUID, str, str]]) -> int:
    """Write a campaign's mails to these people; return how many of them had none yet.

    Args:
        campaign: whose mails they are.
        people: each with the registration, the address, and a name that stands for the person,
            so that whoever is registered twice gets one mail.
    """
    rows = [
        _row(
            campaign.event_id,
            DeliveryKind.CAMPAIGN,
            recipient,
            f"campaign:{campaign.id.hex}:{person}",
            campaign_id=campaign.id,
            registration_id=registration_id,
            is_bulk=True,
        )
        for registration_id, recipient, person in people
    ]
    return insert_new(Delivery, *rows) if rows else 0


def promise_certificates(
    event_id: uuid.UUID, certificates: Sequence[tuple[uuid.UUID, str, str]]
) -> int:
    """Write the mails with these certificates; return how many of them had none yet.

    Args:
        event_id: the event.
        certificates: each with the registration, the address, and the certificate's code.
    """
    kind = DeliveryKind.CERTIFICATE
    rows = [
        _row(
            event_id,
            kind,
            recipient,
            f"{registration_id.hex}:{kind}:{code}",
            registration_id=registration_id,
            is_bulk=True,
        )
        for registration_id, recipient, code in certificates
    ]
    return insert_new(Delivery, *rows) if rows else 0


def promise_test(
    event_id: uuid.UUID, kind: DeliveryKind, *, recipient: str, reason: str, **about: object
) -> None:
    """Write one mail that only tries a text out, to whoever wrote it.

    Args:
        event_id: the event.
        kind: whose layout the mail has.
        recipient: the address of whoever tries it.
        reason: begins with `wordings.TEST`.
        about: the id of the registration, invitation or mandate that lends its data.
    """
    _write(event_id, kind, recipient, f"{reason}:{uuid7().hex}", **about)


def _write(
    event_id: uuid.UUID, kind: DeliveryKind, recipient: str, occasion: str, **about: object
) -> uuid.UUID:
    """Write one mail to the outbox unless the occasion has one; return its id."""
    row = _row(event_id, kind, recipient, occasion, **about)
    insert_new(Delivery, row)
    delivery_id: uuid.UUID = row["id"]
    return delivery_id


def _row(
    event_id: uuid.UUID, kind: DeliveryKind, recipient: str, occasion: str, **about: object
) -> dict[str, Any]:
    delivery_id = uuid7()
    moment = clock.now()
    return {
        "id": delivery_id,
        "event_id": event_id,
        **about,
        "kind": kind,
        "recipient": recipient,
        "dedupe_key": occasion,
        "message_id": f"<{delivery_id}@{current_app.config['MAIL_DOMAIN']}>",
        "state": DeliveryState.NEW,
        "due_at": moment,
        "created_at": moment,
    }
