"""The grid of tables over the pages of a report."""

from docpipe.pipeline.report.contents import Contents, ShownPage
from docpipe.pipeline.report.drawing import Drawings
from docpipe.pipeline.report.survey import Survey
from docpipe.pipeline.report.view_pages import page_views

from ..export.test_table_exports import FIRST, page_rows


def test_each_cell_with_text_is_a_box_that_says_where_it_is_and_what_it_means() -> None:
    page = page_rows(FIRST, 1)
    shown = ShownPage(page.stored(), (), (), (), tuple(page.tables()))
    (view,) = page_views(Contents(Survey(), {}, [shown], [], [], []), Drawings())
    boxes = [box for box in view.sheet.boxes if box.layer == "cells"]
    assert len(boxes) == sum(bool(cell.text) for table in page.tables() for cell in table.cells) == 10
    assert "row 3, column 3: 1,300 = 1300" in [box.label for box in boxes]
    (section,) = (section for section in view.sections if section.layer == "cells")
    assert [item.key for item in section.items] == [box.key for box in boxes]
