"""What is known of a synthetic page. All boxes are pixels of its image: x0 y0 x1 y1, origin at the top left."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Word:
    """A run of characters without a space, with the box of its ink."""

    text: str
    box: Box


@dataclass(frozen=True)
class Line:
    """One run of text on one base line.

    Attributes:
        centres: (characters, 2) float32: the middle of each character of `text`, spaces included.
    """

    text: str
    box: Box
    words: tuple[Word, ...]
    centres: NDArray[np.float32]


@dataclass(frozen=True)
class LabelledQuestion:
    """A question about the page; no answers mean that the page does not contain the answer.

    Attributes:
        field: name of the asked field, `total` for example.
        answers: every form that counts as right, the printed one first.
        boxes: places of the answer; any of them counts.
        kind: `text`, `number` or `count`; a number is right within `tolerance`.
    """

    field: str
    question: str
    answers: tuple[str, ...]
    boxes: tuple[Box, ...] = ()
    kind: str = "text"
    tolerance: float | None = None


@dataclass(frozen=True)
class Chart:
    """The data table of a chart as it was plotted; `row_boxes[i]` is the mark of `rows[i]`.

    Attributes:
        kind: `bar`, `line` or `pie`.
        x_title, y_title: of the axes; empty where not printed.
        header, rows: long form as in the charts of the corpus: a row is one value.
        columns, table: wide form: first the x values, then one column a series.
    """

    kind: str
    title: str
    x_title: str
    y_title: str
    legend_title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_boxes: tuple[Box, ...]
    columns: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    box: Box


@dataclass(frozen=True)
class SyntheticPage:
    """A drawn page and everything that is known of it.

    Attributes:
        image: uint8 of shape (height, width) for grey pages, (height, width, 3) RGB for coloured ones.
        lines: in reading order.
    """

    kind: str
    language: str
    image: NDArray[np.uint8]
    lines: tuple[Line, ...]
    questions: tuple[LabelledQuestion, ...] = ()
    chart: Chart | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        return int(self.image.shape[0])

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)
