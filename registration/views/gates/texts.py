"""The texts that the scanner's page says by itself, in the reader's language."""

from collections.abc import Mapping

from flask_babel import gettext as _


def texts() -> Mapping[str, str]:
    """Return the texts by the keys that static/js/gate/ asks for; ``{…}`` is filled in there."""
    return _words() | _reasons() | _search() | _device()


def _words() -> dict[str, str]:
    return {
        "checking": _("Checking …"),
        "admitted": _("Welcome in"),
        "admitted_exit": _("Exit noted"),
        "duplicate": _("Already in"),
        "revoked": _("Refused"),
        "forged": _("Refused"),
        "unknown": _("Please check"),
        "other_event": _("Please check"),
        "stray": _("Please check"),
        "unchecked": _("Not checked"),
        "not_kept": _("Not stored"),
        "a_badge": _("Badge"),
    }


def _reasons() -> dict[str, str]:
    return {
        "duplicate_reason": _("First let in: {time}, {gate}."),
        "revoked_reason": _("This badge was cancelled, or replaced by a newer one."),
        "forged_reason": _("This code looks like a badge, but we have not issued it."),
        "unknown_reason": _("This is no badge of this event. Look for the name instead."),
        "other_event_reason": _("A genuine badge, but of another event."),
        "stray_reason": _("This person was not inside."),
        "unchecked_reason": _("No answer from the server. The scan is kept and will be sent."),
        "shut_reason": _("This device is no longer enrolled. The scan is kept on it."),
        "not_taken_reason": _("The server did not take this scan. Please tell the organisers."),
        "not_kept_reason": _("The device's memory is full or locked. Please write this one down."),
    }


def _search() -> dict[str, str]:
    return {
        "nobody_found": _("Nobody found."),
        "search_unreachable": _("No network: search needs it. Short codes work all the same."),
        "person_expected": _("Expected"),
        "person_inside": _("Inside since {time}"),
        "person_left": _("Has gone out; came at {time}"),
        "person_requested": _("Not confirmed"),
        "person_waiting": _("On the waiting list"),
        "person_offered": _("Has not accepted the place yet"),
        "person_expired": _("Did not accept the place"),
        "person_declined": _("Declined"),
        "person_cancelled": _("Cancelled"),
    }


def _device() -> dict[str, str]:
    return {
        "offline": _("No network. Scans are kept and sent later."),
        "unsent": _("{count} not sent"),
        "camera_no-camera": _("No camera found. Use a keyboard scanner or the search."),
        "camera_no-decoder": _(
            "This browser cannot read codes. Use a keyboard scanner or the search."
        ),
        "camera_denied": _(
            "The camera is blocked. Allow it in the browser's settings for this page."
        ),
        "enrol_empty": _("Please enter the code."),
        "enrol_unreachable": _("No network. Please try again."),
        "sign_off_unsent": _("{count} scans have not been sent. They would be lost."),
    }
