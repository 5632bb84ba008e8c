"""Reads pages in sandboxed child processes; a page that crashes or hangs becomes a reading with a failure."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, islice, takewhile
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode, Failure, Stage
from ...schemas.job.text_engines import TEXT_LAYER, TextLayerUse
from ...schemas.page import Blocks, PageReading, PageWarning, TextLines, page_text, with_hidden
from ..documents import ink
from ..documents.media_type import DocumentInfo
from ..layout.blocks import group_lines
from ..sandbox.attempts import Clock, call, call_once, start
from ..sandbox.sandbox import ChildRaisedError, Sandbox
from .merge import MergedText, merged, painted_over
from .messages import ParsedPage, ReadSettings, unpack
from .ocr_process import MOST_PIXELS, OcrProcess
from .page_part import KnownParts, PagePart, part_around, whole_page
from .parser_sandbox import PAGE_MEMORY_MB, parser_sandbox
from .running_text import RunningText
from .timing import StageSeconds

_INVALID_REPLY = "the parser process sent an invalid reply"
# Pages a call of `read_settled`.
_AHEAD = 64


class PageReader:
    """Reads documents and pages; owns a parser process and, from the first page that needs one, an OCR process.

    A page that crashes its process, or that runs out of memory in a process that had served other pages, is retried
    in a fresh process (`sandbox.attempts`). A page that times out is not retried.

    Methods that take `spent` add the seconds spent in the child processes to it, by stage.

    Args:
        settings: how pages are read.
        page_seconds: wall seconds for all stages of a page, without the start of processes.
        memory_mb: address space of the parser process in MiB.
        ocr_threads: threads of the OCR process.
        parser: the parser's process where it was begun already, with the same `layout` and memory; closed with the
            reader.
    """

    def __init__(
        self,
        settings: ReadSettings,
        page_seconds: float = 60.0,
        memory_mb: int = PAGE_MEMORY_MB,
        ocr_threads: int = 1,
        parser: Sandbox | None = None,
    ) -> None:
        self.settings = settings
        self._page_seconds = page_seconds
        self._parser = parser or parser_sandbox(layout=settings.layout, memory_mb=memory_mb)
        self._running = RunningText(self._parser, settings, page_seconds)
        self._known_parts = KnownParts()
        self._ocr = None if settings.reader is None else OcrProcess(settings, memory_mb, ocr_threads)

    def __enter__(self) -> "PageReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts the parser process, which the first call would start otherwise; raises DocumentError."""
        start(self._parser)

    def close(self) -> None:
        """End the child processes."""
        self._parser.close()
        if self._ocr is not None:
            self._ocr.close()

    def probe(self, path: str) -> DocumentInfo:
        """The type and page count of a file; raises DocumentError."""
        with self._limit_named("opening the document"):
            info = call(self._parser, self._clock(), "probe", path, self.settings.passwords, self._samples)
        assert isinstance(info, DocumentInfo)
        return info

    def _clock(self) -> Clock:
        return Clock(self._page_seconds)

    @contextmanager
    def _limit_named(self, doing: str) -> Iterator[None]:
        """In this context, the error of a call that takes too long says what took too long, and the limit."""
        try:
            yield
        except DocumentError as error:
            if error.code == ErrorCode.TIMEOUT:
                error.message = f"{doing} took longer than limits.page_seconds, {self._page_seconds:g} s"
            raise

    @property
    def _samples(self) -> bool:
        """Whether to sample for scans: they matter to the planning only because of their OCR."""
        return self.settings.text_layer is not TextLayerUse.TRUSTED

    def probe_many(self, paths: Sequence[str]) -> list[DocumentInfo | DocumentError]:
        """`probe` of several files; for a file that cannot be opened, its error."""
        try:
            found = call_once(
                self._parser, self._clock(), "probe_many", list(paths), self.settings.passwords, self._samples
            )
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

    def read(self, path: str, page_number: int, spent: StageSeconds | None = None) -> PageReading:
        """One page, `page_number` counting from 1; the reading of a page that cannot be read has a `failure`."""
        return self._read_timed(path, page_number, spent or StageSeconds(), with_image=False)[0]

    def read_with_image(
        self,
        path: str,
        page_number: int,
        needs_image: Callable[[PageReading], bool] | None = None,
        spent: StageSeconds | None = None,
    ) -> tuple[PageReading, NDArray[np.uint8] | None]:
        """One page as `read` reads it, with its image (height, width, 3) RGB.

        A page without ink and a failed page have no image. A page whose image cannot be rendered fails.

        Args:
            needs_image: whether the image of a page with this reading is needed; None where every page needs it,
                which saves a call to the parser.
        """
        spent = spent or StageSeconds()
        reading, image = self._read_timed(path, page_number, spent, with_image=needs_image is None)
        if needs_image is not None and not needs_image(reading):
            return reading, None
        return self.with_image(path, reading, image, spent)

    def with_image(
        self, path: str, reading: PageReading, image: NDArray[np.uint8] | None, spent: StageSeconds | None = None
    ) -> tuple[PageReading, NDArray[np.uint8] | None]:
        """A reading with the image of its page, which is rendered unless it is given.

        A page without ink and a failed page have no image. A page whose image cannot be rendered fails.
        """
        if reading.failure is not None or reading.blank:
            return reading, None
        if image is not None:
            return reading, image
        started, number = time.perf_counter(), reading.page_number
        try:
            _check_drawable(reading)
            image, dpi = self.draw(path, number, spent)
            reading = replace(reading, dpi=dpi, blank=image is None)
        except DocumentError as error:
            failure = Failure(error.code, _naming_page(number, error.message), Stage.RENDER, error.attempts)
            reading = replace(reading, failure=failure)
        return replace(reading, seconds=reading.seconds + time.perf_counter() - started), image

    def page_size(self, path: str, page_number: int) -> tuple[float, float]:
        """Width and height of a page as displayed, in points or pixels; raises DocumentError."""
        with self._limit_named(f"opening page {page_number}"):
            width, height = call(self._parser, self._clock(), "page_size", path, page_number, self.settings)
        return float(width), float(height)

    def draw(
        self, path: str, page_number: int, spent: StageSeconds | None = None
    ) -> tuple[NDArray[np.uint8] | None, float | None]:
        """The image of a page (height, width, 3) RGB, None where it has no ink, and its dpi where known.

        Raises DocumentError.
        """
        with (spent or StageSeconds()).time(Stage.RENDER), self._limit_named(f"drawing page {page_number}"):
            drawn = call(self._parser, self._clock(), "page_image", path, page_number, self.settings)
        return drawn or (None, None)

    def read_many(self, path: str, page_numbers: Sequence[int]) -> Iterator[PageReading]:
        """Pages of one document in the order given, as `read` reads them."""
        return self.read_parts([(path, page_numbers)])

    def read_parts(
        self, parts: Sequence[tuple[str, Sequence[int]]], spent: StageSeconds | None = None
    ) -> Iterator[PageReading]:
        """Pages of several documents (paths, page numbers) in the order given, as `read` reads them.

        Pages that are complete without OCR are read in batches, which saves most of the calls to the parser. If a
        batch fails for any reason, each of its pages is read separately, so that a bad page fails alone. So are the
        images of pages where the text reader takes several in one call.
        """
        for reading, _ in self.read_parts_with_images(parts, spent, every=False):
            yield reading

    def read_parts_with_images(
        self, parts: Sequence[tuple[str, Sequence[int]]], spent: StageSeconds | None = None, *, every: bool
    ) -> Iterator[tuple[PageReading, NDArray[np.uint8] | None]]:
        """`read_parts`, with the image of each page for which there is one already; `with_image` renders others.

        Args:
            every: whether an image of every page is wanted, so that a page that is read separately is rendered in the
                same call.
        """
        spent = spent or StageSeconds()
        left = deque((path, number) for path, numbers in parts for number in numbers)
        if self._ocr is not None and self._ocr.batch_size > 1:
            yield from ((reading, None) for reading in self._read_together(left, spent))
            return
        alone = 0 if self._may_settle_many else len(left)
        while left:
            examined = 0
            settled: dict[int, PageReading] = {}
            if not alone:
                batch = self._next_batch(left)
                try:
                    examined, settled = self._read_settled(batch, spent)
                except DocumentError:
                    alone = len(batch)
            for place in range(max(1, examined)):
                path, number = left.popleft()
                image = None
                if place in settled:
                    reading = settled[place]
                else:
                    reading, image = self._read_timed(path, number, spent, with_image=every)
                yield reading, image
            # A page without a text layer is often followed by others.
            settles = place in settled or reading.text_source == TEXT_LAYER
            alone = max(alone - 1, 0 if settles and self._may_settle_many else 1)

    def _next_batch(self, left: "deque[tuple[str, int]]") -> list[tuple[str, int]]:
        """The next pages; of one document where data is collected of each, for which the document must be open."""
        batch = islice(left, _AHEAD)
        return list(takewhile(lambda page: page[0] == left[0][0], batch) if self.settings.collect else batch)

    @property
    def _may_settle_many(self) -> bool:
        # With a layout, which takes a large part of a second, or OCR for every page, batches would save nothing.
        return self.settings.text_layer is not TextLayerUse.IGNORED and not self.settings.layout

    def _read_settled(
        self, pages: Sequence[tuple[str, int]], spent: StageSeconds
    ) -> tuple[int, dict[int, PageReading]]:
        """How many of the pages the parser examined, and the readings that are complete, by index into `pages`."""
        parts = [(path, [number for _, number in run]) for path, run in groupby(pages, key=itemgetter(0))]
        with spent.time(Stage.READ):
            answer = call_once(self._parser, self._clock(), "read_settled", parts, self.settings)
        try:
            readings = [] if answer.readings is None else unpack(answer.readings)
            if answer.examined not in range(len(pages) + 1):
                raise ValueError("more pages than the request has")
            return answer.examined, dict(zip(answer.places, readings, strict=True))
        except (AttributeError, TypeError, ValueError, IndexError):
            raise DocumentError(ErrorCode.CRASHED, _INVALID_REPLY) from None

    def _read_timed(
        self, path: str, page_number: int, spent: StageSeconds, *, with_image: bool
    ) -> tuple[PageReading, NDArray[np.uint8] | None]:
        started = time.perf_counter()
        reading, image = self._read(path, page_number, spent, with_image=with_image)
        return replace(reading, seconds=time.perf_counter() - started), image

    def _read(
        self, path: str, page_number: int, spent: StageSeconds, *, with_image: bool
    ) -> tuple[PageReading, NDArray[np.uint8] | None]:
        """The page, and its image where the parser rendered one."""
        clock = self._clock()
        parsed = self._parsed(path, page_number, clock, spent, with_image=with_image)
        if isinstance(parsed, PageReading):
            return parsed, None
        if not parsed.needs_ocr:
            return self._running.told_apart(parsed.reading, path, parsed), parsed.image
        lines = self._ocr_lines(parsed, clock, spent)
        return self._with_ocr(path, parsed, lines, clock, spent), parsed.image

    def _parsed(
        self, path: str, page_number: int, clock: Clock, spent: StageSeconds, *, with_image: bool
    ) -> ParsedPage | PageReading:
        """The parser's result for a page; the reading of the page where the parser failed."""
        try:
            with spent.time(Stage.READ), self._limit_named(f"reading or drawing page {page_number}"):
                arguments = (path, page_number, self.settings, with_image)
                parsed = call(self._parser, clock, "read_page_in_steps", *arguments)
            if not isinstance(parsed, ParsedPage):
                raise DocumentError(ErrorCode.CRASHED, _INVALID_REPLY)
            return parsed
        except DocumentError as error:
            code = ErrorCode.UNREADABLE if isinstance(error, ChildRaisedError) else error.code
            if isinstance(error.partial, ParsedPage):
                text = self._running.told_apart(error.partial.reading, path, error.partial)
                return _warned(text, PageWarning.NOT_DRAWN, code)
            return _failed(PageReading(page_number), code, error, Stage.READ)

    def _read_together(self, pages: Iterable[tuple[str, int]], spent: StageSeconds) -> Iterator[PageReading]:
        """Pages in the order given, with the images of several in one call of the text reader."""
        assert self._ocr is not None
        held: list[_Held] = []
        images = pixels = 0
        for path, number in pages:
            started, clock = time.perf_counter(), self._clock()
            parsed = self._parsed(path, number, clock, spent, with_image=False)
            held.append(_Held(path, parsed, clock.deadline - time.monotonic(), time.perf_counter() - started))
            if isinstance(parsed, ParsedPage) and parsed.image is not None:
                images, pixels = images + 1, pixels + parsed.image.shape[0] * parsed.image.shape[1]
            if images >= self._ocr.batch_size or pixels >= MOST_PIXELS:
                yield from self._finished(held, spent)
                held, images, pixels = [], 0, 0
        yield from self._finished(held, spent)

    def _finished(self, held: Sequence["_Held"], spent: StageSeconds) -> Iterator[PageReading]:
        """The readings of pages that are parsed; each has the time that the parser left it, and a share of the call."""
        waiting = [one.parsed for one in held if isinstance(one.parsed, ParsedPage) and one.parsed.needs_ocr]
        started = time.perf_counter()
        texts = iter(self._lines_of(waiting, spent))
        share = (time.perf_counter() - started) / max(1, len(waiting))
        for one in held:
            started, reading, shared = time.perf_counter(), one.parsed, 0.0
            if isinstance(reading, ParsedPage) and not reading.needs_ocr:
                reading = self._running.told_apart(reading.reading, one.path, reading)
            elif isinstance(reading, ParsedPage):
                clock, lines, shared = Clock(one.seconds_left), next(texts), share
                lines = self._ocr_lines(reading, clock, spent) if lines is None else lines
                reading = self._with_ocr(one.path, reading, lines, clock, spent)
            yield replace(reading, seconds=one.seconds + shared + time.perf_counter() - started)

    def _lines_of(self, pages: Sequence[ParsedPage], spent: StageSeconds) -> Sequence[TextLines | DocumentError | None]:
        """The text of each page from one call; None for each where the call failed and may succeed page by page."""
        assert self._ocr is not None
        if len(pages) < 2:
            return [None] * len(pages)
        try:
            with spent.time(Stage.OCR):
                clock, parts = Clock(self._page_seconds * len(pages)), [_unread(page) for page in pages]
                found = self._ocr.read_together([part.image for part in parts], clock)
                if found is None:
                    return [None] * len(pages)
                return [part.on_page(lines) for part, lines in zip(parts, found, strict=True)]
        except DocumentError as error:
            return [error] * len(pages)

    def _ocr_lines(self, parsed: ParsedPage, clock: Clock, spent: StageSeconds) -> TextLines | DocumentError:
        assert self._ocr is not None
        try:
            with spent.time(Stage.OCR), self._limit_named(f"OCR of page {parsed.reading.page_number}"):
                part = _unread(parsed)
                if part.image is None or parsed.unread is None:
                    return part.on_page(self._ocr.read(part.image, clock))
                ocr = self._ocr
                return part.on_page(self._known_parts.read(part.image, lambda image: ocr.read(image, clock)))
        except DocumentError as error:
            return error

    def _with_ocr(
        self, path: str, parsed: ParsedPage, lines: TextLines | DocumentError, clock: Clock, spent: StageSeconds
    ) -> PageReading:
        """The page with the lines that OCR found, or the error for which it found none."""
        reading, parts, source = parsed.reading, parsed.text_layer, self.settings.reader
        number = reading.page_number
        assert source is not None
        if isinstance(lines, DocumentError):
            # That there is more ink than text, or a font in doubt, says nothing against the rest of the text.
            if parts is not None and len(parts.trusted.lines):
                trusted = MergedText(parts.trusted.lines, None, TEXT_LAYER, parsed.verdict.reason)
                kept = self._complete(parsed, trusted, parts.trusted.lines, parts.trusted.blocks)
                kept = self._running.told_apart(kept, path, parsed)
                return _warned(kept, PageWarning.NO_OCR, lines.code)
            return _failed(reading, lines.code, lines, Stage.OCR)
        size = (reading.width or 1.0, reading.height or 1.0)
        text = merged(parts, lines, source, parsed.verdict.reason, size, beside=parsed.unread is not None)
        if text.blocks is not None:
            return self._running.told_apart(self._complete(parsed, text, text.lines, text.blocks), path, parsed)
        if not self.settings.layout or not len(text.lines):
            return self._complete(parsed, text, *group_lines(text.lines))
        try:
            with spent.time(Stage.LAYOUT), self._limit_named(f"the layout of page {number}"):
                laid_out = call(self._parser, clock, "layout", path, number, self.settings, text.lines)
        except DocumentError as error:
            return _warned(self._complete(parsed, text, *group_lines(text.lines)), PageWarning.NO_LAYOUT, error.code)
        return self._complete(parsed, text, *laid_out)

    def _complete(self, parsed: ParsedPage, text: MergedText, lines: TextLines, blocks: Blocks) -> PageReading:
        loose = None if parsed.ink is None else ink.unexplained(parsed.ink, lines.boxes)
        reading = parsed.reading
        return replace(
            reading,
            text_source=text.source,
            text_source_reason=text.reason,
            text=page_text(lines, blocks, keep_running=self.settings.keep_running),
            lines=lines,
            blocks=blocks,
            unexplained_ink=loose,
            warnings=with_hidden(reading.warnings, text.dropped),
        )


