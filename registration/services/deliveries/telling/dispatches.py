"""Mails to the recipient of a list. None of them names anybody who is on it."""

from flask_babel import lazy_gettext as _l

from registration import clock
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.rosters import Dispatch
from registration.services import dispatches
from registration.services.deliveries.telling.told import Attached, Told
from registration.services.dispatches import finding, keeping

TAKEN_BACK = _l("The organisers have taken this list back; there is nothing more to do.")
IS_OVER = _l("The time for this list is over.")
CODE_IS_OVER = _l("This code was used or is too old. Please ask for another on the page.")


def tell(delivery: Delivery, dispatch: Dispatch) -> Told:
    """Return what a mail to this recipient says."""
    kind = DeliveryKind(delivery.kind)
    overtaken = _overtaken(kind, dispatch)
    has_file = dispatch.is_attached and kind != DeliveryKind.ROSTER_CODE and not overtaken
    return Told(
        name=dispatch.recipient_name,
        locale=dispatch.roster["locale"],
        link="" if dispatch.is_attached else dispatches.link_of(dispatch),
        words=_words(kind, delivery, dispatch),
        overtaken=overtaken,
        files=(_file(delivery, dispatch),) if has_file else (),
    )


def _words(kind: DeliveryKind, delivery: Delivery, dispatch: Dispatch) -> dict[str, object]:
    told: dict[str, object] = {
        "purpose": dispatch.purpose,
        "is_attached": dispatch.is_attached,
        "expires_at": dispatch.expires_at,
    }
    if kind == DeliveryKind.ROSTER_CODE:
        code = dispatches.code_of(dispatch)
        told |= {"code": f"{code[:3]} {code[3:]}", "until": dispatch.code_expires_at}
    if kind == DeliveryKind.ROSTER_CHANGE:
        change = finding.change_of(dispatch, delivery.created_at) or {"added": (), "removed": ()}
        told |= {"added": len(change["added"]), "removed": len(change["removed"])}
    return told


def _file(delivery: Delivery, dispatch: Dispatch) -> Attached:
    """Return the attachment that was made when the mail was promised."""
    slug, day = dispatch.event.slug, delivery.created_at.astimezone(dispatch.event.zone).date()
    what = "changes" if delivery.kind == DeliveryKind.ROSTER_CHANGE else "list"
    return Attached(
        name=f"{slug}-{what}-{day}.pdf",
        media_type="application/pdf",
        content=keeping.path_of(delivery.id).read_bytes(),
    )


def _overtaken(kind: DeliveryKind, dispatch: Dispatch) -> object:
    """Return what has happened since, if the mail is not true any more."""
    if dispatch.state not in finding.STANDS:
        return TAKEN_BACK
    if dispatch.expires_at <= clock.now():
        return IS_OVER
    if kind == DeliveryKind.ROSTER_CODE and not dispatches.code_of(dispatch):
        return CODE_IS_OVER
    return ""
