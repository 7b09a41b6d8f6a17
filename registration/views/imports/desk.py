"""Where a list of people is brought: by organisers, or by coordinators for their own alliance."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for

from registration import languages
from registration.errors import NotFound
from registration.models.alliances import Alliance
from registration.models.jobs import Job, JobKind
from registration.services import events, imports, jobs
from registration.services.imports import Bounds, Checked, Preview, uploads
from registration.services.imports.uploads import About
from registration.services.tables import Table


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A place where lists are brought; what was brought elsewhere is not there."""

    prospectus: events.Prospectus
    alliance: Alliance | None
    """The coordinators' own; None for organisers, who choose it for each list."""
    endpoint: str
    """What the names of this desk's views begin with."""
    place: Mapping[str, str]
    """The parts of an address that say which desk it is."""
    layout: str

    @property
    def is_coordinators(self) -> bool:
        """Whether an alliance's coordinator sits here."""
        return self.alliance is not None

    def url(self, view: str, **values: Any) -> str:
        """Return the address of one of this desk's views."""
        return url_for(f"{self.endpoint}.{view}", **values, **dict[str, Any](self.place))

    def page(self, template: str, **more: Any) -> str:
        """Return a page of this desk."""
        return render_template(
            f"imports/{template}",
            desk=self,
            event=self.prospectus.event,
            alliance=self.alliance,
            **more,
        )

    def bounds(self, about: About | None = None) -> Bounds:
        """Return what may be decided here about a list, or about any."""
        role = self.prospectus.find_role(about.role) if about else None
        if self.alliance is not None:
            return imports.for_coordinator(self.prospectus, self.alliance, role=role)
        alliance = self.prospectus.find_alliance(about.alliance) if about else None
        return imports.for_organiser(self.prospectus, alliance, role=role)

    def targets(self) -> Sequence[imports.Target]:
        """Return what columns can hold here."""
        return imports.targets(self.prospectus.questions)

    def about(self, upload_id: uuid.UUID) -> About:
        """Return what is known of a list that was brought here.

        Raises:
            NotFound: it was brought elsewhere, or is not kept any longer.
        """
        about = uploads.get(upload_id, event_id=self.prospectus.event.id)
        own = self.alliance.code if self.alliance else about.alliance
        if (about.is_coordinators, about.alliance) != (self.is_coordinators, own):
            raise NotFound(noun="upload", name=str(upload_id))
        return about

    def columns(self, about: About) -> Sequence[imports.Column]:
        """Return the columns of a list, and what each holds; none of a long one not checked yet."""
        if about.is_long:
            found = self.preview(about)
            return found.columns if found else ()
        table = uploads.table_of(about)
        return imports.layout_of(table, self.bounds(about), chosen=about.columns).columns

    def check(self, about: About, table: Table | None = None) -> Checked:
        """Return a list, checked as things are now."""
        return imports.check(
            table or uploads.table_of(about),
            self.bounds(about),
            list_id=about.id.hex,
            chosen=about.columns,
        )

    def preview(self, about: About) -> Preview | None:
        """Return what a list's page tells; None if it is long, and no worker has checked it so."""
        if about.is_long:
            return uploads.find_preview(about, locale=languages.current())
        table = uploads.table_of(about)
        return imports.preview(self.check(about, table), table)

    def parameters(self, about: About) -> dict[str, str]:
        """Return what a job must know of a list, in the present language."""
        return {
            "by": "coordinator" if self.is_coordinators else "organiser",
            "locale": languages.current(),
            "upload": str(about.id),
            "alliance": about.alliance,
            "role": about.role,
            "columns": imports.columns_out(about.columns),
        }

    def past(self) -> Sequence[Job]:
        """Return the lists that were taken over here, the newest first."""
        return self._jobs(JobKind.IMPORT)

    def checks(self, about: About) -> Sequence[Job]:
        """Return the checks of a list by workers, the newest first."""
        asked = self._jobs(JobKind.CHECK)
        return [job for job in asked if job.parameters["upload"] == str(about.id)]

    def waiting(self) -> Sequence[About]:
        """Return the long lists that were brought here and are still kept, the newest first."""
        found: list[About] = []
        for upload in dict.fromkeys(job.parameters["upload"] for job in self._jobs(JobKind.CHECK)):
            with suppress(NotFound):
                found.append(self.about(uuid.UUID(upload)))
        return [about for about in found if not self._is_refused(about)]

    def _is_refused(self, about: About) -> bool:
        """Return whether a worker has found that the file is no list."""
        found = uploads.find_preview(about, locale=languages.current())
        return found is not None and bool(found.refusal)

    def _jobs(self, kind: JobKind) -> Sequence[Job]:
        found = jobs.list_jobs(self.prospectus.event.id, kinds=(kind,))
        return [job for job in found if self._is_ours(job, kind)]

    def job(self, job_id: uuid.UUID) -> Job:
        """Return the taking over of a list that was brought here.

        Raises:
            NotFound: there is none.
        """
        job = jobs.get(job_id)
        if not self._is_ours(job, JobKind.IMPORT):
            raise NotFound(noun="job", name=str(job_id))
        return job

    def _is_ours(self, job: Job, kind: JobKind) -> bool:
        if (job.event_id, job.kind) != (self.prospectus.event.id, kind):
            return False
        theirs = ("coordinator", self.alliance.code if self.alliance else "")
        return not self.is_coordinators or theirs == (
            job.parameters["by"],
            job.parameters["alliance"],
        )
