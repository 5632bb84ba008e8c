"""Page ranges as people write them: `1-50`, `1,3,5-9`, `10-`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ITEM = re.compile(r"\s*([0-9]{1,9})\s*(?:(-)\s*([0-9]{1,9})?\s*)?")

SYNTAX = 'write pages and ranges such as "1-50", "1,3,5-9" or "10-"'


@dataclass(frozen=True)
class PageRanges:
    """A set of page numbers, counted from 1, possibly with an open end.

    Attributes:
        spans: first and last page of each range, both included, ascending, neither overlapping nor touching;
            the last page of the last range is None if that range has no end.
    """

    spans: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> "PageRanges":
        """Read `text`; order and overlaps do not matter.

        Raises:
            ValueError: the text is not a page range; the message shows valid ones.
        """
        return cls(tuple(_merged(sorted(map(_span, text.split(",")), key=_order))))

    def __str__(self) -> str:
        return ",".join(_written(first, last) for first, last in self.spans)

    def __contains__(self, page_number: int) -> bool:
        return any(first <= page_number and (last is None or page_number <= last) for first, last in self.spans)

    def select(self, page_count: int) -> list[int]:
        """The page numbers of a document of `page_count` pages that are in the ranges, ascending."""
        return [page for first, last in self.spans for page in range(first, _end(last, page_count) + 1)]


def _span(item: str) -> tuple[int, int | None]:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item.strip()!r} is not a page range; {SYNTAX}")
    first = int(match[1])
    last = int(match[3]) if match[3] else (None if match[2] else first)
    if first == 0:
        raise ValueError("pages are counted from 1")
    if last is not None and last < first:
        raise ValueError(f"{item.strip()!r} is reversed; write {last}-{first}")
    return first, last


def _order(span: tuple[int, int | None]) -> int:
    return span[0]


def _merged(spans: list[tuple[int, int | None]]) -> Iterator[tuple[int, int | None]]:
    first, last = spans[0]
    for next_first, next_last in spans[1:]:
        if last is None:
            break
        if next_first > last + 1:
            yield first, last
            first, last = next_first, next_last
        else:
            last = None if next_last is None else max(last, next_last)
    yield first, last


def _written(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}-"
    return str(first) if first == last else f"{first}-{last}"


def _end(last: int | None, page_count: int) -> int:
    return page_count if last is None else min(last, page_count)
