"""A font whose text has other digits than its glyphs show is found, and no other font is."""

import string
from collections.abc import Mapping
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page
from docpipe.operators.text_layer.glyphs import LookedAt, with_glyphs_looked_at

from ..raw_pdf import mapped, one_page, shown, written

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
SWAPPED = {"3": "8", "8": "3"}


def misread(path: Path) -> list[int]:
    """The number of misread fonts of each page."""
    known = LookedAt()
    return [len(with_glyphs_looked_at(page, raw_page(page), known).misread) for page in pymupdf.open(path)]


def printed(path: Path, text: str, wrong: Mapping[str, str], font: str) -> Path:
    resources, objects = mapped(wrong, font)
    return written(path, one_page(shown(text), resources) | objects)


@pytest.mark.parametrize("font", ["Helvetica", "Times-Italic", "Courier-Bold"])
@pytest.mark.parametrize("wrong", [SWAPPED, dict(zip(string.digits, "1234567890", strict=True)), {"6": "9"}])
def test_digits_that_are_drawn_as_others(tmp_path: Path, font: str, wrong: dict[str, str]) -> None:
    assert misread(printed(tmp_path / "a.pdf", "Invoice 20731: 4,385.60", wrong, font)) == [1]
    assert misread(printed(tmp_path / "a.pdf", "Invoice 20731: 4,385.60", {}, font)) == [0]


def test_only_digits_that_occur_count(tmp_path: Path) -> None:
    assert misread(printed(tmp_path / "a.pdf", "Invoice 20714", SWAPPED, "Helvetica")) == [0]


def test_a_digit_of_a_later_page_is_looked_at(tmp_path: Path) -> None:
    resources, objects = mapped(SWAPPED, "Helvetica")
    pages = one_page(shown("Page 1"), resources) | objects
    pages[2] = b"<< /Type /Pages /Kids [3 0 R 20 0 R] /Count 2 >>"
    pages |= {20: pages[3].replace(b"4 0 R", b"21 0 R"), 21: one_page(shown("Page 3"))[4]}
    assert misread(written(tmp_path / "a.pdf", pages)) == [0, 1]


@pytest.mark.parametrize(
    "name", ["invoice.pdf", "table.pdf", "docling__amt_handbook_sample.pdf", "qpdf__issue-101.pdf"]
)
def test_real_documents_have_no_misread_font(name: str) -> None:
    assert sum(misread(DOCUMENTS / name)) == 0
