"""The tree of domain errors.

Each class has a stable ``code`` that scripts may rely on. Texts for people live in the
catalogues (``views/errors.py`` looks them up by code), not here: an exception carries only
what a text needs to be filled in.
"""

from typing import ClassVar


class EinlassError(Exception):
    """The root of everything that the program refuses on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.code}: {details}" if details else self.code)


class NotFound(EinlassError):
    """What was asked for does not exist, or not for whoever asks."""

    code = "not_found"


class LinkExpired(NotFound):
    """The link was ours once; its event is long over."""

    code = "link_expired"


class LinkUsedUp(NotFound):
    """The link to choose a password has been used, or is too old."""

    code = "link_used_up"


class FileExpired(NotFound):
    """The file was ours once; it is not kept any longer."""

    code = "file_expired"


class Forbidden(EinlassError):
    """The asker is known, or must be, and may not do this."""

    code = "forbidden"


class SignInRequired(Forbidden):
    """Nobody is signed in, or the device's token is unknown."""

    code = "sign_in_required"


class SignInFailed(Forbidden):
    """Address and password do not belong together."""

    code = "sign_in_failed"


class DeviceRevoked(Forbidden):
    """The device was enrolled once and has been revoked since."""

    code = "device_revoked"


class Conflict(EinlassError):
    """The request is well-formed, but the state of things does not allow it."""

    code = "conflict"


class QuotaExhausted(Conflict):
    """One of the quotas that match has no free place; ``details['quota_id']`` says which."""

    code = "quota_exhausted"


class RegistrationClosed(Conflict):
    """The event's registration has not opened yet, or has closed."""

    code = "registration_closed"


class InvitationUsedUp(Conflict):
    """All places of the invitation have been used."""

    code = "invitation_used_up"


class InvitationClosed(Conflict):
    """The invitation was answered, has expired or was revoked; ``details['status']`` says which."""

    code = "invitation_closed"


class EventNotBegun(Conflict):
    """Nobody has attended the event yet."""

    code = "event_not_begun"


class ChangesClosed(Conflict):
    """The time for changes by the attendee is over."""

    code = "changes_closed"


class TransitionRefused(Conflict):
    """The registration's state does not lead to the state asked for."""

    code = "transition_refused"


class OfferExpired(Conflict):
    """The place was kept until a deadline, which has passed."""

    code = "offer_expired"


class GenerationsUsedUp(Conflict):
    """The badge has been re-issued 255 times; its token has no room for another generation."""

    code = "generations_used_up"


class EnrolmentRefused(Conflict):
    """The one-time code is unknown, used or too old."""

    code = "enrolment_refused"


class JobNotReady(Conflict):
    """The job has no file yet, or no longer."""

    code = "job_not_ready"


class Duplicate(Conflict):
    """Something with this name exists already; ``details['field']`` says which name."""

    code = "duplicate"


class Invalid(EinlassError):
    """Input that cannot be taken as it is; ``details`` maps each field to a code."""

    code = "invalid"


class Malformed(Invalid):
    """A request's body cannot be read at all."""

    code = "malformed"


class TokenRefused(Invalid):
    """A text is not a badge of ours: malformed, not canonical, or its signature is wrong."""

    code = "token_refused"


class TableRefused(Invalid):
    """A file is no table that we can read; ``details['reason']`` says why."""

    code = "table_refused"


class SettingRefused(EinlassError):
    """A setting is bad, missing or misspelt; the message says what to do about it."""

    code = "setting_refused"

    def __init__(self, message: str) -> None:
        super().__init__()
        self.args = (message,)
