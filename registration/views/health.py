"""Whether the program lives, is ready, and how it does."""

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
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
    registry = CollectorRegistry()
    registry.register(_Numbers(health.read()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Numbers(Collector):
    """One reading, as Prometheus's families; every process of the web answers alike."""

    def __init__(self, numbers: health.Health) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        """Return the families."""
        numbers = self._numbers
        by_event_and_state = ["event", "state"]
        yield _family("registrations", "Registrations", by_event_and_state, numbers.registrations)
        yield _family("scans", "Scans stored", ["event", "verdict"], numbers.scans)
        yield _family("people_inside", "People inside", ["event"], numbers.inside)
        yield _family("deliveries", "Mails", ["state"], numbers.deliveries)
        yield _family("jobs", "Files asked for", ["state"], numbers.jobs)
        yield GaugeMetricFamily(
            "einlass_oldest_unsent_seconds",
            "Age of the oldest mail not yet sent",
            value=numbers.oldest_unsent_seconds,
        )
        yield GaugeMetricFamily(
            "einlass_overdue_mail_seconds",
            "For how long a mail has been due that no sender has taken",
            value=numbers.overdue_seconds,
        )
        yield _family(
            "mail_account_paused",
            "Mail accounts that refuse us",
            ["account"],
            numbers.paused_accounts,
        )
        yield GaugeMetricFamily(
            "einlass_deliveries_repeated",
            "Mails that may have been sent twice",
            value=numbers.repeated_deliveries,
        )


def _family(name: str, text: str, labels: list[str], counts: health.Counts) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"einlass_{name}", text, labels=labels)
    for values, count in counts:
        family.add_metric(values, count)
    return family
