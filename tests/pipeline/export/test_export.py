"""Exports of a whole output, read back by other programs' eyes."""

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pymupdf
import pytest
from docpipe.operators.tables.plain import table_grid
from docpipe.pipeline.export.folder import file_stem
from docpipe.pipeline.export.formats import EXPORT_FORMATS, formats_text
from docpipe.pipeline.export.markdown import page_markdown
from docpipe.pipeline.export.word_boxes import PlacedWord, placed_words
from docpipe.pipeline.export.write import export_output
from docpipe.pipeline.tables.by_document import PageRows, read_documents
from docpipe.pipeline.tables.reader import StoredOutput
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.geometry import Box
from hypothesis import given
from hypothesis import strategies as st

from ..outputs import Docpipe, query
from ..reported import BARS, HOSTILE, own_output

XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def pages(everything: Path) -> dict[tuple[str, int], PageRows]:
    """Pages by file name and number."""
    found = {}
    for document in read_documents(StoredOutput.open(str(everything))):
        found |= {(document.stored().name, page.number): page for page in document.pages}
    return found


def exported(everything: Path, to: str, folder: Path) -> dict[str, Path]:
    """Files by the name of the document that they were made from."""
    done = export_output(str(everything), to, str(folder))
    assert done.failed == []
    names = dict(query(everything, "SELECT document_id, parse_filename(uris[1]) FROM documents"))
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    return {names[path.stem]: path for path in folder.iterdir()}


def test_json_lines_hold_every_row(everything: Path, tmp_path: Path) -> None:
    files = exported(everything, "jsonl", tmp_path / "jsonl")
    objects = [json.loads(line) for path in files.values() for line in path.read_text("utf-8").splitlines()]
    counted: Counter[str] = Counter()
    for page in objects:
        counted["pages"] += page["page_number"] is not None
        for table in ("lines", "blocks", "answers", "charts", "errors"):
            counted[table] += len(page.get(table, ()))
        counted["chart_points"] += sum(len(chart["points"]) for chart in page.get("charts", ()))
    assert counted == {name: query(everything, f"SELECT count(*) FROM {name}")[0][0] for name in counted}
    broken = json.loads(files["broken.pdf"].read_text())
    assert (broken["page_number"], broken["document"]["status"], len(broken["errors"])) == (None, "failed", 1)
    assert {page["document_id"] for page in objects} == {
        row[0] for row in query(everything, "SELECT document_id FROM documents")
    }


def test_hocr_is_well_formed_and_holds_every_word_in_its_box(
    everything: Path, tmp_path: Path, pages: dict[tuple[str, int], PageRows]
) -> None:
    for name, path in exported(everything, "hocr", tmp_path / "hocr").items():
        root = ElementTree.parse(path).getroot()
        metas = {meta.get("name"): meta.get("content") for meta in root.iter(f"{XHTML}meta")}
        assert metas["ocr-system"].startswith("docpipe")
        assert {"ocr_page", "ocr_carea", "ocr_line", "ocrx_word"} <= set(metas["ocr-capabilities"].split())
        ids = [node.get("id") for node in root.iter() if node.get("id")]
        assert len(ids) == len(set(ids))
        sheets = [node for node in root.iter() if node.get("class") == "ocr_page"]
        assert len(sheets) == sum(document == name for document, _ in pages)
        for number, sheet in enumerate(sheets, 1):
            assert f"ppageno {number - 1}" in sheet.get("title", "")
            check_nesting(sheet)
            words = [word for line in pages[name, number].stored().lines for word in placed_words(line)]
            found = [node for node in sheet.iter() if node.get("class") == "ocrx_word"]
            assert [node.text for node in found] == [word.text for word in words]
            width, height = bbox(sheet)[2:]
            for node, word in zip(found, words, strict=True):
                shares = np.array(bbox(node)) / [width, height, width, height]
                assert shares == pytest.approx(np.array(word.box), abs=1.1 / min(width, height))
                assert re.search(r"x_wconf \d{1,3}$", node.get("title", ""))


def bbox(node: ElementTree.Element) -> list[int]:
    match = re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", node.get("title", ""))
    assert match, node.get("title")
    return [int(value) for value in match.groups()]


def check_nesting(sheet: ElementTree.Element) -> None:
    """Page, area, paragraph, line and word are nested in this order, and so are their boxes."""
    order = ["ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word"]

    def walk(node: ElementTree.Element, outer: list[int], depth: int) -> None:
        assert node.get("class") == order[depth]
        box = bbox(node)
        assert outer[0] <= box[0] < box[2] <= outer[2]
        assert outer[1] <= box[1] < box[3] <= outer[3]
        for child in node:
            walk(child, box, depth + 1)

    walk(sheet, bbox(sheet), 0)


def test_a_searchable_pdf_has_every_word_of_ocr_where_it_is_seen(
    everything: Path, tmp_path: Path, pages: dict[tuple[str, int], PageRows]
) -> None:
    checked = 0
    for name, path in exported(everything, "pdf", tmp_path / "pdf").items():
        with pymupdf.open(path) as document:
            for number, page in enumerate(document, 1):
                stored = pages[name, number].stored()
                size = [page.rect.width, page.rect.height] * 2
                found = [
                    (word[4], np.array((pymupdf.Rect(word[:4]) * page.rotation_matrix).normalize()) / size)
                    for word in page.get_text("words")
                ]
                if stored.text_source == "rapidocr":
                    for word in (word for line in stored.lines for word in placed_words(line)):
                        assert any(t == word.text and iou(b, word.box) > 0.8 for t, b in found), (name, word)
                        checked += 1
                elif name.endswith(".pdf"):
                    # Its own text, once.
                    with pymupdf.open(everything.parent / "in" / name) as original:
                        assert page.get_text() == original[number - 1].get_text()
    assert checked > 60


