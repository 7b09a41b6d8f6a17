"""Registrations: the public form, the attendee's own pages, and the console's."""

from flask import Blueprint

from registration.views.registrations import attendee, form, together

blueprint = Blueprint("registrations", __name__)
blueprint.register_blueprint(form.blueprint)
blueprint.register_blueprint(together.blueprint)
blueprint.register_blueprint(attendee.blueprint)
