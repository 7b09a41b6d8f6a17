"""What a device asks of the server, scans aside: to be enrolled, to find people, to count them."""

from collections.abc import Mapping

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from msgspec import Struct
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from registration import languages
from registration.database import transaction
from registration.errors import Invalid
from registration.models.gates import Device
from registration.services.gates import devices, presence, search
from registration.views.limits import limiter, sign_in_rate
from registration.views.protection import csrf

blueprint = Blueprint("enrolment", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)  # a bearer token, never a cookie, says who asks

MOST_CODE = 64


class Asked(Struct):
    """The body of a device that wants to be enrolled."""

    code: str


_read = msgspec.json.Decoder(Asked).decode
_write = msgspec.json.Encoder().encode


@blueprint.post("/devices")
@limiter.limit(sign_in_rate)
def enrol() -> ResponseReturnValue:
    """Use a one-time code up; answer with the device's bearer token, this once."""
    code = _code()
    with transaction():
        device, token = devices.enrol(code)
        row = _enrolled(device, token)
    return _answer(row, status=201)


@blueprint.post("/devices/wiped")
def note_wiped() -> ResponseReturnValue:
    """Note that a device has deleted all it knew, also if it was revoked; it may say so twice."""
    with transaction():
        wiped_at = devices.note_wiped(bearer_token())
    return _answer({"wiped_at": wiped_at})


def _code() -> str:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        asked = _read(request.get_data())
    except msgspec.ValidationError as error:
        raise Invalid(fields={"code": _("Please give the code as a text.")}) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest from error
    return asked.code[:MOST_CODE]


def _enrolled(device: Device, token: str) -> Mapping[str, object]:
    event = device.event
    return {
        "id": device.id,
        "token": token,
        "event": event.slug,
        "gate": device.gate.code,
        "name": device.name,
        "is_supervisor": device.is_supervisor,
        "event_title": event.title.in_locale(languages.current()),
        "ends_at": event.ends_at,
        "timezone": event.timezone,
        "gates": devices.gate_names(event.id),
    }


def bearer_token() -> str:
    """Return the token of the request's ``Authorization: Bearer``, else an empty text."""
    scheme, _separator, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def device_of(slug: str) -> devices.EnrolledDevice:
    """Return the device that asks, after noting that it lives.

    Raises:
        SignInRequired, DeviceRevoked, Forbidden: as `devices.authenticate`.
    """
    device = devices.authenticate(bearer_token(), slug=slug)
    if device.is_touch_due:
        with transaction():
            devices.touch(device.id)
    return device


@blueprint.get("/events/<slug>/people")
def find_people(slug: str) -> ResponseReturnValue:
    """Answer with at most twenty people; without a query of three letters with none."""
    device = device_of(slug)
    try:
        people = search.find_people(device.event_id, request.args.get("q", ""))
    except Invalid as error:
        raise Invalid(fields={"q": _("Please give three to a hundred letters.")}) from error
    language = languages.current()
    return _answer(
        {
            "people": [
                {
                    "badge": found.badge,
                    "name": found.name,
                    "alliance": found.alliance,
                    "role": found.role.in_locale(language),
                    "state": found.state,
                    "first_at": found.first_at,
                }
                for found in people
            ]
        }
    )


@blueprint.get("/events/<slug>/presence")
def count(slug: str) -> ResponseReturnValue:
    """Answer with the four numbers of a door."""
    return _answer(presence.count(device_of(slug).event_id))


def _answer(row: object, *, status: int = 200) -> Response:
    return Response(_write(row), status=status, content_type="application/json")
