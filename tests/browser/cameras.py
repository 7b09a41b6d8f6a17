"""Fake cameras: films in Y4M that headless Chromium shows where a camera's picture would be."""

from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT, RATE = 640, 480, 10
PAPER, INK, NO_COLOUR = 235, 16, 128
QUIET_ZONE = 4
Matrix = Sequence[Sequence[bool]]


def film(path: Path, scenes: Sequence[tuple[Matrix | None, float]]) -> Path:
    """Write a film of scenes, each a code (or nothing) and its seconds; Chromium repeats it.

    Format: YUV4MPEG2, planar 4:2:0.
    """
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for matrix, seconds in scenes:
            frame = b"FRAME\n" + _picture(matrix)
            for _ in range(round(seconds * RATE)):
                file.write(frame)
    return path


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
