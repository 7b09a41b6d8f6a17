"""Anybody who holds a certificate looks here whether it is genuine."""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.forms.certificates import CodeForm
from registration.services import certificates
from registration.services.certificates import Standing
from registration.views.limits import limiter, verify_rate

blueprint = Blueprint("verification", __name__, url_prefix="/certificates")


@blueprint.after_request
def keep_out_of_search(response: Response) -> Response:
    """Ask search engines to forget who attended what."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/")
def ask() -> ResponseReturnValue:
    """Ask for the code."""
    return render_template("certificates/ask.html", form=CodeForm())


@blueprint.post("/")
def find() -> ResponseReturnValue:
    """Lead to the certificate with the code that was typed."""
    form = CodeForm()
    if not form.validate():
        return render_template("certificates/ask.html", form=form), 422
    code = certificates.bare(form.code.data)
    if not code:
        return render_template("certificates/unknown.html", typed=form.code.data), 404
    return redirect(url_for("verification.show", code=certificates.shown(code)), 303)


@blueprint.get("/<code>")
@limiter.limit(verify_rate, methods=("GET",))
def show(code: str) -> ResponseReturnValue:
    """Say whether the certificate with this code is genuine, for whom, and of which event.

    What is no code at all and what is nobody's answer alike.
    """
    checked = certificates.check(code)
    certificate = checked.certificate
    if certificate is None:
        return render_template("certificates/unknown.html", typed=code), 404
    return render_template(
        "certificates/show.html",
        certificate=certificate,
        event=certificate.registration.event,
        registration=certificate.registration,
        code=certificates.shown(certificate.code),
        is_genuine=checked.standing == Standing.GENUINE,
    )
