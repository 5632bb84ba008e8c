"""Paragraphs: lines of sentences that go on in the line below, as one text that knows its words."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ..facts import PageFacts

_LEAST_WORDS = 6
"""A run with fewer words is no line of a paragraph, unless it goes on from one."""

_WIDE = 0.55
"""Share of the page's width that a line of a paragraph takes at least, if the paragraph goes on below it."""

_LONGEST = 6000
"""Characters of a paragraph; longer ones are cut into several."""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a page.

    Attributes:
        words: index of each word of the page, in order.
        ends: for each word, the number of characters up to the blank behind it.
    """

    page: PageFacts
    text: str
    words: tuple[int, ...]
    ends: tuple[int, ...]

    def words_at(self, begin: int, end: int) -> tuple[int, ...]:
        """Indices of the words to which the characters belong."""
        low, high = bisect_right(self.ends, begin), bisect_right(self.ends, max(end - 1, begin))
        return self.words[low : min(high, len(self.words) - 1) + 1]


def paragraphs(facts: PageFacts) -> Iterator[Paragraph]:
    """Every paragraph of sentences; a page of tables and particulars has none."""
    page = facts.page
    taken: set[int] = set()
    for run in range(len(page.texts)):
        if run in taken or int(page.ends[run] - page.starts[run]) < _LEAST_WORDS:
            continue
        lines, length = [run], len(page.texts[run])
        while length < _LONGEST:
            last = lines[-1]
            below = int(facts.stacks.below[last])
            wide = float(page.run_boxes[last, 2] - page.run_boxes[last, 0]) > _WIDE * page.size[0]
            if below < 0 or below in taken or not wide or _is_alone(facts, below):
                break
            lines.append(below)
            length += len(page.texts[below]) + 1
        taken.update(lines)
        words = [word for line in lines for word in range(int(page.starts[line]), int(page.ends[line]))]
        shown = [page.words[word] for word in words]
        ends = tuple(accumulate(len(text) + 1 for text in shown))
        yield Paragraph(facts, " ".join(shown), tuple(words), ends)


def _is_alone(facts: PageFacts, run: int) -> bool:
    """Whether a line cannot go on from the one above: it begins a clause of its own, or is one of several cells."""
    page = facts.page
    begins = page.words[int(page.starts[run])]
    if begins[:1] == "§" or (begins[:1].isdigit() and begins[-1:] in ".)" and len(begins) <= 5):
        return True
    return int((page.row == page.row[run]).sum()) > 1
