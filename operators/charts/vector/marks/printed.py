"""Values that are printed at marks; they win over measured ones where they agree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..axes.tick_numbers import tick_numbers
from ..drawing import Label, Rect
from .mark import Mark

_DIGITS = re.compile(r"[\d.,]*\d")
_NEAR = 1.9
"""Distance of a value from its mark, in sizes of the font."""


@dataclass(frozen=True)
class Printed:
    """A printed value and where it stands."""

    value: float
    box: Rect


def printed_values(marks: Sequence[Mark], upright: bool, labels: Sequence[Label], extent: float) -> dict[int, Printed]:
    """Printed values by the place of their mark, each label at one mark.

    Args:
        labels: texts in the plot that name nothing else.
        extent: of the measured axis.
    """
    numbers = [(label, readings) for label in labels if label.is_horizontal and (readings := _readings(label.text))]
    if not numbers or len(numbers) > 2000 or len(marks) > 2000:
        return {}
    pairs: list[tuple[float, int, int, float]] = []
    for k, mark in enumerate(marks):
        for n, (label, readings) in enumerate(numbers):
            distance = _distance(mark, label, upright)
            if distance is None:
                continue
            for value, step in readings:
                if abs(value - mark.value) <= 0.51 * step + 0.006 * extent + mark.resolution:
                    pairs.append((distance, k, n, value))
    found: dict[int, Printed] = {}
    taken: set[int] = set()
    for _, k, n, value in sorted(pairs):
        if k not in found and n not in taken:
            found[k] = Printed(value, numbers[n][0].box)
            taken.add(n)
    return found


def _readings(text: str) -> list[tuple[float, float]]:
    """Values of a label with the step of their last digit."""
    found = []
    for reading in tick_numbers([text]):
        value = reading.values[0]
        match = _DIGITS.search(text)
        if value is None or match is None or value == 0:
            continue
        digits = match[0].replace(",", ".")
        decimals = len(digits.rpartition(".")[2]) if "." in digits else 0
        shown = float("".join(ch for ch in match[0] if ch.isdigit()) or 0)
        step = abs(value) / shown if shown else 10.0**-decimals
        found.append((value, step))
    return found


def _distance(mark: Mark, label: Label, upright: bool) -> float | None:
    """From the end of a mark, or from its middle; None where the label does not stand at it."""
    x, y = label.centre
    place, at = (x, y) if upright else (y, x)
    half = max((mark.high - mark.low) / 2, 0.7 * label.size, (label.box[2] - label.box[0]) / 2 if upright else 0)
    if abs(place - mark.middle) > half + 1:
        return None
    reach = _NEAR * label.size + (0 if upright else (label.box[2] - label.box[0]) / 2)
    to_tip = abs(at - mark.at)
    low, high = (mark.box[1], mark.box[3]) if upright else (mark.box[0], mark.box[2])
    if to_tip > reach and not low - 1 <= at <= high + 1:
        return None
    return to_tip + abs(place - mark.middle)
