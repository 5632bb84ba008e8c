"""The text of a page comes back from the tables as it went in."""

import numpy as np
import pyarrow.dataset as ds
from docpipe.pipeline.tables.page_rows import ReadPage, page_tables
from docpipe.pipeline.tables.text_lines import text_lines, text_lines_by_page
from docpipe.schemas.page import PageReading, TextLines

from ..conftest import reading


def test_lines_words_and_boxes_come_back() -> None:
    before = reading(1, ("Total", "12.50", "EUR")).lines
    after = text_lines(page_tables([ReadPage("a", "/a", reading(1, ("Total", "12.50", "EUR")))], "r")["lines"])
    assert (after.text, after.word_text, after.word_line.tolist()) == (before.text, before.word_text, [0, 0, 0])
    for name in ("boxes", "word_boxes", "confidence", "word_confidence"):
        assert np.allclose(getattr(after, name), getattr(before, name), equal_nan=True), name
    assert after.block.tolist() == [-1]


def test_lines_without_box_or_words_and_turned_ones_come_back() -> None:
    lines = TextLines(
        text=["turned", "nowhere"],
        boxes=np.array([[0.1, 0.1, 0.2, 0.5], [np.nan] * 4], np.float32),
        polygons=[np.array([[0.1, 0.1], [0.2, 0.1], [0.2, 0.5], [0.1, 0.5]], np.float32), None],
        confidence=np.array([np.nan, 0.5], np.float32),
        block=np.array([-1, -1], np.int32),
    )
    page = PageReading(1, text_source="text_layer", text="", lines=lines)
    after = text_lines(page_tables([ReadPage("a", "/a", page)], "r")["lines"])
    assert np.allclose(after.boxes, lines.boxes, equal_nan=True)
    assert after.polygons[0] is not None
    assert np.allclose(after.polygons[0], lines.polygons[0])  # type: ignore[arg-type]
    assert (after.polygons[1], after.word_text) == (None, [])


def test_the_lines_of_many_pages_are_those_of_each_in_whatever_order_the_rows_stand() -> None:
    pages = [
        ReadPage(name, f"/{name}", reading(number, tuple(f"{name}{number}{word}" for word in words)))
        for name, number, words in (("b", 2, "xyz"), ("a", 10, "p"), ("a", 9, "qr"), ("b", 1, "t"), ("c", 1, "s"))
    ]
    rows = page_tables(pages, "r")["lines"]
    for order in (range(rows.num_rows), [4, 2, 0, 1, 3]):
        shuffled = rows.take(list(order))
        found = text_lines_by_page(shuffled)
        assert set(found) == {("b", 2), ("a", 10), ("a", 9), ("b", 1), ("c", 1)}
        for (name, number), lines in found.items():
            alone = text_lines(shuffled.filter((ds.field("document_id") == name) & (ds.field("page_number") == number)))
            assert (lines.text, lines.word_text) == (alone.text, alone.word_text)
            assert lines.word_line.tolist() == alone.word_line.tolist()
            assert np.array_equal(lines.word_boxes, alone.word_boxes)
            assert np.array_equal(lines.boxes, alone.boxes)
    assert text_lines_by_page(rows.slice(0, 0)) == {}
