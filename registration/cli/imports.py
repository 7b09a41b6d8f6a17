"""``einlass registrations import``: take a list of people over."""

import hashlib
import json
from pathlib import Path

import click

from registration.cli.context import application, as_json, event_option, pick, progress
from registration.database import db, transaction
from registration.errors import TableRefused
from registration.languages import force_locale
from registration.models.alliances import Alliance
from registration.models.roles import Role
from registration.services import imports, tables
from registration.services.events import Prospectus, get_prospectus
from registration.services.imports import Apply, Checked, NotWhole, Outcome, Problem


@click.command("import")
@event_option
@click.option("--alliance", "alliance_code", help="The code of the alliance whose list it is.")
@click.option(
    "--file",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="The list, as XLSX or CSV.",
)
@click.option(
    "--apply",
    "apply",
    type=click.Choice([each.value for each in Apply]),
    default=Apply.NONE.value,
    show_default=True,
    help="none: only check; good: the rows without errors; all: every row or nothing.",
)
@click.option("--role", "role_code", help="The code of the role of people who have none.")
@as_json
def taking_over(
    slug: str,
    alliance_code: str | None,
    path: Path,
    apply: str,
    role_code: str | None,
    as_json: bool,
) -> None:
    """Check a list of people, and register them if --apply says so.

    The same file brought again registers nobody twice. The exit code is 0 if what was asked for
    was done: no row has an error, or with "--apply good" the good rows are registered; else 1.
    """
    with application(), force_locale("en"):
        prospectus = get_prospectus(slug)
        alliance = pick(prospectus.alliances, alliance_code, noun="alliance")
        role = pick(prospectus.roles, role_code, noun="role")
        try:
            content = path.read_bytes()
            checked = _check(prospectus, alliance, role, path.name, content)
        except TableRefused as refusal:
            said = Problem(None, None, str(refusal.details["reason"]), tables.advice(refusal))
            _say({"rows": 0, "good": 0, "applied": 0}, [said], as_json=as_json)
            raise SystemExit(1) from refusal
        outcome = _take_over(checked, Apply(apply))
        problems = sorted(
            (*checked.problems, *outcome.problems), key=lambda problem: problem.row or 0
        )
        told = imports.summary(checked, applied=outcome.applied, problems=problems)
        _say({**told, "good": told["good"] - len(outcome.problems)}, problems, as_json=as_json)
    if problems and not (apply == Apply.GOOD and outcome.applied):
        raise SystemExit(1)


def _check(
    prospectus: Prospectus,
    alliance: Alliance | None,
    role: Role | None,
    name: str,
    content: bytes,
) -> Checked:
    table = tables.read(content, name)
    whose = f"{prospectus.event.id}:{alliance.code if alliance else ''}:"
    list_id = hashlib.sha256(whose.encode() + content).hexdigest()
    checked = imports.check(
        table,
        imports.for_organiser(prospectus, alliance, role=role),
        list_id=list_id,
        on_progress=progress("Checked", len(table.rows)),
    )
    db.session.rollback()
    return checked


def _take_over(checked: Checked, apply: Apply) -> Outcome:
    move = progress("Registered", len(checked.good))
    outcome = Outcome()
    for batch in imports.batches(checked, apply):
        try:
            with transaction():
                done = imports.register(checked, batch, whole=apply == Apply.ALL, actor="command")
        except NotWhole as refused:
            return Outcome(problems=list(refused.problems))
        outcome.add(done)
        move(len(batch))
    return outcome


def _say(told: dict[str, int], problems: list[Problem], *, as_json: bool) -> None:
    if as_json:
        errors = [
            {"row": each.row, "column": each.column, "code": each.code, "message": each.message}
            for each in problems
        ]
        click.echo(json.dumps({**told, "errors": errors}, ensure_ascii=False))
        return
    for each in problems:
        place = ", ".join(
            part for part in (f"row {each.row}" if each.row else "", each.column or "") if part
        )
        click.echo(f"{place}: {each.message}" if place else each.message)
    click.echo(
        f"{told['rows']} rows, {told['good']} of them good, {told['applied']} registered, "
        f"{len(problems)} problems."
    )
