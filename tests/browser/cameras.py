"""Fake cameras: films in Y4M that headless Chromium shows where a camera's picture would be."""

from collections.abc import Sequence
from pathlib import Path

from PIL import ImageOps
from PIL.Image import Image

WIDTH, HEIGHT, RATE = 640, 480, 10
PAPER, INK, NO_COLOUR = 235, 16, 128
QUIET_ZONE = 4
Matrix = Sequence[Sequence[bool]]
Scene = Matrix | Image | None


def film(path: Path, scenes: Sequence[tuple[Scene, float]]) -> Path:
    """Write a film of scenes, each with its seconds; Chromium repeats it.

    A scene is a code, a picture (scaled to fit), or nothing. Format: YUV4MPEG2, planar 4:2:0.
    """
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for scene, seconds in scenes:
            shown = _photograph(scene) if isinstance(scene, Image) else _picture(scene)
            frame = b"FRAME\n" + shown
            for _ in range(round(seconds * RATE)):
                file.write(frame)
    return path


def _photograph(picture: Image) -> bytes:
    fitted = ImageOps.pad(picture.convert("L"), (WIDTH, HEIGHT), color=PAPER)
    return fitted.tobytes() + bytes([NO_COLOUR]) * (WIDTH * HEIGHT // 2)


def _picture(matrix: Matrix | None) -> bytes:
    colours = bytes([NO_COLOUR]) * (WIDTH * HEIGHT // 2)
    if matrix is None:
        return bytes([120]) * (WIDTH * HEIGHT) + colours
    side = len(matrix) + 2 * QUIET_ZONE
    scale = min(WIDTH, HEIGHT) // side
    left, top = (WIDTH - side * scale) // 2, (HEIGHT - side * scale) // 2
    rows = [bytes([PAPER]) * WIDTH] * (top + QUIET_ZONE * scale)
    margin = bytes([PAPER]) * (left + QUIET_ZONE * scale)
    for line in matrix:
        row = margin + b"".join(bytes([INK if dark else PAPER]) * scale for dark in line)
        rows += [row.ljust(WIDTH, bytes([PAPER]))] * scale
    rows += [bytes([PAPER]) * WIDTH] * (HEIGHT - len(rows))
    return b"".join(rows) + colours
