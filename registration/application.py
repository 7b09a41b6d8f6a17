"""The application: what it is made of, in order."""

from dataclasses import fields
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from registration import ROOT, config, database, engines, languages, logs, queue, routing, views


def create_app(settings: config.Settings | None = None) -> Flask:
    """Return the application, set up from ``settings`` or else from the environment.

    Raises:
        SettingRefused: a setting is bad, missing or misspelt.
    """
    settings = settings or config.load()
    app = Flask("registration", template_folder=str(ROOT / "templates"))
    _configure(app, settings)
    logs.init_app(app)
    database.init_app(app)
    queue.init_app(app)
    languages.init_app(app)
    routing.init_app(app)
    views.init_app(app)
    return app


def _configure(app: Flask, settings: config.Settings) -> None:
    app.config.update(
        {each.name.upper(): getattr(settings, each.name) for each in fields(settings)}
    )
    base = urlsplit(settings.base_url)
    app.config.update(
        EMBEDDED=settings.is_embedded,
        FAIR_WRITES=True,
        MAIL_DOMAIN=base.hostname or "localhost",
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=500_000,
        SESSION_COOKIE_NAME="einlass",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=base.scheme == "https",
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.engine_options(settings.sqlalchemy_url),
        TEMPLATES_AUTO_RELOAD=False,
        WTF_CSRF_TIME_LIMIT=None,  # a form that was left open over lunch must still be taken
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
