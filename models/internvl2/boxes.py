"""Boxes in what the model writes, and what had to be mended to believe them.

InternVL2 writes `<ref>label</ref><box>[[x1, y1, x2, y2]]</box>`, whole numbers from 0 to 1000 over the width and
height of the original image (OpenGVLab/InternVL, eval/refcoco/evaluate_grounding.py). Without the special tokens
`label[[x1, y1, x2, y2]]` is left.

Inside `<box>` and `<quad>` everything is meant as a box, and what gives none is rejected with a reason. Elsewhere a
list of numbers is text, unless its first entry has 4 numbers (8 for a quad) and

- two brackets open or close it, or
- it follows `</ref>` or another box, or
- it is the whole output, or the whole output is one line that ends in it, directly behind a label, and it gives a box.

Two brackets behind `</ref>`, and two that the end of the output cuts off, are meant as a box whatever they hold.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Bbox = tuple[float, float, float, float]

SCALE = 1000
# A smaller side is lost where boxes are stored as 32-bit shares.
_LEAST = 1e-6
# The reference reads numbers of a smaller sum as shares.
_SHARES_BELOW = 4
_TAG = r"</?(?:ref|box|quad)>"
_FULL_WIDTH = str.maketrans("［］（），、；．－−＋", "[](),,;.--+")
# Possessive throughout: no place is tried again and again, so the time grows with the length of the output only.
_NUMBER = re.compile(r"[-+]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?+\d++)?+")
_NUMBERS = re.compile(rf"{_NUMBER.pattern}(?:[\s,;]++{_NUMBER.pattern})*+")
_UNTAGGED = rf"(?:[^<]++|<(?!{_TAG[1:]}))*+"
_LEXEME = re.compile(
    rf"<ref>(?P<label>{_UNTAGGED})</ref>|<(?P<kind>box|quad)>(?:(?P<body>{_UNTAGGED})</(?P=kind)>)?+|(?P<tag>{_TAG})|\["
)
_STEP = re.compile(r"(?:[\d\s.,;+-]++|(?<=\d)[eE](?=[-+\d]))*+(?P<brackets>\[++|\]++)?+")
_SPACE = re.compile(r"\s*+")
_CLOSING = re.compile(r"(?:\s*+\])*+")
_SEPARATORS = " \t\n,;、，；"
_PUNCTUATION = f"{_SEPARATORS}.。"
# Of skeletons, see `_skeleton`.
_WHOLE = re.compile(r"\[\[0\](?:,\[0\])*+\]")
_ONLY_LISTS = re.compile(r"(?:0(?!0)|[\[\](),;])*+")


class Mend(StrEnum):
    """What was done to the numbers or the mark-up of a box."""

    FRACTIONS = "fractions"
    """Numbers whose sizes sum to less than 4 were read as shares from 0 to 1 (the reference's rule)."""
    REVERSED = "reversed"
    """A right or lower side came before the left or upper one; they were exchanged."""
    CLIPPED = "clipped"
    """A side stuck out of the image and was moved to its edge."""
    BRACKETS = "brackets"
    """Brackets, commas or tags were missing, too many or of another kind."""
    CUT = "cut"
    """The output ends with the box's last number, which may lack digits."""
    QUAD = "quad"
    """Four corners were replaced by the rectangle around them."""


@dataclass(frozen=True)
class ModelBox:
    """One box: `bbox` x0 y0 x1 y1 in shares of the original image, origin at the top left, `0 ≤ x0 < x1 ≤ 1`.

    Attributes:
        label: what stands in `<ref>`; without tags, the text before the box on its line; null for neither.
        span: where the box's numbers stand in the output; spans of several boxes are in order and disjoint.
    """

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


@dataclass(frozen=True)
class _Markup:
    """Mark-up of boxes from `start` to `stop`, with lists of numbers in `body`; `whole` if none of its tags lack."""

    start: int
    stop: int
    body: tuple[int, int]
    whole: bool
    label: str | None = None


def parse_boxes(output: str) -> ParsedBoxes:
    """Find the boxes in a model's output; never raises, in time that grows with its length only."""
    plain = output.translate(_FULL_WIDTH)
    boxes: list[ModelBox] = []
    rejected: list[Rejected] = []
    kept: list[str] = []
    end = 0
    for markup in _markups(plain, output):
        found = _read(plain, markup)
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
    return ParsedBoxes(tuple(boxes), _joined([_without_tags(text) for text in kept]), tuple(rejected))


def format_box(bbox: Bbox) -> str:
    """A box in shares as the model writes it, for prompts; each side is within 1/1000, 2/1000 in the top left corner.

    Raises:
        ValueError: `bbox` is no box within the image.
    """
    x0, y0, x1, y1 = bbox
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise ValueError(f"{bbox} is no box in shares: 0 ≤ x0 < x1 ≤ 1 and 0 ≤ y0 < y1 ≤ 1 are needed")
    (left, right), (top, bottom) = _per_mille(x0, x1), _per_mille(y0, y1)
    if left + top + right + bottom < _SHARES_BELOW:
        right = bottom = 2
    return f"<box>[[{left}, {top}, {right}, {bottom}]]</box>"


def ref(label: str) -> str:
    """A label as the model writes it, for prompts.

    Raises:
        ValueError: `label` holds a tag.
    """
    tag = re.search(_TAG, label)
    if tag is not None:
        raise ValueError(f"the label holds {tag[0]}, which would end it; take it out")
    return f"<ref>{label}</ref>"


def _per_mille(low: float, high: float) -> tuple[int, int]:
    """Whole numbers next to two sides, never the same."""
    first, last = round(low * SCALE), round(high * SCALE)
    if first == last:
        first, last = math.floor(low * SCALE), math.ceil(high * SCALE)
    if first == last:
        return (first, first + 1) if first < SCALE else (first - 1, first)
    return first, last


def _markups(plain: str, output: str) -> Iterator[_Markup]:
    """Mark-up of boxes in order. `plain` is `output` in ASCII punctuation, character for character."""
    inner = (len(plain) - len(plain.lstrip()), len(plain.rstrip()))
    at = end = 0
    label: str | None = None
    # Where the last label or box ends, what may stand between it and the next box of `label`, and an unclosed <ref>.
    near, between, opened = -1, "", -1
    while (found := _LEXEME.search(plain, at)) is not None:
        start, at = found.span()
        if found["label"] is not None:
            label = output[slice(*found.span("label"))].strip()
            near, between, opened = at, "", -1
            continue
        if found["tag"] is not None:
            opened = at if found["tag"] == "<ref>" else -1
            continue
        body, whole = (start, at), True
        if found["kind"] is None:
            at = _list_stop(plain, start)
            body, whole = (start, at), not plain.startswith(("</box>", "</quad>"), at)
        else:
            first = start + len("<box>" if found["kind"] == "box" else "<quad>")
            stop = _stop_without_tag(plain, first)
            if found["body"] is not None and not _is_list_and_prose(found["body"], plain[first:stop]):
                body = found.span("body")
            else:
                body, whole, at = (first, stop), False, stop
        follows = near >= 0 and not "".join(plain[near:start].split()).strip(between)
        if found["kind"] is None and not _is_meant(plain, body, follows, inner):
            near = -1
            continue
        if not follows and opened >= 0:
            label, whole = output[opened:start].strip(), False
        elif not follows:
            label = _line_label(output[end:start], end > 0) if found["kind"] is None else None
        yield _Markup(start, at, body, whole, label)
        end = near = at
        between, opened = ",;、", -1


def _list_stop(plain: str, start: int) -> int:
    """Where the list that a bracket at `start` opens stops, surplus closing brackets with it."""
    depth, at, closed = 0, start, -1
    while True:
        step = _STEP.match(plain, at)
        assert step is not None
        brackets = step["brackets"]
        if brackets is None:
            last = at + len(step[0].rstrip(_PUNCTUATION))
            cut_off = step.end() == len(plain) and last > at
            return last if closed < 0 or cut_off else closed
        at = step.end()
        if brackets[0] == "[":
            depth += len(brackets)
            continue
        depth, closed = depth - len(brackets), at
        if depth <= 0:
            return _end(_CLOSING, plain, at)


def _stop_without_tag(plain: str, at: int) -> int:
    """Where the body of a tag that is never closed stops: after its list, or after the numbers that stand there."""
    first = _end(_SPACE, plain, at)
    if plain.startswith("[", first):
        return _list_stop(plain, first)
    numbers = _NUMBERS.match(plain, first)
    return at if numbers is None else _end(_CLOSING, plain, numbers.end())


def _is_list_and_prose(body: str, first: str) -> bool:
    """Whether `body` begins with `first`, a list with a box's worth of numbers, and goes on with other text."""
    return _skeleton(body) is None and _skeleton(first) is not None and len(_NUMBER.findall(first)) >= 4


def _end(pattern: re.Pattern[str], plain: str, at: int) -> int:
    found = pattern.match(plain, at)
    return at if found is None else found.end()


def _is_meant(plain: str, body: tuple[int, int], follows: bool, inner: tuple[int, int]) -> bool:
    """Whether a list outside of tags is meant as a box: see the module. `inner` is the output without its margins."""
    start, stop = body
    text = "".join(plain[start:stop].split())
    double = text.startswith("[[") or text.endswith("]]")
    first = _NUMBERS.search(plain, start, stop)
    count = 0 if first is None else len(_NUMBER.findall(first[0]))
    if count not in (4, 8):
        return double and (follows or (count > 0 and stop == inner[1] and "]" not in text))
    if double or follows:
        return True
    before = plain[inner[0] : start] if stop == inner[1] else "\n"
    alone = not before or ("\n" not in before and not before[-1].isspace())
    return alone and all(isinstance(box, ModelBox) for _, box in _read(plain, _Markup(start, stop, body, True)))


def _line_label(before: str, after_box: bool) -> str | None:
    """The text on the line before a box without tags, without what punctuates the line."""
    *lines, line = _without_tags(before).split("\n")
    line = re.sub(r"^[-*•]\s+", "", line.strip())
    return (line if lines or not after_box else line.lstrip(_PUNCTUATION)).strip(" ,;:，；：、") or None


def _skeleton(body: str) -> str | None:
    """The brackets and commas of lists, 0 for each run of numbers; null where more stands in `body`."""
    skeleton = "".join(_NUMBERS.sub("0", body).split())
    return skeleton if _ONLY_LISTS.fullmatch(skeleton) else None


def _read(plain: str, markup: _Markup) -> list[tuple[tuple[int, int], ModelBox | str]]:
    """The boxes of one mark-up, or why there is none, each with its place in the output."""
    skeleton = _skeleton(plain[slice(*markup.body)])
    if skeleton is None:
        return [(markup.body, "it holds more than numbers")]
    found = list(_NUMBERS.finditer(plain, *markup.body))
    if not found:
        return [(markup.body, "0 numbers where 4 are needed")]
    lists = [(run.span(), [float(number) for number in _NUMBER.findall(run[0])]) for run in found]
    whole = markup.whole and _WHOLE.fullmatch(skeleton) is not None
    if len(lists) in (2, 4) and all(len(numbers) == 2 for _, numbers in lists):
        # Corners as points of their own.
        lists = [((found[0].start(), found[-1].end()), [number for _, numbers in lists for number in numbers])]
        whole = False
    mends = () if whole else (Mend.BRACKETS,)
    return [
        (span, _box(numbers, markup.label, mends + ((Mend.CUT,) if span[1] == len(plain) else ()), span))
        for span, numbers in lists
    ]


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
    shares = [number / SCALE for number in numbers]
    if sum(abs(number) for number in numbers) < _SHARES_BELOW:
        made.append(Mend.FRACTIONS)
        shares = numbers
    x0, x1 = sorted(shares[::2])
    y0, y1 = sorted(shares[1::2])
    if [x0, y0, x1, y1] != shares:
        made.append(Mend.REVERSED)
    if x1 <= 0 or y1 <= 0 or x0 >= 1 or y0 >= 1:
        return "it lies outside of the image"
    bbox = (max(0.0, x0), max(0.0, y0), min(x1, 1.0), min(y1, 1.0))
    if bbox != (x0, y0, x1, y1):
        made.append(Mend.CLIPPED)
    if bbox[2] - bbox[0] <= _LEAST or bbox[3] - bbox[1] <= _LEAST:
        return "it has no area"
    return ModelBox(label, bbox, tuple(made), span)


def _without_tags(text: str) -> str:
    # What is taken out may join the halves of another tag.
    return re.sub(rf"<(?={_TAG[1:]})", "< ", re.sub(_TAG, "", text))


def _joined(pieces: list[str]) -> str:
    """What stood around boxes as one text, with the white space of one word, line or paragraph break."""
    text = [pieces[0]]
    for number, piece in enumerate(pieces[1:], 2):
        if number < len(pieces) and not piece.strip(_SEPARATORS):
            continue
        left, right = text[-1].rstrip(" \t"), piece.lstrip(" \t")
        if not left or left[-1] == "\n":
            right = right.removeprefix("\n")
        text[-1] = left
        apart = left and right and left[-1] not in "\n([{（" and right[0] not in "\n,.;:!?)]}，。；：、！？）"
        text.append(f" {right}" if apart else right)
    return "".join(text).strip()
