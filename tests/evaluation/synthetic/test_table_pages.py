"""Pages with tables: the truth is where it is said to be, for one page of every kind."""

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.evaluation.synthetic.table_pages.__main__ import write_pages
from docpipe.evaluation.synthetic.table_pages.pages import KINDS


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "tables"
    write_pages(folder, 1, 7, list(KINDS))
    return folder


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "tables.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_kind_has_a_page_with_cells_that_share_no_place(pages: Path) -> None:
    tables = rows(pages)
    assert {str(table["file"]).rsplit("-", 1)[0] for table in tables} == set(KINDS)
    for table in tables:
        places = [
            (row, column)
            for cell in table["cells"]
            for row in range(cell["row"], cell["row_end"] + 1)
            for column in range(cell["col"], cell["col_end"] + 1)
        ]
        assert len(places) == len(set(places)) > 3


def test_the_words_of_each_cell_are_in_its_box_on_the_page(pages: Path) -> None:
    for table in rows(pages):
        with pymupdf.open(pages / str(table["file"])) as document:
            page = document[0]
            assert [round(value) for value in page.rect] == [0, 0, round(table["width"]), round(table["height"])]
            words = page.get_text("words")
        for cell in table["cells"]:
            x0, y0, x1, y1 = cell["box"]
            assert page_holds(table, cell["box"])
            inside = "".join(
                word[4]
                for word in words
                if x0 - 2 < (word[0] + word[2]) / 2 < x1 + 2 and y0 - 3 < (word[1] + word[3]) / 2 < y1 + 3
            )
            assert sorted(inside) == sorted("".join(cell["text"].split())), (table["table"], cell["text"], inside)


def page_holds(table: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    return bool(0 <= box[0] < box[2] <= table["width"] and 0 <= box[1] < box[3] <= table["height"])
