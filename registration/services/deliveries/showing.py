"""Showing: a mail as its reader sees it, for the organisers.

A mail is not kept: what is shown is written anew, as it would be sent now; only where mails become
files is it the very one. Links that open something for their reader alone are cut short.
"""

import email
import re
from base64 import b64encode
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from flask import current_app

from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.services.deliveries import message, sending
from registration.services.deliveries.message import Letter

SECRET = frozenset({DeliveryKind.ROSTER_CODE})
"""What these say is for their reader alone."""
SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe")
TOKEN = r"[\w.~%-]{16,}"  # noqa: S105  # the form of our links, no secret
CUT = "…"


@dataclass(frozen=True)
class Attached:
    """A file that goes along."""

    name: str
    media_type: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Shown:
    """A mail, taken apart."""

    headers: tuple[tuple[str, str], ...]
    text: str
    page: str
    """HTML with its pictures in it; for a frame that may run and load nothing."""
    files: tuple[Attached, ...]
    size: int
    """Bytes, as it travels."""
    is_kept: bool
    """Whether it is the very mail that was sent."""


def show(delivery: Delivery) -> Shown | None:
    """Return the mail as its reader sees it; None if it cannot be written, or is not for others."""
    if delivery.kind in SECRET:
        return None
    content = _kept(delivery)
    is_kept = content is not None
    if content is None:
        written = sending.write(delivery, delivery.channel)
        if not isinstance(written, Letter):
            return None
        content = written.content
    mail = email.message_from_bytes(content, policy=policy.default)
    return Shown(
        headers=tuple((name, _cut(str(mail[name]))) for name in SHOWN if mail[name]),
        text=_cut(_body(mail, "plain")),
        page=_with_pictures(_cut(_body(mail, "html")), mail),
        files=tuple(_attached(part) for part in mail.iter_attachments()),
        size=len(content),
        is_kept=is_kept,
    )


def _kept(delivery: Delivery) -> bytes | None:
    """Return the file that the mail became, if it became one."""
    if delivery.state != DeliveryState.SENT:
        return None
    folder = current_app.config["DATA_DIR"] / "mail"
    try:
        return bytes((folder / message.file_name(delivery)).read_bytes())
    except OSError:
        return None


def _body(mail: EmailMessage, form: str) -> str:
    part = mail.get_body((form,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""


def _cut(text: str) -> str:
    """Cut the tokens short in what leads to this server."""
    here = re.escape(current_app.config["BASE_URL"])
    return re.sub(rf"({here}/[\w/-]*?/?){TOKEN}", rf"\1{CUT}", text)


def _with_pictures(page: str, mail: EmailMessage) -> str:
    """Put the mail's own pictures where the page shows them; there is nothing else to load."""
    for part in mail.walk():
        content_id = str(part["Content-ID"] or "").strip("<>")
        content = part.get_payload(decode=True)
        if content_id and isinstance(content, bytes) and part.get_content_maintype() == "image":
            data = f"data:{part.get_content_type()};base64,{b64encode(content).decode()}"
            page = page.replace(f"cid:{content_id}", data)
    return page


def _attached(part: EmailMessage) -> Attached:
    content = part.get_payload(decode=True)
    size = len(content) if isinstance(content, bytes) else 0
    return Attached(part.get_filename() or "", part.get_content_type(), size)
