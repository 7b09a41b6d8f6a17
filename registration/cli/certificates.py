"""``einlass certificates``: certificates of attendance."""

from pathlib import Path

import click

from registration import clock
from registration.cli.context import answer, application, as_json, event_option, progress, writing
from registration.database import transaction
from registration.languages import DEFAULT, LANGUAGES
from registration.services import certificates
from registration.services.certificates import bulk, making
from registration.services.events import get_event


@click.group("certificates")
def group() -> None:
    """Issue certificates of attendance."""


@group.command()
@event_option
@click.option("--mail", "by_mail", is_flag=True, help="Mail each to its person, once.")
@click.option(
    "--out",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all of them to this PDF file, to print.",
)
@click.option(
    "--locale",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT,
    show_default=True,
    help="The language of the file's title; each certificate speaks that of its person.",
)
@as_json
def issue(slug: str, by_mail: bool, path: Path | None, locale: str, as_json: bool) -> None:
    """Issue certificates to all who came and have none; nobody gets a second."""
    with application():
        event_id = get_event(slug).id
        issued = bulk.issue_all(event_id, transaction, actor="command")
        mailed = bulk.mail_all(event_id, transaction) if by_mail else 0
        counts = certificates.count(event_id)
        if path is not None:
            with writing(path) as made:
                making.write_pdf(
                    made,
                    event_id=event_id,
                    locale=locale,
                    as_of=clock.now(),
                    on_progress=progress("Certificates", counts.issued),
                )
        row = {"event": slug, "came": counts.came, "issued": issued, "mailed": mailed}
        answer(
            row | ({"file": str(path)} if path else {}),
            as_json=as_json,
            sentence=f"Issued {issued} certificates, promised {mailed} mails; "
            f"{counts.came} people came.",
        )
        boxed = making.count_boxed(event_id)
        if boxed:
            said = "Names with letters that our fonts lack, shown as boxes"
            click.echo(f"{said}: {boxed}. Correct them and issue those anew.", err=True)
