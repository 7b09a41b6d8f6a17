"""Devices: prepare and enrol scanners, know them again by their token, revoke them."""

from registration.services.gates.devices.enrolment import (
    CODE_LASTS,
    GATE_CODE,
    MOST_NAME,
    create_enrolled,
    enrol,
    prepare,
)
from registration.services.gates.devices.keeping import (
    DeviceState,
    desk_of,
    gate_names,
    get,
    list_devices,
    revoke,
    set_supervisor,
    state_of,
)
from registration.services.gates.devices.recognition import (
    SEEN_EVERY,
    EnrolledDevice,
    authenticate,
    note_wiped,
    recognise,
    touch,
)
from registration.services.gates.devices.secret import bare

__all__ = [
    "CODE_LASTS",
    "GATE_CODE",
    "MOST_NAME",
    "SEEN_EVERY",
    "DeviceState",
    "EnrolledDevice",
    "authenticate",
    "bare",
    "create_enrolled",
    "desk_of",
    "enrol",
    "gate_names",
    "get",
    "list_devices",
    "note_wiped",
    "prepare",
    "recognise",
    "revoke",
    "set_supervisor",
    "state_of",
    "touch",
]
