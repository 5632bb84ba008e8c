"""A chart as found in a model's text, before it is brought into one form."""

from collections.abc import Sequence
from dataclasses import dataclass


class ChartParseError(ValueError):
    """A text holds no table of a chart; the message says why."""


@dataclass(frozen=True)
class RawChart:
    """What was found; rows may differ in length, texts are as written, what is missing is empty.

    Attributes:
        truncated: whether the text ended within a row, which was then left out.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart_type: str = ""
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    truncated: bool = False
