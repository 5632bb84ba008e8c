"""Pages for tests of grounding: lines of words on a regular grid."""

import math

import numpy as np
from docpipe.operators.grounding.ground import Evidence
from docpipe.schemas.geometry import turn_boxes, turn_points
from docpipe.schemas.page import TextLines

CHARACTER = 0.01
LINE = 0.02


def page_of(*rows: str, confidence: float = math.nan, turn: int = 0) -> TextLines:
    """A page of rows from the top; two spaces or more begin another line of text further right on the same row.

    `turn` is in degrees, clockwise; with a `confidence` the page counts as read by OCR.
    """
    text: list[str] = []
    line_boxes: list[tuple[float, float, float, float]] = []
    words: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    owner: list[int] = []
    for row, printed in enumerate(rows):
        top, at, before = 0.02 + row * LINE, 0, 2
        for piece in printed.split(" "):
            if not piece:
                at, before = at + 1, before + 1
                continue
            box = (0.02 + at * CHARACTER, top, 0.02 + (at + len(piece)) * CHARACTER, top + 0.75 * LINE)
            if before >= 2:
                text.append("")
                line_boxes.append(box)
            line = len(text) - 1
            text[line] = f"{text[line]} {piece}".strip()
            line_boxes[line] = (line_boxes[line][0], top, box[2], box[3])
            words.append(piece)
            boxes.append(box)
            owner.append(line)
            at, before = at + len(piece) + 1, 1
    lines = turn_boxes(np.array(line_boxes, np.float32).reshape(-1, 4), turn)
    corners = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in line_boxes], np.float32)
    polygons = [turn_points(corner, turn) for corner in corners] if turn else [None] * len(text)
    return TextLines(
        text,
        lines,
        polygons,
        np.full(len(text), confidence, np.float32),
        np.full(len(text), -1, np.int32),
        words,
        turn_boxes(np.array(boxes, np.float32).reshape(-1, 4), turn),
        np.full(len(words), confidence, np.float32),
        np.array(owner, np.int32),
    )


def printed(*rows: str, confidence: float = math.nan, turn: int = 0) -> Evidence:
    """The evidence of one page."""
    return Evidence([(1, page_of(*rows, confidence=confidence, turn=turn))])


def box_around(boxes: np.ndarray) -> list[float]:
    return [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
