"""The events' own pages."""

from flask import Blueprint

blueprint = Blueprint("events", __name__)
