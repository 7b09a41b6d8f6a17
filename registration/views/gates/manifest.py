"""``GET /api/v1/events/<event>/manifest``: what a device needs to decide without a network."""

import zlib

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.errors import Invalid
from registration.services.gates import manifest
from registration.services.gates.manifest.packing import GZIP
from registration.views.gates.enrolment import device_of

SUPERVISOR = "Einlass-Supervisor"
"""A header, as one packed manifest serves all devices: whether this one is a supervisor's now."""

blueprint = Blueprint("manifest", __name__, url_prefix="/api/v1/events/<slug>")


@blueprint.get("/manifest")
def show(slug: str) -> ResponseReturnValue:
    """Answer with the whole manifest, or with what has changed ``?since=`` another's version."""
    since = _since()
    device = device_of(slug)
    packed = manifest.pack(device, since=since)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    headers[SUPERVISOR] = "1" if device.is_supervisor else "0"
    if request.accept_encodings["gzip"]:
        headers["Content-Encoding"] = "gzip"
    else:
        packed = zlib.decompress(packed, GZIP)
    return Response(packed, headers=headers, content_type="application/json")


def _since() -> int:
    given = request.args.get("since", "0")
    if not given.isascii() or not given.isdigit() or len(given) > len(str(2**53)):
        raise Invalid(fields={"since": _("Please give the version of a manifest.")})
    return int(given)
