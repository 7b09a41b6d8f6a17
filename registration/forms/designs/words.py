"""What designs call things, and what is wrong with one, in words."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from registration.services.badges import codes

KINDS: Mapping[str, LazyString] = {
    "text": _l("Text"),
    "stack": _l("Texts below each other"),
    "box": _l("Rectangle"),
    "line": _l("Straight line"),
    "dot": _l("Dot"),
    "logo": _l("Logo"),
    "code": _l("QR code"),
    "mark": _l("Mark: no photos"),
}
"""Of elements, in the order in which they are offered."""

NAMES: Mapping[str, LazyString] = {
    "x": _l("From the left, mm"),
    "y": _l("From the top, mm"),
    "to_x": _l("To, from the left, mm"),
    "to_y": _l("To, from the top, mm"),
    "width": _l("Width, mm"),
    "height": _l("Height, mm"),
    "side": _l("Side, mm"),
    "diameter": _l("Diameter, mm"),
    "text": _l("Words"),
    "steps": _l("Sizes, points"),
    "weight": _l("Weight"),
    "align": _l("Horizontally"),
    "upright": _l("Vertically"),
    "colour": _l("Colour"),
    "fill": _l("Fill"),
    "outline": _l("Outline"),
    "thickness": _l("Thickness, mm"),
    "pad": _l("Room inside, mm"),
    "warn_below": _l("Warn below, points"),
    "logo": _l("Logo"),
    "gap": _l("Gap, mm"),
    "every": _l("Shrinks every"),
    "dock": _l("Stands"),
    "leads": _l("Nothing after it is larger"),
    "dot": _l("Dot before it"),
    "only": _l("Only for"),
    "not_for": _l("Not for"),
    "needs": _l("Only if there is"),
    "lacks": _l("Only without"),
    "fold": _l("Fold"),
    "sheet.width": _l("Sheet: width, mm"),
    "sheet.height": _l("Sheet: height, mm"),
    "sheet.columns": _l("Badges side by side"),
    "sheet.rows": _l("Badges below each other"),
    "sheet.left": _l("First badge from the left, mm"),
    "sheet.top": _l("First badge from the top, mm"),
    "sheet.across": _l("From badge to badge, across, mm"),
    "sheet.down": _l("From badge to badge, down, mm"),
}
"""Of what an element or a design says of itself."""

CHOICES: Mapping[str, Mapping[str, LazyString]] = {
    "weight": {
        "regular": _l("Regular"),
        "semibold": _l("Semibold"),
        "bold": _l("Bold"),
    },
    "align": {"left": _l("Left"), "center": _l("In the middle"), "right": _l("Right")},
    "upright": {
        "top": _l("At the top"),
        "middle": _l("In the middle"),
        "bottom": _l("At the foot"),
    },
    "dock": {"top": _l("At the top"), "bottom": _l("At the foot")},
    "fold": {
        "none": _l("Not folded"),
        "book": _l("Like a book: the back lies to the left"),
        "tent": _l("Like a tent: the back lies above, upside down"),
    },
}

COLOURS: Mapping[str, LazyString] = {
    "ink": _l("Black"),
    "muted": _l("Grey"),
    "white": _l("White"),
    "role": _l("Colour of the role"),
    "alliance": _l("Colour of the alliance"),
    "auto": _l("Black or white, as reads better"),
}

FIELDS: Mapping[str, LazyString] = {
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "name": _l("Whole name"),
    "title": _l("Academic title"),
    "organisation": _l("Organisation"),
    "position": _l("Position"),
    "alliance": _l("Alliance"),
    "role": _l("Role"),
    "further_roles": _l("Further roles"),
    "theme": _l("Theme"),
    "theme_label": _l("The word “Theme”"),
    "room": _l("Room"),
    "pronouns": _l("Pronouns"),
    "languages": _l("Languages"),
    "short_code": _l("Short code"),
    "no_photo": _l("No photos, please"),
    "event": _l("Event"),
    "programme_line": _l("Programme line"),
    "date": _l("Date"),
    "place": _l("Place"),
    "organiser": _l("Organiser"),
}
"""What words may name in braces."""

PROBLEMS: Mapping[str, LazyString] = {
    "missing": _l("Something is missing here."),
    "unknown": _l("A design has nothing of that name."),
    "type": _l("Please give a number."),
    "choice": _l("Please choose one of the list."),
    "range": _l("This number is too small or too large."),
    "colour": _l("Please choose a colour of the list, or write one like #5b2a6e."),
    "field": _l("There is no field of that name; those that there are stand below."),
    "steps": _l("Please write sizes that fall, for instance 24 20 16x2 (16 points in two lines)."),
    "outside": _l("This does not fit: make it smaller, or move it."),
    "too_low": _l("Not even one line of the smallest size fits in this height."),
    "covers_code": _l("This covers the QR code or the white edge that it needs."),
    "no_back": _l("A folded badge needs a back."),
    "logo": _l("Please choose one of the event's logos."),
}

WARNINGS: Mapping[str, LazyString] = {
    "cut": _l("does not fit whole"),
    "too_small": _l("becomes smaller than the design wants"),
    "missing_letters": _l("has letters that our fonts do not have"),
    "no_logo": _l("a logo was deleted"),
}


def explained(code: str) -> str:
    """Return what to do about a problem of a design."""
    if code == "code_too_small":
        return str(
            _(
                "A smaller code is not read from paper: one side needs at least %(least)s mm.",
                least=f"{codes.SMALLEST_MODULE * codes.modules_at(0):.1f}",
            )
        )
    return str(PROBLEMS.get(code, PROBLEMS["choice"]))
