"""The console's check of the sender: whether receivers believe the mails that we send."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from registration.models.accounts import AccountRole
from registration.services import events
from registration.services.bounces import listing
from registration.views.accounts import guard

blueprint = Blueprint("senders", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/mail")
def show(slug: str) -> ResponseReturnValue:
    """Show as whom and through which servers mails are sent; asks nobody anything."""
    return _page(slug)


@blueprint.post("/<slug>/mail")
def check(slug: str) -> ResponseReturnValue:
    """Ask the DNS about the sender, for at most five seconds, and show what it says."""
    from registration.services.senders import checking, words  # noqa: PLC0415  # keeps the web light

    found = checking.check(checking.senders())
    return _page(slug, found=found, say=words.say)


def _page(slug: str, **told: object) -> str:
    from registration.services.senders import checking  # noqa: PLC0415  # keeps the web light

    return render_template(
        "console/senders.html",
        event=events.get_prospectus(slug).event,
        senders=checking.senders(),
        mail_from=current_app.config["MAIL_FROM"],
        bounce_address=current_app.config["BOUNCE_ADDRESS"],
        mailboxes=listing.list_mailboxes(),
        is_silent=listing.is_silent,
        reads_mailbox=bool(current_app.config["BOUNCE_IMAP_URL"]),
        **told,
    )
