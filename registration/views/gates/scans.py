"""``POST /api/v1/events/<event>/scans``: take what devices saw, answer what the door is told."""

from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from msgspec import Meta, Struct

from registration import clock, languages
from registration.combiner import Combiner
from registration.errors import DeviceRevoked, Invalid, Malformed
from registration.services.gates import devices, firsts, scans, walk_ins
from registration.services.gates.scans import reading
from registration.strokes import stroke
from registration.views.gates.enrolment import bearer_token
from registration.views.protection import csrf

Told = TypeVar("Told")

blueprint = Blueprint("scans", __name__, url_prefix="/api/v1/events/<slug>")
csrf.exempt(blueprint)

MOST_SCANS = 200
MOST_REQUESTS_TOGETHER = 64

Milliseconds = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Unsent = Annotated[int, Meta(ge=0, le=2**31 - 1)]
NOTHING = msgspec.Raw(b"null")


class Clock(Struct):
    """How far the device's clock is behind ours, and at most so far is that measurement off."""

    offset_ms: Milliseconds
    error_ms: Milliseconds = 0


class Body(Struct):
    """A request: its scans are read one by one, so that a bad one blocks no other.

    What the device says of itself never refuses them: a clock that is decades off would else
    leave a gap in its sequence for good.
    """

    scans: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_SCANS)]
    unsent: msgspec.Raw = NOTHING
    clock: msgspec.Raw = NOTHING


_read_body = msgspec.json.Decoder(Body).decode
_read_unsent = msgspec.json.Decoder(Unsent | None).decode
_read_clock = msgspec.json.Decoder(Clock | None).decode
_write = msgspec.json.Encoder().encode
_store = Combiner(scans.store, most=MOST_REQUESTS_TOGETHER, within=stroke)


@blueprint.post("/scans")
def post_scans(slug: str) -> ResponseReturnValue:
    """Store 1 to 200 scans, each once, and answer them in the order asked.

    ``acknowledged`` is the number up to which every scan of the device has arrived: up to it, and
    no further, the device may forget.
    """
    device = devices.recognise(bearer_token(), slug=slug)
    body = _body(request.get_data())
    items = [reading.read(raw) for raw in body.scans]
    stored = _store.ask(
        scans.prepare(
            device,
            [item for item in items if isinstance(item, scans.Seen)],
            unreadable=[item for item in items if isinstance(item, scans.Unreadable)],
            report=_report(body),
        )
    )
    if isinstance(stored, DeviceRevoked):
        raise stored
    answers, refused = iter(stored.answers), iter(stored.refused)
    let_in_by = firsts.name_devices(device.event_id, stored.answers)
    language = languages.asked_for()
    rows = [
        _row(next(answers if isinstance(item, scans.Seen) else refused), language, let_in_by)
        for item in items
    ]
    told = {"scans": rows, "acknowledged": stored.acknowledged, "now": clock.now()}
    return Response(_write(told), content_type="application/json")


def _body(data: bytes) -> Body:
    """Return what was sent.

    Raises:
        Invalid: the body as a whole is not what was agreed.
    """
    try:
        return _read_body(data)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"scans": str(error)}) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed from error


def _report(body: Body) -> scans.Report:
    clock = _told(body.clock, _read_clock)
    return scans.Report(
        unsent=_told(body.unsent, _read_unsent), offset_ms=clock.offset_ms if clock else None
    )


def _told(raw: msgspec.Raw, read: Callable[[msgspec.Raw], Told | None]) -> Told | None:
    """Return what a device says of itself, if it can be read."""
    try:
        return read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _row(answer: scans.Answer, language: str, let_in_by: Mapping[str, str]) -> dict[str, object]:
    row: dict[str, object] = {
        "id": answer.id,
        "state": answer.state,
        "verdict": answer.verdict,
        "first_at": answer.first_at,
        "first_gate": answer.first_gate,
        "first_device": let_in_by.get(answer.already or ""),
        "name": answer.name,
        "alliance": answer.alliance,
        "role": answer.role.in_locale(language) if answer.role else None,
    }
    if answer.badge_id is not None:
        row["badge"] = walk_ins.token_for(answer.badge_id)
    return row | ({"reason": answer.reason} if answer.reason else {})
