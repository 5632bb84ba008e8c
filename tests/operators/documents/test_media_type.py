"""The content of a file determines its media type; a file that is not a document gets the documented error code."""

import os
import zipfile
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.documents.media_type import sniff
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.errors import DocumentError, ErrorCode
from PIL import Image

DATA = Path(__file__).parents[2] / "data" / "documents"


def code_of(path: Path, passwords: tuple[str, ...] = ()) -> ErrorCode:
    with pytest.raises(DocumentError) as caught:
        Parser().probe(str(path), passwords)
    assert str(path) not in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("qpdf__issue-101.pdf", ErrorCode.UNREADABLE),
        ("qpdf__filter-on-write-out.pdf", ErrorCode.EMPTY),
        ("qpdf__3.pdf", ErrorCode.UNSUPPORTED_TYPE),
        ("pdfbox__AES128ExposedMeta.pdf", ErrorCode.ENCRYPTED),
        ("sample-files__libreoffice-writer-password.pdf", ErrorCode.ENCRYPTED),
    ],
)
def test_real_bad_files(name: str, code: ErrorCode) -> None:
    assert code_of(DATA / name) == code


def test_passwords_are_tried_in_order() -> None:
    path = DATA / "sample-files__libreoffice-writer-password.pdf"
    assert Parser().probe(str(path), ("wrong", "openpassword")).page_count == 1
    assert code_of(path, ("wrong",)) == ErrorCode.ENCRYPTED


def test_missing_forbidden_and_empty(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing.pdf") == ErrorCode.NOT_FOUND
    assert code_of(tmp_path) == ErrorCode.UNSUPPORTED_TYPE
    empty = tmp_path / "empty.pdf"
    empty.touch()
    assert code_of(empty) == ErrorCode.EMPTY
    empty.write_bytes(bytes(5000))
    assert code_of(empty) == ErrorCode.UNREADABLE
    if os.geteuid() != 0:
        empty.chmod(0)
        assert code_of(empty) == ErrorCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"just some words\n", "PDF"),
        (b"<!DOCTYPE html><html><p>hi</p></html>", "browser"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "soffice"),
        (b"{\\rtf1 hello}", "soffice"),
        (b"%!PS-Adobe-3.0\n", "ps2pdf"),
        (b"\x7fELF" + bytes(100), "PDF"),
    ],
)
def test_unsupported_types_say_what_to_do(tmp_path: Path, content: bytes, advice: str) -> None:
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=advice) as caught:
        sniff(str(path))
    assert caught.value.code == ErrorCode.UNSUPPORTED_TYPE


def test_zip_containers(tmp_path: Path) -> None:
    def made(*names: str) -> Path:
        path = tmp_path / "container"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
        return path

    assert sniff(str(made("META-INF/container.xml"))) == "application/epub+zip"
    assert sniff(str(made("a.jpg", "b.PNG", "ComicInfo.xml"))) == "application/vnd.comicbook+zip"
    assert code_of(made("[Content_Types].xml", "word/document.xml")) == ErrorCode.UNSUPPORTED_TYPE
    assert code_of(made("a.txt", "b.exe")) == ErrorCode.UNSUPPORTED_TYPE
    broken = tmp_path / "broken.epub"
    broken.write_bytes(made("META-INF/container.xml").read_bytes()[:40])
    assert code_of(broken) == ErrorCode.UNREADABLE


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp", "jpeg2000", "gif", "bmp", "ppm"])
def test_images_under_a_wrong_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scan.pdf"
    Image.new("RGB", (40, 30), "white").save(path, kind)
    info = Parser().probe(str(path))
    assert info.media_type.startswith("image/")
    assert info.page_count == 1


def test_a_pdf_with_other_bytes_before_its_header(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + (DATA / "table.pdf").read_bytes())
    info = Parser().probe(str(path))
    assert info.media_type == "application/pdf"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_pdf_opens_with_pages_or_is_unreadable(tmp_path: Path, share: float) -> None:
    data = (DATA / "table.pdf").read_bytes()
    path = tmp_path / "cut.pdf"
    path.write_bytes(data[: int(len(data) * share)])
    code = None
    try:
        pages = Parser().probe(str(path)).page_count
    except DocumentError as error:
        pages, code = 0, error.code
    assert pages >= 1 or code == ErrorCode.UNREADABLE


def test_titles_are_clean(tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page()
    document.set_metadata({"title": " A title\nof two lines "})
    path = tmp_path / "titled.pdf"
    document.save(path)
    assert Parser().probe(str(path)).title == "A title of two lines"


def test_svg_has_one_page(tmp_path: Path) -> None:
    path = tmp_path / "drawing"
    path.write_text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"/>')
    info = Parser().probe(str(path))
    assert (info.media_type, info.page_count) == ("image/svg+xml", 1)
