"""Routing: how the addresses of pages are made."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


def init_app(app: Flask) -> None:
    """Let rules be made ready for writing addresses only when one of theirs is written."""
    app.url_rule_class = PatientRule


class PatientRule(Rule):
    """A rule that compiles what writes its addresses on first use.

    Werkzeug compiles two functions for each rule at once. Of our 230 rules a process writes the
    addresses of few, and the rest cost it 1.2 MB and a tenth of its start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Build:  # noqa: FBT001, FBT002  # Werkzeug's
        compile_it = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            ready: Build = compile_it(append_unknown).__get__(rule, None)
            setattr(rule, name, ready)
            return ready(**values)

        return build
