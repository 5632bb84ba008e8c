"""Charts as they were measured: plain values that travel from the parser's process."""

from dataclasses import dataclass

from .drawing import Drawing, Label, Rect


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A value of a chart; see the table `chart_points`.

    Attributes:
        box: of its mark, or of the printed value, in points of the page as displayed.
        exact: whether the value is printed.
    """

    series: str | None
    x: str | None
    x_number: float | None
    y: float
    box: Rect
    exact: bool


@dataclass(frozen=True, slots=True)
class MeasuredChart:
    """A chart; see the table `charts`.

    Attributes:
        box: the plot with its labels, in points of the page as displayed.
        confidence: that its values are right.
        objections: what speaks against the values, in words; empty where nothing does.
        agreeing: how many labels agree on the scale of an axis, less those that do not, the fewest of all axes.
        names: labels that name categories, slices or series.
        rows: boxes of the rows of labels of categories, along the whole axis.
        ends: boxes in which a factor of an axis of numbers would stand, of axes without one.
        frame: the plot area; None of a pie.
    """

    box: Rect
    chart_type: str
    title: str | None
    x_label: str | None
    y_label: str | None
    values: tuple[MeasuredValue, ...]
    confidence: float
    objections: str = ""
    agreeing: int = 0
    names: tuple[Label, ...] = ()
    rows: tuple[Rect, ...] = ()
    ends: tuple[Rect, ...] = ()
    frame: Rect | None = None


@dataclass(frozen=True, slots=True)
class DeclinedChart:
    """A figure that looks like a chart and was not measured, with the reason."""

    box: Rect
    chart_type: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageCharts:
    """The charts of a page.

    Attributes:
        size: width and height of the page as displayed, in the unit of the boxes.
        outlined: what is drawn on the page, where a chart was declined since its labels are outlines.
    """

    size: tuple[float, float]
    charts: tuple[MeasuredChart | DeclinedChart, ...]
    outlined: Drawing | None = None
