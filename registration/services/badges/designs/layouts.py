"""What ready-made designs are made of: the same blocks in every format, scaled to it."""

from typing import Any

from registration.services.badges import codes

Data = dict[str, Any]


def steps(told: str) -> list[list[float]]:
    """Return ``20 16 16x2`` as sizes, each with its lines."""
    parts = [part.partition("x") for part in told.split()]
    return [[float(size), int(lines or 1)] for size, _, lines in parts]


def scaled(told: str, factor: float, *, least: float = 6.0) -> list[list[float]]:
    """Return steps with their sizes multiplied, none below the smallest."""
    return [[max(least, round(size * factor, 1)), lines] for size, lines in steps(told)]


TWO_LINES = 4.6
"""Millimetres that two lines of the smallest size need."""
SMALL = 22.0
"""A given name of less than this, in points on A6, is not read from a few steps away."""
GIVEN = "52 46 40 35 30 30x2 26x2 26x3 22x3 18x3 18x4 14x4 11x5"
FAMILY = "26 23 20 20x2 17x2 17x3 14x3 11x3 9x4"
TITLE = "13 11 9x2 8x2"
ORGANISATION = "12 12x2 10x2 9x3 8x3 7x3"
ALLIANCE = "13 12x2 10x2 9x3 8x4"


def person(factor: float, *, gap: float = 1.0) -> list[Data]:
    """Return the items of a stack that says who somebody is, the given name first and largest."""
    return [
        {
            "text": "{given_name}",
            "weight": "bold",
            "steps": scaled(GIVEN, factor),
            "leads": True,
            "warn_below": round(SMALL * factor, 1),
        },
        {
            "text": "{family_name}",
            "weight": "semibold",
            "steps": scaled(FAMILY, factor),
            "warn_below": round(SMALL * factor / 2, 1),
            "gap": gap,
        },
        {"text": "{title}", "steps": scaled(TITLE, factor), "gap": gap, "every": 3},
        {
            "text": "{organisation}",
            "steps": scaled(ORGANISATION, factor),
            "gap": gap * 2,
            "every": 2,
        },
        {
            "text": "{alliance}",
            "weight": "semibold",
            "steps": scaled(ALLIANCE, factor),
            "gap": gap * 2,
            "every": 2,
            "dock": "bottom",
            "dot": "alliance",
        },
    ]


def occasion(x: float, y: float, width: float, height: float, factor: float) -> Data:
    """Return the head of a badge: what event it is for."""
    event: Data = {"text": "{event}", "weight": "semibold", "steps": scaled("9x2 8x2 7x3", factor)}
    line: Data = {
        "text": "{programme_line}",
        "colour": "muted",
        "steps": scaled("8 7x2", factor),
        "gap": 0.3,
    }
    return _stack(x, y, width, height, [event, line])


def about(x: float, y: float, width: float, height: float, factor: float) -> Data:
    """Return the small print about a person: theme, room, pronouns and languages."""
    small = scaled("10 9 9x2 8x2 7x2", factor)
    items: list[Data] = [
        {"text": "{theme_label}", "colour": "muted", "steps": scaled("8 7", factor)},
        {"text": "{theme}", "weight": "semibold", "steps": scaled("11 11x2 9x2 8x2", factor)},
        {"text": "{room}", "steps": small, "gap": 0.6},
        {"text": "{pronouns}", "steps": small, "gap": 0.6},
        {"text": "{languages}", "steps": small, "gap": 0.6},
    ]
    return _stack(x, y, width, height, items)


def code(right: float, bottom: float, side: float) -> Data:
    """Return a code by the lower right corner of its quiet zone."""
    quiet = codes.QUIET_ZONE * side / codes.modules_at(side)
    return {
        "type": "code",
        "x": round(right - quiet - side, 3),
        "y": round(bottom - quiet - side, 3),
        "side": side,
    }


def short_code(drawn: Data, top: float, size: float) -> Data:
    """Return the short code, centred below a code."""
    place = (drawn["x"] - 1, top, drawn["side"] + 2, round(size * 0.4, 2))
    return _text(*place, "{short_code}", [[size, 1]], weight="semibold", align="center")


