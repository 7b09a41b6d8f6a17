"""Leaving: whoever wants no more campaigns says so here, from the link in each of them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registration.database import transaction
from registration.services import leaving
from registration.views.limits import limiter, register_rate
from registration.views.protection import csrf

blueprint = Blueprint("leaving", __name__, url_prefix="/u")


@blueprint.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Ask whether the address shall get no more campaigns, or say that it gets none."""
    address = leaving.address_of(token)
    return render_template(
        "campaigns/leave.html", address=address, has_left=leaving.has_left(address)
    )


@blueprint.post("/<token>")
@limiter.limit(register_rate)
def leave(token: str) -> ResponseReturnValue:
    """Send no more campaigns to the address, or send them again.

    A mail program that does it for its reader (RFC 8058) has no token of ours, and gets no page.
    """
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if not one_click:
        csrf.protect()
    address = leaving.address_of(token)
    comes_back = not one_click and request.form.get("back") == "yes"
    with transaction():
        if comes_back:
            leaving.come_back(address)
        else:
            leaving.leave(address)
    if one_click:
        return "", 204
    return redirect(url_for("leaving.show", token=token), 303)


csrf.exempt(leave)  # it checks the token itself, where there can be one
