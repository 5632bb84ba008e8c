"""Words become runs in rows, whichever way the page is turned; what a reader does not see is left out."""

from collections import Counter
from dataclasses import replace

import numpy as np
from docpipe.evaluation.synthetic.business.documents import key_value_document
from docpipe.evaluation.synthetic.business.sheet import Sheet
from docpipe.operators.docvqa.key_value.page import build_page
from hypothesis import given, settings
from hypothesis import strategies as st

from .pages import page


def test_a_wide_gap_ends_a_run_and_a_narrow_one_does_not() -> None:
    found = build_page(page([(50, 40, "Invoice No"), (105, 40, "12"), (300, 40, "far away")]))
    assert found.texts == ["Invoice No 12", "far away"]
    assert found.row.tolist() == [0, 0]


def test_words_of_one_point_are_no_words_of_the_page() -> None:
    sheet = Sheet()
    sheet.text(50, 40, "Total 99.00")
    sheet.text(50, 60, "Total 1.00", size=1.0)
    assert build_page(sheet.reading()).texts == ["Total 99.00"]


def test_a_turned_page_is_read_upright() -> None:
    upright = page([(50, 40, "Total"), (200, 40, "12.50"), (50, 60, "Change"), (200, 60, "0.50")])
    lines = upright.lines
    boxes, words = lines.boxes, lines.word_boxes

    def turned(of: np.ndarray) -> np.ndarray:
        return np.stack([1 - of[:, 3], of[:, 0], 1 - of[:, 1], of[:, 2]], axis=1)

    polygons = [np.array([[b[2], b[1]], [b[2], b[3]], [b[0], b[3]], [b[0], b[1]]]) for b in turned(boxes).tolist()]
    sideways = replace(
        upright,
        width=upright.height,
        height=upright.width,
        lines=replace(lines, boxes=turned(boxes), word_boxes=turned(words), polygons=polygons),
    )
    assert build_page(sideways).texts == build_page(upright).texts
    assert build_page(sideways).row.tolist() == build_page(upright).row.tolist()


def test_words_of_languages_from_the_right_are_mirrored() -> None:
    found = build_page(page([(400, 40, "לתשלום"), (200, 40, "4711")]))
    assert found.texts == ["לתשלום", "4711"]
    assert found.run_boxes[0, 0] < found.run_boxes[1, 0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_every_word_belongs_to_one_run(seed: int) -> None:
    for reading in key_value_document(seed).readings:
        found = build_page(reading)
        assert " ".join(found.texts).split(" ") == found.words
        # A line that the edge of the page cuts may be too low to be read.
        whole = (reading.lines.boxes[:, 2:] < 1).all(axis=1)[reading.lines.word_line]
        missing = Counter(np.array(reading.lines.word_text)[whole].tolist()) - Counter(found.words)
        assert not missing
        assert (np.diff(found.row) >= 0).all()