def iou(a: "np.ndarray", b: Box) -> float:  # type: ignore[type-arg]
    shared = max(0.0, min(a[2], b.x1) - max(a[0], b.x0)) * max(0.0, min(a[3], b.y1) - max(a[1], b.y0))
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b.x1 - b.x0) * (b.y1 - b.y0) - shared))


def test_markdown_has_every_word_in_order_and_tables_as_tables(
    everything: Path, tmp_path: Path, pages: dict[tuple[str, int], PageRows]
) -> None:
    files = exported(everything, "markdown", tmp_path / "markdown")
    table = files["state-table.pdf"].read_text("utf-8")
    assert "| NC | Yes | No | Yes | Yes | 5 |" in table
    assert "## Exhibit B.4" in table
    for (name, number), page in pages.items():
        text = "\n".join(page_markdown(page.stored(), page.charts(), keep_running=True))
        plain = text.replace("\\", "").replace("&amp;", "&")
        missing = [
            w for line in page.stored().lines for w in line.text.replace("\\", "").split() if w.strip(".") not in plain
        ]
        assert len([w for w in missing if len(w) > 1]) == 0, (name, number, missing)
    chart = files["chart.pdf"].read_text("utf-8")
    assert f"| {BARS[0][0]} | {BARS[0][1]} |" in chart
    assert "it could not be read" in chart


def test_hostile_text_is_only_text_in_markdown(everything: Path, tmp_path: Path) -> None:
    for path in exported(everything, "markdown", tmp_path / "markdown").values():
        text = re.sub(r"<!-- page \d+ -->", "", path.read_text("utf-8"))
        assert not re.search(r"(?<!\\)<", text)
    assert HOSTILE.startswith("</script>")


def word(text: str, x: float, y: float) -> PlacedWord:
    return PlacedWord(text, np.zeros((4, 2)), Box(x, y, x + 0.02 * len(text), y + 0.02), None, True)


def test_a_grid_keeps_empty_cells_and_puts_a_spanning_head_first() -> None:
    words = [word("Head", 0.3, 0.1), word("of", 0.39, 0.1), word("all", 0.44, 0.1)]
    words += [
        word("a", 0.1, 0.15),
        word("10", 0.3, 0.15),
        word("20", 0.5, 0.15),
        word("b", 0.1, 0.2),
        word("7", 0.5, 0.2),
    ]
    assert table_grid(words, 1.0)[1:] == [["a", "10", "20"], ["b", "", "7"]]
    assert table_grid([], 1.0) == []


@given(st.lists(st.tuples(st.text("ab1", min_size=1, max_size=4), st.floats(0, 0.9), st.floats(0, 0.9)), max_size=30))
def test_no_word_of_a_table_is_lost(entries: list[tuple[str, float, float]]) -> None:
    grid = table_grid([word(*entry) for entry in entries], 1.4)
    assert len({len(row) for row in grid}) <= 1
    found = Counter(w for row in grid for cell in row for w in cell.split())
    assert found == Counter(text for text, _, _ in entries)


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_files_are_safe_and_differ_for_different_documents(a: str, b: str) -> None:
    for name in (
        file_stem(a.encode("utf-8", "replace").decode()),
        file_stem("../" + b.encode("utf-8", "replace").decode()),
    ):
        assert re.fullmatch(r"[A-Za-z0-9_~][A-Za-z0-9._~-]{0,127}", name)
    assert file_stem("a/b") != file_stem("a_b") != file_stem("a b")
    assert file_stem("0123abcd") == "0123abcd"


def test_a_document_whose_file_is_gone_fails_alone(docpipe: Docpipe, everything: Path, tmp_path: Path) -> None:
    out = own_output(everything, tmp_path / "own")
    (out.parent / "in" / "receipt-1.jpg").unlink()
    ran = docpipe("export", out, "--to", "pdf", "--out", tmp_path / "pdf", "--json")
    done = json.loads(ran.stdout)
    assert (ran.returncode, done["documents"], len(done["failed"])) == (3, 6, 1)
    assert "receipt-1.jpg" in ran.stderr
    assert "no such file" in ran.stderr


def test_the_docs_and_the_help_name_every_format(docpipe: Docpipe) -> None:
    page = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    assert formats_text() in page
    shown = " ".join(docpipe("export", "--help").stdout.replace("│", " ").split())
    for one in EXPORT_FORMATS:
        assert f"\n## {one.name}\n" in page
        assert f"{one.name}: {one.meaning}" in shown
    assert len({one.suffix for one in EXPORT_FORMATS}) == len({one.name for one in EXPORT_FORMATS})


def test_what_cannot_be_exported_is_said(docpipe: Docpipe, everything: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidJobError, match=r"'docx'.*markdown, jsonl, hocr, pdf"):
        export_output(str(everything), "docx")
    with pytest.raises(MissingResourceError):
        export_output(str(tmp_path), "pdf")
    assert docpipe("export", everything, "--to", "docx").returncode == 2
    assert docpipe("export", tmp_path, "--to", "jsonl").returncode == 4


def test_an_export_goes_to_any_file_system(everything: Path) -> None:
    import fsspec

    export_output(str(everything), "jsonl", "memory://exported")
    assert len(fsspec.filesystem("memory").ls("/exported")) == 8
