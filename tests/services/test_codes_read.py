"""Printed codes of each size read, also blurred and damaged, by two independent decoders."""

import random
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from registration.services.badges import codes
from tests.services.test_codes import read_by_opencv, some_tokens

Pixels = NDArray[np.uint8]
Marks = NDArray[np.bool_]
Decoder = Callable[[Image.Image], str]
Mark = Callable[[ImageDraw.ImageDraw, int, float], None]
"""Draws itself onto a code of so many points, so wide as a share of them."""
MakeMark = Callable[[random.Random], Mark]

SIZES = (25, 30, 35, 40)
"""Millimetres, with the quiet zone: so the modules are as small as a size can mean."""
RESOLUTIONS = (150, 300)
PRINTS = list(product(SIZES, RESOLUTIONS))
FINE = 16
"""Points a module in the picture that is printed."""
CORNER = 9
"""Modules of a finder pattern with what says beside it how to read the rest."""
SLIGHT = (
    (0.6, 0, 0.0),
    (0.8, 3, 0.0),
    (1.2, 2, 0.5),
    (1.9, 0, 1.0),
    (3.0, -3, 1.5),
    (2.2, 90, 0.8),
)
BLUR = 0.25
"""Of a module's width: as a card that is not held quite still."""
PLACES = list(product((0.25, 0.5, 0.7), repeat=2))
"""Where stains are for both decoders: of stains anywhere, OpenCV misses about one in a hundred."""
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
COLOURS = {"ink": 0, "dirt": 128, "glare": 255}


def read_by_zxing(picture: Image.Image) -> str:
    """Return what the scanner's decoder reads, asked as the phones ask it: for QR codes only."""
    found = zxingcpp.read_barcodes(picture, formats=QR_ONLY)
    return found[0].text if len(found) == 1 else ""


DECODERS: dict[str, Decoder] = {"zxing": read_by_zxing, "opencv": read_by_opencv}


def drawn(matrix: codes.Matrix) -> Image.Image:
    """Return a code with its quiet zone, finer than any printer prints it."""
    light = np.pad(~np.array(matrix, bool), codes.QUIET_ZONE, constant_values=True)
    return Image.fromarray(np.kron(light, np.ones((FINE, FINE), bool)).astype(np.uint8) * 255)


def printed(drawing: Image.Image, size: int, resolution: int) -> Image.Image:
    """Return what a printer or a scanner makes of it: so many points an inch."""
    points = round(size / 25.4 * resolution)
    return drawing.resize((points, points), Image.Resampling.BOX)


def of_size(token: str, size: int) -> Image.Image:
    """Return the code as it is drawn for a badge on which it is so large."""
    return drawn(codes.matrix(token, side=size))


