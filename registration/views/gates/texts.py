"""The texts that the scanner's page says by itself, in the reader's language.

``{…}`` is filled in by the page; where ``count`` is 1 it takes the text whose key ends in ``_one``.
"""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import pgettext


def texts() -> Mapping[str, str]:
    """Return the texts by the keys that static/js/gate/ asks for."""
    return (
        _words() | _reasons() | _guests() | _search() | _status() | _tests() | _device() | _forms()
    )


def _words() -> dict[str, str]:
    return {
        "checking": _("Checking …"),
        "admitted": _("Welcome in"),
        "admitted_note": _("In – please read"),
        "admitted_exit": _("Exit noted"),
        "admitted_walk_in": _("Welcome in"),
        "admitted_safe": pgettext("gate", "Safe"),
        "duplicate": _("Already in"),
        "revoked": _("Refused"),
        "forged": _("Refused"),
        "no_reentry": _("No re‑entry"),
        "unknown": _("Please check"),
        "other_event": _("Please check"),
        "stray": _("Please check"),
        "unlisted": _("New badge"),
        "unchecked": _("Not checked"),
        "undone": pgettext("gate", "Taken back"),
        "refused": pgettext("gate", "Not taken"),
        "not_kept": _("Not stored"),
        "a_badge": _("Badge"),
    }


def _reasons() -> dict[str, str]:
    return {
        "duplicate_reason": _("This badge is inside already."),
        "duplicate_first_reason": _("First let in: {time}, {gate}."),
        "this_device": _("this device"),
        "revoked_reason": _("This badge was cancelled, or replaced by a newer one."),
        "forged_reason": _("This code looks like a badge, but we have not issued it."),
        "no_reentry_reason": _("Has left already; this role is let in once a day."),
        "no_reentry_first_reason": _(
            "First let in: {time}, {gate}. Has left already; this role is let in once a day."
        ),
        "unknown_reason": _("This is no badge of this event. Look for the name instead."),
        "other_event_reason": _("A genuine badge, but of another event."),
        "stray_reason": _("This person was not inside."),
        "undone_reason": _("This scan was taken back and no longer counts."),
        "refused_reason": _("The server did not take this scan. Please tell the organisers."),
        "not_kept_reason": _("The device's memory is full or locked. Please write this one down."),
        "walk_in_reason": _("Without registration. The badge can be printed from the last scans."),
        "unlisted_reason": _(
            "Genuine, but newer than this device's list. Let in if the name on it matches an "
            "identity document."
        ),
        "unlisted_code_reason": _(
            "This code is not on this device's list. Please look at the badge, or ask."
        ),
        "unchecked_reason": _(
            "This device has no list yet, and the server does not answer. The scan is kept. "
            "Please decide with the printed door list."
        ),
        "shut_reason": _("This device is no longer enrolled. The scan is kept on it."),
    }


def _guests() -> dict[str, str]:
    return {
        "guest_in": _("Welcome!"),
        "guest_out": pgettext("gate", "Goodbye!"),
        "guest_desk_first": _("Please stop briefly at the desk."),
        "guest_already": _("You are checked in"),
        "guest_already_reason": _("Everything is fine. If you have a question, ask at the desk."),
        "guest_desk": _("Please go to the desk"),
        "guest_desk_reason": _("We are happy to help you there."),
        "kiosk_hint": _("Please hold your badge before the camera"),
        "kiosk_evacuation": _("Evacuation: please leave the building now"),
        "kiosk_wrong": _("This is another number."),
        "kiosk_rest": _("Please wait half a minute, then try again."),
    }


def _search() -> dict[str, str]:
    return {
        "nobody_found": _("Nobody found among those who are expected."),
        "person_expected": _("Expected"),
        "person_inside": _("Inside since {time}"),
        "person_left": _("Has gone out; came at {time}"),
    }


