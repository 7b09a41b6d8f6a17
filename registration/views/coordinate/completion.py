"""Sign the delegation off as complete, and take that back."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.services import delegations
from registration.views.accounts import delegation
from registration.views.coordinate.surface import page, part

blueprint = part("completion")


@blueprint.get("/complete")
def ask(**_place: str) -> ResponseReturnValue:
    """Ask whether the delegation is complete, saying who comes and what is still open."""
    here = delegation()
    standing = delegations.standing(here.prospectus.event.id, here.alliance.id)
    return page("complete.html", standing=standing)


@blueprint.post("/complete")
def sign_off(**_place: str) -> ResponseReturnValue:
    """Write down that the delegation is complete."""
    here = delegation()
    with transaction():
        delegations.sign_off(here.prospectus.event.id, here.alliance.id, account_id=here.account.id)
    flash(_("Signed off: the organisers see that the delegation is complete."))
    return redirect(url_for("coordinate.delegation.show"), 303)


@blueprint.post("/complete/withdraw")
def withdraw(**_place: str) -> ResponseReturnValue:
    """Take the word back; doing so twice is no error."""
    here = delegation()
    with transaction():
        delegations.withdraw(here.prospectus.event.id, here.alliance.id, account_id=here.account.id)
    flash(_("The sign-off is withdrawn: the delegation is open again."))
    return redirect(url_for("coordinate.delegation.show"), 303)
