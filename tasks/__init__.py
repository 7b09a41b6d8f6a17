"""Celery tasks: a few lines over a service; each may run twice."""
