"""Operators learn whether the program lives, is ready, and how it does."""

from flask import Flask
from flask.testing import FlaskClient

from registration.models.events import Event
from tests import factories


def test_it_lives_and_is_ready(client: FlaskClient) -> None:
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {"status": "ready", "mail": "ready", "oldest_unsent_seconds": 0},
    )


def test_the_numbers_tell_registrations_and_unsent_mails(client: FlaskClient, event: Event) -> None:
    factories.register(event)
    factories.register(event, role="guest", alliance="")
    text = client.get("/metrics").text
    assert 'einlass_registrations{event="werkstatt",state="confirmed"} 1.0' in text
    assert 'einlass_registrations{event="werkstatt",state="requested"} 1.0' in text
    assert 'einlass_deliveries{state="new"} 2.0' in text
    assert "einlass_oldest_unsent_seconds 0.0\n" not in text


def test_strangers_do_not_get_the_numbers(client: FlaskClient) -> None:
    far = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert far.status_code == 403


def test_with_a_token_only_its_bearer_gets_the_numbers(app: Flask, client: FlaskClient) -> None:
    app.config["METRICS_TOKEN"] = "a token for the scraper"
    try:
        assert client.get("/metrics").status_code == 403
        right = {"Authorization": "Bearer a token for the scraper"}
        assert client.get("/metrics", headers=right).status_code == 200
    finally:
        app.config["METRICS_TOKEN"] = ""
