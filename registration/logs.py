"""Logs: one line of JSON an occasion, without names or addresses of people."""

import logging
import sys

import structlog
from flask import Flask


def init_app(app: Flask) -> None:
    """Send our log and the libraries' warnings to standard error at the level asked for."""
    level = logging.getLevelNamesMapping()[str(app.config["LOG_LEVEL"]).upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)
