"""What a worker makes of a unit before it commits it."""

from pathlib import Path

from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.reading.timing import StageSeconds
from docpipe.pipeline.stages.read import few_pages_each, read_parts
from docpipe.schemas.errors import ErrorCode
from docpipe.schemas.uri import local_version
from hypothesis import given
from hypothesis import strategies as st

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"


def test_a_file_that_is_gone_costs_its_own_pages_only(tmp_path: Path) -> None:
    invoice = DOCUMENTS / "invoice.pdf"
    parts = [
        {"document_id": "a", "uri": str(invoice), "version": local_version(invoice.stat()), "pages": [1]},
        {"document_id": "b", "uri": str(tmp_path / "gone.pdf"), "version": "1", "pages": [1, 2]},
        {"document_id": "c", "uri": str(invoice), "version": "", "pages": [1]},
    ]
    with PageReader(ReadSettings(engine="text_layer")) as reader:
        pages = list(read_parts(reader, parts, StageSeconds()))
    assert [(page.document_id, page.reading.page_number) for page in pages] == [("a", 1), ("b", 1), ("b", 2), ("c", 1)]
    assert [page.failure and page.failure.code for page in pages] == [
        None,
        ErrorCode.NOT_FOUND,
        ErrorCode.NOT_FOUND,
        None,
    ]
    assert pages[0].reading.text == pages[3].reading.text != ""


@given(st.lists(st.integers(1, 600), max_size=30))
def test_ranges_stay_whole_and_in_order_and_few_pages_are_together(lengths: list[int]) -> None:
    parts = [{"pages": list(range(length))} for length in lengths]
    groups = list(few_pages_each(parts))
    assert [part for group in groups for part in group] == parts
    for group in groups:
        assert group
        assert len(group) == 1 or sum(len(part["pages"]) for part in group) <= 256
