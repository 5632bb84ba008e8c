"""The engine `grid` in a cascade."""

import numpy as np
import pytest
from docpipe.operators.extraction.findings import with_findings
from docpipe.operators.extraction.weight_free import with_found
from docpipe.operators.inference.tasks import Cascade, TaskPlan
from docpipe.operators.inference.work import ReadPage
from docpipe.operators.reading.collect import CollectError
from docpipe.operators.tables.structure.area import Rulings
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import Blocks, PageReading

from ..tables.drawn import SIZE, lines_of, table_block, words_of

DRAWING = """
Name          2023     2024
Apples        12,5    1.300
Pears            5        7
Plums and figs   3       11
"""
PLAN = TaskPlan((Cascade(Use.TABLE, "grid", accept=0.9),))


def page(drawing: str = DRAWING, **changes: object) -> ReadPage:
    given = {
        "width": SIZE[0],
        "height": SIZE[1],
        "unit": "pt",
        "text_source": "text_layer",
        "lines": lines_of(words_of(drawing)),
        "blocks": table_block(),
        "collected": {"grid": Rulings()},
    }
    return ReadPage("d", "d.pdf", PageReading(1, **given | changes))  # type: ignore[arg-type]


def test_a_table_has_cells_with_numbers_by_the_convention_of_the_page() -> None:
    (table,) = with_findings(with_found(page(), PLAN), {}, PLAN).findings.tables
    assert (table.engine, table.model, table.source, table.block) == ("grid", "", "text_layer", 0)
    assert (table.n_rows, table.n_columns, table.header_rows) == (4, 3, 1)
    assert table.confidence is not None
    assert table.confidence >= 0.9
    numbers = {(cell.row, cell.column): cell.number for cell in table.cells if cell.number is not None}
    assert numbers[1, 1] == 12.5
    # `1.300` stands in a column of its own without any other hint than that of the page.
    assert numbers[1, 2] == 1300
    assert {cell.text for cell in table.cells if cell.is_header} >= {"2023", "2024", "Apples"}
    assert "<tr><th>Apples</th><td>12,5</td>" in table.html
    for cell in table.cells:
        assert (cell.box is None) == (cell.text == "") == (cell.grounding.support is None)


def test_words_that_are_no_table_are_declined_with_a_reason() -> None:
    asked = with_found(page("one two three\n"), PLAN)
    (found,) = asked.found
    assert found.finding is None
    assert found.reason
    assert with_findings(asked, {}, PLAN).findings.tables == ()


def test_a_page_whose_graphics_could_not_be_read_fails_its_tables() -> None:
    found = with_found(page(collected={"grid": CollectError("out of order")}), PLAN).found
    (failure,) = (one.finding.failure for one in found if one.finding is not None)
    assert failure is not None
    assert "out of order" in failure.message


@pytest.mark.parametrize("changes", [{"blocks": Blocks()}, {"lines": lines_of([]), "blocks": Blocks()}])
def test_a_page_without_regions_and_rulings_has_no_tables(changes: dict[str, object]) -> None:
    assert with_found(page(**changes), PLAN).found == ()


def test_a_grid_of_rulings_is_found_where_the_layout_has_none() -> None:
    lines = np.array([[y / 800, 0, 170 / 600] for y in (18, 31, 43, 55, 67)], np.float32)
    across = np.array([[x / 600, 18 / 800, 67 / 800] for x in (0, 90, 130, 170)], np.float32)
    (found,) = with_found(page(blocks=Blocks(), collected={"grid": Rulings(lines, across)}), PLAN).found
    assert found.id.region is not None
    assert found.finding is not None
    assert (found.finding.n_rows, found.finding.n_columns) == (4, 3)  # type: ignore[union-attr]
