"""The scanner's page: one page for all events, since the device's enrolment names the event."""

from pathlib import Path

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.views.gates.texts import texts

blueprint = Blueprint("gates", __name__)

READER = "vendor/zxing-wasm/reader/index.js"
"""Below static/; put there by ``npm run vendor``."""


@blueprint.get("/gate/")
def scanner() -> ResponseReturnValue:
    """Show the scanner; all that follows happens in the browser."""
    static = Path(current_app.static_folder or "")
    reader = url_for("static", filename=READER) if (static / READER).exists() else None
    return render_template("gates/scanner.html", texts=texts(), reader=reader)
