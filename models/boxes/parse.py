"""Parses the boxes in a model's output, and records the repairs that this needed.

InternVL2 writes `<ref>label</ref><box>[[x1, y1, x2, y2]]</box>`, whole numbers from 0 to 1000 over the width and
height of the original image (OpenGVLab/InternVL, eval/refcoco/evaluate_grounding.py). Without the special tokens
`label[[x1, y1, x2, y2]]` is left.

Inside `<box>` and `<quad>` everything is meant as a box, and what gives none is rejected with a reason. Elsewhere a
list of numbers is text, unless its first entry has 4 numbers (8 for a quad) and

- two brackets open or close it, or
- it follows `</ref>` or another box, or
- it is the whole output, or the whole output is one line that ends in it, directly behind a label, and it gives a box.

Two brackets behind `</ref>`, and two that the end of the output cuts off, are parsed as a box whatever they contain.
"""

from dataclasses import dataclass

from .markup import SEPARATORS, find_markups, without_tags
from .numbers import ModelBox, read_boxes

_FULL_WIDTH = str.maketrans("［］（），、；．－−＋", "[](),,;.--+")


@dataclass(frozen=True)
class Rejected:
    """Mark-up of a box that gives no box, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class ParsedBoxes:
    """What `parse_boxes` found: boxes in their order, and the text without their mark-up, labels kept."""

    boxes: tuple[ModelBox, ...]
    text: str
    rejected: tuple[Rejected, ...]


def parse_boxes(output: str) -> ParsedBoxes:
    """Find the boxes in a model's output; never raises, in time that grows with its length only."""
    plain = output.translate(_FULL_WIDTH)
    boxes: list[ModelBox] = []
    rejected: list[Rejected] = []
    kept: list[str] = []
    end = 0
    for markup in find_markups(plain, output):
        found = read_boxes(plain, markup.body, markup.whole, markup.label)
        for span, box in found:
            if isinstance(box, ModelBox):
                boxes.append(box)
            else:
                rejected.append(
                    Rejected(output[slice(*span)] if len(found) > 1 else output[markup.start : markup.stop], box)
                )
        kept.append(output[end : markup.start])
        end = markup.stop
    kept.append(output[end:])
    return ParsedBoxes(tuple(boxes), _joined([without_tags(text) for text in kept]), tuple(rejected))


def _joined(pieces: list[str]) -> str:
    """The text around boxes as one text, with the white space of one word, line or paragraph break."""
    text = [pieces[0]]
    for number, piece in enumerate(pieces[1:], 2):
        if number < len(pieces) and not piece.strip(SEPARATORS):
            continue
        left, right = text[-1].rstrip(" \t"), piece.lstrip(" \t")
        if not left or left[-1] == "\n":
            right = right.removeprefix("\n")
        text[-1] = left
        apart = left and right and left[-1] not in "\n([{（" and right[0] not in "\n,.;:!?)]}，。；：、！？）"
        text.append(f" {right}" if apart else right)
    return "".join(text).strip()
