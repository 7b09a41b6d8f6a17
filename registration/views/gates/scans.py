"""``POST /api/v1/events/<event>/scans``: take what devices saw, answer what the door is told."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from msgspec import Meta, Struct

from registration import languages
from registration.combiner import Combiner
from registration.errors import DeviceRevoked, Invalid, Malformed
from registration.models.gates import ScanKind, ScanState
from registration.services.gates import devices, scans
from registration.views.gates.enrolment import bearer_token
from registration.views.protection import csrf

blueprint = Blueprint("scans", __name__, url_prefix="/api/v1/events/<slug>")
csrf.exempt(blueprint)

MOST_SCANS = 200
MOST_REQUESTS_TOGETHER = 64


class Item(Struct):
    """One scan as it is sent."""

    id: uuid.UUID
    seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    badge: Annotated[str, Meta(min_length=1, max_length=4000)]
    gate: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    kind: ScanKind
    wall_at: Annotated[datetime, Meta(tz=True)]


class Body(Struct):
    """A request: its scans are read one by one, so that a bad one blocks no other."""

    scans: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_SCANS)]


_read_body = msgspec.json.Decoder(Body).decode
_read_item = msgspec.json.Decoder(Item).decode
_write = msgspec.json.Encoder().encode
_store = Combiner(scans.store, most=MOST_REQUESTS_TOGETHER)


@blueprint.post("/scans")
def post_scans(slug: str) -> ResponseReturnValue:
    """Store 1 to 200 scans, each once, and answer them in the order asked."""
    device = devices.recognise(bearer_token(), slug=slug)
    items = _items(request.get_data())
    seen = [_seen(item) for item in items if isinstance(item, Item)]
    stored = _store.ask(scans.prepare(device, seen))
    if isinstance(stored, DeviceRevoked):
        raise stored
    answers = iter(stored)
    language = languages.asked_for()
    rows = [_row(next(answers), language) if isinstance(item, Item) else item for item in items]
    return Response(_write({"scans": rows}), content_type="application/json")


def _items(data: bytes) -> Sequence[Item | dict[str, object]]:
    """Return the scans of a body; in place of one that cannot be read, the answer to it.

    Raises:
        Invalid: the body as a whole is not what was agreed.
    """
    try:
        body = _read_body(data)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"scans": str(error)}) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed from error
    return [_item(raw) for raw in body.scans]


def _item(raw: msgspec.Raw) -> Item | dict[str, object]:
    try:
        return _read_item(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _row(scans.Answer(id=_id_of(raw), state=ScanState.REFUSED, reason=str(error)), "")


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        given = msgspec.json.decode(raw, type=dict[str, object]).get("id")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return given if isinstance(given, str) else None


def _seen(item: Item) -> scans.Seen:
    return scans.Seen(
        id=item.id,
        seq=item.seq,
        badge=item.badge.strip().replace("\0", "\ufffd"),  # PostgreSQL stores no NUL
        gate=item.gate,
        kind=item.kind,
        wall_at=item.wall_at.astimezone(UTC),
    )


def _row(answer: scans.Answer, language: str) -> dict[str, object]:
    row: dict[str, object] = {
        "id": answer.id,
        "state": answer.state,
        "verdict": answer.verdict,
        "first_at": answer.first_at,
        "first_gate": answer.first_gate,
        "name": answer.name,
        "alliance": answer.alliance,
        "role": answer.role.in_locale(language) if answer.role else None,
    }
    return row | ({"reason": answer.reason} if answer.reason else {})