def role(x: float, y: float, width: float, height: float, told: str, **more: Any) -> Data:
    """Return the role's word on its colour."""
    return _text(
        *(x, y, width, height, "{role}", steps(told)),
        **{"weight": "bold", "fill": "role", "colour": "auto", "upright": "middle"} | more,
    )


def no_photo(x: float, y: float, width: float, room: float, size: float) -> list[Data]:
    """Return the mark of those who do not want to be in pictures, and its words beside it."""
    mark = width * 6 / 7
    height = max(mark, TWO_LINES)
    words = _text(
        *(x + width + 1.2, round(y - (height - mark) / 2, 3), room - width - 1.2, height),
        "{no_photo}",
        [[size, 1], [max(6.0, size - 2), 2], [6.0, 2]],
        weight="semibold",
        upright="middle",
    )
    return [{"type": "mark", "kind": "no_photo", "x": x, "y": y, "width": width}, words]


def _stack(x: float, y: float, width: float, height: float, items: list[Data]) -> Data:
    place = {"x": x, "y": y, "width": round(width, 3), "height": round(height, 3)}
    return {"type": "stack", **place, "items": items}


def _text(  # a rectangle and what is in it
    x: float,
    y: float,
    width: float,
    height: float,
    text: str,
    sizes: list[list[float]],
    **more: Any,
) -> Data:
    place = {"x": x, "y": y, "width": round(width, 3), "height": round(height, 3)}
    return {"type": "text", **place, "text": text, "steps": sizes, **more}


def _bar(x: float, y: float, width: float, height: float) -> Data:
    return {"type": "box", "x": x, "y": y, "width": width, "height": height, "fill": "role"}


def _line(x: float, to_x: float, y: float) -> Data:
    return {"type": "line", "x": x, "y": y, "to_x": to_x, "to_y": y, "thickness": 0.14}


def a6() -> list[Data]:
    """Return a front for A6 portrait: the bar along the left edge, the role on a tab of it."""
    drawn = code(100.5, 135, 30.5)
    tab = {"pad": 8, "weight": "bold"}
    words = "18 16 14 12x2 10x2 8x3"
    return [
        _bar(0, 0, 8, 148),
        occasion(15, 8, 82, 14, 1),
        _line(15, 97, 23),
        _stack(15, 29, 82, 62.5, person(1)),
        about(15, 95.5, 45, 18.5, 1),
        *no_photo(15, 114.2, 5.4, 45, 9),
        role(7, 123.5, 54, 13, words, **tab, lacks="further_roles"),
        role(7, 119.9, 54, 13, words, **tab, needs="further_roles"),
        _text(
            *(15, 134.1, 45, 11, "{further_roles}", steps("12 10x2 9x2 8x3 7x3")),
            weight="semibold",
            needs="further_roles",
        ),
        drawn,
        short_code(drawn, 135.6, 13),
    ]


def a6_back() -> list[Data]:
    """Return a back for A6: the same person when the badge has turned, and where to go."""
    drawn = code(100.5, 135, 30.5)
    facts: list[Data] = [
        {"text": "{event}", "weight": "semibold", "steps": steps("12x3 11x4 10x4 9x5")},
        {"text": "{date}", "steps": steps("11 10x2 9x2"), "gap": 2},
        {"text": "{place}", "steps": steps("11x2 10x2 9x3"), "gap": 1},
    ]
    return [
        _bar(0, 0, 8, 148),
        _stack(15, 12, 82, 44, person(0.8)[:2]),
        _line(15, 97, 60),
        _stack(15, 64, 82, 32, facts),
        role(7, 123.5, 54, 13, "18 16 14 12x2 10x2 8x3", pad=8),
        _text(15, 102, 45, 18, "{organiser}", steps("9x4 8x4 7x5"), colour="muted"),
        drawn,
        short_code(drawn, 135.6, 13),
    ]


