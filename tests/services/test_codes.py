"""A code reads back as the text it was made of, also from poor pictures."""

import io
import random
import re
import uuid
import xml.etree.ElementTree as ET
from functools import lru_cache

import cv2
import numpy as np
import pytest
import qrcode
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from qrcode.exceptions import DataOverflowError
from qrcode.util import QRData

from registration.services.badges import codes, symbols, tokens
from registration.services.badges.tokens import Payload

Pixels = NDArray[np.uint8]


@lru_cache
def some_tokens(count: int) -> list[str]:
    chance = random.Random(3)
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    event_id = uuid.UUID(int=7)
    return [
        tokens.encode(Payload(1, 0, 99, chance.randbytes(8).hex(), 0, 1), key, event_id)
        for _ in range(count)
    ]


def picture(token: str, scale: int) -> Image.Image:
    return Image.open(io.BytesIO(codes.png(token, scale=scale))).convert("L")


def read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcodes(image)
    return found[0].text if len(found) == 1 else None


def read_by_opencv(image: Image.Image) -> str:
    """Return what either of its two detectors finds: each alone misses one clean code in twenty."""
    pixels: Pixels = np.array(image.convert("L"))
    for detector in (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector()):
        text, _, _ = detector.detectAndDecode(pixels)
        if text:
            return str(text)
    return ""


def turned(image: Image.Image, chance: random.Random) -> Image.Image:
    angle = chance.uniform(-180, 180)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def blurred(image: Image.Image, _chance: random.Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(2))


def grainy(image: Image.Image, chance: random.Random, *, strength: float) -> Image.Image:
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0, strength, image.size[::-1])
    return Image.fromarray((np.array(image) + grain).clip(0, 255).astype(np.uint8))


def in_the_dark(image: Image.Image, chance: random.Random) -> Image.Image:
    """With 60 % of the contrast and the grain of a phone's camera at night."""
    return grainy(image.point(lambda value: value * 0.6 + 40), chance, strength=15)


def slanted(image: Image.Image, _chance: random.Random) -> Image.Image:
    """Held at an angle: the lower edge is a fifth shorter than the upper one."""
    width, height = image.size
    table = Image.new("L", (width * 2, height * 2), 255)
    table.paste(image, (width // 2, height // 2))
    width, height = table.size
    corners = (0, 0, -width * 0.1, height, width * 1.1, height, width, 0)
    return table.transform(
        table.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255
    )


def stained(image: Image.Image, _chance: random.Random) -> Image.Image:
    """With a stain of 5 × 4 modules in the data, half of what level M makes good."""
    scale = image.width // 45
    stain = Image.new("L", (5 * scale, 4 * scale), 128)
    image = image.copy()
    image.paste(stain, (20 * scale, 20 * scale))
    return image


def test_500_badges_read_from_the_smallest_clean_picture() -> None:
    assert [read(picture(token, 2)) for token in some_tokens(500)] == some_tokens(500)


@pytest.mark.parametrize("spoil", [turned, blurred, in_the_dark, slanted, stained])
def test_badges_read_from_poor_pictures(spoil: object) -> None:
    chance = random.Random(4)
    found = [read(spoil(picture(token, 5), chance)) for token in some_tokens(100)]  # type: ignore[operator]  # one of the above
    assert found == some_tokens(100)


def test_a_second_decoder_reads_them_too() -> None:
    found = [read_by_opencv(picture(token, 4)) for token in some_tokens(100)]
    wrong = [text for text, token in zip(found, some_tokens(100), strict=True) if text != token]
    assert set(wrong) <= {""}
    assert len(wrong) <= 5


def test_the_fixed_mask_reads_about_as_often_as_the_best_one() -> None:
    """In so much grain that a third is lost with either."""
    chance = random.Random(5)
    fixed = best = 0
    for token in some_tokens(60):
        code = qrcode.QRCode(version=codes.VERSION, border=codes.QUIET_ZONE, box_size=3)
        code.add_data(token, optimize=0)
        chosen = code.make_image().get_image().convert("L")
        fixed += read(grainy(picture(token, 3), chance, strength=57)) == token
        best += read(grainy(chosen, chance, strength=57)) == token
    assert 15 < best < 60
    assert fixed >= best - 15


@pytest.mark.parametrize(("side", "version"), [(0.0, 5), (30.0, 7)])
def test_our_symbols_are_those_of_the_library(side: float, version: int) -> None:
    """Module by module: tokens, and texts of all lengths that need padding."""
    chance = random.Random(9)
    lengths = (1, 2, 3, 50, 99, 118, 119, 120)
    texts = ["".join(chance.choices(symbols.ALPHANUMERIC, k=length)) for length in lengths]
    level = qrcode.ERROR_CORRECT_Q if version == codes.ROBUST_VERSION else qrcode.ERROR_CORRECT_M
    for text in (*some_tokens(20), *texts):
        code = qrcode.QRCode(version, level, border=0, mask_pattern=codes.MASK)
        code.add_data(QRData(text, mode=2))
        code.make(fit=False)
        assert [list(row) for row in codes.matrix(text, side=side)] == code.modules


def test_a_letter_that_no_token_has_is_refused() -> None:
    for text in ("e1:7", "E1;", "Ä"):
        with pytest.raises(KeyError):
            codes.matrix(text)


def test_a_badge_is_version_5_at_level_m_with_a_fixed_mask() -> None:
    for token in some_tokens(20):
        (found,) = zxingcpp.read_barcodes(picture(token, 4))
        assert len(codes.matrix(token)) == 37
        assert found.ec_level == "M"
        assert codes.matrix(token) == codes.matrix(token)


def test_a_text_that_is_too_long_for_a_badge_is_refused() -> None:
    with pytest.raises(DataOverflowError):
        codes.matrix(some_tokens(1)[0] + "0000")


def test_a_picture_is_black_and_white_with_its_quiet_zone() -> None:
    image = Image.open(io.BytesIO(codes.png(some_tokens(1)[0], scale=3)))
    pixels = np.array(image.convert("L"))
    assert image.mode == "1"
    assert image.size == (45 * 3, 45 * 3)
    assert set(np.unique(pixels)) == {0, 255}
    dark = np.argwhere(pixels == 0)
    assert dark.min() == 4 * 3
    assert dark.max() == 41 * 3 - 1


def drawn(svg: str, scale: int) -> Image.Image:
    """Draw the SVG's one path as a browser does: rectangles of one row."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    pixels = np.full((size, size), 255, np.uint8)
    _, dark = [child.attrib["d"] for child in root]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", dark):
        pixels[int(y), int(x) : int(x) + int(length)] = 0
    return Image.fromarray(pixels).resize((size * scale, size * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    "text",
    [
        "https://einlass.example/gate/?code=7H3K-99QX",
        "einlass.example",
        "Grüße an alle: " + "x" * 300,
        some_tokens(1)[0],
    ],
)
def test_an_svg_holds_any_text(text: str) -> None:
    assert read(drawn(codes.svg(text), 4)) == text


def test_an_svg_is_a_picture_that_can_have_a_name() -> None:
    named = ET.fromstring(codes.svg("x", label='Code <of> "Änne" & Co'))
    assert named.attrib["role"] == "img"
    assert named.attrib["aria-label"] == 'Code <of> "Änne" & Co'
    assert named.attrib["shape-rendering"] == "crispEdges"
    assert "style" not in codes.svg("x")
