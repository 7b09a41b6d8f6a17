"""What mails say, in the console: read, edit, preview, try out, bring back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import transaction
from registration.errors import Conflict, Invalid, NotFound
from registration.forms.wordings import WordingForm
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.queue import nudge
from registration.services import events, wordings
from registration.services.wordings import FAMILIES
from registration.views.accounts import actor, guard, signed_in
from registration.views.previews import previewed

blueprint = Blueprint("wordings", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/wordings")
def show(slug: str) -> ResponseReturnValue:
    """Show each kind of mail, and which text it has in each language."""
    event = events.get_prospectus(slug).event
    return render_template(
        "wordings/list.html",
        event=event,
        kinds=wordings.titles(),
        ready=set(wordings.Ready),
        current=wordings.list_current(event.id),
    )


@blueprint.route("/<slug>/wordings/<kind>/<locale>", methods=["GET", "POST"])
def edit(slug: str, kind: str, locale: str) -> ResponseReturnValue:
    """Change the text of one kind of mail in one language."""
    event = events.get_prospectus(slug).event
    text = wordings.current_text(event.id, kind, locale)
    form = WordingForm(data={"subject": text.subject, "body": text.body})
    try:
        if form.validate_on_submit() and _saved(event, kind, locale, form):
            flash(_("Mails of this kind say this from now on."))
            return redirect(url_for("wordings.edit", slug=slug, kind=kind, locale=locale), 303)
    except Conflict:
        return _page(event, kind, locale, form, is_late=True), 409
    return _page(event, kind, locale, form), 422 if form.errors else 200


def _saved(event: Event, kind: str, locale: str, form: WordingForm) -> bool:
    """Keep the text and use it; say at the fields why it cannot be used.

    Raises:
        Conflict: somebody else has changed the text since this one was begun.
    """
    account = signed_in()
    try:
        with transaction():
            wordings.save(
                event.id,
                kind,
                locale,
                form.text(),
                actor=actor(),
                account_id=account.id if account else None,
                seen=form.seen.data,
            )
    except Invalid as error:
        form.blame(error)
        return False
    return True


def _page(event: Event, kind: str, locale: str, form: WordingForm, *, is_late: bool = False) -> str:
    from registration.services.deliveries import previewing  # noqa: PLC0415  # keeps the web light

    family = FAMILIES[kind]
    used = wordings.find_used(event.id, kind, locale)
    present = used.version if used else 0
    return render_template(
        "wordings/edit.html",
        used=used,
        seen=present if is_late or form.seen.data is None else form.seen.data,
        is_late=is_late,
        event=event,
        kind=kind,
        locale=locale,
        form=form,
        title=wordings.titles()[kind][0],
        when=wordings.titles()[kind][1],
        is_ready=kind in set(wordings.Ready),
        versions=wordings.list_versions(event.id, kind, locale),
        variables=wordings.meanings(family),
        samples=previewing.list_samples(event.id, family),
    )


@blueprint.post("/<slug>/wordings/<kind>/<locale>/preview")
def preview(slug: str, kind: str, locale: str) -> ResponseReturnValue:
    """Show the mail with the text as it stands in the form, for a frame of the editor."""
    from registration.services.deliveries import previewing  # noqa: PLC0415  # keeps the web light

    event = events.get_event(slug)
    wordings.check_kind(kind, locale)
    form = WordingForm()
    text = form.text()
    return previewed(
        text,
        FAMILIES[kind],
        lambda sample: previewing.preview(event, kind, locale, text, sample=sample),
    )


@blueprint.post("/<slug>/wordings/<kind>/<locale>/test")
def try_out(slug: str, kind: str, locale: str) -> ResponseReturnValue:
    """Keep the text as a version that is not used yet, and send one mail with it to the reader."""
    from registration.services.deliveries import previewing  # noqa: PLC0415  # keeps the web light

    event = events.get_event(slug)
    wordings.check_kind(kind, locale)
    form, account = WordingForm(), signed_in()
    if kind in set(wordings.Ready) or account is None:
        raise NotFound(noun="text", name=kind)
    try:
        with transaction():
            kept = wordings.keep(event.id, kind, locale, form.text(), account_id=account.id)
            previewing.try_out(
                kept.id,
                events.get_event(slug),
                kind,
                sample=request.form.get("sample", ""),
                recipient=account.email,
            )
    except Invalid as error:
        form.blame(error)
        return _page(events.get_event(slug), kind, locale, form), 422
    nudge("deliveries.send_due")
    flash(_("A test mail is on its way to %(address)s.", address=account.email))
    return redirect(
        url_for("wordings.see_version", slug=slug, kind=kind, locale=locale, wording_id=kept.id),
        303,
    )


@blueprint.post("/<slug>/wordings/<kind>/<locale>/original")
def use_original(slug: str, kind: str, locale: str) -> ResponseReturnValue:
    """Let mails say what the program ships."""
    event = events.get_prospectus(slug).event
    with transaction():
        wordings.use_original(event.id, kind, locale, actor=actor())
    flash(_("Mails of this kind say the original text again. Your versions are kept."))
    return redirect(url_for("wordings.edit", slug=slug, kind=kind, locale=locale), 303)


@blueprint.get("/<slug>/wordings/<kind>/<locale>/versions/<int:wording_id>")
def see_version(slug: str, kind: str, locale: str, wording_id: int) -> ResponseReturnValue:
    """Show one version."""
    event = events.get_prospectus(slug).event
    return render_template(
        "wordings/version.html",
        event=event,
        kind=kind,
        locale=locale,
        language=languages.LANGUAGES.get(locale, ""),
        title=wordings.titles().get(kind, ("", ""))[0],
        wording=wordings.get_version(event.id, kind, locale, wording_id),
    )


@blueprint.post("/<slug>/wordings/<kind>/<locale>/versions/<int:wording_id>")
def use_version(slug: str, kind: str, locale: str, wording_id: int) -> ResponseReturnValue:
    """Let mails say this version."""
    event = events.get_prospectus(slug).event
    with transaction():
        used = wordings.get_version(event.id, kind, locale, wording_id)
        wordings.use(used, actor=actor())
        number = used.version
    flash(_("Mails of this kind say version %(number)s from now on.", number=number))
    return redirect(url_for("wordings.edit", slug=slug, kind=kind, locale=locale), 303)
