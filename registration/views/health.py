"""Whether the program lives, is ready, and how it does."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from registration.database import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def livez() -> ResponseReturnValue:
    """Answer as long as the process does."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when the database answers and its tables are there, else 503."""
    try:
        db.session.execute(text("SELECT 1 FROM event LIMIT 1"))
    except SQLAlchemyError:
        return jsonify(status="database unreachable or not migrated"), 503
    return jsonify(status="ready")
