"""Pages that renew themselves: whole at first, then only what changes, and nothing without news."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

Context = Callable[[], tuple[str, Mapping[str, Any]]]


def is_fragment() -> bool:
    """Return whether the browser asks only for what changes."""
    return bool(request.args.get("fragment"))


def show(page: str, *, version: str, context: Context) -> ResponseReturnValue:
    """Return the template ``console/<page>.html``, or for a fragment ``console/<page>-live.html``.

    Args:
        page: the name of both templates.
        version: of what there is to show now; a browser that has it already gets an empty 304.
        context: returns the version of what it has read, which may be older, and what to render.
    """
    if not is_fragment():
        return render_template(f"console/{page}.html", **context()[1])
    if request.if_none_match.contains(version):
        return Response(status=304)
    known, told = context()
    if request.if_none_match.contains(known):
        return Response(status=304)
    response = make_response(render_template(f"console/{page}-live.html", **told))
    response.set_etag(known)
    return response
