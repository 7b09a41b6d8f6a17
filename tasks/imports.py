"""Check a list of people, and take it over in transactions that others can write between."""

import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from registration.database import db, transaction
from registration.errors import TableRefused
from registration.languages import force_locale
from registration.models.events import Event
from registration.services import events, imports, jobs, tables
from registration.services.imports import (
    Apply,
    Checked,
    NotWhole,
    Outcome,
    Preview,
    sheets,
    uploads,
)
from registration.services.imports.uploads import About
from registration.services.jobs import Claim
from registration.services.papers.files import sync
from tasks.attempts import attempt
from tasks.progress import reporter


def check(claim: Claim) -> bool:
    """Check the list of a job and keep what its page tells of it; return whether it is there now.

    Nothing is registered. What was found is put in its place as the job is settled, so a worker
    that died or lost its lease on the way leaves nothing.
    """
    path, checked = jobs.folder() / f"{claim.id}.{claim.lease.hex}", False
    with attempt(path, partial(jobs.fail, claim), job=str(claim.id)):
        about = uploads.get(uuid.UUID(claim.parameters["upload"]), event_id=claim.event_id)
        with force_locale(claim.parameters["locale"]):
            preview = _preview(claim, about, path)
        with transaction():
            jobs.finish(claim, None, done=preview.count_all)
            uploads.keep_preview(about, preview, reasons=path if path.exists() else None)
        checked = True
    return checked


def _preview(claim: Claim, about: About, path: Path) -> Preview:
    """Return what the list's page tells, and write the list with what is wrong, if anything is."""
    try:
        table = uploads.table_of(about)
    except TableRefused as refusal:
        return imports.refused(tables.advice(refusal))
    checked = imports.check(
        table,
        _bounds(claim),
        list_id=about.id.hex,
        chosen=imports.columns_in(claim.parameters["columns"]),
        on_progress=reporter(claim, len(table.rows)),
    )
    if checked.problems:
        sheets.write_reasons(path, checked, checked.problems)
        sync(path)
    return imports.preview(checked, table)


def take_over(claim: Claim, path: Path) -> Mapping[str, int]:
    """Take over the list of a job and write it back with the reasons for what was left out.

    A job that died on the way and is done again ends the same: each row has a key of its own.

    Returns:
        What came of it: rows, good, applied and errors.

    Raises:
        NotFound: the list is not kept any longer.
        LeaseLost: another worker has taken the job over.
    """
    upload_id = uuid.UUID(claim.parameters["upload"])
    with force_locale(claim.parameters["locale"]):
        table = uploads.table_of(uploads.get(upload_id, event_id=claim.event_id))
        checked = imports.check(
            table,
            _bounds(claim),
            list_id=upload_id.hex,
            chosen=imports.columns_in(claim.parameters["columns"]),
        )
        outcome = _register(claim, checked)
        problems = (*checked.problems, *outcome.problems)
        sheets.write_reasons(path, checked, problems)
    return imports.summary(checked, applied=outcome.applied, problems=problems)


def tidy_up(claim: Claim, outcome: Mapping[str, int]) -> None:
    """Delete the list once people of it are registered; else it can be checked and tried again."""
    upload_id = uuid.UUID(claim.parameters["upload"])
    if outcome["applied"]:
        uploads.discard(upload_id)
    else:
        uploads.forget_preview(upload_id)


def _bounds(claim: Claim) -> imports.Bounds:
    told = claim.parameters
    prospectus = events.get_prospectus(db.session.get_one(Event, claim.event_id).slug)
    alliance = prospectus.find_alliance(told["alliance"])
    role = prospectus.find_role(told["role"])
    if told["by"] == "coordinator":
        if alliance is None:
            raise ValueError("a coordinator's list without an alliance")
        return imports.for_coordinator(prospectus, alliance, role=role)
    return imports.for_organiser(prospectus, alliance, role=role)


def _register(claim: Claim, checked: Checked) -> Outcome:
    account_id = jobs.get(claim.id).account_id
    actor = f"account:{account_id}" if account_id is not None else "command"
    apply = Apply(claim.parameters["apply"])
    on_progress = reporter(claim, len(checked.good))
    outcome = Outcome()
    for batch in imports.batches(checked, apply):
        try:
            with transaction():
                done = imports.register(checked, batch, whole=apply == Apply.ALL, actor=actor)
        except NotWhole as refused:
            return Outcome(problems=list(refused.problems))
        outcome.add(done)
        on_progress(len(batch))
    return outcome
