"""Plots with a second value axis at the right: which marks belong to which axis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .axes.axis import Axis, Side
from .axes.plots import Plot
from .drawing import Colour, Drawing, Label, Rect, Shape, is_grey, same_colour
from .legends import Legend
from .marks.content import Content
from .marks.mark import NotMeasuredError, Style
from .names import axis_title
from .series import named_in

_NEAR_SIDE = 1.5
"""Points from a side of the plot area within which its line and ticks are drawn."""
_ALIKE = 0.06
"""By how much the colour of an axis may differ from that of its marks."""


@dataclass(frozen=True)
class Layer:
    """The marks of one of the two axes.

    Attributes:
        plot: with that axis as its only value axis.
        name: the title of the axis, which names a series without a legend.
    """

    content: Content
    plot: Plot
    name: str | None


def layers_of(
    inner: Content, plot: Plot, legends: Sequence[Legend], drawing: Drawing, spare: Sequence[Label]
) -> list[Layer]:
    """The marks of a plot by axis: by the colour of an axis' labels, title or line, else by its title in the legend.

    Raises:
        NotMeasuredError: it is not certain which marks belong to which axis.
    """
    assert plot.y is not None
    assert plot.y2 is not None
    axes = (plot.y, plot.y2)
    titles = [axis_title(plot.box, axis, spare) for axis in axes]
    colours = [
        _colours(axis, title[1] if title else None, plot.box, drawing.shapes)
        for axis, title in zip(axes, titles, strict=True)
    ]
    styles = list(dict.fromkeys(_styles(inner)))
    owner: dict[Style, int] = {}
    for style in styles:
        fits = [k for k, mine in enumerate(colours) if any(same_colour(style.colour, one, _ALIKE) for one in mine)]
        if len(fits) == 1:
            owner[style] = fits[0]
    if not all(colours) and len(set(owner.values())) == 1 and colours[next(iter(owner.values()))]:
        # One axis has the colour of its marks; the other one, in black, has all others.
        other = 1 - next(iter(owner.values()))
        owner |= {style: other for style in styles if style not in owner}
    words = [_plain(title[0]) if title else "" for title in titles]
    for style in [style for style in styles if style not in owner]:
        name = _plain(named_in(style, styles, legends) or "")
        fits = [k for k, text in enumerate(words) if name and text and (name in text or text in name)]
        if len(fits) == 1:
            owner[style] = fits[0]
    colours_of = [{style.colour for style, of in owner.items() if of == k} for k in (0, 1)]
    if len(owner) < len(styles) or not all(colours_of) or colours_of[0] & colours_of[1]:
        raise NotMeasuredError("it is not certain which of the two value axes belongs to which marks")
    layers = []
    for k, (axis, title) in enumerate(zip(axes, titles, strict=True)):
        own = {style for style, of in owner.items() if of == k}
        layers.append(Layer(_part(inner, own), replace(plot, y=axis, y2=None), title[0] if title else None))
    return layers


def _colours(axis: Axis, title: Label | None, frame: Rect, shapes: Sequence[Shape]) -> list[Colour]:
    """Colours, other than grey, of the labels, the title, the line and the ticks of an axis."""
    found = [label.colour for label in axis.labels]
    if title is not None:
        found.append(title.colour)
    side = frame[0] if axis.side == Side.LEFT else frame[2]
    for shape in shapes:
        if shape.is_segment and shape.stroke is not None:
            x0, y0, x1, y1 = shape.box
            tick = shape.horizontal and x1 - x0 < 12 and min(abs(x0 - side), abs(x1 - side)) < _NEAR_SIDE
            line = (
                not shape.horizontal
                and abs((x0 + x1) / 2 - side) < _NEAR_SIDE
                and y1 - y0 > 0.5 * (frame[3] - frame[1])
            )
            if (tick or line) and y0 > frame[1] - 3 and y1 < frame[3] + 3:
                found.append(shape.stroke)
    return [colour for colour in dict.fromkeys(found) if not is_grey(colour)]


def _styles(inner: Content) -> list[Style]:
    lines = [_line_style(line) for line in inner.lines]
    return [
        *(Style(shape.colour) for shape in (*inner.bars, *inner.areas)),
        *lines,
        *(
            style
            for point in inner.points
            if (style := Style(point.shape.colour)).colour not in {line.colour for line in lines}
            and min(style.colour) < 0.97
        ),
    ]


def _part(inner: Content, own: set[Style]) -> Content:
    colours = {style.colour for style in own}
    return Content(
        tuple(shape for shape in inner.bars if shape.colour in colours),
        tuple(line for line in inner.lines if _line_style(line) in own),
        tuple(shape for shape in inner.areas if shape.colour in colours),
        # Hollow point marks have the colour of the paper.
        tuple(point for point in inner.points if point.shape.colour in colours or min(point.shape.colour) >= 0.97),
        (),
    )


def _line_style(line: Shape) -> Style:
    return Style(line.stroke or (0.0, 0.0, 0.0), line.dashes)


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
