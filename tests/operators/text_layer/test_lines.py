"""The text layer of synthetic and real pages, with boxes on the page as displayed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from docpipe.operators.documents import ink
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.extract import raw_page
from docpipe.operators.text_layer.lines import text_layers
from docpipe.schemas.page import PageReading, TextLines
from hypothesis import given, settings
from hypothesis import strategies as st

DATA = Path(__file__).parents[2] / "data" / "documents"
AS_IT_IS = ReadSettings(engine="text_layer")


def check(lines: TextLines, blocks: int) -> None:
    """Invariants of every text layer."""
    n, m = len(lines.text), len(lines.word_text)
    assert lines.boxes.shape == (n, 4)
    assert lines.word_boxes.shape == (m, 4)
    assert len(lines.polygons) == len(lines.block) == len(lines.confidence) == n
    assert len(lines.word_line) == len(lines.word_confidence) == m
    for boxes in (lines.boxes, lines.word_boxes):
        assert boxes.dtype == np.float32
        assert ((boxes >= 0) & (boxes <= 1)).all()
        assert (boxes[:, 0] < boxes[:, 2]).all()
        assert (boxes[:, 1] < boxes[:, 3]).all()
    assert (np.diff(lines.word_line) >= 0).all()
    assert sorted(set(lines.word_line.tolist())) == list(range(n))
    assert sorted(set(lines.block.tolist())) == list(range(blocks))
    assert (np.diff(lines.block) >= 0).all()
    for text in (*lines.text, *lines.word_text):
        assert text
        assert "\0" not in text
        text.encode("utf-8")


def read(path: Path, page: int = 1) -> PageReading:
    reading = Parser().read_page(str(path), page, AS_IT_IS).reading
    check(reading.lines, len(reading.blocks))
    return reading


def words_inside(reading: PageReading, box: list[float], margin: float = 1.0) -> str:
    boxes = reading.lines.word_boxes * np.array([reading.width, reading.height] * 2)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    low, high = np.array(box[:2]) - margin, np.array(box[2:]) + margin
    inside = ((centre >= low) & (centre <= high)).all(axis=1)
    return "".join(reading.lines.word_text[i] for i in np.flatnonzero(inside))


def letters(text: str) -> list[str]:
    return sorted(re.sub(r"\W", "", text))


def test_the_cells_of_a_real_table_hold_their_words() -> None:
    right = total = 0
    for row in map(json.loads, (DATA / "table.jsonl").read_text().splitlines()):
        reading = read(DATA / "table.pdf", row["page"])
        for cell in row["cells"]:
            if "box" in cell and letters(cell["text"]):
                total += 1
                right += letters(words_inside(reading, cell["box"])) == letters(cell["text"])
    assert total > 300
    assert right >= 0.99 * total


def test_the_answers_on_a_real_invoice_stand_in_their_boxes() -> None:
    rows = [json.loads(line) for line in (DATA / "invoice.jsonl").read_text().splitlines()]
    assert rows
    for row in rows:
        for place in row["boxes"]:
            reading = read(DATA / "invoice.pdf", place["page"])
            assert letters(words_inside(reading, place["box"])) == letters(row["answers"][0])


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("pdfplumber__issue-1054-example.pdf", 1),
        ("pdfminer_six__zen_of_python_corrupted.pdf", 1),
        ("pdfminer_six__issue-449-vertical.pdf", 1),
        ("pdf_js__issue3694_reduced.pdf", 1),
        *(("qpdf__fxo-blue.pdf", page) for page in range(1, 9)),
    ],
)
def test_ink_lies_under_the_words_of_turned_and_cropped_pages(name: str, page: int) -> None:
    reading = read(DATA / name, page)
    assert len(reading.lines)
    image = Parser().read_page(str(DATA / name), page, ReadSettings(engine="rapidocr")).image
    assert image is not None
    assert image.shape[1] / image.shape[0] == pytest.approx(reading.width / reading.height, rel=0.02)
    assert ink.on_ink(ink.ink_mask(ink.reduced(image)), reading.lines.word_boxes).mean() > 0.95


def page_of(draw: Callable[[Any], None], tmp_path: Path, **size: float) -> Path:
    document = pymupdf.open()
    draw(document.new_page(**size))
    path = tmp_path / "made.pdf"
    document.save(path)
    return path


@settings(max_examples=25, deadline=None)
@given(
    rotation=st.sampled_from([0, 90, 180, 270]),
    crop=st.tuples(*[st.integers(0, 90)] * 4),
    unit=st.sampled_from([None, 1.0, 2.5]),
    x=st.integers(160, 400),
    y=st.integers(160, 600),
    turned=st.sampled_from([0, 90, 180, 270]),
)
def test_boxes_under_rotation_crop_and_unit(
    tmp_path_factory: pytest.TempPathFactory,
    rotation: int,
    crop: tuple[int, int, int, int],
    unit: float | None,
    x: int,
    y: int,
    turned: int,
) -> None:
    """The page's image is dark inside the box of a word and nowhere else, for any position and rotation."""

    def draw(page: Any) -> None:
        page.insert_text((x, y), "HHHHHH", fontsize=14, rotate=turned)
        left, top, right, bottom = crop
        page.set_cropbox(pymupdf.Rect(left, top, 595 - right, 842 - bottom))
        page.set_rotation(rotation)
        if unit is not None:
            page.parent.xref_set_key(page.xref, "UserUnit", str(unit))

    path = page_of(draw, tmp_path_factory.mktemp("made"))
    reading = read(path)
    width, height = 595 - crop[0] - crop[2], 842 - crop[1] - crop[3]
    if rotation in (90, 270):
        width, height = height, width
    assert (reading.width, reading.height) == pytest.approx((width * (unit or 1), height * (unit or 1)), abs=0.1)
    assert reading.rotation == rotation
    assert reading.lines.text == ["HHHHHH"]
    image = Parser().read_page(str(path), 1, ReadSettings(engine="rapidocr", dpi=72)).image
    assert image is not None
    mask = ink.ink_mask(ink.reduced(image))
    assert ink.on_ink(mask, reading.lines.word_boxes).all()
    assert ink.unexplained(mask, reading.lines.boxes) < 0.05
    polygon = reading.lines.polygons[0]
    # insert_text rotates counterclockwise, /Rotate clockwise.
    upright = (rotation - turned) % 360 == 0
    assert (polygon is None) == upright
    if polygon is not None:
        along = polygon[1] - polygon[0]
        degrees = round(float(np.degrees(np.arctan2(along[1], along[0])))) % 360
        assert degrees == (rotation - turned) % 360
        np.testing.assert_allclose(polygon.min(axis=0), reading.lines.boxes[0, :2], atol=1e-5)


