"""Notices: what a mail that came back says, of whom, and about which mail of ours.

Delivery reports (RFC 3464, in UTF-8 RFC 6533), complaints (RFC 5965), automatic answers (RFC 3834),
and the older forms that servers have: qmail's, Exim's, and whatever a mailer-daemon writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from registration.models.deliveries import BounceKind
from registration.services.bounces import reasons
from registration.services.bounces.parts import (
    MOST_BYTES,
    Fields,
    Opened,
    address_in,
    blocks_of,
    cleaned,
    open_notice,
)

MOST_ADDRESS, MOST_SUBJECT, MOST_DIAGNOSTIC, MOST_TOLD = 254, 200, 500, 20

REPORTS = ("message/delivery-status", "message/global-delivery-status")
COMPLAINTS = ("message/feedback-report",)
OUR_ID = re.compile(r"<[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[^<>\s@]{1,120}>")
UTF8_ADDRESS = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (sub)?system", re.IGNORECASE)
FAILURE = re.compile(
    r"undeliver|failure notice|delivery.{0,12}(fail|status|problem|delayed)|returned mail"
    r"|mail delivery|could not be delivered|unzustellbar|nicht zugestellt|delay",
    re.IGNORECASE,
)
WAITS = re.compile(
    r"delayed|will (be retried|keep trying|continue to try)|still (being )?(trying|tried)"
    r"|you do not need to resend|not yet been delivered|warning message only",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"<?([^\s<>()\[\];:,\"']{1,64}@[A-Za-z0-9.\-]{3,190}[A-Za-z0-9])>?")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a notice says of one recipient."""

    kind: BounceKind
    recipient: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A mail that came back; ``words`` and ``message_ids`` say about which one of ours."""

    told: tuple[Told, ...]
    subject: str
    digest: str
    words: str
    message_ids: tuple[str, ...]


def read(content: bytes) -> Notice:
    """Read a notice.

    Raises:
        Unreadable: these bytes are no mail.
    """
    content = content[:MOST_BYTES]
    opened = open_notice(content)
    ids = dict.fromkeys(OUR_ID.findall(opened.words.lower()))
    return Notice(
        told=tuple(_clean(each) for each in _tell(opened)[:MOST_TOLD]),
        subject=cleaned(opened.header("Subject"), MOST_SUBJECT),
        digest=sha256(content).hexdigest(),
        words=opened.words,
        message_ids=tuple(ids)[:MOST_TOLD],
    )


def _clean(told: Told) -> Told:
    return Told(
        kind=told.kind,
        recipient=cleaned(told.recipient, MOST_ADDRESS),
        status=cleaned(told.status, 16),
        diagnostic=cleaned(told.diagnostic, MOST_DIAGNOSTIC),
    )


def _tell(opened: Opened) -> Sequence[Told]:
    """Return what the notice says, of one recipient or several."""
    complaint = opened.first(*COMPLAINTS)
    if complaint is not None:
        return [_complained(blocks_of(complaint))]
    report = opened.first(*REPORTS)
    told = _reported(blocks_of(report)) if report is not None else []
    if told:
        return told
    if opened.header("X-Failed-Recipients") or _is_from_a_daemon(opened):
        return [_narrated(opened)]
    is_automatic = _is_automatic(opened)
    sender = address_in(opened.header("From"))
    return [Told(kind=BounceKind.AUTOMATIC if is_automatic else BounceKind.REPLY, recipient=sender)]


def _complained(blocks: Sequence[Fields]) -> Told:
    fields = {name: value for block in reversed(blocks) for name, value in block.items()}
    about = fields.get("feedback-type", "abuse").lower()
    is_complaint = about not in {"not-spam", "auth-failure"}
    return Told(
        kind=BounceKind.COMPLAINT if is_complaint else BounceKind.AUTOMATIC,
        recipient=address_in(fields.get("original-rcpt-to", "")),
        diagnostic=f"{about} {fields.get('user-agent', '')}",
    )


def _reported(blocks: Sequence[Fields]) -> list[Told]:
    """Return what the groups of a report say that are about a recipient (RFC 3464 §2.3)."""
    return [_of_recipient(block) for block in blocks if "action" in block or "status" in block]


def _of_recipient(block: Fields) -> Told:
    named = block.get("original-recipient") or block.get("final-recipient", "")
    diagnostic = block.get("diagnostic-code", "").partition(";")[2].strip()
    diagnostic = diagnostic or block.get("diagnostic-code", "")
    status = reasons.find_status(block.get("status", ""))
    if status in reasons.VAGUE:
        status = reasons.find_status(diagnostic) or status
    action = block.get("action", "failed").partition(" ")[0].lower()
    kinds = {
        "delayed": BounceKind.DELAYED,
        "delivered": BounceKind.DELIVERED,
        "relayed": BounceKind.AUTOMATIC,
        "expanded": BounceKind.AUTOMATIC,
    }
    kind = kinds.get(action) or reasons.judge(status, diagnostic)
    return Told(kind=kind, recipient=_typed(named), status=status, diagnostic=diagnostic)


def _typed(value: str) -> str:
    """Return the address behind its type, as ``rfc822; a@b`` has it (§2.3.1, RFC 6533 §3)."""
    kind, semicolon, address = value.partition(";")
    address = (address if semicolon else kind).strip().strip("<>")
    return UTF8_ADDRESS.sub(_letter, address)


def _letter(found: "re.Match[str]") -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 else ""  # noqa: PLR2004  # beyond Unicode


def _is_from_a_daemon(opened: Opened) -> bool:
    """Return whether this is a notice of a form of its server's own."""
    nobody = opened.header("Return-Path").strip() == "<>"
    daemon = bool(DAEMON.search(opened.header("From")))
    is_failure = bool(FAILURE.search(opened.header("Subject")))
    return (nobody and is_failure) or (daemon and (nobody or is_failure))


def _narrated(opened: Opened) -> Told:
    """Return what a notice says in words only; the returned mail below them says nothing."""
    text = re.split(
        r"(?im)^.{0,10}(?:below this line is a copy|-{3,}.{0,40}(?:original|returned|copy)).*$"
        r"|^return-path:",
        opened.text,
    )[0]
    listed = opened.header("X-Failed-Recipients").partition(",")[0].strip()
    found = ADDRESS.search(text)
    status = reasons.find_status(text)
    waits = WAITS.search(text) or WAITS.search(opened.header("Subject"))
    is_waiting = bool(waits) and not status.startswith("5")
    kind = BounceKind.DELAYED if is_waiting else reasons.judge(status or "5.0.0", text)
    return Told(
        kind=kind,
        recipient=listed or (found[1] if found else ""),
        status=status,
        diagnostic=_telling_line(text),
    )


def _telling_line(text: str) -> str:
    """Return the line of a notice that has the server's answer, with the one after it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for index, line in enumerate(lines):
        if reasons.STATUS.search(line) or reasons.REPLY_CODE.search(line):
            return " ".join(lines[index : index + 2])
    return " ".join(lines[:6])


def _is_automatic(opened: Opened) -> bool:
    """Return whether no person wrote this (RFC 3834 §5, and what was in use before it)."""
    submitted = opened.header("Auto-Submitted").partition(";")[0].strip().lower()
    precedence = opened.header("Precedence").strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "auto_reply", "list"}
        or bool(opened.header("X-Autoreply") or opened.header("X-Autorespond"))
        or opened.header("Return-Path").strip() == "<>"
    )
