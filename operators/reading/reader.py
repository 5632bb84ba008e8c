"""Reads pages in sandboxed child processes; whatever a page does, the answer is a reading."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode, Failure, Stage
from ...schemas.page import Blocks, PageReading, TextLines, TextSourceReason
from ..documents import ink
from ..documents.media_type import DocumentInfo
from ..layout.blocks import group_lines
from ..sandbox.sandbox import ChildRaisedError, Sandbox
from ..text_layer.quality import confirmed_by_ocr
from .messages import ParsedPage, ReadSettings, unpack
from .timing import StageSeconds

_PARSER = f"{__package__}.parser_entry:start_parser"
_OCR = f"{__package__}.ocr:OcrReader"
# ONNX Runtime reserves address space generously; its own peak on a 40-megapixel page stays far below this.
_OCR_MEMORY_MB = 8192
_MAX_ATTEMPTS = 3
_STAGES = {
    "probe": "read",
    "probe_many": "read",
    "page_size": "read",
    "read_page": "read",
    "read_settled": "read",
    "page_image": "render",
    "layout": "layout",
    "read": "ocr",
}
"""Stages whose time the calls of the child processes are."""
_AHEAD = 64


class PageReader:
    """Reads documents and pages; owns a parser process and, from the first page that needs one, an OCR process.

    A page that crashes its process, or for which memory does not suffice in a process that had served other
    pages, is tried again in a fresh one, three times at most in all. A page that runs out of time is not.

    Args:
        settings: how pages are read.
        page_seconds: wall seconds for all stages of a page; starting a process is not counted.
        memory_mb: address space of the parser process in MiB.
        ocr_threads: threads of the OCR process.

    Attributes:
        spent: gets the seconds in the child processes; may be replaced at any time.
    """

    def __init__(
        self, settings: ReadSettings, page_seconds: float = 60.0, memory_mb: int = 2048, ocr_threads: int = 1
    ) -> None:
        self.settings = settings
        self.spent = StageSeconds()
        self._page_seconds = page_seconds
        self._parser = Sandbox(
            _PARSER, {"layout": settings.layout}, memory_mb=memory_mb, recycle_rss_mb=max(512.0, memory_mb / 2)
        )
        self._ocr = Sandbox(
            _OCR,
            {"threads": ocr_threads},
            memory_mb=max(memory_mb, _OCR_MEMORY_MB),
            threads=ocr_threads,
            recycle_rss_mb=4096.0,
        )

    def __enter__(self) -> "PageReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts the parser process, which the first call would start otherwise; raises DocumentError."""
        _start(self._parser)

    def close(self) -> None:
        """Ends the processes."""
        self._parser.close()
        self._ocr.close()

    def probe(self, path: str) -> DocumentInfo:
        """What the file is and how many pages it has; raises DocumentError."""
        clock = _Clock(self._page_seconds)
        info, _ = self._attempt(self._parser, clock, "probe", path, self.settings.passwords, self._samples)
        assert isinstance(info, DocumentInfo)
        return info

    @property
    def _samples(self) -> bool:
        """Whether to look for scans, which take long for their OCR only."""
        return self.settings.engine != "text_layer"

    def probe_many(self, paths: Sequence[str]) -> list[DocumentInfo | DocumentError]:
        """`probe` of several files, with the error of each that cannot be opened."""
        try:
            found = self._parse_once("probe_many", list(paths), self.settings.passwords, self._samples)
        except DocumentError:
            found = None
        if not isinstance(found, list) or len(found) != len(paths):
            found = [None] * len(paths)
        return [
            info if isinstance(info, DocumentInfo) else self._probe_alone(path)
            for path, info in zip(paths, found, strict=True)
        ]

    def _probe_alone(self, path: str) -> DocumentInfo | DocumentError:
        try:
            return self.probe(path)
        except DocumentError as error:
            return error

    def read(self, path: str, page_number: int) -> PageReading:
        """One page, `page_number` counting from 1; a page that cannot be read comes back with a `failure`."""
        started = time.perf_counter()
        reading, _ = self._read(path, page_number)
        return replace(reading, seconds=time.perf_counter() - started)

    def read_with_image(
        self, path: str, page_number: int, wanted: Callable[[PageReading], bool]
    ) -> tuple[PageReading, NDArray[np.uint8] | None]:
        """One page as `read` reads it, with its image (height, width, 3) where `wanted` says so of the reading.

        A page without ink has none, and neither has one that failed. An image that can't be made is a failure.
        """
        started = time.perf_counter()
        reading, image = self._read(path, page_number)
        if reading.failure is not None or reading.blank or not wanted(reading):
            return replace(reading, seconds=time.perf_counter() - started), None
        if image is None:
            try:
                image, dpi = self.draw(path, page_number)
                reading = replace(reading, dpi=dpi, blank=image is None)
            except DocumentError as error:
                attempts = getattr(error, "attempts", 1)
                failure = Failure(error.code, f"page {page_number}: {error.message}", Stage.RENDER, attempts)
                reading = replace(reading, failure=failure)
        return replace(reading, seconds=time.perf_counter() - started), image

    def page_size(self, path: str, page_number: int) -> tuple[float, float]:
        """Width and height of a page as seen, in points or pixels; raises DocumentError."""
        clock = _Clock(self._page_seconds)
        size, _ = self._attempt(self._parser, clock, "page_size", path, page_number, self.settings)
        width, height = size
        return float(width), float(height)

    def draw(self, path: str, page_number: int) -> tuple[NDArray[np.uint8] | None, float | None]:
        """The image of a page (height, width, 3) and its dpi where it is known; None where it has no ink.

        Raises DocumentError.
        """
        clock = _Clock(self._page_seconds)
        drawn, _ = self._attempt(self._parser, clock, "page_image", path, page_number, self.settings)
        return drawn or (None, None)

    def read_many(self, path: str, page_numbers: Sequence[int]) -> Iterator[PageReading]:
        """Pages of one document in the order given, as `read` reads them."""
        return self.read_parts([(path, page_numbers)])

    def read_parts(self, parts: Sequence[tuple[str, Sequence[int]]]) -> Iterator[PageReading]:
        """Pages of several documents (paths, page numbers) in the order given, as `read` reads them.

        Pages that their text layer settles come many at a time, which saves most of the traffic with the parser. If
        that fails for whatever reason, each of them is read by itself, so that a bad page costs only itself.
        """
        left = deque((path, number) for path, numbers in parts for number in numbers)
        alone = 0 if self._may_settle_many else len(left)
        while left:
            looked_at = 0
            settled: dict[int, PageReading] = {}
            if not alone:
                batch = list(islice(left, _AHEAD))
                try:
                    looked_at, settled = self._read_settled(batch)
                except DocumentError:
                    alone = len(batch)
            for place in range(max(1, looked_at)):
                path, number = left.popleft()
                reading = settled.get(place) or self.read(path, number)
                yield reading
            # Behind a page without a text layer there are often more.
            settles = place in settled or reading.text_source == "text_layer"
            alone = max(alone - 1, 0 if settles and self._may_settle_many else 1)

    @property
    def _may_settle_many(self) -> bool:
        # A layout takes a good part of a second, and OCR was asked for by name: nothing to save there.
        return self.settings.engine != "rapidocr" and not self.settings.layout

    def _read_settled(self, pages: Sequence[tuple[str, int]]) -> tuple[int, dict[int, PageReading]]:
        """How many of the pages the parser came to, and those that it settled, by their place."""
        parts = [(path, [number for _, number in run]) for path, run in groupby(pages, key=itemgetter(0))]
        answer = self._parse_once("read_settled", parts, self.settings)
        try:
            readings = [] if answer.readings is None else unpack(answer.readings)
            if answer.looked_at not in range(len(pages) + 1):
                raise ValueError("more pages than were asked for")
            return answer.looked_at, dict(zip(answer.places, readings, strict=True))
        except (AttributeError, TypeError, ValueError, IndexError):
            raise DocumentError(ErrorCode.CRASHED, "the parser process answered with something else") from None

    def _read(self, path: str, page_number: int) -> tuple[PageReading, NDArray[np.uint8] | None]:
        """The page, and its image where one was made on the way."""
        clock = _Clock(self._page_seconds)
        reading = PageReading(page_number)
        stage = Stage.READ
        try:
            parsed, _ = self._attempt(self._parser, clock, "read_page", path, page_number, self.settings)
            if not isinstance(parsed, ParsedPage):
                raise DocumentError(ErrorCode.CRASHED, "the parser process answered with something else")
            reading = parsed.reading
            if parsed.image is None:
                return reading, None
            stage = Stage.OCR
            lines, _ = self._attempt(self._ocr, clock, "read", parsed.image)
            if not isinstance(lines, TextLines):
                raise DocumentError(ErrorCode.ENGINE_FAILED, "the OCR process answered with something else")
            layer = parsed.text_layer
            if layer is not None and confirmed_by_ocr(layer.lines, lines):
                kept = _complete(parsed, "text_layer", layer.lines, layer.blocks)
                return replace(kept, text_source_reason=TextSourceReason.KEPT_AFTER_OCR), parsed.image
            if not self.settings.layout or not len(lines):
                return _complete(parsed, "rapidocr", *group_lines(lines)), parsed.image
            stage = Stage.LAYOUT
            laid_out, _ = self._attempt(self._parser, clock, "layout", parsed.image, lines)
            return _complete(parsed, "rapidocr", *laid_out), parsed.image
        except DocumentError as error:
            code = error.code
            if isinstance(error, ChildRaisedError) and stage is Stage.READ:
                code = ErrorCode.UNREADABLE
            message = f"page {page_number}: {error.message}" if stage is Stage.OCR else error.message
            attempts = getattr(error, "attempts", 1)
            return replace(reading, text=None, failure=Failure(code, message, stage, attempts)), None

    def _parse_once(self, method: str, *args: Any) -> Any:
        """A call of the parser that is not tried again: what fails is asked for one by one."""
        clock = _Clock(self._page_seconds)
        clock.stopped(lambda: _start(self._parser))
        with self.spent.time(_STAGES[method]):
            return self._parser.call(method, *args, deadline=clock.deadline)

    def _attempt(self, sandbox: Sandbox, clock: "_Clock", method: str, *args: Any) -> tuple[Any, int]:
        attempt = 0
        while True:
            attempt += 1
            worn = not sandbox.fresh
            try:
                clock.stopped(lambda: _start(sandbox))
                with self.spent.time(_STAGES[method]):
                    return sandbox.call(method, *args, deadline=clock.deadline), attempt
            except DocumentError as error:
                again = error.code == ErrorCode.CRASHED or (error.code == ErrorCode.OUT_OF_MEMORY and worn)
                if not again or attempt >= _MAX_ATTEMPTS:
                    error.attempts = attempt  # type: ignore[attr-defined]
                    raise


def _start(sandbox: Sandbox) -> None:
    try:
        sandbox.start()
    except ChildRaisedError as error:
        # Not the page's fault: the process cannot be set up at all.
        raise DocumentError(ErrorCode.ENGINE_FAILED, f"{sandbox.target} cannot be started: {error}") from error


class _Clock:
    """A deadline that starting a process does not eat from."""

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds

    def stopped(self, action: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            action()
        finally:
            self.deadline += time.monotonic() - began


def _complete(parsed: ParsedPage, source: str, lines: TextLines, blocks: Blocks) -> PageReading:
    loose = None if parsed.ink is None else ink.unexplained(parsed.ink, lines.boxes)
    return replace(
        parsed.reading,
        text_source=source,
        text="".join(f"{line}\n" for line in lines.text),
        lines=lines,
        blocks=blocks,
        unexplained_ink=loose,
    )
