"""OCR of pages: real receipts in every rotation, and images without text."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from docpipe.operators.reading.ocr import OcrReader
from docpipe.schemas.page import TextLines
from numpy.typing import NDArray

DATA = Path(__file__).parents[2] / "data"
ROWS = {row["file"]: row for row in map(json.loads, (DATA / "receipts" / "ocr.jsonl").read_text("utf-8").splitlines())}


@pytest.fixture(scope="module")
def reader() -> OcrReader:
    return OcrReader(threads=1)


def _image(name: str) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(DATA / name))[:, :, ::-1])


@pytest.fixture(scope="module")
def receipts(reader: OcrReader) -> dict[str, TextLines]:
    """What is read of the receipts, by name."""
    return {name: reader.read(_image(f"receipts/{name}")) for name in ROWS}


def _words(texts: list[str]) -> Counter[str]:
    return Counter(word for text in texts for word in text.casefold().split())


def _f1(found: list[str], truth: list[str]) -> float:
    got, expected = _words(found), _words(truth)
    return 2 * (got & expected).total() / (got.total() + expected.total())


def _truth(name: str) -> list[str]:
    return [line["text"] for line in ROWS[name]["lines"]]


def _check_shape(lines: TextLines) -> None:
    for boxes in (lines.boxes, lines.word_boxes):
        assert boxes.dtype == np.float32
        assert (boxes >= 0).all()
        assert (boxes <= 1).all()
        assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert len(lines.text) == len(lines.boxes) == len(lines.polygons) == len(lines.confidence)
    assert len(lines.word_text) == len(lines.word_boxes) == len(lines.word_line) == len(lines.word_confidence)
    assert (np.diff(lines.word_line) >= 0).all()
    assert (lines.block == -1).all()
    for index, text in enumerate(lines.text):
        words = [lines.word_text[word] for word in np.flatnonzero(lines.word_line == index)]
        assert words == text.split()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_receipts_are_read_with_words_that_make_up_their_lines(receipts: dict[str, TextLines], name: str) -> None:
    lines = receipts[name]
    _check_shape(lines)
    assert _f1(lines.text, _truth(name)) > 0.75


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_receipt_reads_like_an_upright_one(
    reader: OcrReader, receipts: dict[str, TextLines], quarters: int
) -> None:
    upright = receipts["001.jpg"]
    turned = reader.read(np.ascontiguousarray(np.rot90(_image("receipts/001.jpg"), -quarters)))
    _check_shape(turned)
    assert _f1(turned.text, upright.text) > 0.9
    start = [line for line in turned.polygons if line is not None]
    assert len(start) == len(turned)
    along = np.array([polygon[1] - polygon[0] for polygon in start]).sum(axis=0)
    assert int(np.round(np.degrees(np.arctan2(along[1], along[0])) / 90)) % 4 == quarters


@pytest.mark.parametrize("turn", ["180", "L", "R"])
def test_scans_on_their_side_or_upside_down_are_read_in_order(reader: OcrReader, turn: str) -> None:
    lines = reader.read(_image(f"scans/phototest-rotated-{turn}.png"))
    text = " ".join(lines.text)
    assert text.startswith("This is a lot of 12 point text to test the ocr code")
    assert text.endswith("brown dog jumped over the lazy fox.")


def test_upright_text_has_no_polygon(reader: OcrReader) -> None:
    image = np.full((200, 700, 3), 255, np.uint8)
    cv2.putText(image, "Total amount due 42.50", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    lines = reader.read(image)
    assert lines.text == ["Total amount due 42.50"]
    assert lines.polygons == [None]


def test_a_line_in_the_margin_is_read_in_its_own_direction(reader: OcrReader) -> None:
    image = np.full((700, 800, 3), 255, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    for row in range(6):
        cv2.putText(image, f"Upright line number {row}", (150, 100 + 90 * row), font, 1.2, (0, 0, 0), 2)
    margin = np.full((60, 500, 3), 255, np.uint8)
    cv2.putText(margin, "Printed in the margin", (10, 40), font, 1.1, (0, 0, 0), 2)
    image[100:600, 30:90] = np.rot90(margin)
    lines = reader.read(image)
    assert "Printed in the margin" in lines.text
    assert sum(text.startswith("Upright line number") for text in lines.text) == 6
    polygon = lines.polygons[lines.text.index("Printed in the margin")]
    assert polygon is not None
    assert polygon[0, 1] > polygon[1, 1]


def test_small_type_on_a_large_page_is_read(reader: OcrReader) -> None:
    page = np.full((5000, 4000, 3), 255, np.uint8)
    image = _image("receipts/001.jpg")
    page[3000 : 3000 + image.shape[0], 2000 : 2000 + image.shape[1]] = image
    lines = reader.read(page)
    assert _f1(lines.text, _truth("001.jpg")) > 0.7


@pytest.mark.parametrize("shape", [(1, 1), (5, 2000), (2000, 5), (2000, 1500), (20000, 1000)])
@pytest.mark.parametrize("level", [0, 200, 255])
def test_images_of_nothing_hold_no_text(reader: OcrReader, shape: tuple[int, int], level: int) -> None:
    assert len(reader.read(np.full((*shape, 3), level, np.uint8))) == 0


def test_noise_of_a_scanner_is_no_text(reader: OcrReader) -> None:
    noise = np.random.default_rng(0).normal(235, 5, (1200, 900, 3))
    lines = reader.read(np.clip(noise, 0, 255).astype(np.uint8))
    assert len(lines) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 1500), (1500, 3), (40, 40)])
def test_odd_images_do_not_crash(reader: OcrReader, shape: tuple[int, int]) -> None:
    noise: Any = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    _check_shape(reader.read(noise))


def test_word_boxes_cover_the_printed_words(receipts: dict[str, TextLines]) -> None:
    name = "001.jpg"
    lines = receipts[name]
    size = [ROWS[name]["width"], ROWS[name]["height"]] * 2
    boxes = lines.word_boxes * size
    single = {line["text"].casefold(): line["box"] for line in ROWS[name]["lines"] if " " not in line["text"]}
    overlaps = []
    for text, box in zip(lines.word_text, boxes, strict=True):
        if text.casefold() in single:
            x0, y0 = np.maximum(box[:2], single[text.casefold()][:2])
            x1, y1 = np.minimum(box[2:], single[text.casefold()][2:])
            shared = max(0.0, x1 - x0) * max(0.0, y1 - y0)
            areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, single[text.casefold()])]
            overlaps.append(shared / (sum(areas) - shared))
    assert overlaps
    assert np.median(overlaps) > 0.5
