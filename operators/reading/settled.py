"""Reads pages in batches that are complete without OCR: their words come one by one, the rest is computed at once."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...schemas.errors import ErrorCode
from ..documents.losses import forget_damaged_objects, take_losses
from ..documents.mupdf import page_failure
from ..documents.page_box import load_page
from ..documents.page_tree import foreign_type
from ..text_layer.extract import RawPage
from ..text_layer.running import Edges, compared_pages
from .last_document import DocumentFacts, LastDocument
from .messages import ParsedPage, ReadSettings, SettledPages, pack
from .page import extract_page, judge_pages, may_settle
from .page_data import page_data
from .page_edges import edges_around, keep_edges, page_edges
from .running_text import with_running_text

# Number of words above which `read_settled` returns the pages that it has.
_MAX_WORDS = 20_000
# Seconds of collecting after which it returns the pages that it has.
_COLLECT_SECONDS = 2.0

EdgesByPage = dict[tuple[int, int], Edges | None]
"""By the index of the part and the number of the page."""


def read_settled(
    last: LastDocument, parts: Sequence[tuple[str, Sequence[int]]], settings: ReadSettings
) -> SettledPages:
    """Pages of several documents that are complete without OCR, up to `_MAX_WORDS` words.

    It stops at the first page that has no text layer or cannot be read, and does not examine the pages after it. Where
    the settings collect data of each page, only the first document is read, and for no longer than `_COLLECT_SECONDS`
    beyond its first page. Raises DocumentError where memory runs out.

    Args:
        parts: paths, each with numbers of pages.
    """
    parts = parts[:1] if settings.collect else parts
    extracted: list[RawPage] = []
    keys: list[tuple[int, int]] = []
    around: EdgesByPage = {}
    seconds: list[float] = []
    facts: list[DocumentFacts] = []
    words = examined = 0
    started = time.perf_counter()
    for key, page in _extracted(last, parts, settings, around):
        examined += 1
        if page is None or not may_settle(page, settings):
            break
        extracted.append(page)
        keys.append(key)
        facts.append(last.facts)
        seconds.append(time.perf_counter() - started)
        words += len(page.words)
        if words > _MAX_WORDS:
            break
        started = time.perf_counter()
    started = time.perf_counter()
    judged = judge_pages(extracted, settings)
    around.update({key: page.edges for key, page in zip(keys, judged, strict=True) if page.edges is not None})
    if keys:
        open_part = keys[-1][0]
        numbers = [number for part, number in keys if part == open_part]
        for number in numbers:
            keep_edges(last, number, around[open_part, number])
        around |= _of_part(open_part, edges_around(last, numbers))
    places = [place for place, page in enumerate(judged) if not page.needs_ocr]
    if settings.collect:
        judged, places = _with_data(last, judged, places, settings)
        examined = examined if len(judged) == len(extracted) else len(judged)
    readings = [
        with_running_text(
            judged[place].reading,
            {other: around.get((part, other)) for other in compared_pages(number, sys.maxsize)},
            settings,
            judged[place].edges,
        )
        for place in places
        for part, number in [keys[place]]
    ]
    share = (time.perf_counter() - started) / max(1, len(judged))
    readings = [
        replace(facts[place].added_to(reading), seconds=seconds[place] + share)
        for place, reading in zip(places, readings, strict=True)
    ]
    return SettledPages(examined, places, pack(readings) if readings else None)


def _with_data(
    last: LastDocument, judged: Sequence[ParsedPage], places: Sequence[int], settings: ReadSettings
) -> tuple[list[ParsedPage], list[int]]:
    """The first pages with the collected data of those at `places`, until the time is over, and their places."""
    kept, until = list(judged), time.perf_counter() + _COLLECT_SECONDS
    for place in places:
        reading = judged[place].reading
        if place and time.perf_counter() > until:
            return kept[:place], [one for one in places if one < place]
        if not reading.blank:
            data = page_data(last, reading.page_number, settings, judged[place])
            kept[place] = replace(judged[place], reading=replace(reading, collected=data))
    return kept, list(places)


def _extracted(
    last: LastDocument, parts: Sequence[tuple[str, Sequence[int]]], settings: ReadSettings, around: EdgesByPage
) -> Iterator[tuple[tuple[int, int], RawPage | None]]:
    """Pages up to the first that MuPDF does not read or not as a whole, which is None; `read_page` says why.

    Each comes with the index of its part and its number. `around` gets the edges of the pages around each part
    before the next document is opened.
    """
    key = (0, 0)
    try:
        for part, (path, numbers) in enumerate(parts):
            last.open(path, settings.passwords)
            for number in numbers:
                key = (part, number)
                last.check_number(number)
                if last.is_image:
                    yield key, None
                    return
                page = load_page(last.document, number)
                raw = extract_page(page, settings, last.fonts)
                whole = take_losses(page) is None and (raw.words or not foreign_type(page))
                del page
                if not whole:
                    forget_damaged_objects()
                last.after_page()
                if raw.hidden:
                    # What is left out here is there where a page is only looked at.
                    around[key] = page_edges(last, [number])[number]
                yield key, raw if whole else None
            if part + 1 < len(parts):
                around |= _of_part(part, edges_around(last, numbers))
    except Exception as error:
        failure = page_failure(error, "a page cannot be read")
        last.after_page()
        if failure.code == ErrorCode.OUT_OF_MEMORY:
            raise failure from error
        yield key, None


def _of_part(part: int, edges: dict[int, Edges | None]) -> EdgesByPage:
    return {(part, number): of_page for number, of_page in edges.items()}
