"""Every type that can be read is described, recognised by real bytes of it, and has its row in the docs."""

import gzip
import zipfile
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.documents.content import xml_root
from docpipe.operators.documents.input_docs import inputs_text
from docpipe.operators.documents.input_types import INPUT_TYPES, InputType, input_type
from docpipe.operators.documents.media_type import sniff
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.pipeline.commands.doctor import doctor_text, examine
from docpipe.schemas.errors import DocumentError, ErrorCode
from PIL import Image

ROOT = Path(__file__).parents[3]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100">'
    '<text x="10" y="40" font-size="20">Total 12.50</text></svg>'
)
HTML = f"<!DOCTYPE html>\n<html><head><title>Logo</title></head><body>{SVG}<p>words</p></body></html>"
ONE_PIXEL = {"JPEG 2000": "jpeg2000", "PNM": "ppm"}


def made(path: Path, kind: InputType) -> None:
    """Write a small file of a type."""
    if kind.opener == "Pillow":
        Image.new("RGB", (4, 3), "white").save(path, ONE_PIXEL.get(kind.name, kind.name))
    elif kind.name == "PDF":
        document = pymupdf.open()
        document.new_page()
        document.save(path)
    elif kind.name == "MOBI":
        path.write_bytes(bytes(60) + b"BOOKMOBI" + bytes(100))
    elif kind.name in ARCHIVES:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(ARCHIVES[kind.name], b"x")
    else:
        path.write_text(MARKUP[kind.name], encoding="utf-8")


ARCHIVES = {"EPUB": "META-INF/container.xml", "XPS": "FixedDocumentSequence.fdseq", "CBZ": "a.jpg"}
MARKUP = {"SVG": SVG, "FictionBook": '<?xml version="1.0"?><FictionBook xmlns="x"><body/></FictionBook>'}


@pytest.mark.parametrize("kind", INPUT_TYPES, ids=lambda kind: kind.name)
def test_every_type_is_described_and_recognised_by_its_own_description_alone(tmp_path: Path, kind: InputType) -> None:
    assert kind.suffixes
    assert all(suffix.startswith(".") for suffix in kind.suffixes)
    assert kind.recognised_by
    assert kind.page
    assert input_type(kind.media_type) is kind
    path = tmp_path / "file"
    made(path, kind)
    assert sniff(str(path)) == kind.media_type


def test_a_media_type_without_description_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="'image/unknown'"):
        input_type("image/unknown")


def test_the_docs_page_is_current_and_doctor_lists_the_types() -> None:
    assert (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8") == inputs_text()
    assert f"reads {', '.join(kind.name for kind in INPUT_TYPES)}" in doctor_text(examine()).splitlines()


def refusal(path: Path, content: bytes) -> DocumentError:
    path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        Parser().probe(str(path))
    return caught.value


@pytest.mark.parametrize("head", ["", "\ufeff", "<?xml version='1.0'?>\n", "<!-- a page -->\n"])
def test_an_html_page_with_a_drawing_in_it_is_an_html_page(tmp_path: Path, head: str) -> None:
    error = refusal(tmp_path / "logo.svg", f"{head}{HTML}".encode())
    assert error.code == ErrorCode.UNSUPPORTED_TYPE
    assert "an HTML page" in error.message


def test_a_drawing_inside_another_xml_document_does_not_make_it_one(tmp_path: Path) -> None:
    error = refusal(tmp_path / "article.xml", f"<?xml version='1.0'?><article>{SVG}</article>".encode())
    assert error.code == ErrorCode.UNSUPPORTED_TYPE
    assert "an XML document" in error.message


@pytest.mark.parametrize(
    "content",
    [
        f"<?xml version='1.0'?><!--{' a licence > of many <svgs' * 2000} -->{SVG}".encode(),
        (
            '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [ <!ENTITY a "]>"> <!-- ]> it\'s -->'
            f'<!ENTITY b "<html>"> ]>{SVG}'
        ).encode(),
        f'<?xml version="1.0" encoding="UTF-16"?>{SVG}'.encode("utf-16"),
        b"\xfe\xff" + SVG.encode("utf-16-be"),
        b"\xef\xbb\xbf\n" + SVG.encode(),
        gzip.compress(SVG.encode()),
        gzip.compress(f'<?xml version="1.0" encoding="UTF-16"?>{SVG}'.encode("utf-16")),
    ],
    ids=["long comment", "document type", "UTF-16", "big-endian UTF-16", "byte order mark", "svgz", "svgz in UTF-16"],
)
def test_every_way_of_writing_a_drawing_is_read_with_its_words_in_pixels(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "drawing"
    path.write_bytes(content)
    parser = Parser()
    assert parser.probe(str(path)).media_type == "image/svg+xml"
    reading = parser.read_page(str(path), 1, ReadSettings(engine="text_layer")).reading
    assert reading.text == "Total 12.50\n"
    assert (reading.width, reading.height, reading.unit) == (300, 100, "px")
    settled = parser.read_settled([(str(path), [1])], ReadSettings(engine="text_layer"))
    assert settled.examined == 1


def test_gzip_that_is_no_drawing_or_damaged_or_too_large_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.svgz", gzip.compress(b"%PDF-1.7 words")).code == ErrorCode.UNSUPPORTED_TYPE
    assert refusal(tmp_path / "b.svgz", gzip.compress(SVG.encode())[:-20]).code == ErrorCode.UNREADABLE
    bomb = gzip.compress(f"{SVG[:-6]}<!--{' ' * (65 << 20)}--></svg>".encode())
    error = refusal(tmp_path / "c.svgz", bomb)
    assert len(bomb) < 1 << 20
    assert (error.code, "64 MiB" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_a_gzipped_drawing_does_not_follow_references(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), "black").save(tmp_path / "black.png")
    links = '<image width="300" height="100" href="black.png"/><image width="300" height="100" xlink:href="black.png"/>'
    path = tmp_path / "drawing.svgz"
    namespaces = ' xmlns:xlink="http://www.w3.org/1999/xlink" width'
    path.write_bytes(gzip.compress(SVG.replace(" width", namespaces, 1).replace("</svg>", f"{links}</svg>").encode()))
    assert Parser().render(str(path), 1, 300).mean() > 200


@pytest.mark.parametrize(
    ("data", "root"),
    [
        (b"<svg:svg xmlns:svg='x'/>", "svg"),
        (b"<!-- never closed <svg>", ""),
        (b"<!DOCTYPE svg [ <!ENTITY a 'never closed <svg>", ""),
        (b"<?xml <svg>", ""),
        (b"words <svg/>", ""),
        (b"", ""),
        (b"<!doctype html><p>", "p"),
        (b"<" * 100_000, ""),
        (b"<!DOCTYPE a [" + b"<!--" * 100_000, ""),
    ],
)
def test_the_root_of_odd_xml(data: bytes, root: str) -> None:
    assert xml_root(data) == root
