"""Boxes in what the model writes, and what had to be mended to believe them.

InternVL2 writes `<ref>label</ref><box>[[x1, y1, x2, y2]]</box>`, whole numbers from 0 to 1000 over the width and
height of the original image (OpenGVLab/InternVL, eval/refcoco/evaluate_grounding.py). Without the special tokens
`label[[x1, y1, x2, y2]]` is left. In prose, four numbers count as a box where two brackets open or close them, or where
they follow `</ref>`; other lists of numbers are text.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

Bbox = tuple[float, float, float, float]

SCALE = 1000
_TAGS = ("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>")
_FULL_WIDTH = str.maketrans("［］，；、．－＋", "[],;,.-+")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = rf"{_NUMBER}(?:[\s,;]+{_NUMBER})*[\s,;]*"
# Repeats of brackets and white space are bounded, so that the time grows with the length of the text only.
_OPEN, _CLOSE = r"(?:\[\s{0,4}){1,3}", r"(?:\]\s{0,4}){1,3}"
_LIST = rf"{_OPEN}{_NUMBERS}(?:{_CLOSE}[,;]?\s{{0,4}}{_OPEN}{_NUMBERS})*(?:\]\s{{0,4}}){{0,2}}\]?"
_TAGGED = r"<(?P<tag>box|quad)>(?P<body>(?:[\d\s.,;\[\]+-]|(?<=\d)[eE](?=[-+\d]))*)(?P<end></(?:box|quad)>)?"
_MARKUP = re.compile(rf"{_TAGGED}|(?P<list>{_LIST})")
_WHOLE = re.compile(rf"\s*\[\s*\[\s*{_NUMBERS}\](?:\s*,\s*\[\s*{_NUMBERS}\])*\s*\]\s*")
_REF = re.compile(r"<ref>(?P<label>[^<]*)</ref>\s{0,4}$")
_REF_WINDOW = 400
_BARE_LABEL = 80


class Mend(StrEnum):
    """What was done to the numbers or the mark-up of a box."""

    FRACTIONS = "fractions"
    """Numbers whose sizes sum to less than 4 were read as shares from 0 to 1 (the reference's rule)."""
    REVERSED = "reversed"
    """A right or lower side came before the left or upper one; they were exchanged."""
    CLIPPED = "clipped"
    """A side stuck out of the image and was moved to its edge."""
    BRACKETS = "brackets"
    """Brackets or a closing tag were missing or too many."""
    QUAD = "quad"
    """Four corners were replaced by the rectangle around them."""


@dataclass(frozen=True)
class ModelBox:
    """One box: `bbox` in shares of the original image, origin at the top left; `span` is its place in the output."""

    label: str | None
    bbox: Bbox
    mended: tuple[Mend, ...]
    span: tuple[int, int]


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
    """Find the boxes in a model's output; never raises. Several boxes in one pair of tags share label and span."""
    plain = output.translate(_FULL_WIDTH)
    boxes: list[ModelBox] = []
    rejected: list[Rejected] = []
    kept: list[str] = []
    end = 0
    for match in _MARKUP.finditer(plain):
        before = output[end : match.start()]
        label = _ref_label(output[max(0, match.start() - _REF_WINDOW) : match.start()])
        if match["list"] is not None and not _is_box_list(match["list"], label is not None):
            continue
        body = match["list"] if match["list"] is not None else match["body"]
        if match["list"] is not None and label is None:
            label = _bare_label(before)
        mends = () if _WHOLE.fullmatch(body) and (match["list"] or match["end"]) else (Mend.BRACKETS,)
        for numbers in _groups(body):
            box = _box(numbers, label, mends, match.span())
            if isinstance(box, ModelBox):
                boxes.append(box)
            else:
                rejected.append(Rejected(output[slice(*match.span())], box))
        kept.append(before)
        end = match.end()
    kept.append(output[end:])
    return ParsedBoxes(tuple(boxes), _tidy(" ".join(kept)), tuple(rejected))


def format_box(bbox: Bbox) -> str:
    """A box in shares as the model writes it, for prompts."""
    return f"<box>[[{', '.join(str(round(side * SCALE)) for side in bbox)}]]</box>"


def ref(label: str) -> str:
    """A label as the model writes it, for prompts."""
    return f"<ref>{label}</ref>"


def _ref_label(before: str) -> str | None:
    start = before.rfind("<ref>")
    match = _REF.search(before, start) if start >= 0 else None
    return match["label"].strip() if match else None


def _bare_label(before: str) -> str | None:
    """The text on the line before a box without tags."""
    line = before[-_BARE_LABEL:].rpartition("\n")[2]
    return line.strip(" \t,.;:-") or None


def _is_box_list(text: str, after_ref: bool) -> bool:
    squeezed = "".join(text.split())
    double = squeezed.startswith("[[") or squeezed.endswith("]]")
    return (double or after_ref) and all(len(numbers) == 4 for numbers in _groups(text))


def _groups(body: str) -> list[list[float]]:
    groups = [[float(number) for number in re.findall(_NUMBER, part)] for part in body.split("]")]
    return [group for group in groups if group] or [[]]


def _box(numbers: list[float], label: str | None, mends: tuple[Mend, ...], span: tuple[int, int]) -> ModelBox | str:
    made = list(mends)
    if len(numbers) == 8:
        xs, ys = numbers[::2], numbers[1::2]
        numbers = [min(xs), min(ys), max(xs), max(ys)]
        made.append(Mend.QUAD)
    if len(numbers) != 4:
        return f"{len(numbers)} numbers where 4 are needed"
    if not all(math.isfinite(number) for number in numbers):
        return "a number is too large"
    if sum(abs(number) for number in numbers) < 4:
        made.append(Mend.FRACTIONS)
        shares = numbers
    else:
        shares = [number / SCALE for number in numbers]
    x0, x1 = sorted(shares[::2])
    y0, y1 = sorted(shares[1::2])
    if [x0, y0, x1, y1] != shares:
        made.append(Mend.REVERSED)
    clipped = (max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0))
    if clipped != (x0, y0, x1, y1):
        made.append(Mend.CLIPPED)
    if x1 <= 0 or y1 <= 0 or x0 >= 1 or y0 >= 1:
        return "it lies outside of the image"
    if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
        return "it has no area"
    return ModelBox(label, clipped, tuple(made), span)


def _tidy(text: str) -> str:
    for tag in _TAGS:
        text = text.replace(tag, "")
    # What was taken out may have joined the halves of another tag.
    for tag in _TAGS:
        text = text.replace(tag, f"< {tag[1:]}")
    return re.sub(r"[ \t]+", " ", text).strip()