def test_text_at_an_odd_angle_has_a_polygon_along_it(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        turn = pymupdf.Matrix(1, 1).prerotate(-30)
        page.insert_text((200, 400), "slanted text", fontsize=20, morph=(pymupdf.Point(200, 400), turn))

    reading = read(page_of(draw, tmp_path))
    polygon = reading.lines.polygons[0]
    assert polygon is not None
    along = (polygon[1] - polygon[0]) * [reading.width, reading.height]
    assert abs(abs(np.degrees(np.arctan2(along[1], along[0]))) - 30) < 1


def test_words_off_the_page_are_dropped(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        page.insert_text((50, 50), "inside")
        page.insert_text((50, 500), "outside")
        page.set_cropbox(pymupdf.Rect(0, 0, 300, 300))

    assert read(page_of(draw, tmp_path)).lines.text == ["inside"]


def test_hidden_layers_are_not_seen(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        off = page.parent.add_ocg("hidden", on=False)
        page.insert_text((50, 50), "seen")
        page.insert_text((50, 80), "not seen", oc=off)

    assert read(page_of(draw, tmp_path)).lines.text == ["seen"]


def test_ligatures_hyphens_and_odd_characters(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        writer = pymupdf.TextWriter(page.rect)
        for row, text in enumerate(["e\u0301tat", "ﬁle", "co-", "a\u00a0b"]):
            writer.append((50, 50 + 30 * row), text, font=pymupdf.Font("cjk"))
        writer.write_text(page)

    assert read(page_of(draw, tmp_path)).lines.text == ["état", "file", "co-", "a b"]


def test_right_to_left_words_are_whole() -> None:
    for name in ("sample-files__habibi-oneline-cmap.pdf", "pdfbox__hello3.pdf"):
        reading = read(DATA / name)
        assert reading.lines.word_text


def test_columns_drawn_in_no_order_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"the left column has its line number {i:02}" for i in range(12)]
    right = [f"the right one goes on with number {i:02}" for i in range(12)]

    def draw(page: Any) -> None:
        for x, column in ((320, right), (50, left)):
            for i in (11, 3, 7, 0, 9, 1, 5, 10, 2, 8, 4, 6):
                page.insert_text((x, 100 + 30 * i), column[i], fontsize=11)

    assert read(page_of(draw, tmp_path)).lines.text == left + right


def test_pages_without_words_among_others() -> None:
    document = pymupdf.open()
    for text in ("", "one", "", "two", ""):
        page = document.new_page()
        page.insert_text((50, 100), text)
    raws = [raw_page(page) for page in document]
    layers = text_layers(raws, [[word[4] for word in raw.words] for raw in raws])
    assert [layer.lines.text for layer in layers] == [[], ["one"], [], ["two"], []]
    assert [len(layer.blocks) for layer in layers] == [0, 1, 0, 1, 0]
    assert [raw.characters for raw in raws] == [0, 3, 0, 3, 0]
