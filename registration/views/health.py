"""Whether the program lives, is ready, and how it does."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from registration.database import db
from registration.errors import Forbidden
from registration.models.events import Event
from registration.services import health

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def livez() -> ResponseReturnValue:
    """Answer as long as the process does."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when the database answers and its tables are there, else 503.

    Mails that do not go out are told, and are no reason to send visitors elsewhere.
    """
    try:
        db.session.execute(select(Event.id).limit(1))
        unsent = health.oldest_unsent_seconds()
        mail = "late" if health.is_mail_late() else "ready"
    except SQLAlchemyError:
        return jsonify(status="database unreachable or not migrated"), 503
    return jsonify(status="ready", mail=mail, oldest_unsent_seconds=round(unsent, 1))


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Answer with the numbers in Prometheus's text format, to whoever may know them.

    Raises:
        Forbidden: neither from this machine nor with the token of ``EINLASS_METRICS_TOKEN``.
    """
    token = current_app.config["METRICS_TOKEN"]
    if token:
        allowed = hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {token}")
    else:
        allowed = ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104  # no binding
    if not allowed:
        raise Forbidden
    from registration.views import numbers  # noqa: PLC0415  # keeps the web process light

    return Response(numbers.written(health.read()), content_type=numbers.CONTENT_TYPE)
