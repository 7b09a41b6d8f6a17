"""The console's coordinators: who answers for each alliance, and how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Invalid, NotFound
from registration.forms.accounts import CoordinatorForm, OfficeForm, languages, refuse
from registration.models.accounts import AccountRole, Mandate
from registration.models.alliances import Alliance
from registration.queue import nudge
from registration.services import accounts, delegations, events
from registration.services.delegations import Standing
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard

blueprint = Blueprint("coordinators", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


class Shown(StrEnum):
    """Which alliances a list shows."""

    ALL = "all"
    WITHOUT = "without"
    """Nobody answers for them."""
    SHORT = "short"
    SIGNED_OFF = "signed-off"


@dataclass(frozen=True)
class Row:
    """An alliance, who answers for it, and how its delegation stands."""

    alliance: Alliance
    mandates: Sequence[Mandate]
    standing: Standing

    def is_among(self, shown: Shown) -> bool:
        """Return whether a list that shows these has this row."""
        return {
            Shown.ALL: True,
            Shown.WITHOUT: not self.mandates,
            Shown.SHORT: self.standing.short > 0 and not self.standing.is_signed_off,
            Shown.SIGNED_OFF: self.standing.is_signed_off,
        }[shown]


@blueprint.get("/<slug>/coordinators")
def list_alliances(slug: str) -> ResponseReturnValue:
    """Show each alliance with its coordinators, and who is short or signed off."""
    prospectus = events.get_prospectus(slug)
    rows = _rows(prospectus)
    asked = request.args.get("show", "")
    shown = Shown(asked) if asked in set(Shown) else Shown.ALL
    return render_template(
        "console/coordinators.html",
        event=prospectus.event,
        rows=[row for row in rows if row.is_among(shown)],
        counts={each: sum(row.is_among(each) for row in rows) for each in Shown},
        shown=shown,
        deadline=delegations.deadline_of(prospectus.event),
    )


def _rows(prospectus: Prospectus) -> Sequence[Row]:
    mandates: Mapping[int, Sequence[Mandate]] = accounts.list_coordinators(prospectus.event.id)
    standings = delegations.standings(prospectus.event.id)
    return [
        Row(each, mandates.get(each.id, ()), standings[each.id])
        for each in prospectus.alliances
        if each.id in standings
    ]


def _find(slug: str, code: str) -> Alliance:
    """Return the event's alliance with this code.

    Raises:
        NotFound: the event has none.
    """
    alliance = events.get_prospectus(slug).find_alliance(code)
    if alliance is None:
        raise NotFound(noun="alliance", name=code)
    return alliance


@blueprint.get("/<slug>/coordinators/<code>")
def show(slug: str, code: str) -> ResponseReturnValue:
    """Show who answers for one alliance, and invite more."""
    return _page(slug, code)


def _page(
    slug: str, code: str, *, form: CoordinatorForm | None = None, office: OfficeForm | None = None
) -> str:
    alliance = _find(slug, code)
    event = events.get_prospectus(slug).event
    if form is None:
        form = CoordinatorForm(formdata=None)
        form.locale.choices = languages()
    return render_template(
        "console/coordinators-alliance.html",
        event=event,
        alliance=alliance,
        mandates=_mandates(alliance),
        standing=delegations.standing(event.id, alliance.id),
        deadline=delegations.deadline_of(event),
        form=form,
        office=office or OfficeForm(formdata=None, data={"office_email": alliance.office_email}),
    )


def _mandates(alliance: Alliance) -> Sequence[Mandate]:
    return accounts.list_coordinators(alliance.event_id).get(alliance.id, ())


@blueprint.post("/<slug>/coordinators/<code>")
def invite(slug: str, code: str) -> ResponseReturnValue:
    """Let somebody coordinate the alliance, and mail them."""
    alliance = _find(slug, code)
    form = CoordinatorForm()
    form.locale.choices = languages()
    if not form.validate() or not _appoint(form, alliance):
        return _page(slug, code, form=form), 422
    nudge("deliveries.send_due")
    flash(_("The invitation to %(email)s is on its way.", email=form.email.data))
    return redirect(url_for("coordinators.show", slug=slug, code=code), 303)


def _appoint(form: CoordinatorForm, alliance: Alliance) -> bool:
    """Appoint the form's person; return False, with the reason in the form, if that cannot be."""
    try:
        address = accounts.checked_email(form.email.data)
        if any(each.account.email == address for each in _mandates(alliance)):
            raise Invalid(fields={"email": "known"})
        with transaction():
            accounts.appoint(
                email=address,
                name=form.name.data or "",
                locale=form.locale.data,
                alliance=alliance,
                actor=actor(),
            )
    except Invalid as error:
        fields = error.details["fields"]
        refuse(form.email, str(fields["email"] if isinstance(fields, dict) else ""))
        return False
    return True


@blueprint.post("/<slug>/coordinators/<code>/office")
def set_office(slug: str, code: str) -> ResponseReturnValue:
    """Set where mail about the alliance's people without an own address goes."""
    alliance = _find(slug, code)
    form = OfficeForm()
    if not form.validate():
        return _page(slug, code, office=form), 422
    with transaction():
        changed = delegations.set_office(alliance, form.office_email.data or "", actor=actor())
    flash(_("The office address is set.") if changed else _("Nothing was changed."))
    return redirect(url_for("coordinators.show", slug=slug, code=code), 303)


@blueprint.post("/<slug>/coordinators/<code>/<int:mandate_id>/invite")
def invite_again(slug: str, code: str, mandate_id: int) -> ResponseReturnValue:
    """Mail a coordinator once more."""
    alliance = _find(slug, code)
    with transaction():
        mandate = accounts.get_mandate(alliance, mandate_id)
        accounts.invite_again(mandate)
        email = mandate.account.email
    nudge("deliveries.send_due")
    flash(_("The invitation to %(email)s is on its way.", email=email))
    return redirect(url_for("coordinators.show", slug=slug, code=code), 303)


@blueprint.post("/<slug>/coordinators/<code>/<int:mandate_id>/dismiss")
def dismiss(slug: str, code: str, mandate_id: int) -> ResponseReturnValue:
    """End somebody's mandate: from now on, they see nothing of the alliance."""
    alliance = _find(slug, code)
    with transaction():
        mandate = accounts.get_mandate(alliance, mandate_id)
        email = mandate.account.email
        accounts.dismiss(mandate, actor=actor())
    flash(_("%(email)s does not coordinate this alliance any more.", email=email))
    return redirect(url_for("coordinators.show", slug=slug, code=code), 303)
