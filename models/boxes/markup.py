"""Finds the mark-up of boxes in a model's output; `parse` documents the rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .numbers import NUMBER, NUMBERS, ModelBox, read_boxes, skeleton

TAG = r"</?(?:ref|box|quad)>"
SEPARATORS = " \t\n,;、，；"
_PUNCTUATION = f"{SEPARATORS}.。"
_UNTAGGED = rf"(?:[^<]++|<(?!{TAG[1:]}))*+"
_LEXEME = re.compile(
    rf"<ref>(?P<label>{_UNTAGGED})</ref>|<(?P<kind>box|quad)>(?:(?P<body>{_UNTAGGED})</(?P=kind)>)?+|(?P<tag>{TAG})|\["
)
_STEP = re.compile(r"(?:[\d\s.,;+-]++|(?<=\d)[eE](?=[-+\d]))*+(?P<brackets>\[++|\]++)?+")
_SPACE = re.compile(r"\s*+")
_CLOSING = re.compile(r"(?:\s*+\])*+")


@dataclass(frozen=True)
class Markup:
    """Mark-up of boxes from `start` to `stop`, with lists of numbers in `body`; `whole` if none of its tags lack."""

    start: int
    stop: int
    body: tuple[int, int]
    whole: bool
    label: str | None = None


def find_markups(plain: str, output: str) -> Iterator[Markup]:
    """Mark-up of boxes in order. `plain` is `output` in ASCII punctuation, character for character."""
    inner = (len(plain) - len(plain.lstrip()), len(plain.rstrip()))
    at = end = 0
    label: str | None = None
    # Where the last label or box ends, what may be between it and the next box of `label`, and an unclosed <ref>.
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
        yield Markup(start, at, body, whole, label)
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
    """Where the body of a tag that is never closed stops: after its list, or after its numbers."""
    first = _end(_SPACE, plain, at)
    if plain.startswith("[", first):
        return _list_stop(plain, first)
    numbers = NUMBERS.match(plain, first)
    return at if numbers is None else _end(_CLOSING, plain, numbers.end())


def _is_list_and_prose(body: str, first: str) -> bool:
    """Whether `body` begins with `first`, a list with a box's worth of numbers, and continues with other text."""
    return skeleton(body) is None and skeleton(first) is not None and len(NUMBER.findall(first)) >= 4


def _end(pattern: re.Pattern[str], plain: str, at: int) -> int:
    found = pattern.match(plain, at)
    return at if found is None else found.end()


def _is_meant(plain: str, body: tuple[int, int], follows: bool, inner: tuple[int, int]) -> bool:
    """Whether a list outside of tags is meant as a box: see the module. `inner` is the output without its margins."""
    start, stop = body
    text = "".join(plain[start:stop].split())
    double = text.startswith("[[") or text.endswith("]]")
    first = NUMBERS.search(plain, start, stop)
    count = 0 if first is None else len(NUMBER.findall(first[0]))
    if count not in (4, 8):
        return double and (follows or (count > 0 and stop == inner[1] and "]" not in text))
    if double or follows:
        return True
    before = plain[inner[0] : start] if stop == inner[1] else "\n"
    alone = not before or ("\n" not in before and not before[-1].isspace())
    return alone and all(isinstance(box, ModelBox) for _, box in read_boxes(plain, body, True, None))


def _line_label(before: str, after_box: bool) -> str | None:
    """The text on the line before a box without tags, without what punctuates the line."""
    *lines, line = without_tags(before).split("\n")
    line = re.sub(r"^[-*•]\s+", "", line.strip())
    return (line if lines or not after_box else line.lstrip(_PUNCTUATION)).strip(" ,;:，；：、") or None


def without_tags(text: str) -> str:
    """A text without the tags of labels and boxes."""
    # What is taken out may join the halves of another tag.
    return re.sub(rf"<(?={TAG[1:]})", "< ", re.sub(TAG, "", text))
