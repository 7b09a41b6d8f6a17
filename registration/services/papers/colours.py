"""Colours as data has them, and what can be read on them."""

from functools import lru_cache

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

BLACK: Colour = (0.0, 0.0, 0.0)
MUTED: Colour = (0.33, 0.33, 0.33)
WHITE: Colour = (1.0, 1.0, 1.0)
LINEAR_BELOW = 0.04045
"""sRGB's curve is straight up to here (IEC 61966-2-1)."""


@lru_cache(maxsize=256)
def parse(text: str) -> Colour:
    """Return the colour that ``#rrggbb`` means."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red / 255, green / 255, blue / 255


@lru_cache(maxsize=256)
def readable_on(colour: Colour) -> Colour:
    """Return black or white, whichever stands out more (WCAG 2.2, contrast ratio)."""
    linear = [c / 12.92 if c <= LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    of_white, of_black = 1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05
    return WHITE if of_white >= of_black else BLACK
