"""Sequences: which numbers of a device's scans have arrived, as ranges in order."""

from collections.abc import Iterable, Sequence

Range = tuple[int, int]
"""First and last number, both in it."""


def parse(text: str) -> list[Range]:
    """Return the ranges that a text like "1-5,7" stands for."""
    ranges = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        ranges.append((int(first), int(last or first)))
    return ranges


def written(ranges: Sequence[Range]) -> str:
    """Return the text of some ranges, "" for none."""
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)


def joined(ranges: Sequence[Range], numbers: Iterable[int]) -> list[Range]:
    """Return the ranges with these numbers in them too, disjoint and in order."""
    every = sorted([*ranges, *((number, number) for number in numbers)])
    whole: list[Range] = []
    for first, last in every:
        if whole and first <= whole[-1][1] + 1:
            whole[-1] = (whole[-1][0], max(whole[-1][1], last))
        else:
            whole.append((first, last))
    return whole


def contains(ranges: Sequence[Range], number: int) -> bool:
    """Return whether a number is in one of the ranges."""
    return any(first <= number <= last for first, last in ranges)


def acknowledged(ranges: Sequence[Range]) -> int:
    """Return the highest number up to which all from 1 on are there; 0 if 1 is missing."""
    return ranges[0][1] if ranges and ranges[0][0] <= 1 else 0


def gaps(ranges: Sequence[Range]) -> list[Range]:
    """Return what is missing between 1 and the highest number that is there."""
    missing, following = [], 1
    for first, last in ranges:
        if first > following:
            missing.append((following, first - 1))
        following = last + 1
    return missing
