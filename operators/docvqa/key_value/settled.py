"""Questions for yes or no and for one of several choices, where a page settles them: by a mark, or the word itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..terms import terms
from .candidates import RunText
from .facts import PageFacts
from .labels import find_occurrences
from .lexicon import plain_word
from .question import Asked

_CHECKED = frozenset("☑☒✓✔✗✘⊠⬛■●◉") | frozenset(["[x]", "(x)", "[X]", "(X)", "x", "X"])
_OPEN = frozenset("☐□⬜○◯❏❑") | frozenset(["[]", "[_]", "()", "[ ]"])
_SURE = 0.95
"""A mark or a word that stands directly beside the whole label is wrong only where the page was misread."""

_NEAR = 8.0


@dataclass(frozen=True)
class Settled:
    """What a mark or a word beside a label says."""

    page: PageFacts
    words: tuple[int, ...]
    text: str
    boolean: bool | None
    confidence: float


def settle(asked: Asked, facts: PageFacts) -> Iterator[Settled]:
    """Everything on a page that settles the question; several different answers settle nothing."""
    for label in find_occurrences(facts.page, facts.labels, asked.labels, asked.name):
        if label.extras or label.strange > 1:
            continue
        if asked.kind == "boolean":
            yield from _beside_label(facts, label.zone.run, label.first, label.last)
        else:
            yield from _chosen(asked, facts, label.zone.run, label.last)


def _beside_label(facts: PageFacts, run: int, first: int, last: int) -> Iterator[Settled]:
    page = facts.page
    before = _mark(page.words[first - 1]) if first > int(page.starts[run]) else None
    if before is None and (left := _neighbour(facts, run, -1)) is not None and first == int(page.starts[run]):
        before = _mark(page.texts[left])
        first = int(page.starts[left]) + 1 if before is not None else first
    if before is not None:
        yield Settled(facts, (first - 1,), page.words[first - 1], before, _SURE)
        return
    after = list(range(last + 1, int(page.ends[run])))
    if not after and (right := _neighbour(facts, run, 1)) is not None:
        after = list(range(int(page.starts[right]), int(page.ends[right])))
    if len(after) == 1 and _mark(page.words[after[0]]) is not None and (rest := _rest_of_row(facts, after[0])):
        # `☐ No ☒ Yes`: the mark belongs to the word behind it and not to the label.
        yield from _marked_word(facts, [*after, *rest])
        return
    if len(after) == 1:
        word = plain_word(page.words[after[0]]).strip(".:,;()")
        value = (
            True
            if word in terms().lists["yes"]
            else False
            if word in terms().lists["no"]
            else _mark(page.words[after[0]])
        )
        if value is not None:
            yield Settled(facts, tuple(after), page.words[after[0]], value, _SURE)
        return
    yield from _marked_word(facts, after)


def _rest_of_row(facts: PageFacts, word: int) -> list[int]:
    """The words behind another one in its row, up to a wide gap."""
    page, run = facts.page, int(facts.page.run[word])
    found = list(range(word + 1, int(page.ends[run])))
    while (following := _neighbour(facts, run, 1)) is not None:
        run = following
        found += range(int(page.starts[run]), int(page.ends[run]))
    return found


def _marked_word(facts: PageFacts, words: list[int]) -> Iterator[Settled]:
    """`☒ Yes ☐ No`: the word behind the one mark that is set."""
    page = facts.page
    marked = [(mark, word) for mark, word in pairwise(words) if _mark(page.words[mark]) is True]
    if len(marked) == 1 and any(_mark(page.words[word]) is False for word in words):
        mark, word = marked[0]
        said = plain_word(page.words[word]).strip(".:,;()")
        if said in terms().lists["yes"] or said in terms().lists["no"]:
            yield Settled(facts, (mark, word), page.words[word], said in terms().lists["yes"], _SURE)


def _chosen(asked: Asked, facts: PageFacts, run: int, last: int) -> Iterator[Settled]:
    """The one choice that stands behind the label, in its run or the next one."""
    page = facts.page
    spans = [(last + 1, int(page.ends[run]))]
    if last + 1 >= int(page.ends[run]) and (right := _neighbour(facts, run, 1)) is not None:
        spans = [(int(page.starts[right]), int(page.ends[right]))]
    for begin, end in spans:
        text = plain_word(" ".join(page.words[begin:end])).strip(" .:,;")
        for choice in asked.choices:
            if text and text == plain_word(choice).strip():
                at = RunText(page, int(page.run[begin]))
                words = tuple(range(begin, end))
                assert at.first <= begin
                yield Settled(facts, words, choice, None, _SURE)


def _neighbour(facts: PageFacts, run: int, side: int) -> int | None:
    """The run beside another one in its row, if it is near."""
    page, other = facts.page, run + side
    if not 0 <= other < len(page.texts) or page.row[other] != page.row[run]:
        return None
    left, right = sorted((run, other))
    gap = float(page.run_boxes[right, 0] - page.run_boxes[left, 2])
    return other if gap < (_NEAR if side < 0 else 3 * _NEAR) else None


def _mark(text: str) -> bool | None:
    """Whether a text is a mark that is set, one that is not, or none."""
    text = text.strip()
    if text in _CHECKED:
        return True
    return False if text in _OPEN else None
