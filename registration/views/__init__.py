"""What is served: one blueprint a noun, and what all of them share."""

from flask import Flask, Response, request

from registration import languages
from registration.views import (
    accounts,
    badges,
    bounces,
    campaigns,
    coordinate,
    coordinators,
    deliveries,
    designs,
    errors,
    events,
    fonts,
    health,
    leaving,
    matrix,
    overview,
    questions,
    quotas,
    registrations,
    rosters,
    rules,
    senders,
    wordings,
)
from registration.views.accounts import welcome
from registration.views.certificates import attendee as certificates_attendee
from registration.views.certificates import console as certificates_console
from registration.views.certificates import public as certificates_public
from registration.views.dispatches import console as dispatches_console
from registration.views.dispatches import recipient as dispatches_recipient
from registration.views.gates import console as arrivals
from registration.views.gates import (
    devices,
    enrolment,
    evacuation,
    findings,
    logs,
    manifest,
    pages,
    scans,
)
from registration.views.imports import console as imports_console
from registration.views.invitations import attendee as invited
from registration.views.invitations import console as invitations_console
from registration.views.invitations import making as invitations_making
from registration.views.limits import limiter
from registration.views.protection import csrf, protect
from registration.views.registrations import console as registrations_console
from registration.views.registrations import decisions, hosting, labelling
from registration.views.registrations import roles as registrations_roles
from registration.views.sessions import Sessions

BLUEPRINTS = (
    health.blueprint,
    fonts.blueprint,
    scans.blueprint,
    enrolment.blueprint,
    manifest.blueprint,
    pages.blueprint,
    accounts.blueprint,
    welcome.blueprint,
    coordinators.blueprint,
    coordinate.blueprint,
    overview.blueprint,
    registrations_console.blueprint,
    decisions.blueprint,
    registrations_roles.blueprint,
    hosting.blueprint,
    labelling.blueprint,
    quotas.blueprint,
    matrix.blueprint,
    questions.blueprint,
    rules.blueprint,
    wordings.blueprint,
    campaigns.blueprint,
    leaving.blueprint,
    imports_console.blueprint,
    rosters.blueprint,
    deliveries.blueprint,
    bounces.blueprint,
    senders.blueprint,
    badges.blueprint,
    designs.blueprint,
    arrivals.blueprint,
    evacuation.blueprint,
    findings.blueprint,
    logs.blueprint,
    devices.blueprint,
    invitations_console.blueprint,
    invitations_making.blueprint,
    invited.blueprint,
    dispatches_console.blueprint,
    dispatches_recipient.blueprint,
    certificates_console.blueprint,
    certificates_public.blueprint,
    certificates_attendee.blueprint,
    registrations.blueprint,
    events.blueprint,
)
"""The events' own come last, since ``/<event>/`` is greedy."""


def init_app(app: Flask) -> None:
    """Register the blueprints, the error pages and the protections."""
    app.session_interface = Sessions()
    csrf.init_app(app)
    limiter.init_app(app)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.after_request(protect)
    app.after_request(_keep_language)


def _keep_language(response: Response) -> Response:
    chosen = request.args.get("lang") if request.query_string else None
    if chosen in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
        )
    return response
