"""The scanner's page: one page for all events, since the device's enrolment names the event.

Beside it what makes it an app that starts without a server: a service worker and a web manifest.
"""

import json
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.views.gates import offline
from registration.views.gates.texts import texts

blueprint = Blueprint("gates", __name__)

READER = "vendor/zxing-wasm/reader/index.js"
"""Below static/; put there by ``npm run vendor``."""
ICONS = (
    ("icons/gate-192.png", "192x192", "any"),
    ("icons/gate-512.png", "512x512", "any"),
    ("icons/gate-maskable-512.png", "512x512", "maskable"),
)


@blueprint.get("/gate/")
def scanner() -> ResponseReturnValue:
    """Show the scanner; all that follows happens in the browser."""
    return _page()


def _page() -> str:
    static = Path(current_app.static_folder or "")
    reader = url_for("static", filename=READER) if (static / READER).exists() else None
    return render_template("gates/scanner.html", texts=texts(), reader=reader)


@blueprint.get("/gate/sw.js")
def worker() -> ResponseReturnValue:
    """Send the service worker, which differs whenever anything does that it keeps."""
    pages = {}
    for language in languages.LANGUAGES:
        with languages.force_locale(language):
            pages[language] = url_for("gates.scanner", lang=language), _page()
    response = Response(offline.worker(pages), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/gate/manifest.webmanifest")
def web_manifest() -> ResponseReturnValue:
    """Say how the page looks as an app (W3C Web Application Manifest)."""
    manifest = {
        "id": "/gate/",
        "name": _("Einlass – scanner"),
        "short_name": "Einlass",
        "description": _("Check people in at the door, with or without a network."),
        "lang": languages.current(),
        "start_url": "/gate/",
        "scope": "/gate/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#5b2a6e",
        "icons": [
            {
                "src": url_for("static", filename=name),
                "sizes": sizes,
                "type": "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in ICONS
        ],
    }
    return Response(json.dumps(manifest), content_type="application/manifest+json")
