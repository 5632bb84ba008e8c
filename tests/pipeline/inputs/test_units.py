"""Units hold every page to read exactly once; documents gather the files with the same bytes."""

from collections import Counter

from docpipe.pipeline.inputs.inventory import FileFacts
from docpipe.pipeline.inputs.listing import InputFile
from docpipe.pipeline.inputs.units import (
    PAGES_PER_UNIT,
    SECONDS_PER_UNIT,
    PlannedDocument,
    pack_units,
    plan_documents,
)
from docpipe.schemas.errors import ErrorCode
from docpipe.schemas.job.model import Limits
from docpipe.schemas.job.page_ranges import PageRanges
from docpipe.schemas.job.text_engines import RAPIDOCR, text_engine
from hypothesis import given
from hypothesis import strategies as st

LIMITS = Limits()


def file(uri: str, **values: object) -> InputFile:
    return InputFile(uri, 10, "v1", **values)  # type: ignore[arg-type]


def facts(uri: str, sha: str = "a" * 64, pages: int = 3) -> FileFacts:
    return FileFacts(
        uri, "v1", 10, content_sha256=sha, media_type="application/pdf", page_count=pages, likely_scanned=False
    )


@given(
    st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=8),
    st.integers(1, 64),
)
def test_units_hold_every_page_exactly_once(documents: list[tuple[int, bool]], workers: int) -> None:
    work = [
        (PlannedDocument(str(i), (f"/{i}",), FileFacts(f"/{i}", "v", 1, likely_scanned=scanned)), range(1, pages + 1))
        for i, (pages, scanned) in enumerate(documents)
    ]
    units = pack_units(work, workers)
    placed = Counter((r.document_id, number) for unit in units for r in unit.ranges for number in r.pages)
    assert placed == Counter((str(i), n) for i, (pages, _) in enumerate(documents) for n in range(1, pages + 1))
    assert all(0 < unit.page_count <= PAGES_PER_UNIT for unit in units)


def test_work_is_spread_over_the_workers() -> None:
    scans = [
        (PlannedDocument(str(i), (f"/{i}",), FileFacts(f"/{i}", "v", 1, likely_scanned=True)), [1]) for i in range(8)
    ]
    assert [unit.page_count for unit in pack_units(scans, workers=2)] == [2] * 4


def test_a_page_costs_what_the_engine_does_with_it_not_what_the_file_looks_like() -> None:
    def longest(engine: str, *, scanned: bool) -> int:
        facts = FileFacts("/a", "v", 1, likely_scanned=scanned)
        units = pack_units([(PlannedDocument("a", ("/a",), facts), range(1, 401))], 2, text_engine(engine))
        return max(unit.page_count for unit in units)

    assert longest("rapidocr", scanned=False) == longest("auto", scanned=True)
    assert longest("rapidocr", scanned=False) * RAPIDOCR.seconds <= SECONDS_PER_UNIT
    assert longest("text_layer", scanned=True) == longest("auto", scanned=False) > 100


def test_units_grow_shorter_towards_the_end_so_that_workers_end_together() -> None:
    work = [(PlannedDocument("a", ("/a",), FileFacts("/a", "v", 1)), range(1, 20_001))]
    sizes = [unit.page_count for unit in pack_units(work, workers=2)]
    # Each worker's first unit is short, so that the first pages are committed soon.
    first, sizes = sizes[:2], sizes[2:]
    assert max(first) < sizes[0] / 2
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == PAGES_PER_UNIT
    assert sizes[-2] < PAGES_PER_UNIT / 2


def test_the_same_bytes_under_two_uris_are_one_document() -> None:
    inventory = {uri: facts(uri) for uri in ("/a.pdf", "/b.pdf")}
    (document,) = plan_documents([file("/a.pdf"), file("/b.pdf")], inventory, LIMITS, None)
    assert document.uris == ("/a.pdf", "/b.pdf")
    assert document.document_id == "a" * 32
    assert list(document.pages) == [1, 2, 3]


def test_an_id_of_the_manifest_wins_over_the_bytes() -> None:
    inventory = {uri: facts(uri) for uri in ("/a.pdf", "/b.pdf")}
    documents = plan_documents([file("/a.pdf", document_id="x"), file("/b.pdf")], inventory, LIMITS, None)
    assert [d.document_id for d in documents] == ["x", "a" * 32]


def test_page_selection_stays_within_the_document() -> None:
    (document,) = plan_documents([file("/a.pdf")], {"/a.pdf": facts("/a.pdf")}, LIMITS, PageRanges.parse("2-9"))
    assert list(document.pages) == [2, 3]


def test_limits_refuse_large_files_and_long_documents_with_the_key_to_change() -> None:
    large = InputFile("/large.pdf", 3 * 1024**2, "v1")
    limits = Limits(max_file_mb=2.0, max_pages_per_document=2)
    documents = plan_documents([large, file("/long.pdf")], {"/long.pdf": facts("/long.pdf")}, limits, None)
    failures = [document.failure for document in documents]
    assert [f.code for f in failures if f] == [ErrorCode.TOO_LARGE] * 2
    assert "limits.max_file_mb" in str(failures[0])
    assert "limits.max_pages_per_document" in str(failures[1])
    assert all(not document.pages for document in documents)


def test_what_could_not_be_listed_is_a_failed_document() -> None:
    gone = InputFile("/gone.pdf", error=(ErrorCode.NOT_FOUND, "no such file"))
    (document,) = plan_documents([gone], {}, LIMITS, None)
    assert document.failure is not None
    assert document.failure.code is ErrorCode.NOT_FOUND
    assert len(document.document_id) == 32
