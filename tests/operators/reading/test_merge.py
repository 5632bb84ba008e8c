"""What of a text layer stands beside what OCR read, and in which order."""

from dataclasses import replace

import numpy as np
import pytest
from docpipe.operators.reading.agreement import confirmed_lines
from docpipe.operators.reading.merge import merged, painted_over
from docpipe.operators.text_layer.quality import LayerParts, TextLayer
from docpipe.schemas.page import Blocks, TextLines, TextSourceReason
from hypothesis import given
from hypothesis import strategies as st

SIZE = (600.0, 800.0)


def lines(*rows: tuple[float, str], confidence: float = float("nan")) -> TextLines:
    """Lines at heights in shares, whose words share the width of the page."""
    count = len(rows)
    boxes = np.array([[0.1, y, 0.9, y + 0.03] for y, _ in rows], np.float32).reshape(-1, 4)
    words = [(i, word, j, len(text.split())) for i, (_, text) in enumerate(rows) for j, word in enumerate(text.split())]
    word_boxes = [[0.1 + 0.8 * j / n, rows[i][0], 0.1 + 0.8 * (j + 1) / n, rows[i][0] + 0.03] for i, _, j, n in words]
    return TextLines(
        [text for _, text in rows],
        boxes,
        [None] * count,
        np.full(count, confidence, np.float32),
        np.full(count, -1, np.int32),
        [word for _, word, _, _ in words],
        np.array(word_boxes, np.float32).reshape(-1, 4),
        np.full(len(words), confidence, np.float32),
        np.array([i for i, *_ in words], np.int32),
    )


def layer(*rows: tuple[float, str]) -> TextLayer:
    text = lines(*rows)
    return TextLayer(text, Blocks(["text"], text.boxes[:1], ["block"]), np.ones(len(text), np.bool_))


def ocr(*rows: tuple[float, str], confidence: float = 0.95) -> TextLines:
    return lines(*rows, confidence=confidence)


HEAD, BODY = (0.1, "a digital header"), (0.5, "Total 176.10")


def test_ocr_fills_what_the_text_layer_lacks() -> None:
    parts = LayerParts(trusted=layer(HEAD, (0.8, "footer 1")))
    text = merged(parts, ocr(BODY), "rapidocr", TextSourceReason.INK_OUTSIDE_TEXT, SIZE)
    assert text.lines.text == ["a digital header", "Total 176.10", "footer 1"]
    assert text.lines.source == ["text_layer", "rapidocr", "text_layer"]
    assert (text.source, text.reason) == ("text_layer", "ink_outside_text")


@pytest.mark.parametrize(("y", "place"), [(0.02, 0), (0.5, 2), (0.95, 4)])
def test_beside_a_text_layer_its_blocks_keep_their_order(y: float, place: int) -> None:
    # In two columns of which the second one was drawn first.
    rows = [(0.2, "second column"), (0.7, "goes on"), (0.1, "first column"), (0.6, "and ends")]
    text = lines(*rows)
    x = np.array([[0.55, 0.95], [0.55, 0.95], [0.05, 0.45], [0.05, 0.45]], np.float32)
    boxes = np.stack([x[:, 0], text.boxes[:, 1], x[:, 1], text.boxes[:, 3]], axis=1)
    text = replace(text, boxes=boxes, block=np.arange(4, dtype=np.int32))
    trusted = TextLayer(text, Blocks(["text"] * 4, boxes, text.text, np.zeros(4)), np.ones(4, np.bool_))
    found = ocr((y, "from a picture"))
    found = replace(found, boxes=found.boxes * np.array([1, 1, 0.5, 1], np.float32))
    merging = merged(LayerParts(trusted), found, "rapidocr", TextSourceReason.INK_OUTSIDE_TEXT, SIZE, beside=True)
    left, place = [text for _, text in rows], {0: 2, 2: 3, 4: 4}[place]
    assert merging.lines.text == [*left[:place], "from a picture", *left[place:]]
    assert merging.blocks is not None
    assert merging.blocks.text == merging.lines.text
    assert merging.lines.block.tolist() == list(range(5))