def views(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield what a camera sees of a card that is held before it: nearer, turned, a little off."""
    whole = ImageOps.expand(picture, border=30, fill=255)
    yield whole
    for scale, angle, blur in (
        (1.6, 0, 0.0),
        (2.5, 4, 0.0),
        (1.6, -7, 0.8),
        (2.0, 11, 1.2),
        *SLIGHT,
    ):
        side = round(whole.width * scale)
        seen = whole.resize((side, side), Image.Resampling.BICUBIC)
        seen = seen.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
        yield seen.filter(ImageFilter.GaussianBlur(blur))


def reads(decode: Decoder, picture: Image.Image, token: str) -> bool:
    """Return whether one of the views is read; what is read must be right."""
    read = next(filter(None, map(decode, views(picture))), "")
    assert read in {"", token}
    return read == token


def stain(x: float, y: float) -> Mark:
    """Return a round stain at a place, in shares of the code from its upper left."""

    def draw(pen: ImageDraw.ImageDraw, side: int, width: float) -> None:
        box = (x - width / 2, y - width / 2, x + width / 2, y + width / 2)
        pen.ellipse(tuple(round(edge * side) for edge in box), fill=1)

    return draw


def stain_anywhere(chance: random.Random) -> Mark:
    """Return a round stain, somewhere on the code."""
    return stain(chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8))


def scratch(chance: random.Random) -> Mark:
    """Return a straight scratch from one edge to the other."""
    begin, end = (0.0, chance.uniform(0.1, 0.9)), (1.0, chance.uniform(0.1, 0.9))
    if chance.random() < 0.5:
        begin, end = begin[::-1], end[::-1]

    def draw(pen: ImageDraw.ImageDraw, side: int, width: float) -> None:
        line = [tuple(side * each for each in point) for point in (begin, end)]
        pen.line(line, fill=1, width=round(side * width))

    return draw


def damaged(drawing: Image.Image, mark: Mark, *, share: float, colour: int) -> Image.Image:
    """Return the drawing with a mark on this share of the code, none of it on finder patterns."""
    margin = codes.QUIET_ZONE * FINE
    side = drawing.width - 2 * margin
    spared: Marks = np.zeros((side, side), bool)
    corner = CORNER * FINE
    spared[:corner, :corner] = spared[:corner, -corner:] = spared[-corner:, :corner] = True
    marks, width = np.zeros_like(spared), 0.0
    while marks.mean() < share:
        width += 0.005
        sheet = Image.new("1", (side, side))
        mark(ImageDraw.Draw(sheet), side, width)
        marks = np.array(sheet) & ~spared
    pixels: Pixels = np.array(drawing)
    pixels[margin:-margin, margin:-margin][marks] = colour
    return Image.fromarray(pixels)


FEW, MANY = 2, 12
HOW_MANY = pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
BY_EACH = pytest.mark.parametrize("decoder", DECODERS)
PRINTED = pytest.mark.parametrize(("size", "resolution"), PRINTS)


@HOW_MANY
@BY_EACH
@PRINTED
def test_every_clean_code_reads_at_first_sight(
    size: int, resolution: int, decoder: str, count: int
) -> None:
    for token in some_tokens(count):
        for drawing in (of_size(token, size), drawn(codes.matrix(token))):
            assert DECODERS[decoder](printed(drawing, size, resolution)) == token


@HOW_MANY
@BY_EACH
@PRINTED
def test_every_blurred_code_reads(size: int, resolution: int, decoder: str, count: int) -> None:
    for token in some_tokens(count):
        for drawing in (of_size(token, size), drawn(codes.matrix(token))):
            sharp = printed(drawing, size, resolution)
            module = sharp.width * FINE / drawing.width
            soft = sharp.filter(ImageFilter.GaussianBlur(BLUR * module))
            assert reads(DECODERS[decoder], soft, token)


@HOW_MANY
@BY_EACH
@PRINTED
@pytest.mark.parametrize("colour", COLOURS)
def test_every_code_at_level_q_reads_with_a_tenth_stained(
    size: int, resolution: int, colour: str, decoder: str, count: int
) -> None:
    for number, token in enumerate(some_tokens(count)):
        mark = stain(*PLACES[(number + size // 5) % len(PLACES)])
        drawing = drawn(codes.matrix(token, side=codes.ROBUST_FROM))
        spoilt = damaged(drawing, mark, share=0.1, colour=COLOURS[colour])
        assert reads(DECODERS[decoder], printed(spoilt, size, resolution), token)


@HOW_MANY
@PRINTED
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("mark", [stain_anywhere, scratch])
def test_our_own_decoder_reads_every_badge_that_is_stained_or_scratched(
    size: int, resolution: int, mark: MakeMark, colour: str, count: int
) -> None:
    """At level Q a tenth stained or a twentieth scratched, at level M half of that."""
    level = 1 if size >= codes.ROBUST_FROM else 0.5
    share = level * (0.1 if mark is stain_anywhere else 0.05)
    chance = random.Random(size + resolution)
    for token in some_tokens(count):
        spoilt = damaged(of_size(token, size), mark(chance), share=share, colour=COLOURS[colour])
        assert reads(read_by_zxing, printed(spoilt, size, resolution), token)


def test_twin_at_level_m_many_with_a_tenth_stained_do_not_read() -> None:
    """So the damage is real, and it is the level that stands it."""
    chance = random.Random(1)
    read = 0
    for token in some_tokens(FEW * 5):
        spoilt = damaged(drawn(codes.matrix(token)), stain_anywhere(chance), share=0.1, colour=255)
        read += reads(read_by_zxing, printed(spoilt, 30, 300), token)
    assert read < FEW * 5


@pytest.mark.parametrize(("side", "level", "modules"), [(25, "M", 37), (30, "Q", 45)])
def test_the_level_follows_from_the_printed_size(side: float, level: str, modules: int) -> None:
    matrix = codes.matrix(some_tokens(1)[0], side=side)
    (found,) = zxingcpp.read_barcodes(printed(drawn(matrix), 40, 300))
    assert (found.ec_level, len(matrix)) == (level, modules)
