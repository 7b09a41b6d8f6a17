"""QR symbols of one version, level and mask, many a second.

What is the same in all of them is learnt from the qrcode library once: where each bit of the
codewords lies, and what the mask and the fixed patterns make of it. A symbol then takes a fifth of
the library's time; a test proves that both draw the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrcode.base import RSBlock

Matrix = tuple[tuple[bool, ...], ...]

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MODE, MODE_BITS, COUNT_BITS = 0b0010, 4, 9
"""Of alphanumeric text up to version 9 (ISO/IEC 18004 §7.4)."""
ENDING = 4
"""Bits that end a text, where there is room for them."""
PADS = bytes((0xEC, 0x11))
FIELD = 255
"""Elements of GF(256) but zero; exponents are modulo this."""


def _pairs() -> dict[str, str]:
    """Return what each pair, and each single letter at a text's end, is in bits."""
    single = {letter: f"{value:06b}" for value, letter in enumerate(ALPHANUMERIC)}
    return single | {
        one + other: f"{45 * high + low:011b}"
        for high, one in enumerate(ALPHANUMERIC)
        for low, other in enumerate(ALPHANUMERIC)
    }


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What all symbols of one version, level and mask share."""

    size: int
    blocks: tuple[int, ...]
    """Data codewords of each block."""
    capacity: int
    """Data codewords of all blocks."""
    correction: int
    """Correcting codewords of each block."""
    remainders: tuple[int, ...]
    """What a leading codeword leaves in those after it, by its value."""
    bits: int
    """Modules that are not fixed."""
    ground: int
    """Those modules where all codewords are nought, in the order of the bits."""
    pick: Callable[[Sequence[bool]], tuple[bool, ...]]
    """Returns all modules in rows, from the bits in their order with a light and a dark one."""
    pairs: dict[str, str]

    def symbol(self, text: str) -> Matrix:
        """Return an alphanumeric text as a symbol, True is dark.

        Raises:
            DataOverflowError: the text is too long.
            KeyError: it has a letter that is not alphanumeric.
        """
        words = self._interleaved(self._words(text))
        drawn = (int.from_bytes(words, "big") << (self.bits - 8 * len(words))) ^ self.ground
        modules = [each == "1" for each in f"{drawn:0{self.bits}b}"]
        modules += (False, True)
        flat, size = self.pick(modules), self.size
        return tuple([flat[at : at + size] for at in range(0, size * size, size)])

    def _words(self, text: str) -> bytes:
        """Return the data codewords."""
        told = f"{MODE:0{MODE_BITS}b}{len(text):0{COUNT_BITS}b}" + "".join(
            [self.pairs[text[at : at + 2]] for at in range(0, len(text), 2)]
        )
        room = 8 * self.capacity - len(told)
        if room < 0:
            from qrcode.exceptions import DataOverflowError  # noqa: PLC0415  # imports Pillow

            raise DataOverflowError(f"{-room} bits too many")
        told += "0" * min(room, ENDING)
        told += "0" * (-len(told) % 8)
        words = int(told, 2).to_bytes(len(told) // 8, "big")
        return (words + PADS * self.capacity)[: self.capacity]

    def _interleaved(self, words: bytes) -> bytes:
        """Return data and correcting codewords, one of each block in turn."""
        data, corrections, at = [], [], 0
        for length in self.blocks:
            block = words[at : at + length]
            data.append(block)
            corrections.append(self._correction(block))
            at += length
        columns = chain(zip_longest(*data), zip_longest(*corrections))
        return bytes([word for column in columns for word in column if word is not None])

    def _correction(self, block: bytes) -> bytes:
        """Return the remainder of the block's division by the generator polynomial."""
        remainders, top = self.remainders, 8 * (self.correction - 1)
        rest, below = 0, (1 << top) - 1
        for word in block:
            rest = (rest & below) << 8 ^ remainders[rest >> top ^ word]
        return rest.to_bytes(self.correction, "big")


@lru_cache(maxsize=8)
def kind(version: int, level: int, mask: int) -> Kind:
    """Return a kind of symbol; ``level`` is one of qrcode's constants for it."""
    from qrcode import base  # noqa: PLC0415  # qrcode imports Pillow

    blocks = base.rs_blocks(version, level)
    total = sum(block.total_count for block in blocks)
    draw = _drawing(version, level, mask)
    ground = draw(bytes(total))
    places = _places(draw, ground, total)
    bits = max(places)
    at_bit = dict(zip(places, ground, strict=True))
    return Kind(
        size=round(len(ground) ** 0.5),
        blocks=tuple(block.data_count for block in blocks),
        capacity=sum(block.data_count for block in blocks),
        correction=blocks[0].total_count - blocks[0].data_count,
        remainders=_remainders(blocks[0]),
        bits=bits,
        ground=int("".join("01"[at_bit[bit]] for bit in range(1, bits + 1)), 2),
        pick=itemgetter(
            *(
                place - 1 if place else bits + dark
                for place, dark in zip(places, ground, strict=True)
            )
        ),
        pairs=_pairs(),
    )


def _drawing(version: int, level: int, mask: int) -> Callable[[bytes], list[bool]]:
    """Return what draws codewords by qrcode: all modules, row after row."""
    from qrcode import QRCode  # noqa: PLC0415  # qrcode imports Pillow

    def draw(words: bytes) -> list[bool]:
        code = QRCode(version=version, error_correction=level, mask_pattern=mask)
        code.data_cache = list(words)
        code.makeImpl(False, mask)  # noqa: FBT003  # the library's own signature
        return [bool(module) for row in code.modules for module in row]

    return draw


def _places(draw: Callable[[bytes], list[bool]], ground: list[bool], total: int) -> list[int]:
    """Return which bit of the codewords each module shows, counted from 1; 0: none.

    Each drawing tells one binary digit of all the numbers: bits are set whose number has it. What
    remains after the last codeword is always light before masking, and counts as fixed.
    """
    places = [0] * len(ground)
    count = 8 * total
    for digit in range(count.bit_length()):
        words = int("".join(str(bit >> digit & 1) for bit in range(1, count + 1)), 2)
        drawn = draw(words.to_bytes(total, "big"))
        for at, (dark, was) in enumerate(zip(drawn, ground, strict=True)):
            places[at] |= (dark != was) << digit
    return places


def _remainders(block: "RSBlock") -> tuple[int, ...]:
    """Return the generator polynomial without its first term, times each element of GF(256)."""
    from qrcode.base import Polynomial, gexp, glog  # noqa: PLC0415  # qrcode imports Pillow

    generator = Polynomial([1], 0)
    for power in range(block.total_count - block.data_count):
        generator *= Polynomial([1, gexp(power)], 0)
    terms = [glog(generator[at]) for at in range(1, len(generator))]
    multiples = (
        int.from_bytes([gexp((glog(factor) + term) % FIELD) for term in terms], "big")
        for factor in range(1, FIELD + 1)
    )
    return (0, *multiples)
