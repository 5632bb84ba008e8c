"""A minus sign that is drawn as a stroke is part of its number; other strokes beside numbers are none."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page

from ...raw_pdf import one_page, shown, written

NUMBER = shown("1,234.50", 106, 200, 10)


def words(path: Path, content: bytes) -> list[str]:
    with pymupdf.open(written(path, one_page(content))) as document:
        return [word[4] for word in raw_page(document[0]).words]


@pytest.mark.parametrize(
    "stroke",
    [
        b"0.7 w 100 203.4 m 105 203.4 l S ",
        b"100 203 5 0.7 re f ",
        b"0.9 g 90 190 100 30 re f 0 g 100 203 5 0.7 re f ",
    ],
    ids=["line", "rectangle", "line on a coloured cell"],
)
def test_a_stroke_before_a_number_is_its_sign(tmp_path: Path, stroke: bytes) -> None:
    content = shown("Balance", 20, 200, 10) + stroke + NUMBER
    assert words(tmp_path / "a.pdf", content) == ["Balance", "-1,234.50"]


@pytest.mark.parametrize(
    "drawn",
    [
        b"100 198 45 0.7 re f ",
        b"100 203 5 0.7 re f 99.5 150 0.7 100 re f ",
        b"100 203 5 0.7 re f 100 205 5 0.7 re f ",
        b"100 203 5 0.7 re f 102.2 200.8 0.7 5 re f ",
        b"[3 3] 0 d 0.7 w 20 203.4 m 105 203.4 l S ",
        b"85 203 20 0.7 re f ",
        b"100 203 5 0.7 re f " + shown("1,200.00", 58, 200, 10),
    ],
    ids=["underline", "tick of an axis", "equals", "plus", "dashed line", "legend", "dash of a range"],
)
def test_other_strokes_are_no_sign(tmp_path: Path, drawn: bytes) -> None:
    assert words(tmp_path / "a.pdf", drawn + NUMBER)[-1] == "1,234.50"
