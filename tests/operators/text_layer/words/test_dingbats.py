"""Marks of ZapfDingbats are read as what they show; letters of other fonts stay."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page

from ...raw_pdf import one_page, shown, written

FONTS = (
    b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "
    b"/Z << /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats %s >> >>"
)


def words(path: Path, mark: str, encoding: bytes) -> list[str]:
    content = f"BT /Z 12 Tf 50 700 Td ({mark}) Tj ET ".encode() + shown("3 lines", 70) + shown("No", 50, 650)
    with pymupdf.open(written(path, one_page(content, FONTS % encoding))) as document:
        return [word[4] for word in raw_page(document[0]).words]


@pytest.mark.parametrize("encoding", [b"", b"/Encoding /WinAnsiEncoding"], ids=["its own", "WinAnsi"])
@pytest.mark.parametrize(("code", "mark"), [("3", "✓"), ("4", "✔"), ("8", "✘"), ("l", "●"), ("n", "■"), ("u", "◆")])
def test_a_mark_is_no_letter_or_digit(tmp_path: Path, code: str, mark: str, encoding: bytes) -> None:
    assert words(tmp_path / "a.pdf", code, encoding) == [mark, "3", "lines", "No"]


def test_the_mark_of_a_check_box_made_by_a_program(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    box = pymupdf.Widget()
    box.field_type, box.field_name, box.field_value = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, "agree", True
    box.rect = pymupdf.Rect(50, 50, 70, 70)
    page.add_widget(box)
    document.save(tmp_path / "a.pdf")
    with pymupdf.open(tmp_path / "a.pdf") as saved:
        assert [word[4] for word in raw_page(saved[0]).words] == ["✓"]
