"""Tables that go on over a page break, through the reader of real pages."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.inference.tasks import Cascade, TaskPlan
from docpipe.operators.inference.work import ReadPage
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.reading.timing import StageSeconds
from docpipe.pipeline.stages.read import PageTasks, read_parts
from docpipe.schemas.job.tasks import Use

TASKS = PageTasks(TaskPlan((Cascade(Use.TABLE, "grid"),)))
HEADER = ("Article", "Units sold", "Turnover in EUR")


def draw(page: pymupdf.Page, rows: list[tuple[str, ...]], top: float) -> None:
    """Rows of a ruled table of three columns, 18 points high."""
    edges = (60, 240, 380, 540)
    for at, row in enumerate(rows):
        y = top + 18 * at
        for i, text in enumerate(row):
            page.insert_text((edges[i] + 4, y + 12), text, fontsize=10)
            page.draw_rect(pymupdf.Rect(edges[i], y, edges[i + 1], y + 18), width=0.7)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "report.pdf"
    rows = [(f"Article {n}", f"{n * 7}", f"{n * 13}.50") for n in range(1, 70)]
    with pymupdf.open() as document:
        first = document.new_page()
        first.insert_textbox((60, 50, 540, 320), "The articles of the year are listed below. " * 18, fontsize=10)
        draw(first, [HEADER, *rows[:20]], 400)
        draw(document.new_page(), [HEADER, *rows[20:58]], 60)
        draw(document.new_page(), rows[58:], 60)
        other = document.new_page()
        other.insert_textbox((60, 50, 540, 120), "Another matter follows on this page. " * 6, fontsize=10)
        draw(other, [HEADER, *rows[:5]], 150)
        document.save(path)
    return path


def read(report: Path, numbers: list[int]) -> list[ReadPage]:
    part = {"document_id": "d", "uri": str(report), "version": "", "pages": numbers, "questions": None}
    with PageReader(ReadSettings(layout=True, collect=("grid",))) as reader:
        return list(read_parts(reader, [part], StageSeconds(), TASKS))


def test_parts_are_linked_whichever_pages_are_read_together(report: Path) -> None:
    together = read(report, [1, 2, 3, 4])
    links = [[table.continues for table in page.findings.tables] for page in together]
    assert links == [[None], [(1, 0)], [(2, 0)], [None]]
    assert [page.findings.tables[0].n_rows for page in together] == [21, 39, 11, 6]
    # The header that is missing on the third page is not made up of its first row.
    assert [page.findings.tables[0].header_rows for page in together] == [1, 1, 0, 1]
    alone = read(report, [3])
    assert alone[0].findings.tables == together[2].findings.tables
