"""Registrations: the attendee's pages and the console's."""

from flask import Blueprint

blueprint = Blueprint("registrations", __name__)
