"""Labelled data: JSONL files of lines with boxes, questions with answers, and chart tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..schemas.errors import InvalidJobError, MissingResourceError
from .metrics.boxes import Box
from .metrics.charts import Point


@dataclass(frozen=True)
class Place:
    """Where a label belongs; `size` is the page's in the unit of its boxes, None if the file has none."""

    file: str
    page: int
    size: tuple[float, float] | None


@dataclass(frozen=True)
class PageTruth:
    """A page's text.

    Attributes:
        lines: text and box of each line; no boxes where the file has none.
    """

    place: Place
    lines: tuple[tuple[str, Box | None], ...]

    @property
    def text(self) -> str:
        return "\n".join(text for text, _ in self.lines)


@dataclass(frozen=True)
class QuestionTruth:
    """A question; no answers mean that the document does not contain it. `boxes` are page numbers and boxes."""

    place: Place
    question: str
    answers: tuple[str, ...]
    tolerance: float | None
    boxes: tuple[tuple[int, Box], ...]


@dataclass(frozen=True)
class ChartTruth:
    """A chart's values; `value_column` of the file's header has the numbers."""

    place: Place
    kind: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Truth:
    """The contents of the label files."""

    pages: tuple[PageTruth, ...] = ()
    questions: tuple[QuestionTruth, ...] = ()
    charts: tuple[ChartTruth, ...] = ()


def read_truth(paths: Sequence[Path]) -> Truth:
    """Read label files; what a row is shows in its keys.

    Raises:
        MissingResourceError: a file does not exist.
        InvalidJobError: a row is of no known kind or lacks a key; the message names file, line and key.
    """
    pages, questions, charts = list[PageTruth](), list[QuestionTruth](), list[ChartTruth]()
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MissingResourceError(f"{path}: cannot be read: {error}") from error
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                place = _place(row)
                if "question" in row:
                    questions.append(_question(row, place))
                elif "lines" in row or "text" in row:
                    pages.append(_page(row, place))
                elif "header" in row:
                    charts.append(_chart(row, place))
                else:
                    raise ValueError("none of the keys question, lines, text and header is there")
            except (ValueError, TypeError, AttributeError, IndexError) as error:
                raise InvalidJobError(f"{path}:{number}: is no row of labels: {error}") from error
            except KeyError as error:
                raise InvalidJobError(f"{path}:{number}: key {error} is missing") from error
    return Truth(tuple(pages), tuple(questions), tuple(charts))


def _place(row: Mapping[str, Any]) -> Place:
    size = (float(row["width"]), float(row["height"])) if row.get("width") and row.get("height") else None
    return Place(str(row["file"]), int(row.get("page", 1)), size)


def _box(values: Sequence[float]) -> Box:
    x0, y0, x1, y1 = (float(value) for value in values)
    return x0, y0, x1, y1


def _page(row: Mapping[str, Any], place: Place) -> PageTruth:
    if "lines" not in row:
        return PageTruth(place, tuple((line, None) for line in row["text"].splitlines() if line.strip()))
    lines = ((str(line["text"]), _box(line["box"]) if line.get("box") else None) for line in row["lines"])
    return PageTruth(place, tuple(lines))


def _question(row: Mapping[str, Any], place: Place) -> QuestionTruth:
    boxes = [
        (int(entry["page"]), _box(entry["box"])) if isinstance(entry, Mapping) else (place.page, _box(entry))
        for entry in row.get("boxes") or ()
    ]
    tolerance = float(row["tolerance"]) if row.get("tolerance") is not None else None
    return QuestionTruth(place, str(row["question"]), tuple(map(str, row["answers"])), tolerance, tuple(boxes))


def _chart(row: Mapping[str, Any], place: Place) -> ChartTruth:
    """The column of values is the y axis' one if that holds numbers only, else the last one that does."""
    header, rows = list(map(str, row["header"])), row["rows"]
    numeric = [
        column for column in range(len(header)) if rows and all(number_in(entry[column]) is not None for entry in rows)
    ]
    if not numeric:
        return ChartTruth(place, str(row["type"]), ())
    named = [column for column in numeric if header[column] == row.get("y_title")]
    column = (named or numeric)[-1]
    points = [
        Point(tuple(str(entry[i]) for i in range(len(header)) if i != column and entry[i]), value)
        for entry in rows
        if (value := number_in(entry[column])) is not None
    ]
    return ChartTruth(place, str(row["type"]), tuple(points))


def number_in(text: Any) -> float | None:
    """The number that `text` is, with thousands separated by commas or not, a trailing % dropped."""
    try:
        return float(str(text).strip().rstrip("%").replace(",", "").replace("−", "-"))
    except ValueError:
        return None
