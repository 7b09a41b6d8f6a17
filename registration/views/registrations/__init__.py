"""Registrations: the public form, the attendee's own pages, and the console's."""

from flask import Blueprint

from registration.views.registrations import (
    answers,
    attendee,
    cancellations,
    corrections,
    form,
    privacy,
    together,
    transfers,
)

blueprint = Blueprint("registrations", __name__)
for part in (form, together, attendee, corrections, cancellations, transfers, privacy, answers):
    blueprint.register_blueprint(part.blueprint)
