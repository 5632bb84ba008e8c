"""What modules of marks give: values at places, before they have names."""

from dataclasses import dataclass

from ..drawing import Colour, Rect, Shape


@dataclass(frozen=True)
class Style:
    """What tells a series from others.

    Attributes:
        marker: the form of its point marks, as `marker_form` has it; empty where there are none.
    """

    colour: Colour
    dashes: str = ""
    marker: str = ""


@dataclass(frozen=True)
class Mark:
    """A value that was drawn.

    Attributes:
        low, high: its extent along the independent axis, in points; equal for a point.
        value: of the measured axis.
        at: where its value stands on that axis, in points.
        resolution: by how much the value changes over what the drawing resolves.
        box: of the mark.
        order: number of the path, which is the order of drawing.
    """

    style: Style
    low: float
    high: float
    value: float
    at: float
    resolution: float
    box: Rect
    order: int = 0

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Measured:
    """The marks of one kind in a plot.

    Attributes:
        kind: as in `charts.chart_type`.
        upright: whether the measured axis is the vertical one.
        bins: whether `low` and `high` are the edges of bins.
        doubt: 0 where all marks of the kind are explained, up to 1.
        cause: of the doubt, in words; empty where there is none or it is usual for the kind.
    """

    kind: str
    upright: bool
    marks: tuple[Mark, ...]
    bins: bool = False
    doubt: float = 0.0
    cause: str = ""


class NotMeasuredError(Exception):
    """The marks are not understood; the message says why."""


def marker_form(shape: Shape, parts: int = 1) -> str:
    """The form of a point mark, the same for all of one series, whatever their size."""
    width, height = shape.size
    aspect = round(4 * min(width, height) / max(width, height, 0.1))
    filled = "f" if shape.fill is not None else "s"
    kind = "o" if shape.rounded else str(len(shape.knots))
    turned = ""
    if not shape.rounded and parts == 1 and shape.closed:
        middle = shape.centre[1]
        above = sum(y < middle for y in shape.knots[:, 1].tolist())
        turned = "^" if 2 * above < len(shape.knots) - 1 else "v" if 2 * above > len(shape.knots) + 1 else ""
        turned += "r" if shape.is_rect else ""
    return f"{filled}{kind}{parts}{aspect}{turned}"