def test_what_ocr_reads_in_a_figure_belongs_to_it() -> None:
    text = replace(lines((0.1, "above"), (0.8, "below")), block=np.array([0, 2], np.int32))
    boxes = np.array([[0.1, 0.1, 0.9, 0.13], [0.1, 0.2, 0.9, 0.7], [0.1, 0.8, 0.9, 0.83]], np.float32)
    blocks = Blocks(["text", "figure", "text"], boxes, ["above", None, "below"], np.zeros(3, np.float32))
    parts = LayerParts(TextLayer(text, blocks, np.ones(2, np.bool_)))
    merging = merged(parts, ocr((0.4, "20%"), (0.6, "10%")), "rapidocr", None, SIZE, beside=True)
    assert merging.lines.text == ["above", "20%", "10%", "below"]
    assert merging.lines.block.tolist() == [0, 1, 1, 2]
    assert merging.blocks is not None
    assert merging.blocks.kind == ["text", "figure", "text"]
    assert merging.blocks.text == ["above", "20%\n10%", "below"]
    assert np.array_equal(merging.blocks.boxes, boxes)


def test_ocr_of_trusted_words_is_no_second_line() -> None:
    text = merged(LayerParts(trusted=layer(HEAD)), ocr((0.1, "a digltal header")), "rapidocr", None, SIZE)
    assert text.lines.text == ["a digital header"]
    assert text.reason == "kept_after_ocr"


@pytest.mark.parametrize(
    ("written", "read", "kept"),
    [
        ("Total of 1,384.83", "Total of 1,384.83", True),
        ("Total of 1,384.83", "Total of 1,834.38", False),
        ("Number 20731", "Number 2O731", True),
        ("Total of \ufffd,\ufffd\ufffd\ufffd.83 in all", "Total of 1,384.83 in all", False),
        ("Total \ufffd of 83", "Total of 83", True),
        ("88 in 1988 and 18 of 1888", "88 in 1988 and 13 of 1888", True),
    ],
)
def test_a_doubtful_text_stands_only_with_the_digits_that_ocr_reads(written: str, read: str, kept: bool) -> None:
    parts = LayerParts(doubtful=(layer((0.1, written)),))
    text = merged(parts, ocr((0.1, read)), "rapidocr", TextSourceReason.FONT_MAP_WRONG, SIZE)
    assert text.lines.text == [written if kept else read]
    assert text.source == ("text_layer" if kept else "rapidocr")


@pytest.mark.parametrize(("read", "confidence", "kept"), [("| l", 0.6, False), ("T", 0.85, False), ("T", 0.95, True)])
def test_beside_a_text_layer_ocr_must_be_sure(read: str, confidence: float, kept: bool) -> None:
    text = merged(LayerParts(trusted=layer(HEAD)), ocr((0.5, read), confidence=confidence), "rapidocr", None, SIZE)
    assert text.lines.text == ["a digital header", *[read] * kept]


def test_a_font_is_kept_or_dropped_by_itself() -> None:
    right, wrong = layer((0.3, "Amount due")), layer((0.5, "Upubm 287/21"))
    parts = LayerParts(layer(HEAD), (right, wrong))
    text = merged(parts, ocr((0.3, "Amount due"), BODY), "rapidocr", TextSourceReason.FONT_MAP_WRONG, SIZE)
    assert text.lines.text == ["a digital header", "Amount due", "Total 176.10"]
    assert text.lines.source == ["text_layer", "text_layer", "rapidocr"]
    assert text.reason == "font_map_wrong"


def test_a_layer_that_is_doubtful_as_a_whole_stays_with_its_blocks_or_goes() -> None:
    whole = layer(HEAD, BODY)
    kept = merged(LayerParts(doubtful=(whole,)), ocr(HEAD, BODY), "rapidocr", TextSourceReason.UNUSUAL_SYMBOLS, SIZE)
    assert kept.blocks is whole.blocks
    assert (kept.source, kept.reason) == ("text_layer", "kept_after_ocr")
    other = ocr((0.1, "something else"), (0.5, "entirely different"))
    gone = merged(LayerParts(doubtful=(whole,)), other, "rapidocr", TextSourceReason.UNUSUAL_SYMBOLS, SIZE)
    assert gone.lines.text == other.text
    assert (gone.source, gone.reason) == ("rapidocr", "unusual_symbols")


