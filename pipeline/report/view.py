"""The contents of the report in the form that its template needs: sheets, boxes and lists of values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from ...schemas.geometry import Box
from ..tables.records import StoredLine
from .images import EncodedImage, within

UNITS = 1000.0
"""Width of a sheet's coordinate system."""
MAX_TEXT = 400
"""Maximum number of characters of a text in a list or a label."""


@dataclass(frozen=True)
class BoxView:
    """A box on a sheet; `key` links it with its value, `label` contains the value."""

    layer: str
    place: Markup
    key: str
    label: str


@dataclass(frozen=True)
class Item:
    """A value in a list next to a sheet."""

    key: str
    text: str
    head: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Section:
    """A list of values; `total` includes those that are not shown."""

    title: str
    layer: str
    items: Sequence[Item]
    total: int
    open: bool = False


@dataclass
class Sheet:
    """An image, or the reason why there is none, with boxes over it in a coordinate system of `width` by `height`."""

    image: EncodedImage | None
    reason: str | None
    height: float
    boxes: list[BoxView] = field(default_factory=list)
    width: float = UNITS

    def add(self, layer: str, box: Box | None, key: str, label: str) -> None:
        """SVG attributes of a box in shares of the sheet; empty for None."""
        if box is not None:
            self.boxes.append(BoxView(layer, self._place(box), key, clipped(label)))

    def _place(self, box: Box) -> Markup:
        x, y = box.x0 * self.width, box.y0 * self.height
        width, height = (box.x1 - box.x0) * self.width, (box.y1 - box.y0) * self.height
        return Markup(f' x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"')


def sheet(image: EncodedImage | None, reason: str | None, width: float | None, height: float | None) -> Sheet:
    """A sheet with the aspect ratio of its image, otherwise that of `width` and `height`, otherwise that of A4."""
    if image is not None:
        width, height = float(image.width), float(image.height)
    proportion = height / width if width and height else 2**0.5
    return Sheet(image, reason, UNITS * min(max(proportion, 0.02), 50.0))


def add_evidence(view: Sheet, places: Iterable[tuple[Box, str, str]], region: Box | None, layer: str) -> None:
    """Boxes of a page with their keys and labels, if they are inside `region`; None means the whole page."""
    for box, key, label in places:
        view.add(layer, box if region is None else within(box, region), key, label)


def add_lines(view: Sheet, lines: Sequence[StoredLine], max_words: int) -> list[Item]:
    """Add lines and up to `max_words` of their words; returns the list of lines."""
    items = []
    for i, line in enumerate(lines):
        key = f"l{i}"
        view.add("lines", line.box, key, line.text)
        for word in line.words[: max(0, max_words)]:
            view.add("words", word.box, key, f"{word.text}{_sure(word.confidence)}")
        max_words -= len(line.words)
        notes = [note for note in (_known("", line.confidence), _known("support ", line.support)) if note]
        items.append(Item(key, clipped(line.text), tail=", ".join(notes)))
    # Words must be drawn over all lines.
    view.boxes.sort(key=lambda box: box.layer == "words")
    return items


def clipped(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _sure(confidence: float | None) -> str:
    return "" if confidence is None else f" ({confidence:.2f})"


def _known(name: str, value: float | None) -> str:
    return "" if value is None else f"{name}{value:.2f}"
