"""``POST /api/v1/events/<event>/scans``: take what devices saw, answer what the door is told."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from msgspec import Meta, Struct

from registration import clock, languages
from registration.combiner import Combiner
from registration.errors import DeviceRevoked, Invalid, Malformed
from registration.models.gates import ScanKind, Verdict
from registration.services.gates import devices, scans, walk_ins
from registration.views.gates.enrolment import bearer_token
from registration.views.protection import csrf

blueprint = Blueprint("scans", __name__, url_prefix="/api/v1/events/<slug>")
csrf.exempt(blueprint)

MOST_SCANS = 200
MOST_REQUESTS_TOGETHER = 64


Milliseconds = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


class Person(Struct):
    """Somebody who was let in without a registration."""

    given_name: Annotated[str, Meta(min_length=1, max_length=80)]
    family_name: Annotated[str, Meta(min_length=1, max_length=80)]
    role: Annotated[str, Meta(min_length=1, max_length=32)]
    consent: Literal[True]
    alliance: Annotated[str, Meta(max_length=32)] | None = None
    email: Annotated[str, Meta(max_length=254)] = ""


class Item(Struct):
    """One scan as it is sent."""

    id: uuid.UUID
    seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    badge: Annotated[str, Meta(min_length=1, max_length=4000)]
    gate: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    kind: ScanKind
    wall_at: Annotated[datetime, Meta(tz=True)]
    offset_ms: Milliseconds | None = None
    error_ms: Milliseconds | None = None
    told: Verdict | None = None
    target: uuid.UUID | None = None
    person: Person | None = None


class Clock(Struct):
    """How far the device's clock is behind ours, and at most so far is that measurement off."""

    offset_ms: Milliseconds
    error_ms: Milliseconds = 0


class Body(Struct):
    """A request: its scans are read one by one, so that a bad one blocks no other."""

    scans: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_SCANS)]
    unsent: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    clock: Clock | None = None


class Numbered(Struct):
    """What is read of a scan that cannot be read as one."""

    id: object = None
    seq: object = None


_read_body = msgspec.json.Decoder(Body).decode
_read_item = msgspec.json.Decoder(Item).decode
_read_numbered = msgspec.json.Decoder(Numbered).decode
_write = msgspec.json.Encoder().encode
_store = Combiner(scans.store, most=MOST_REQUESTS_TOGETHER)


@blueprint.post("/scans")
def post_scans(slug: str) -> ResponseReturnValue:
    """Store 1 to 200 scans, each once, and answer them in the order asked.

    ``acknowledged`` is the number up to which every scan of the device has arrived: up to it, and
    no further, the device may forget.
    """
    device = devices.recognise(bearer_token(), slug=slug)
    body = _body(request.get_data())
    items = [_item(raw) for raw in body.scans]
    stored = _store.ask(
        scans.prepare(
            device,
            [_seen(item) for item in items if isinstance(item, Item)],
            unreadable=[item for item in items if isinstance(item, scans.Unreadable)],
            report=_report(body),
        )
    )
    if isinstance(stored, DeviceRevoked):
        raise stored
    answers, refused = iter(stored.answers), iter(stored.refused)
    language = languages.asked_for()
    rows = [_row(next(answers if isinstance(item, Item) else refused), language) for item in items]
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


def _item(raw: msgspec.Raw) -> Item | scans.Unreadable:
    try:
        item = _read_item(raw)
        if item.kind == ScanKind.WALK_IN and item.person is None:
            raise msgspec.ValidationError(
                "Object missing required field `person`"
            )  # said like the others
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _unreadable(raw, str(error))
    return item


def _unreadable(raw: msgspec.Raw, reason: str) -> scans.Unreadable:
    try:
        given = _read_numbered(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        given = Numbered()
    seq = given.seq if isinstance(given.seq, int) and 1 <= given.seq < 2**31 else None
    return scans.Unreadable(
        id=given.id if isinstance(given.id, str) else None,
        seq=None if isinstance(given.seq, bool) else seq,
        raw=bytes(raw).decode("utf-8", "replace").replace("\0", "\ufffd"),
        reason=reason,
    )


def _report(body: Body) -> scans.Report:
    offset_ms = body.clock.offset_ms if body.clock else None
    return scans.Report(unsent=body.unsent, offset_ms=offset_ms)


def _seen(item: Item) -> scans.Seen:
    return scans.Seen(
        id=item.id,
        seq=item.seq,
        badge=item.badge.strip().replace("\0", "\ufffd"),  # PostgreSQL stores no NUL
        gate=item.gate,
        kind=item.kind,
        wall_at=item.wall_at.astimezone(UTC),
        offset_ms=item.offset_ms,
        error_ms=item.error_ms,
        told=item.told,
        target=item.target,
        walk_in=_walk_in(item.person) if item.person else None,
    )


def _walk_in(person: Person) -> scans.WalkIn:
    return scans.WalkIn(
        given_name=person.given_name,
        family_name=person.family_name,
        role=person.role,
        alliance=person.alliance,
        email=person.email,
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
    if answer.badge_id is not None:
        row["badge"] = walk_ins.token_for(answer.badge_id)
    return row | ({"reason": answer.reason} if answer.reason else {})