def test_an_ocr_layer_stands_where_ocr_reads_the_same_digits() -> None:
    old = layer((0.1, "Rosénberg Trading"), (0.3, "Order date 12.05.2024"), (0.5, "Total 116.10"))
    new = ocr((0.1, "Rosenberg Trading"), (0.3, "Order date 12.05.2024"), BODY)
    text = merged(LayerParts(invisible=old), new, "rapidocr", TextSourceReason.INVISIBLE_TEXT, SIZE)
    assert text.lines.text == ["Rosénberg Trading", "Order date 12.05.2024", "Total 176.10"]
    assert text.lines.source == ["text_layer", "text_layer", "rapidocr"]
    assert text.reason == "ocr_layer_confirmed"
    # The evidence is what OCR read there, which has a confidence.
    assert text.lines.word_confidence == pytest.approx([0.95] * 7)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("Total due 1761.0 EUR", "Total due 176.10 EUR", False),
        ("Net amount 17,615.0", "Net amount 1,761.50", False),
        ("Total 1.761.50", "Total 1,761.50", False),
        ("Discount: 45.00 EUR", "Discount: -45.00 EUR", False),
        ("Balance $45.00", "Balance -$45.00", False),
        ("At 10.30 on 12/05", "At 10:30 on 12/05", False),
        ("Discount: \u201345.00 EUR", "Discount: -45.00 EUR", True),
        ("Net 1 761,50 (net)", "Net 1761,50 net", True),
        ("Carl's 2nd item, 5 pcs.", "Carls 2nd item 5 pcs", True),
    ],
)
def test_numbers_of_an_ocr_layer_stand_with_the_separators_and_signs_that_ocr_reads(
    old: str, new: str, kept: bool
) -> None:
    parts = LayerParts(invisible=layer((0.1, "Invoice of our company"), (0.5, old)))
    read = ocr((0.1, "Invoice of our company"), (0.5, new))
    text = merged(parts, read, "rapidocr", TextSourceReason.INVISIBLE_TEXT, SIZE)
    assert text.lines.text == ["Invoice of our company", old if kept else new]


def test_an_ocr_layer_of_another_page_is_dropped_and_counted() -> None:
    old = layer((0.1, "lorem ipsum dolor"), (0.5, "sit amet"))
    text = merged(LayerParts(invisible=old), ocr(HEAD, BODY), "rapidocr", TextSourceReason.INVISIBLE_TEXT, SIZE)
    assert (text.lines.text, text.dropped) == (["a digital header", "Total 176.10"], 5)
    assert text.reason == "invisible_text"


def test_ocr_that_cannot_read_the_script_is_no_evidence() -> None:
    old = layer((0.1, "\u05e1\u05db\u05d5\u05dd \u05dc\u05ea\u05e9\u05dc\u05d5\u05dd"))
    text = merged(LayerParts(invisible=old), ocr(), "rapidocr", TextSourceReason.INVISIBLE_TEXT, SIZE)
    assert text.lines.text == old.lines.text


ROWS = st.lists(st.text("ab1 ", min_size=1, max_size=6).filter(str.strip), max_size=4)


@given(ROWS, ROWS)
def test_confirmed_lines_have_the_digits_of_the_ocr(old: list[str], new: list[str]) -> None:
    kept, used = confirmed_lines(
        lines(*((0.1 + 0.2 * i, text) for i, text in enumerate(old))),
        ocr(*((0.1 + 0.2 * i, text) for i, text in enumerate(new))),
    )
    assert len(kept) == len(used)
    for text, index in zip(kept.text, used, strict=True):
        assert text.replace(" ", "") == new[index].replace(" ", "")


def test_painting_over_takes_the_colour_around() -> None:
    image = np.full((40, 60, 3), 200, np.uint8)
    image[10:20, 10:30] = 0
    painted = painted_over(image, np.array([[8 / 60, 8 / 40, 32 / 60, 22 / 40]], np.float32))
    assert (painted == 200).all()
    assert image.min() == 0
