"""The intermediate form of a chart between the parsers of its formats and the final table."""

from collections.abc import Sequence
from dataclasses import dataclass


class ChartParseError(ValueError):
    """A text has no table of a chart; the message names the reason."""


@dataclass(frozen=True)
class RawChart:
    """A parsed chart: rows may differ in length, cells have their original text, missing texts are empty.

    Attributes:
        truncated: whether the text ended within a row, which is then dropped.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart_type: str = ""
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    truncated: bool = False
