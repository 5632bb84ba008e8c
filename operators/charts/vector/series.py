"""Names of series: by the legend's colours, dashes and marks, or by a text at the end of a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from .axes.labels import whole_lines
from .drawing import Colour, Label, is_grey, same_colour
from .legends import Entry, Legend
from .marks.mark import Mark, Measured, Style

_NEAR = 16.0
"""Points from the end of a line within which its name stands."""


@dataclass(frozen=True)
class SeriesNames:
    """Names of styles.

    Attributes:
        names: of each style that has one.
        sure: whether every style of several has a name of its own.
        labels: texts that were used.
    """

    names: dict[Style, str]
    sure: bool
    labels: tuple[Label, ...]


def name_series(measured: Sequence[Measured], legends: Sequence[Legend], labels: Sequence[Label]) -> SeriesNames:
    """The names of the styles of all marks of a plot."""
    styles = list(dict.fromkeys(mark.style for part in measured for mark in part.marks))
    entries = [entry for legend in legends for entry in legend.entries]
    names: dict[Style, str] = {}
    for style in styles:
        name = _in_legend(style, styles, entries)
        if name is not None:
            names[style] = name
    used: list[Label] = []
    if len(names) < len(styles):
        nameless = [style for style in styles if style not in names]
        for style, label in _at_ends(measured, nameless, whole_lines(labels)):
            names[style] = label.text
            used.append(label)
    distinct = len(set(names.values())) == len(names)
    sure = len(styles) == 1 or (len(names) == len(styles) and distinct)
    return SeriesNames(names, sure, tuple(used))


def named_in(style: Style, styles: Sequence[Style], legends: Sequence[Legend]) -> str | None:
    """The name that legends give to one of several styles; None without one."""
    return _in_legend(style, styles, [entry for legend in legends for entry in legend.entries])


def _in_legend(style: Style, styles: Sequence[Style], entries: Sequence[Entry]) -> str | None:
    fits = [entry for entry in entries if _has_colour(entry, style.colour)]
    if not fits:
        # A sample that is more or less transparent than the marks.
        fits = [entry for entry in entries if _has_hue(entry, style.colour)]
    if len(fits) > 1:
        closest = min(_distance(entry, style.colour) for entry in fits)
        fits = [entry for entry in fits if _distance(entry, style.colour) <= closest + 0.004]
    if len(fits) > 1:
        by_dash = [entry for entry in fits if entry.dashes == style.dashes]
        fits = by_dash or fits
    if len(fits) > 1 and style.marker:
        fits = [entry for entry in fits if style.marker in entry.markers] or fits
    names = dict.fromkeys(entry.name for entry in fits)
    return next(iter(names)) if len(names) == 1 else None


def _has_colour(entry: Entry, colour: Colour) -> bool:
    """The telling colour of a sample; any of its colours where that is grey."""
    telling = [part for part in entry.colours if not is_grey(part)]
    return any(same_colour(part, colour, 0.02) for part in (telling or entry.colours))


def _has_hue(entry: Entry, colour: Colour) -> bool:
    return any(_same_hue(part, colour) for part in entry.colours if not is_grey(part)) and not is_grey(colour)


def _same_hue(one: Colour, other: Colour) -> bool:
    """Whether two colours are one ink, more or less diluted with white."""
    a, b = [1 - part for part in one], [1 - part for part in other]
    high, low = max(a), max(b)
    return high > 0.05 and low > 0.05 and max(abs(x / high - y / low) for x, y in zip(a, b, strict=True)) < 0.03


def _distance(entry: Entry, colour: Colour) -> float:
    return min(max(abs(a - b) for a, b in zip(part, colour, strict=True)) for part in entry.colours)


def _at_ends(
    measured: Sequence[Measured], styles: Sequence[Style], labels: Sequence[Label]
) -> list[tuple[Style, Label]]:
    """Texts at the right ends of lines and areas, each at one line only."""
    found: list[tuple[Style, Label]] = []
    for style in styles:
        marks = [
            mark for part in measured if part.kind in ("line", "area") for mark in part.marks if mark.style == style
        ]
        if not marks:
            continue
        last = max(marks, key=lambda mark: mark.high)
        near = [label for label in labels if _stands_at(label, last, style.colour)]
        if len(near) > 1:
            near = [label for label in near if same_colour(label.colour, style.colour, 0.1)] or near
            near.sort(key=lambda label: abs(label.centre[1] - last.at))
            if len(near) > 1 and abs(near[1].centre[1] - last.at) < 1.5 * abs(near[0].centre[1] - last.at) + 1:
                continue
        if near and not any(near[0] is label for _, label in found):
            found.append((style, near[0]))
    return found


def _stands_at(label: Label, mark: Mark, colour: Colour) -> bool:
    """Whether a name stands at the end of a line; a number is a name only in the line's colour."""
    gap = label.box[0] - mark.high
    return (
        label.is_horizontal
        and (any(map(str.isalpha, label.text)) or (not is_grey(colour) and same_colour(label.colour, colour, 0.1)))
        and -2 <= gap <= _NEAR
        and abs(label.centre[1] - mark.at) < 0.8 * label.size
    )
