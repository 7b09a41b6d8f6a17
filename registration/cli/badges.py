"""``einlass badges`` and ``einlass tokens``: badges on paper, and what their codes say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from registration import clock
from registration.cli.context import (
    answer,
    answer_rows,
    application,
    as_json,
    event_option,
    progress,
    writing,
)
from registration.database import transaction
from registration.languages import DEFAULT, LANGUAGES
from registration.services.badges import in_force
from registration.services.badges.runs import asking, choosing, history, making, orders
from registration.services.badges.runs.orders import (
    FIRST,
    Grouping,
    Layout,
    Order,
    Paper,
    Selection,
    Which,
)
from registration.services.events import get_event, get_prospectus

WARNINGS = {
    "cut": "words are missing of {0!r}",
    "too_small": "{0!r} is smaller than the design wants",
    "missing_letters": "the font lacks letters of {0!r}",
    "no_logo": "the logo has been deleted",
}
"""By the codes of `designs.marks.Warned`."""


class Offset(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Two lengths in millimetres: to the right, and upwards."""

    name = "x,y"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return what ``1.5,-2`` says."""
        if isinstance(value, tuple):
            return value
        try:
            x, y = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not two numbers like 1.5,-2", param, ctx)
        return x, y


@click.group("badges")
def group() -> None:
    """Write badges to print."""


@group.command()
@event_option
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: a PDF, or a ZIP with --per-alliance.",
)
@click.option(
    "--design",
    help="a6, a7, l4784, l4785, 74459, durable-54x90, durable-60x90, a5-folded, label, or one of "
    "the event's own; as many on a sheet as it has room for. Without it: a6, one on a page.",
)
@click.option("--single", is_flag=True, help="One badge on a page of its size, not on a sheet.")
@click.option("--alliance", default="", help="Only the people of the alliance with this code.")
@click.option("--role", default="", help="Only the people in the role with this code.")
@click.option("--only-new", is_flag=True, help="Only badges that have not been printed yet.")
@click.option("--only-changed", is_flag=True, help="Only badges that have changed since printed.")
@click.option("--duplex", is_flag=True, help="Behind each page its back, mirrored.")
@click.option("--cut-marks", is_flag=True, help="Show where to cut.")
@click.option("--per-alliance", is_flag=True, help="A file for each alliance, in a ZIP.")
@click.option("--blanks", default=0, help="So many badges without name and code, at the end.")
@click.option(
    "--offset", type=Offset(), default=(0.0, 0.0), help="Move all by so many mm: right, up."
)
@click.option("--reason", default="", help="Why badges are printed again; kept in the history.")
@click.option(
    "--locale",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT,
    show_default=True,
    help="The language of the words on the badges.",
)
@as_json
def export(slug: str, path: Path, reason: str, as_json: bool, **asked: Any) -> None:
    """Write the badges of people who are confirmed, by alliance and name.

    They count as printed from then on. The console's print runs make the same file.
    """
    order = _order(**asked)
    with application():
        prospectus = get_prospectus(slug)
        orders.check(order, prospectus)
        event_id = prospectus.event.id
        people = choosing.count(event_id, order.selection)
        with writing(path) as made:
            plan, run_id = making.write(
                made,
                event_id=event_id,
                order=order,
                reason=reason,
                as_of=clock.now(),
                on_progress=progress("Badges", people + order.layout.blanks),
                transaction=transaction,
            )
        warnings = history.get_run(asking.get(run_id, event_id=event_id)).warnings
        row = {"event": slug, "badges": plan.badges, "file": str(path), "warnings": warnings}
        answer(row, as_json=as_json, sentence=f"Wrote {plan.badges} badges to {path}.")
        _warn(history.warnings_of(run_id))


def _warn(warnings: Sequence[history.Warned]) -> None:
    """Name those whose badges somebody should look at before they are printed."""
    for warned in warnings:
        said = "; ".join(WARNINGS[each.code].format(each.text) for each in warned.warnings)
        click.echo(f"Look at this before you print: {warned.name}: {said}.", err=True)


def _order(
    *,
    design: str | None,
    alliance: str,
    role: str,
    only_new: bool,
    only_changed: bool,
    locale: str,
    **layout: Any,
) -> Order:
    """Return what the options say.

    Raises:
        click.UsageError: two of them contradict each other.
    """
    if only_new and only_changed:
        raise click.UsageError("Give one of --only-new and --only-changed, or none.")
    which = Which.NEW if only_new else Which.CHANGED if only_changed else Which.ALL
    single = layout.pop("single") or design is None
    return Order(
        design=design or FIRST.design,
        selection=Selection(which=which, alliance=alliance, role=role),
        layout=_layout(paper=Paper.SINGLE if single else Paper.SHEET, **layout),
        locale=locale,
    )


def _layout(
    *, paper: Paper, per_alliance: bool, offset: tuple[float, float], **more: Any
) -> Layout:
    return Layout(
        paper=paper,
        grouping=Grouping.FILES if per_alliance else Grouping.NONE,
        offset_x=offset[0],
        offset_y=offset[1],
        **more,
    )


@click.command("tokens")
@event_option
@as_json
def tokens(slug: str, as_json: bool) -> None:
    """Print the tokens of all badges in force, one a line: whoever has one can come in."""
    with application():
        event_id = get_event(slug).id
        found = in_force.list_tokens(event_id)
        if as_json:
            rows = [{"short_code": code, "token": token} for code, token in found]
            answer_rows(rows, as_json=as_json)
            return
        for _code, token in found:
            click.echo(token)
