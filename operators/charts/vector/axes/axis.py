"""An axis of a plot area, as the labels along one of its sides give it."""

import itertools
from dataclasses import dataclass, replace
from enum import StrEnum

from ..drawing import Label
from .scales import Scale, ScaleKind


class Side(StrEnum):
    """A side of a plot area."""

    BOTTOM = "bottom"
    LEFT = "left"
    TOP = "top"
    RIGHT = "right"

    @property
    def horizontal(self) -> bool:
        return self in (Side.BOTTOM, Side.TOP)


@dataclass(frozen=True)
class Tick:
    """A label of an axis at its place along it."""

    text: str
    position: float
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Axis:
    """Labels along a side.

    Attributes:
        scale: None for categories.
        ticks: in the order of their positions.
        clock: whether a time scale has times of day and no dates.
        yearless: whether it has months or days and no year.
        days: of categories that are months or quarters, the time scale on which they lie too.
        years: whether the labels are years, which are numbers too.
        unit: what stands after the numbers.
        far: the outer edge of its labels, across the axis.
        beside: a factor at the end of the axis, such as `1e6`, by which its numbers are multiplied.
        rivals: whether another reading of the labels fits as well.
        marks: how many of the labels have a tick or grid line at their place.
        even: of a scale of two labels, whether the ticks between them confirm it.
    """

    side: Side
    scale: Scale | None
    ticks: tuple[Tick, ...]
    clock: bool = False
    yearless: bool = False
    days: Scale | None = None
    years: bool = False
    unit: str = ""
    far: float = 0.0
    beside: Label | None = None
    rivals: bool = False
    marks: int = 0
    even: bool = False

    @property
    def is_time(self) -> bool:
        return self.scale is not None and self.scale.kind == ScaleKind.TIME

    @property
    def is_number(self) -> bool:
        return self.scale is not None and self.scale.kind != ScaleKind.TIME

    @property
    def labels(self) -> tuple[Label, ...]:
        beside = () if self.beside is None else (self.beside,)
        return (*(label for tick in self.ticks for label in tick.labels), *beside)

    def moved(self, by: float) -> "Axis":
        """The axis with its values at places that are `by` points farther."""
        scale, days = (None if scale is None else scale.moved(by) for scale in (self.scale, self.days))
        return replace(self, scale=scale, days=days)

    @property
    def spacing(self) -> float:
        """The least distance of neighbouring ticks, in points."""
        places = [tick.position for tick in self.ticks]
        return min((b - a for a, b in itertools.pairwise(places)), default=0.0)


def anchor(label: Label, side: Side) -> float:
    """Where the tick of a label should be: at its middle, or at the end of slanted text that is nearer to the axis."""
    along, across = (0, 1) if side.horizontal else (1, 0)
    lean = label.direction[across]
    if abs(lean) < 0.1 or abs(lean) > 0.99 or not side.horizontal:
        return label.centre[along]
    toward = -1 if side == Side.BOTTOM else 1
    return (label.end if lean * toward > 0 else label.start)[along]


def span(label: Label, side: Side) -> tuple[float, float]:
    """The extent of a label across its axis."""
    across = 1 if side.horizontal else 0
    return label.box[across], label.box[across + 2]