def portrait(width: float, height: float, *, bar: str = "role") -> list[Data]:
    """Return a front for a narrow upright format: the role's word across its foot."""
    foot = 9.5
    drawn = code(width - 0.8, height - foot - 4.6, 25)
    top, column = drawn["y"] - 3.6, drawn["x"] - 2.8 - 9
    return [
        _bar(0, 0, 5, height) | {"fill": bar},
        occasion(9, 4, width - 13, 9.5, 0.78),
        _line(9, width - 4, 14.6),
        _stack(9, 17, width - 13, top - 18, person(0.66, gap=0.7)),
        about(9, top + 0.6, column, 15.5, 0.72),
        *no_photo(9, height - foot - 11.2, 4.4, column, 7),
        _text(
            *(9, height - foot - 6.6, column, 5.8, "{further_roles}", steps("8 7x2 6x2")),
            weight="semibold",
            upright="middle",
        ),
        drawn,
        short_code(drawn, round(height - foot - 4.5, 2), 9.5),
        role(0, height - foot, width, foot, "17 15 13 11 9 8x2", pad=9, fill=bar),
    ]


def landscape(
    width: float, height: float, *, foot: float, factor: float, side: float
) -> list[Data]:
    """Return a front for a format on its side: the role's word in the bar along its foot."""
    edge = 4.5
    drawn = code(width - 1.2, height - foot - 4.2, side)
    column = drawn["x"] - 4 * side / codes.modules_at(side) - edge
    head = min(9.0, drawn["y"] - 4 * side / codes.modules_at(side) - 3)
    low = height - foot - 6.2
    who = person(factor, gap=0.6)
    more = {"text": "{pronouns} · {languages} · {room}", "steps": scaled(ORGANISATION, factor)}
    who.insert(3, more | {"gap": 0.6, "every": 2})
    return [
        occasion(edge, 3, width - 2 * edge, head, 0.72),
        _stack(edge, head + 4.2, column - 0.6, low - head - 4.8, who),
        *no_photo(edge, low + 0.6, 4.4, 26, 7),
        _text(
            *(edge + 27, low + 0.2, column - 27.6, 5.4, "{theme}", steps("8 7 7x2 6x2")),
            align="right",
            upright="middle",
            weight="semibold",
        ),
        drawn,
        short_code(drawn, round(height - foot - 4.1, 2), 9.5),
        _bar(0, height - foot, width, foot),
        role(0, height - foot, width * 0.58, foot, f"{foot * 1.7:.0f} 12 10 8 7x2 6x2", pad=edge),
        _text(
            *(width * 0.58, height - foot, width * 0.42, foot, "{further_roles}"),
            steps("10 9 8 7x2 6x2"),
            fill="role",
            colour="auto",
            align="right",
            upright="middle",
            pad=3,
        ),
    ]


def l4784() -> list[Data]:
    """Return a front for a label of 63.5 × 29.6 mm: its code has all of the height."""
    drawn = code(63.3, 29.3, 23.8)
    column = 32.4
    given = "20 18 16 14 12 12x2 10x2 10x3 9x3 8x3 7x3 6x4"
    items: list[Data] = [
        {
            "text": "{given_name}",
            "weight": "bold",
            "steps": steps(given),
            "leads": True,
            "warn_below": 10,
        },
        {
            "text": "{family_name}",
            "weight": "semibold",
            "steps": steps("12 11 10 9 9x2 8x2 7x2 7x3 6x3 6x4"),
            "gap": 0.2,
        },
        {
            "text": "{alliance}",
            "steps": steps("8 7 7x2 6x2 6x3"),
            "gap": 0.4,
            "every": 3,
            "dock": "bottom",
            "dot": "alliance",
        },
    ]
    return [
        _stack(2.2, 1.4, column - 2.2, 17.6, items),
        _text(2.2, 19.9, 22, 3.6, "{short_code}", [[8, 1]], weight="semibold"),
        {"type": "mark", "kind": "no_photo", "x": 27.6, "y": 19.6, "width": 4.4},
        drawn,
        role(0, 24.2, column, 5.4, "11 10 9 8 7 6x2", pad=2.2),
    ]
