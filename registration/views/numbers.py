"""The numbers that operators watch, in Prometheus's text format (version 0.0.4).

A module of its own, imported when they are first asked for: its library is 0.8 MB.
"""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from registration.services import health

CONTENT_TYPE = CONTENT_TYPE_LATEST


def written(numbers: health.Health) -> bytes:
    """Return one reading as text."""
    registry = CollectorRegistry()
    registry.register(_Numbers(numbers))
    return bytes(generate_latest(registry))


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
