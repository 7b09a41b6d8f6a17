"""``einlass mail``: whether receivers believe our mails, and the key that signs them."""

import json
import os
import sys
from dataclasses import asdict
from email.utils import parseaddr
from pathlib import Path

import click

from registration.cli.context import answer, application, as_json
from registration.languages import force_locale
from registration.services.deliveries import signing
from registration.services.deliveries.signing import Signer
from registration.services.senders import checking, words
from registration.services.senders.findings import Finding, State

MARKS = {State.OK: "ok", State.ATTENTION: "!!", State.UNKNOWN: "??"}


@click.group("mail")
def group() -> None:
    """Check the sender of the mails, and make the key that signs them."""


@group.command()
@as_json
def check(as_json: bool) -> None:
    """Ask the DNS for MX, SPF, DKIM and DMARC of the sender, and say what is missing.

    Takes at most five seconds. Exit code 1 if something is missing.
    """
    with application(), force_locale("en"):
        found = checking.check(checking.senders())
        rows = [asdict(each) | {"text": words.say(each)} for each in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for each, row in zip(found, rows, strict=True):
            click.echo(_sentence(each, row["text"]))
    if any(each.state == State.ATTENTION for each in found):
        sys.exit(1)


def _sentence(finding: Finding, text: str) -> str:
    lines = [f"{MARKS[finding.state]}  {finding.topic.upper()} {finding.domain}: {text}"]
    lines += [f"      is:  {record}" for record in finding.found]
    if finding.entry:
        entry = finding.entry
        lines.append(f"      add: {entry.name} {entry.kind} {entry.value}")
    return "\n".join(lines)


@group.command()
@click.option("--selector", default="einlass", show_default=True, help="Names it in the DNS.")
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file for the private key; it must not be there yet.",
)
@click.option("--ed25519", "is_short", is_flag=True, help="A short key; few receivers know it.")
@as_json
def key(selector: str, path: Path, is_short: bool, as_json: bool) -> None:
    """Make a key that signs mails (DKIM), and print the DNS record that belongs to it."""
    with application() as app:
        domain = checking.domain_of(parseaddr(app.config["MAIL_FROM"])[1])
    pem = signing.make_key(is_short=is_short)
    signer = Signer.read(pem, domain=domain, selector=selector)
    _write(path, pem)
    row = {
        "file": str(path),
        "name": signer.record_name,
        "type": "TXT",
        "value": signer.record,
    }
    sentence = (
        f"The key is in {path}. Add this record to the DNS:\n\n{signer.record_name}. TXT "
        f'"{signer.record}"\n\nThen set EINLASS_DKIM_SELECTOR={selector} and '
        f"EINLASS_DKIM_KEY_FILE={path.absolute()}, and see whether it is found: einlass mail check"
    )
    answer(row, as_json=as_json, sentence=sentence)


def _write(path: Path, pem: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as opened:
            opened.write(pem)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
