"""What the pages of a PDF do not show is said: files of a portfolio, and forms that a program builds."""

from pathlib import Path

import pymupdf
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser

from ..raw_pdf import FONTS, one_page, shown, stream, written

SETTINGS = ReadSettings(engine="text_layer")


def warnings(path: Path) -> tuple[str, ...]:
    return Parser().read_page(str(path), 1, SETTINGS).reading.warnings


def with_file(path: Path, *, portfolio: bool) -> Path:
    document = pymupdf.open()
    document.new_page().insert_text((50, 100), "Please open this in another program.")
    document.embfile_add("invoice.xml", b"<invoice/>", filename="invoice.xml")
    if portfolio:
        document.xref_set_key(document.pdf_catalog(), "Collection", "<< /Type /Collection /View /D >>")
    document.save(path)
    return path


def test_a_portfolio_says_that_its_files_are_not_read(tmp_path: Path) -> None:
    assert warnings(with_file(tmp_path / "a.pdf", portfolio=True)) == ("files_attached: 1",)


def test_a_file_beside_whole_pages_is_no_matter(tmp_path: Path) -> None:
    assert warnings(with_file(tmp_path / "a.pdf", portfolio=False)) == ()


def form(path: Path, needs: bytes, fields: bytes = b"[8 0 R]") -> Path:
    objects = one_page(shown("Please wait... If this message is not replaced"), FONTS)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R %b /AcroForm << /Fields %b /XFA 8 0 R >> >>" % (
        needs,
        fields,
    )
    return written(path, objects | {8: stream(b"<xdp/>")})


def test_a_form_that_a_program_builds_is_not_on_the_page(tmp_path: Path) -> None:
    assert warnings(form(tmp_path / "a.pdf", b"/NeedsRendering true")) == ("dynamic_form: xfa",)
    assert warnings(form(tmp_path / "b.pdf", b"")) == ()
    # All that is to be filled in is in the program.
    assert warnings(form(tmp_path / "c.pdf", b"", b"[]")) == ("dynamic_form: xfa",)
