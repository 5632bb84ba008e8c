"""Tells what runs over the pages of a document apart from the text of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.job.text_engines import TEXT_LAYER
from ...schemas.page import PageReading, page_text
from ..sandbox.attempts import Clock, call_once
from ..sandbox.sandbox import Sandbox
from ..text_layer.running import Edges, edges_of, running_lines, with_running
from .messages import ParsedPage, ReadSettings

# Seconds in which the edges of the pages around a page must be read.
_EDGE_SECONDS = 10.0
_MOST_BAD_PAGES = 1000


def with_running_text(
    reading: PageReading, others: Mapping[int, Edges | None], settings: ReadSettings, own: Edges | None = None
) -> PageReading:
    """The page with what runs over the pages of its document told apart, where its text is that of its text layer.

    Args:
        others: edges of the pages that it is held against, None for a page that cannot be read.
        own: edges of its text layer, which has the lines of the reading and maybe others that nobody sees.
    """
    known = {number: edges for number, edges in others.items() if edges is not None}
    if not known or reading.text_source != TEXT_LAYER or reading.width is None or reading.height is None:
        return reading
    if own is None or own.lines != len(reading.lines):
        own = edges_of(reading.lines, (reading.width, reading.height))
    found = running_lines(own, reading.page_number, known)
    if not found:
        return reading
    lines, blocks = with_running(reading.lines, reading.blocks, found)
    text = page_text(lines, blocks, keep_running=settings.keep_running)
    return replace(reading, lines=lines, blocks=blocks, text=text)


class RunningText:
    """`with_running_text` of single pages: asks the parser for the edges of the pages around each.

    It remembers the pages that cost the parser its process or too much time, and asks for them once only.
    """

    def __init__(self, parser: Sandbox, settings: ReadSettings, page_seconds: float) -> None:
        self._parser, self._settings = parser, settings
        self._seconds = min(_EDGE_SECONDS, page_seconds)
        self._without_edges: dict[tuple[str, int], None] = {}

    def told_apart(self, reading: PageReading, path: str, parsed: ParsedPage) -> PageReading:
        """The reading with what runs over the pages of the document as blocks of their own."""
        if reading.text_source != TEXT_LAYER or not parsed.compared or not len(reading.lines):
            return reading
        return with_running_text(reading, self._edges(path, parsed.compared), self._settings)

    def _edges(self, path: str, page_numbers: Sequence[int]) -> dict[int, Edges | None]:
        """The edges of pages; a page that costs the parser its process or too much time has none."""
        wanted = [number for number in page_numbers if (path, number) not in self._without_edges]
        found: dict[int, Edges | None] = {}
        try:
            found = self._ask(path, wanted)
        except DocumentError:
            for number in wanted:
                try:
                    found |= self._ask(path, [number])
                except DocumentError:
                    self._without_edges[path, number] = None
        while len(self._without_edges) > _MOST_BAD_PAGES:
            del self._without_edges[next(iter(self._without_edges))]
        return found

    def _ask(self, path: str, page_numbers: Sequence[int]) -> dict[int, Edges | None]:
        found = call_once(self._parser, Clock(self._seconds), "edges", path, page_numbers, self._settings)
        if not isinstance(found, dict):
            raise DocumentError(ErrorCode.CRASHED, "the parser process sent an invalid reply")
        return found