@dataclass(frozen=True)
class _Held:
    """A page that the parser has read, whose text is still to come.

    Attributes:
        parsed: what the parser gave; the reading of the page where it failed.
        seconds_left: what is left of the page's time.
        seconds: what the parser took.
    """

    path: str
    parsed: ParsedPage | PageReading
    seconds_left: float
    seconds: float


def _failed(reading: PageReading, code: ErrorCode, error: DocumentError, stage: Stage) -> PageReading:
    message = _naming_page(reading.page_number, error.message)
    return replace(reading, text=None, failure=Failure(code, message, stage, error.attempts))


def _naming_page(number: int, message: str) -> str:
    return message if f"page {number} " in message else f"page {number}: {message}"


def _warned(reading: PageReading, warning: PageWarning, code: ErrorCode) -> PageReading:
    return replace(reading, warnings=(*reading.warnings, warning.of(code.value)))


def _check_drawable(reading: PageReading) -> None:
    """Raises DocumentError for a page that could not be drawn when it was read: it would take as long again."""
    for code in ErrorCode:
        if PageWarning.NOT_DRAWN.of(code.value) in reading.warnings:
            raise DocumentError(code, f"page {reading.page_number} could not be drawn when it was read; its text was")


def _unread(parsed: ParsedPage) -> PagePart:
    """What is to be read of the image of a page, without the words that are known already."""
    image = parsed.image
    if image is not None and parsed.text_layer is not None and len(parsed.text_layer.trusted.lines):
        image = painted_over(image, parsed.text_layer.trusted.lines.word_boxes)
    return whole_page(image) if image is None or parsed.unread is None else part_around(image, parsed.unread)
