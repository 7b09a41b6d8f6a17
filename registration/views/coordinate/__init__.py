"""The coordinator's surface: one's own delegation, and nobody else's."""

from flask import Blueprint

from registration.views.coordinate import (
    completion,
    decisions,
    delegation,
    downloads,
    home,
    imports,
    invitations,
    nominations,
    people,
    succession,
    together,
)

blueprint = Blueprint("coordinate", __name__, url_prefix="/coordinate")
for part in (
    home,
    delegation,
    people,
    decisions,
    succession,
    nominations,
    together,
    imports,
    invitations,
    downloads,
    completion,
):
    blueprint.register_blueprint(part.blueprint)
