"""Exports that hold tables: CSV, Excel workbooks, and tables in Markdown."""

import csv
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from docpipe.operators.extraction.grid import grid_result
from docpipe.operators.inference.results import PageFindings
from docpipe.operators.inference.work import ReadPage
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.structure.area import Rulings
from docpipe.pipeline.export.csv_files import csv_parts
from docpipe.pipeline.export.folder import ExportFolder
from docpipe.pipeline.export.markdown import page_markdown
from docpipe.pipeline.export.write import write_parts
from docpipe.pipeline.export.xlsx import xlsx_parts
from docpipe.pipeline.tables.by_document import DocumentRows, PageRows
from docpipe.pipeline.tables.page_rows import page_tables
from docpipe.schemas.page import PageReading
from docpipe.schemas.tables import PAGE_TABLES

from ...operators.tables.drawn import SIZE, lines_of, table_block, words_of

FIRST = """
                  Sales
Name          2023     2024
Apples          12    1,300
=1+2             5        7
"""
SECOND = """
Name          2023     2024
Plums and figs   3       11
"""


def page_rows(drawing: str, number: int, continues: tuple[int, int] | None = None, header_rows: int = 2) -> PageRows:
    reading = PageReading(
        number,
        width=SIZE[0],
        height=SIZE[1],
        unit="pt",
        text="",
        text_source="text_layer",
        lines=lines_of(words_of(drawing)),
        blocks=table_block(),
    )
    (found,) = find_tables(reading.lines, reading.blocks, Rulings(), SIZE)
    assert found.header_rows == header_rows
    table = replace(grid_result(found, reading), continues=continues)
    rows = page_tables([ReadPage("d", "d.pdf", reading, findings=PageFindings(tables=(table,)))], "run")
    (row,) = rows["pages"].to_pylist()
    return PageRows(row, {name: rows[name].to_pylist() if name in rows else [] for name in PAGE_TABLES})


def document(pages: list[PageRows]) -> DocumentRows:
    return DocumentRows({}, {}, pages)


@pytest.fixture(scope="module")
def pages() -> list[PageRows]:
    return [page_rows(FIRST, 1), page_rows(SECOND, 2, (1, 0), header_rows=1)]


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of each sheet: text as str, numbers as float."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as file:
        shared = ["".join(node.itertext()) for node in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))]
        titles = [
            node.get("name") for node in ElementTree.fromstring(file.read("xl/workbook.xml")).iter(f"{name}sheet")
        ]
        found = {}
        for at, title in enumerate(titles, 1):
            rows = []
            for row in ElementTree.fromstring(file.read(f"xl/worksheets/sheet{at}.xml")).iter(f"{name}row"):
                assert not list(row.iter(f"{name}f"))
                values = [(cell.get("t"), cell.findtext(f"{name}v") or "") for cell in row]
                rows.append([shared[int(value)] if kind == "s" else float(value) for kind, value in values])
            found[title or ""] = rows
        return found


def test_csv_has_a_file_for_each_table_and_its_texts_as_printed(pages: list[PageRows], tmp_path: Path) -> None:
    parts = csv_parts(document(pages))
    assert [part.name for part in parts.files] == ["-table-1"]
    parts.files[0].write(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[:4] == [
        ["Name", "Sales", "Sales"],
        ["Name", "2023", "2024"],
        ["Apples", "12", "1,300"],
        ["=1+2", "5", "7"],
    ]
    # The header of the second page has other rows than the first, so it stays.
    assert rows[-1] == ["Plums and figs", "3", "11"]
    assert parts.pages == 2


def test_an_export_with_fewer_tables_deletes_what_an_earlier_one_wrote_and_nothing_else(
    pages: list[PageRows], tmp_path: Path
) -> None:
    target = ExportFolder(str(tmp_path))
    two = csv_parts(document([pages[0], page_rows(SECOND, 2, header_rows=1)]))
    files: dict[str, list[str]] = target.listed("csv")
    write_parts(two, "d", target, ".csv", files)
    target.keep_list("csv", files)
    assert sorted(path.name for path in tmp_path.glob("d*")) == ["d-table-1.csv", "d-table-2.csv"]
    for name in ("d-table-9.csv", "notes.csv"):
        (tmp_path / name).write_text("mine")
    files = target.listed("csv")
    write_parts(csv_parts(document(pages)), "d", target, ".csv", files)
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["d-table-1.csv", "d-table-9.csv", "notes.csv"]


def test_a_list_of_files_that_was_tampered_with_deletes_nothing_elsewhere(
    pages: list[PageRows], tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("mine")
    target = ExportFolder(str(tmp_path / "out"))
    files = {"d": ["../other.csv", "d/../../other.csv", "other.csv"]}
    write_parts(csv_parts(document(pages)), "d", target, ".csv", files)
    assert other.exists()
    (tmp_path / "out" / "_docpipe-files-csv.json").write_text("[1]")
    assert target.listed("csv") == {}


def test_a_workbook_has_numbers_as_numbers_and_no_formulas(pages: list[PageRows], tmp_path: Path) -> None:
    (part,) = xlsx_parts(document(pages)).files
    part.write(tmp_path / "a.xlsx")
    (rows,) = sheets(tmp_path / "a.xlsx").values()
    assert rows[2] == ["Apples", 12.0, 1300.0]
    assert rows[3] == ["=1+2", 5.0, 7.0]
    assert xlsx_parts(document([])).files == ()


def test_markdown_shows_the_cells_with_one_header_row(pages: list[PageRows]) -> None:
    page = pages[0]
    (text,) = page_markdown(page.stored(), page.charts(), page.tables())
    assert text.split("\n") == [
        "| Name | Sales 2023 | Sales 2024 |",
        "| --- | --- | --- |",
        "| Apples | 12 | 1,300 |",
        "| =1+2 | 5 | 7 |",
    ]


def test_markdown_derives_a_table_that_no_engine_was_asked_about(pages: list[PageRows]) -> None:
    (text,) = page_markdown(pages[1].stored(), [], [])
    assert re.findall(r"[^|\n]+", text.split("\n")[-1]) == [" Plums and figs ", " 3 ", " 11 "]
    assert np.isfinite(pages[1].stored().height or np.nan)
