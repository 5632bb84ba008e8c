"""Plans documents from listed files and the inventory, and packs their pages into units of work."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.job.model import Limits
from ...schemas.job.page_ranges import PageRanges
from ...schemas.job.text_engines import AUTO, TextEngine, TextLayerUse
from ..output.commit import CommitFile
from ..output.committed import PageCount, page_numbers
from ..output.store import Store
from .inventory import FileFacts, document_id_of
from .listing import InputFile

PAGES_PER_UNIT = 1024
"""Maximum number of pages of a unit, and therefore of a file of `pages`."""

SECONDS_PER_UNIT = 12.0
"""Maximum estimated work of a unit. Pages are committed unit by unit, so this limits what a killed worker loses."""

_FIRST_SECONDS = 2.0
_SECONDS_TEXT_PAGE = 0.004
# No unit is planned shorter than about one page of OCR.
_LEAST_SECONDS = 0.8
# Limits a unit to a few pages with their images, about 100 MB.
_SECONDS_MODEL_PAGE = 1.5


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """A document of the job, with every file that has its bytes.

    Attributes:
        uris: URIs of all files with these bytes.
        facts: facts about one of the files.
        pages: numbers of the pages to read; empty if there is a `failure`.
        failure: why the document cannot be read, or None.
        questions: questions of the manifest as JSON, see `questions.to_json`.
    """

    document_id: str
    uris: tuple[str, ...]
    facts: FileFacts
    attributes: str | None = None
    pages: Sequence[int] = ()
    failure: Failure | None = None
    questions: str | None = None


@dataclass(frozen=True, slots=True)
class PageRange:
    """Pages of one document in a unit."""

    document_id: str
    uri: str
    version: str
    pages: tuple[int, ...]
    questions: str | None = None


@dataclass(frozen=True)
class Unit:
    """The pages that one task reads and commits as a batch: page ranges of one or several documents.

    Attributes:
        seconds: the estimated work of one processor.
    """

    ranges: tuple[PageRange, ...] = field(default=())
    seconds: float = 0.0

    @property
    def page_count(self) -> int:
        return sum(len(part.pages) for part in self.ranges)


def listing_failure(file: InputFile, limits: Limits) -> tuple[ErrorCode, str] | None:
    """Why a file is not opened; None if it is."""
    if file.error:
        return file.error
    if file.size is not None and file.size > limits.max_file_mb * 1024**2:
        megabytes = file.size / 1024**2
        return ErrorCode.TOO_LARGE, f"{file.uri}: {megabytes:.0f} MB, limits.max_file_mb is {limits.max_file_mb}"
    return None


def needs_opening(file: InputFile, known: Mapping[str, FileFacts], limits: Limits) -> bool:
    """Whether a file may be opened, and is new or has changed since the inventory was written."""
    if listing_failure(file, limits):
        return False
    return file.uri not in known or known[file.uri].version != file.version


def plan_documents(
    files: Iterable[InputFile],
    inventory: Mapping[str, FileFacts],
    limits: Limits,
    selection: PageRanges | None,
) -> list[PlannedDocument]:
    """Documents in the order of their first files; files with the same bytes are one document."""
    grouped: dict[str, list[tuple[InputFile, FileFacts, Failure | None]]] = defaultdict(list)
    for file in files:
        facts, failure = _facts_of(file, inventory, limits)
        grouped[file.document_id or document_id_of(facts)].append((file, facts, failure))
    documents = []
    for document_id, members in grouped.items():
        file, facts, failure = next((m for m in members if m[2] is None), members[0])
        pages = () if failure else _select(facts.page_count or 0, selection)
        uris = tuple(member[0].uri for member in members)
        attributes = next((member[0].attributes for member in members if member[0].attributes), None)
        questions = next((member[0].questions for member in members if member[0].questions), None)
        documents.append(PlannedDocument(document_id, uris, facts, attributes, pages, failure, questions))
    return documents


def _facts_of(file: InputFile, inventory: Mapping[str, FileFacts], limits: Limits) -> tuple[FileFacts, Failure | None]:
    refused = listing_failure(file, limits)
    if refused:
        code, message = refused
        return FileFacts(file.uri, file.version, file.size, error_code=code.value), Failure(code, message, Stage.LIST)
    facts = inventory[file.uri]
    if facts.error_code:
        return facts, Failure(ErrorCode(facts.error_code), facts.error_message or "", Stage.READ)
    if facts.page_count and facts.page_count > limits.max_pages_per_document:
        message = (
            f"{file.uri}: {facts.page_count} pages, limits.max_pages_per_document is {limits.max_pages_per_document}"
        )
        return facts, Failure(ErrorCode.TOO_LARGE, message, Stage.LIST)
    return facts, None


def _select(page_count: int, selection: PageRanges | None) -> Sequence[int]:
    if selection is None:
        return range(1, page_count + 1)
    return tuple(selection.select(page_count))


def remaining_pages(
    store: Store,
    documents: Sequence[PlannedDocument],
    files: Sequence[CommitFile],
    counts: Mapping[str, PageCount],
) -> list[tuple[PlannedDocument, Sequence[int]]]:
    """Documents with pages that are not committed, and these pages.

    Args:
        files: the committed batches of `pages`.
        counts: committed pages of every document, from the same files.
    """
    unclear = [d.document_id for d in documents if _counts_do_not_tell(d, counts.get(d.document_id))]
    committed = page_numbers(store, files, unclear)
    work: list[tuple[PlannedDocument, Sequence[int]]] = []
    for document in documents:
        missing = document.pages
        if document.document_id in committed:
            there = committed[document.document_id]
            missing = [number for number in document.pages if number not in there]
        elif document.document_id in counts:
            missing = ()
        if missing:
            work.append((document, missing))
    return work


def _counts_do_not_tell(document: PlannedDocument, count: PageCount | None) -> bool:
    whole = len(document.pages) == document.facts.page_count
    return count is not None and not (whole and count.distinct == len(document.pages))


def pack_units(
    work: Iterable[tuple[PlannedDocument, Sequence[int]]],
    workers: int,
    text: TextEngine = AUTO,
    *,
    asks_models: bool = False,
) -> list[Unit]:
    """Page ranges packed into units of bounded pages and bounded work.

    Each unit is a share of the remaining work (guided self-scheduling, Polychronopoulos & Kuck 1987): units are long
    at first, since each task has an overhead, and short at the end, so that all workers finish together. The first
    unit of each worker is short too, so that the first pages are committed soon.

    Args:
        text: the engine that reads the text of the pages.
        asks_models: whether requests about the pages are sent to engines, so that the unit includes page images.
    """
    extra = _SECONDS_MODEL_PAGE if asks_models else 0.0
    work = list(work)
    left = sum((_seconds(document, text) + extra) * len(numbers) for document, numbers in work)
    # A generator, since a list of ten million pages would take a gigabyte.
    pieces = ((document, number, _seconds(document, text) + extra) for document, numbers in work for number in numbers)
    budget = _budget(left, workers, made=0)
    units: list[Unit] = []
    ranges: dict[str, tuple[PlannedDocument, list[int]]] = {}
    pages, seconds = 0, 0.0
    for document, number, cost in pieces:
        if pages and (pages >= PAGES_PER_UNIT or seconds + cost > budget):
            units.append(_unit(ranges.values(), seconds))
            left -= seconds
            budget = _budget(left, workers, made=len(units))
            ranges, pages, seconds = {}, 0, 0.0
        ranges.setdefault(document.document_id, (document, []))[1].append(number)
        pages += 1
        seconds += cost
    if ranges:
        units.append(_unit(ranges.values(), seconds))
    return units


def _budget(left: float, workers: int, made: int) -> float:
    """Seconds of work for the next unit, if `left` seconds remain and `made` units exist already."""
    most = _FIRST_SECONDS if made < workers else SECONDS_PER_UNIT
    return min(most, max(left / (workers * 4), _LEAST_SECONDS))


def _seconds(document: PlannedDocument, text: TextEngine) -> float:
    """Estimated seconds of one of its pages, by what the engine does with it."""
    if text.reader is None:
        return _SECONDS_TEXT_PAGE
    by_ocr = text.text_layer is TextLayerUse.IGNORED or document.facts.likely_scanned
    return text.reader.seconds if by_ocr else _SECONDS_TEXT_PAGE


def _unit(ranges: Iterable[tuple[PlannedDocument, list[int]]], seconds: float) -> Unit:
    return Unit(
        tuple(
            PageRange(
                document.document_id, document.facts.uri, document.facts.version, tuple(numbers), document.questions
            )
            for document, numbers in ranges
        ),
        seconds,
    )
