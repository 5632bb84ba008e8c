"""Words get places in the order they are read, whatever the tables say of them."""

import pytest
from docpipe.pipeline.export.word_boxes import placed_words
from docpipe.pipeline.tables.records import StoredLine, StoredWord
from docpipe.schemas.geometry import Box


def line(text: str, box: Box | None, polygon: object = None, words: tuple[StoredWord, ...] = ()) -> StoredLine:
    return StoredLine("l", None, text, box, polygon, 0.9, "rapidocr", None, None, words)  # type: ignore[arg-type]


def test_words_of_a_line_without_words_share_its_box_by_their_characters() -> None:
    first, second = placed_words(line("aaaa bbbbb", Box(0.0, 0.2, 1.0, 0.3)))
    assert first.box == pytest.approx((0.0, 0.2, 0.4, 0.3))
    assert second.box == pytest.approx((0.5, 0.2, 1.0, 0.3))
    assert (first.space, second.space) == (True, False)
    assert placed_words(line("aaaa", None)) == []


def test_words_of_a_line_that_climbs_have_their_corners_in_the_order_they_are_read() -> None:
    polygon = ((0.1, 0.9), (0.1, 0.5), (0.2, 0.5), (0.2, 0.9))
    words = (StoredWord("up", Box(0.1, 0.7, 0.2, 0.9), 0.9), StoredWord("there", Box(0.1, 0.5, 0.2, 0.68), 0.9))
    up, there = placed_words(line("up there", Box(0.1, 0.5, 0.2, 0.9), polygon, words))
    assert up.quad.ravel() == pytest.approx([0.1, 0.9, 0.1, 0.7, 0.2, 0.7, 0.2, 0.9])
    assert there.quad.ravel() == pytest.approx([0.1, 0.68, 0.1, 0.5, 0.2, 0.5, 0.2, 0.68])


def test_a_polygon_without_an_area_falls_back_to_the_box() -> None:
    flat = ((0.1, 0.5),) * 4
    words = (StoredWord("a", Box(0.1, 0.5, 0.2, 0.6), None),)
    assert placed_words(line("a", Box(0.1, 0.5, 0.2, 0.6), flat, words))[0].quad[2].tolist() == [0.2, 0.6]


def test_white_space_between_words_is_told_from_the_text() -> None:
    box = Box(0.1, 0.1, 0.2, 0.2)
    words = tuple(StoredWord(text, box, None) for text in ("日本", "語", "OK", "end"))
    assert [w.space for w in placed_words(line("日本語 OK end", box, None, words))] == [False, True, True, False]
