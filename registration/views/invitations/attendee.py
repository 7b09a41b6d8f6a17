"""What an invited person sees: the invitation with its form, how to decline, and what stands."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from registration.database import transaction
from registration.errors import InvitationClosed, InvitationUsedUp, QuotaExhausted
from registration.forms.invitations import InvitedForm
from registration.forms.questions import Standing
from registration.models.events import Promotion
from registration.models.invitations import (
    MAY_BE_USED,
    Invitation,
    InvitationKind,
    InvitationStatus,
)
from registration.queue import nudge
from registration.services import events, invitations, registrations
from registration.views.limits import limiter, register_rate
from registration.views.protection import csrf
from registration.views.registrations import answers
from registration.views.registrations.form import remember

blueprint = Blueprint("invitations", __name__, url_prefix="/i")

GONE = frozenset({InvitationStatus.EXPIRED, InvitationStatus.REVOKED})


@blueprint.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the invitation with its form; once it is answered or over, what stands."""
    invitation = invitations.get_by_link(token)
    status = invitations.standing_of(invitation).status
    if status not in MAY_BE_USED:
        return _what_stands(invitation, status)
    _note_opening(invitation)
    form = _form(invitation, is_sent=False)
    form.renew_key()
    return _page(form, invitation, token)


def _note_opening(invitation: Invitation) -> None:
    is_first = invitation.kind == InvitationKind.PERSONAL and invitation.opened_at is None
    if is_first and request.method == "GET":
        with transaction():
            invitations.note_opening(invitation)


def _form(invitation: Invitation, *, is_sent: bool) -> InvitedForm:
    """Return the form, with what was sent or as it is at first."""
    prospectus = events.get_prospectus(invitation.event.slug)
    standing = Standing(roles=[invitation.role])
    if not is_sent:
        form = InvitedForm.made_for(invitation, prospectus, None)
        answers.ask_blank(form, prospectus, standing)
        return form
    answers.allow_files(prospectus)
    form = InvitedForm.made_for(invitation, prospectus, request.form)
    answers.ask_sent(form, prospectus, standing)
    return form


@blueprint.post("/<token>")
@limiter.limit(register_rate)
def accept(token: str) -> ResponseReturnValue:
    """Register by the invitation, or show the form again with what was entered."""
    invitation = invitations.get_by_link(token)
    form = _form(invitation, is_sent=True)
    status = invitations.standing_of(invitation).status
    if status not in MAY_BE_USED:
        if invitations.find_accepted(invitation, form.idempotency_key.data):
            return _registered(invitation)
        return _what_stands(invitation, status)
    unready = _unready(form, invitation, token)
    return unready if unready is not None else _accept(form, token)


csrf.exempt(accept)  # the form checks its own token, so that a stale one loses no input


def _unready(form: InvitedForm, invitation: Invitation, token: str) -> ResponseReturnValue | None:
    """Return the form again if it cannot be taken, or was sent to change the language only."""
    key_kept = form.keep_key()
    if "leaving" in request.form:
        form.follow_language(request.form["leaving"])
        return _page(form, invitation, token)
    if not form.validate():
        return _page(form, invitation, token), 400 if form.is_stale else 422
    if not key_kept or _was_sent_for_another(form):
        form.renew_key()
        return _page(form, invitation, token, again=True), 422
    return None


def _was_sent_for_another(form: InvitedForm) -> bool:
    """Return whether this browser used the form's key for another address: by going back."""
    told = session.get("registered") or {}
    same_form = told.get("key") == form.idempotency_key.data
    return same_form and told["email"] != form.email.data


def _wants_to_wait() -> bool:
    return request.form.get("wait") == "yes"


def _accept(form: InvitedForm, token: str) -> ResponseReturnValue:
    try:
        with transaction():
            invitation = invitations.get_by_link(token)
            receipt = invitations.accept(
                form.prospectus,
                invitation,
                form.person(),
                idempotency_key=form.idempotency_key.data,
                waits=_wants_to_wait(),
            )
            answers.store(form, receipt)
    except QuotaExhausted:
        form.say_that_files_are_lost()
        full = _("No place is free at the moment")
        return _page(form, invitations.get_by_link(token), token, full=full), 409
    except (InvitationClosed, InvitationUsedUp):
        invitation = invitations.get_by_link(token)
        return _what_stands(invitation, invitations.standing_of(invitation).status)
    remember(form.prospectus.event, [receipt], email=form.email.data, key=form.idempotency_key.data)
    nudge("deliveries.send_due")
    return _registered(invitation)


def _registered(invitation: Invitation) -> ResponseReturnValue:
    return redirect(url_for("registrations.form.registered", slug=invitation.event.slug), 303)


def _page(
    form: InvitedForm, invitation: Invitation, token: str, *, full: str = "", again: bool = False
) -> str:
    return render_template(
        "invitations/show.html",
        form=form,
        event=invitation.event,
        invitation=invitation,
        inviter=invitations.name_of_inviter(invitation),
        deadline=invitations.deadline_of(invitation),
        decline_url=url_for("invitations.ask_decline", token=token) if form.is_bound else "",
        token=generate_csrf(),
        full=full,
        again=again or form.is_stale,
        may_wait=invitation.event.promotion != Promotion.NONE and bool(full or _wants_to_wait()),
    )


def _what_stands(invitation: Invitation, status: InvitationStatus) -> ResponseReturnValue:
    """Say why there is no form, and to whom to write."""
    page = render_template(
        "invitations/stands.html",
        event=invitation.event,
        invitation=invitation,
        status=status,
        inviter=invitations.name_of_inviter(invitation),
        deadline=invitations.deadline_of(invitation),
        state=_state_of_accepted(invitation) if status == InvitationStatus.ACCEPTED else "",
    )
    if status in GONE:
        return page, 410
    return page, 409 if status == InvitationStatus.USED_UP else 200


def _state_of_accepted(invitation: Invitation) -> str:
    """Return how the invited person's own registration stands, not whoever took it over later."""
    ids = invitations.registered_by([invitation]).get(invitation.id, ())
    return registrations.get(ids[0]).state if ids else ""


@blueprint.get("/<token>/decline")
def ask_decline(token: str) -> ResponseReturnValue:
    """Ask whether the person really does not come."""
    invitation = invitations.get_by_link(token)
    status = invitations.standing_of(invitation).status
    if invitation.kind == InvitationKind.LINK or status not in MAY_BE_USED:
        return redirect(url_for("invitations.show", token=token), 303)
    return render_template(
        "invitations/decline.html",
        event=invitation.event,
        invitation=invitation,
        inviter=invitations.name_of_inviter(invitation),
        invitation_url=url_for("invitations.show", token=token),
    )


@blueprint.post("/<token>/decline")
@limiter.limit(register_rate)
def decline(token: str) -> ResponseReturnValue:
    """Decline; if it was answered otherwise or is over, its page says so.

    A mail program that does it for its reader (RFC 8058) has no token of ours, and gets no page.
    """
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if not one_click:
        csrf.protect()
    try:
        with transaction():
            invitations.decline(invitations.get_by_link(token))
    except InvitationClosed:
        pass
    if one_click:
        return "", 204
    return redirect(url_for("invitations.show", token=token), 303)


csrf.exempt(decline)  # it checks the token itself, where there can be one
