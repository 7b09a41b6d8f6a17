"""What is served: one blueprint a noun, and what all of them share."""

from flask import Flask, Response, request

from registration import languages
from registration.views import errors, events, health, registrations
from registration.views.gates import scans
from registration.views.limits import limiter
from registration.views.protection import csrf, protect

BLUEPRINTS = (
    health.blueprint,
    scans.blueprint,
    registrations.blueprint,
    events.blueprint,
)
"""The events' own come last, since ``/<event>/`` is greedy."""


def init_app(app: Flask) -> None:
    """Register the blueprints, the error pages and the protections."""
    csrf.init_app(app)
    limiter.init_app(app)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.after_request(protect)
    app.after_request(_keep_language)


def _keep_language(response: Response) -> Response:
    chosen = request.args.get("lang")
    if chosen in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
        )
    return response
