"""Worn badges: small stains, scratches, a worn corner; what level Q can make good reads.

By ISO/IEC 18004 a symbol of version 7 at level Q reads as long as its three finder patterns are
there, one of its two version blocks has at most three wrong modules, and no block of codewords has
more than nine wrong ones. How much of its area that is depends on the damage. A tenth in one stain
or off a corner always is; in several small stains three times in four; in scratches from edge to
edge, which touch codewords all along, every other time. What is beyond that often reads all the
same, and else there is the short code below it.
"""

import random
from collections import Counter
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from qrcode import ERROR_CORRECT_Q

from registration.services.badges import codes, symbols
from tests.services.test_codes import read_by_opencv, some_tokens
from tests.services.test_codes_read import (
    BY_EACH,
    COLOURS,
    DECODERS,
    FINE,
    HOW_MANY,
    PRINTED,
    PRINTS,
    MakeMark,
    Mark,
    damaged,
    drawn,
    printed,
    read_by_zxing,
    reads,
    scratch,
    stain,
)

SHARES = (0.05, 0.1)
FINDER = 7
VERSION_BITS, VERSION_ERRORS = (6, 3), 3
"""A version block's size in modules, and how many wrong ones its own code makes good."""


def small_stains(chance: random.Random) -> Mark:
    """Return four to twelve round stains of different sizes, wherever they fall."""
    places = [
        (stain(chance.random(), chance.random()), chance.uniform(0.5, 1))
        for _ in range(chance.randint(4, 12))
    ]

    def draw(pen: ImageDraw.ImageDraw, side: int, width: float) -> None:
        for mark, part in places:
            mark(pen, side, width * part)

    return draw


def scratches(chance: random.Random) -> Mark:
    """Return one to three scratches from edge to edge."""
    marks = [scratch(chance) for _ in range(chance.randint(1, 3))]

    def draw(pen: ImageDraw.ImageDraw, side: int, width: float) -> None:
        for mark in marks:
            mark(pen, side, width)

    return draw


def worn_corner(chance: random.Random) -> Mark:
    """Return a corner that is worn off: the one that has no finder pattern."""
    lean = chance.uniform(0.5, 2)

    def draw(pen: ImageDraw.ImageDraw, side: int, width: float) -> None:
        across, up = side * width * lean, side * width / lean
        pen.polygon([(side, side), (side - across, side), (side, side - up)], fill=1)

    return draw


@lru_cache
def codewords() -> tuple[NDArray[np.int64], list[int]]:
    """Return which codeword each module shows, -1 if none, and which block each codeword is of."""
    kind = symbols.kind(codes.ROBUST_VERSION, ERROR_CORRECT_Q, codes.MASK)
    shown = kind.pick([*(bit // 8 for bit in range(kind.bits)), -1, -1])  # type: ignore[list-item]  # it picks from anything
    data = [
        block
        for turn in range(max(kind.blocks))
        for block, length in enumerate(kind.blocks)
        if turn < length
    ]
    corrections = list(range(len(kind.blocks))) * kind.correction
    return np.array(shown).reshape(kind.size, kind.size), data + corrections


def is_within_the_standard(spoilt: Image.Image, matrix: codes.Matrix, *, colour: int) -> bool:
    """Return whether level Q makes good what is wrong; under grey every module may be."""
    margin = codes.QUIET_ZONE * FINE
    now = np.array(spoilt)[margin:-margin, margin:-margin].reshape(len(matrix), FINE, -1, FINE)
    light = now.mean(axis=(1, 3)) >= 128
    wrong = light == np.array(matrix)
    if colour == COLOURS["dirt"]:
        wrong = (now == colour).mean(axis=(1, 3)) >= 0.5
    shown, block_of = codewords()
    lost = Counter(block_of[word] for word in set(shown[wrong]) - {-1})
    kind = symbols.kind(codes.ROBUST_VERSION, ERROR_CORRECT_Q, codes.MASK)
    long, short = VERSION_BITS
    begin = len(matrix) - FINDER - 1 - short
    blocks = (wrong[begin : begin + short, :long], wrong[:long, begin : begin + short])
    return (
        max(lost.values(), default=0) <= kind.correction // 2
        and min(int(block.sum()) for block in blocks) <= VERSION_ERRORS
    )


def worn(
    make: MakeMark, *, share: float, number: int, chance: random.Random
) -> tuple[Image.Image, str, bool]:
    """Return a worn code, what it says, and whether level Q can make that good."""
    token = some_tokens(number + 1)[number]
    matrix = codes.matrix(token, side=codes.ROBUST_FROM)
    colour = list(COLOURS.values())[chance.randrange(len(COLOURS))]
    spoilt = damaged(drawn(matrix), make(chance), share=share, colour=colour)
    return spoilt, token, is_within_the_standard(spoilt, matrix, colour=colour)


@HOW_MANY
@PRINTED
def test_the_phones_decoder_reads_whatever_level_q_can_make_good(
    size: int, resolution: int, count: int
) -> None:
    chance = random.Random(f"{size} {resolution}")
    for make, share, number in product((small_stains, scratches), SHARES, range(count)):
        spoilt, token, is_within = worn(make, share=share, number=number, chance=chance)
        has_read = reads(read_by_zxing, printed(spoilt, size, resolution), token)
        assert has_read or not is_within, (make.__name__, share, number)


@HOW_MANY
@BY_EACH
@PRINTED
def test_a_worn_corner_keeps_no_code_from_being_read(
    size: int, resolution: int, decoder: str, count: int
) -> None:
    chance = random.Random(f"{size} {resolution} corner")
    for share, number in product(SHARES, range(count)):
        spoilt, token, is_within = worn(worn_corner, share=share, number=number, chance=chance)
        assert is_within
        assert reads(DECODERS[decoder], printed(spoilt, size, resolution), token)


@HOW_MANY
@pytest.mark.parametrize(
    ("make", "share", "within", "seen"),
    [
        (small_stains, 0.05, 0.95, 0.95),
        (scratches, 0.05, 0.75, 0.9),
        (small_stains, 0.1, 0.6, 0.8),
        (scratches, 0.1, 0.35, 0.8),
    ],
)
def test_most_damage_is_within_that_and_the_second_decoder_reads_most_of_it(
    make: MakeMark, share: float, within: float, seen: float, count: int
) -> None:
    """OpenCV misses what is near the limit: it makes more mistakes of its own than zxing."""
    chance = random.Random(f"{make.__name__} {share}")
    counted: Counter[str] = Counter()
    for number in range(count * 5):
        spoilt, token, is_within = worn(make, share=share, number=number, chance=chance)
        counted["all"] += 1
        if not is_within:
            continue
        counted["within"] += 1
        size, resolution = chance.choice(PRINTS)
        counted["seen"] += reads(read_by_opencv, printed(spoilt, size, resolution), token)
    assert counted["within"] >= within * counted["all"]
    assert counted["seen"] >= seen * counted["within"]


@BY_EACH
def test_twin_without_a_finder_pattern_nothing_reads(decoder: str) -> None:
    """A fortieth of the area is enough there, whatever the level: the short code is for that."""
    (token,) = some_tokens(1)
    drawing = drawn(codes.matrix(token, side=codes.ROBUST_FROM))
    assert DECODERS[decoder](printed(drawing, 40, 300)) == token
    corner = codes.QUIET_ZONE * FINE
    drawing.paste(255, (corner, corner, corner + FINDER * FINE, corner + FINDER * FINE))
    assert not DECODERS[decoder](printed(drawing, 40, 300))
