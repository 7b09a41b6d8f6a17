"""MIME: the parts that a mail is put together from (RFC 2045 to 2047, 2183, 2387).

Parts hold their headers as plain strings. `EmailMessage` would parse each of them into objects
and print those again; for a mail of seven parts that is a third of the time it takes to make.
"""

from binascii import b2a_qp
from email.encoders import encode_base64
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart

Part = Message


def text(words: str, subtype: str) -> Part:
    """Return a text as a part: lines of at most 76 signs, all of them ASCII."""
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(words.encode()).decode("ascii"))
    return part


def file(media_type: str, content: bytes, *, name: str, **parameters: str) -> Part:
    """Return a file to be attached.

    Args:
        media_type: for instance ``application/pdf``.
        content: its bytes, kept as they are.
        name: what the reader's copy is called.
        parameters: of the media type.
    """
    part = MIMENonMultipart(*media_type.split("/"))
    for parameter, value in parameters.items():
        part.set_param(parameter, value)
    part.add_header("Content-Disposition", "attachment", filename=name)
    part.set_payload(content)
    encode_base64(part)
    return part


def picture(content: bytes, *, content_id: str, name: str) -> Part:
    """Return a PNG to be shown inside a page, which refers to it as ``cid:<content_id>``."""
    part = MIMENonMultipart("image", "png")
    part.add_header("Content-Disposition", "inline", filename=name)
    part["Content-ID"] = f"<{content_id}>"
    part.set_payload(content)
    encode_base64(part)
    return part


def page(html: str, pictures: list[Part]) -> Part:
    """Return a page with the pictures that it shows."""
    shown = text(html, "html")
    if not pictures:
        return shown
    related = MIMEMultipart("related", type="text/html")
    for part in (shown, *pictures):
        related.attach(part)
    return related


def fill(message: EmailMessage, plain: Part, rich: Part, attached: list[Part]) -> None:
    """Put the parts into a message: one text in two forms, and what is attached to it."""
    forms: Part = message
    if attached:
        forms = MIMEMultipart("alternative")
        message.make_mixed()
        _attach(message, forms, *attached)
    else:
        message.make_alternative()
    message["MIME-Version"] = "1.0"
    _attach(forms, plain, rich)


def _attach(whole: Part, *parts: Part) -> None:
    for part in parts:
        whole.attach(part)