def _status() -> dict[str, str]:
    return {
        "age": _("{span} old"),
        "age_now": _("up to date"),
        "status_ready": _("Ready without network: {count} badges, {age}"),
        "status_ready_one": _("Ready without network: 1 badge, {age}"),
        "status_offline": _("Not connected. Scanning works: {count} badges, {age}"),
        "status_offline_one": _("Not connected. Scanning works: 1 badge, {age}"),
        "status_unsent": _("Not connected: {count} scans wait"),
        "status_unsent_one": _("Not connected: 1 scan waits"),
        "status_install": _("{count} badges, {age}. Please install: tap here."),
        "status_install_one": _("1 badge, {age}. Please install: tap here."),
        "status_loading": _("Loading the list of badges …"),
        "status_no_list": _("Not ready: no list of badges yet. Connect once."),
        "status_refused": _("{count} scans were not taken. Please tell the organisers."),
        "status_refused_one": _("1 scan was not taken. Please tell the organisers."),
        "status_clock": _("This device's clock is {span} off. Please set it."),
        "status_revoked": _("This device is no longer enrolled. Ask for a new code."),
        "notice": _("{time}, {name}: now “{word}”. Tap to look."),
        "overtaken": _("{time}, {name}: “{word}”. Tap to look."),
        "overtaken_lost": _("A scan before this one was not stored. Please scan that badge again."),
        "unsent": _("{count} not sent"),
    }


def _tests() -> dict[str, str]:
    return {
        "testing": _("Testing …"),
        "ready_yes": _("Ready without network"),
        "ready_no": _("Not ready yet"),
        "test_signature": _("Knows a genuine badge"),
        "test_signature_advice": _("Use a newer browser."),
        "test_tampered": _("Sees through a changed badge"),
        "test_tampered_advice": _("Use a newer browser."),
        "test_seal": _("Keeps names encrypted"),
        "test_seal_advice": _("Use a newer browser."),
        "test_store": _("Writes scans safely"),
        "test_store_advice": _("Free some memory, or leave the private window."),
        "test_worker": _("Starts without network"),
        "test_worker_advice": _("Load this page once more while there is a network."),
        "test_manifest": _("List of badges"),
        "test_manifest_advice": _("Connect once, so that the list is loaded."),
        "test_manifest_age": _("{count} badges, {age}"),
        "test_manifest_age_one": _("1 badge, {age}"),
        "test_persisted": _("Keeps scans for certain"),
        "test_persisted_advice": _("Add this page to the home screen and open it from there."),
        "test_clock": _("Clock"),
        "test_clock_advice": _("It is {span} off. Set it in the device's settings."),
        "test_clock_unknown": _("Measured as soon as there is a network."),
        "test_camera": _("Camera"),
        "test_camera_off": _("Turn it on before scanning."),
        "test_sound": _("Sound"),
        "test_sound_muted": _("It is switched off here."),
        "test_sound_locked": _("Touch the screen once."),
    }


def _device() -> dict[str, str]:
    return {
        "camera_no-camera": _("No camera found. Use a keyboard scanner or the search."),
        "camera_no-decoder": _(
            "This browser cannot read codes. Use a keyboard scanner or the search."
        ),
        "camera_denied": _(
            "The camera is blocked. Allow it in the browser's settings for this page."
        ),
        "camera_number": _("Camera {number}"),
        "enrol_empty": _("Please enter the code."),
        "enrol_unreachable": _("No network. Please try again."),
        "another_code_unsent": _(
            "{count} scans are on this device only, so it stays enrolled. Connect it, and they are "
            "sent; or save them as a file and sign the device off under “More”. Then open the link "
            "again."
        ),
        "another_code_unsent_one": _(
            "1 scan is on this device only, so it stays enrolled. Connect it, and it is sent; or "
            "save it as a file and sign the device off under “More”. Then open the link again."
        ),
        "another_code_kiosk": _(
            "Self check-in is running here. Leave it first, then open the link again."
        ),
        "export_none": _("All scans have been sent."),
        "export_done": _("{count} scans are in {file}. The organisers can take it over."),
        "export_done_one": _("1 scan is in {file}. The organisers can take it over."),
        "sign_off_unsent": _("{count} scans have not been sent. They would be lost."),
        "sign_off_unsent_one": _("1 scan has not been sent. It would be lost."),
    }


def _forms() -> dict[str, str]:
    return {
        "choose": _("Please choose"),
        "no_alliance": pgettext("gate", "None"),
        "walk_in_given_name": _("Please enter the given name."),
        "walk_in_family_name": _("Please enter the family name."),
        "walk_in_role": _("Please choose a role."),
        "walk_in_email": _("Please check the e-mail address, or leave it empty."),
        "walk_in_consent": _("Please show the privacy notice, and tick once they agree."),
        "evacuation_since": _("Evacuation since {time}"),
        "evacuation_left": _("{count} still to be found"),
        "evacuation_left_one": _("1 still to be found"),
        "evacuation_offline": _("Not connected: ticks of other devices are missing here."),
        "safe": pgettext("gate", "Safe"),
        "safe_now": _("Safe – tap again to take it back"),
    }
