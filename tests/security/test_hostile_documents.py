"""Documents that try to run something, to read other files, or to call home: nothing of it happens."""

import base64
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.errors import DocumentError
from PIL import Image, ImageDraw

CANARY = "CANARY"


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    reader = PageReader(ReadSettings(), page_seconds=20.0, memory_mb=2048)
    yield reader
    reader.close()


class Listener:
    """A server that counts who calls."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def text_of(reader: PageReader, path: Path) -> str:
    """Text of the first page, or of the error."""
    try:
        (page,) = reader.read_many(str(path), [1])
    except DocumentError as error:
        return error.message
    return (page.text or "").strip()


def pdf_with(objects: dict[str, str], path: Path, text: str = "harmless") -> Path:
    """A PDF whose catalog gets further keys, as they stand."""
    document = pymupdf.open()
    document.new_page(width=300, height=200).insert_text((40, 60), text)
    for key, value in objects.items():
        document.xref_set_key(document.pdf_catalog(), key, value)
    path.write_bytes(document.tobytes())
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """An image that an external reference would show."""
    image = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(image).text((40, 60), CANARY, fill="black", font_size=80)
    image.save(tmp_path / "secret.png")
    return tmp_path / "secret.png"


def test_actions_and_scripts_of_a_pdf_are_not_run(tmp_path: Path, reader: PageReader, listener: Listener) -> None:
    mark = tmp_path / "was-run"
    path = pdf_with(
        {
            "OpenAction": f"<</S/JavaScript/JS(this.submitForm('http://127.0.0.1:{listener.port}/');)>>",
            "AA": f"<</WC<</S/Launch/F(/usr/bin/touch)/Win<</F(touch)/P({mark})>>>>>>",
            "Names": "<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.launchURL('http://127.0.0.1/'))>>]>>>>",
            "URI": f"<</Base(http://127.0.0.1:{listener.port}/)>>",
        },
        tmp_path / "active.pdf",
    )
    assert text_of(reader, path) == "harmless"
    assert not mark.exists()
    assert listener.calls == 0


def test_files_inside_a_pdf_are_not_unpacked(tmp_path: Path, reader: PageReader) -> None:
    document = pymupdf.open()
    document.new_page(width=300, height=200).insert_text((40, 60), "harmless")
    document.embfile_add("../../evil.sh", b"#!/bin/sh\necho " + CANARY.encode(), filename="../../evil.sh")
    path = tmp_path / "in" / "carrier.pdf"
    path.parent.mkdir()
    path.write_bytes(document.tobytes())
    before = sorted(tmp_path.rglob("*"))
    assert text_of(reader, path) == "harmless"
    assert sorted(tmp_path.rglob("*")) == before


def test_streams_in_other_files_are_not_read(tmp_path: Path, reader: PageReader, secret: Path) -> None:
    (tmp_path / "content.txt").write_text(f"BT /helv 20 Tf 40 60 Td ({CANARY}) Tj ET")
    document = pymupdf.open()
    page = document.new_page(width=300, height=200)
    page.insert_text((40, 60), "harmless")
    xref = document.get_new_xref()
    document.update_object(xref, f"<</F({tmp_path}/content.txt)/FFilter[]>>")
    document.update_stream(xref, b"", new=True)
    document.xref_set_key(page.xref, "Contents", f"[{page.get_contents()[0]} 0 R {xref} 0 R]")
    path = tmp_path / "external.pdf"
    path.write_bytes(document.tobytes())
    assert CANARY not in text_of(reader, path)


def test_the_canary_would_be_read_where_it_is_inside_the_file(tmp_path: Path, reader: PageReader, secret: Path) -> None:
    image = base64.b64encode(secret.read_bytes()).decode()
    path = tmp_path / "page.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="600" height="200">'
        f'<image width="600" height="200" xlink:href="data:image/png;base64,{image}"/></svg>'
    )
    assert CANARY in text_of(reader, path)


@pytest.mark.parametrize("where", ["file", "path", "http"])
def test_images_that_an_svg_points_to_are_not_fetched(
    tmp_path: Path, reader: PageReader, secret: Path, listener: Listener, where: str
) -> None:
    target = {"file": f"file://{secret}", "path": str(secret), "http": f"http://127.0.0.1:{listener.port}/a.png"}
    path = tmp_path / "page.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="600" height="200">'
        f'<image width="600" height="200" xlink:href="{target[where]}"/></svg>'
    )
    assert CANARY not in text_of(reader, path)
    assert listener.calls == 0


def test_entities_of_an_svg_do_not_read_files(tmp_path: Path, reader: PageReader) -> None:
    (tmp_path / "secret.txt").write_text(CANARY)
    path = tmp_path / "page.svg"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100"><text x="10" y="40">&x;</text></svg>'
    )
    assert CANARY not in text_of(reader, path)


def test_a_book_shows_only_what_is_inside_it(
    tmp_path: Path, reader: PageReader, secret: Path, listener: Listener
) -> None:
    buffer = io.BytesIO()
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest>'
        '<item id="a" href="a.html" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
        "</package>"
    )
    body = (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><link rel="stylesheet" '
        f'href="http://127.0.0.1:{listener.port}/a.css"/><script>fetch("http://127.0.0.1:{listener.port}/")</script>'
        f'</head><body><p>harmless</p><img src="{secret}"/><img src="../../..{secret}"/></body></html>'
    )
    with zipfile.ZipFile(buffer, "w") as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in (("META-INF/container.xml", container), ("b.opf", package), ("a.html", body)):
            book.writestr(name, text)
    path = tmp_path / "book.epub"
    path.write_bytes(buffer.getvalue())
    text = text_of(reader, path)
    assert "harmless" in text
    assert CANARY not in text
    assert listener.calls == 0


@pytest.mark.parametrize("depth", [200, 20_000])
def test_deep_nesting_costs_the_file_at_most(tmp_path: Path, reader: PageReader, depth: int) -> None:
    path = pdf_with({"Deep": "[" * depth + "]" * depth if depth < 300 else "null"}, tmp_path / "deep.pdf")
    if depth > 300:
        path.write_bytes(path.read_bytes().replace(b"/Deep null", b"/Deep " + b"[" * depth + b"]" * depth))
    text_of(reader, path)
    assert text_of(reader, pdf_with({}, tmp_path / "next.pdf")) == "harmless"


def test_pages_that_are_their_own_parents_end(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "loop.pdf"
    path.write_bytes(
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2/Parent 2 0 R>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 4 0 R>>>>>>endobj\n"
        b"4 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>/Length 5>>stream\n"
        b"/F Do\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n"
    )
    text_of(reader, path)
    assert text_of(reader, pdf_with({}, tmp_path / "next.pdf")) == "harmless"


def test_a_damaged_font_costs_its_glyphs_at_most(tmp_path: Path, reader: PageReader) -> None:
    document = pymupdf.open()
    page = document.new_page(width=300, height=200)
    page.insert_font(fontname="F0", fontbuffer=pymupdf.Font("helv").buffer)
    page.insert_text((40, 60), "harmless", fontname="F0")
    for xref in range(1, document.xref_length()):
        if document.xref_is_stream(xref) and len(document.xref_stream(xref)) > 2000:
            font = bytearray(document.xref_stream(xref))
            font[40:400] = bytes(range(256)) + b"\xff" * 104
            document.update_stream(xref, bytes(font))
    path = tmp_path / "font.pdf"
    path.write_bytes(document.tobytes())
    text_of(reader, path)
    assert text_of(reader, pdf_with({}, tmp_path / "next.pdf")) == "harmless"
