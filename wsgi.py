"""What servers load: ``granian wsgi:app`` and ``celery -A wsgi:celery``."""

from registration import create_app

app = create_app()
celery = app.extensions["celery"]
