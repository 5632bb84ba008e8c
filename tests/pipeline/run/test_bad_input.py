"""Whatever is put into a job, every file and page ends in a row, with the error code that says why."""

import os
import shutil
import zlib
from pathlib import Path

import pymupdf
import pytest
from docpipe.pipeline.inputs.units import PAGES_PER_UNIT

from ..outputs import QUICKSTART, assert_sound, pdf, query, results, run, scan, write_job

PAGES = 2 * PAGES_PER_UNIT + 200
"""More than two units hold."""


def bomb(path: Path, side: int) -> Path:
    """A white PNG of `side` times `side` pixels in a few hundred kilobytes."""
    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    row = b"\0" + b"\xff" * (-(-side // 8))
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    parts = [
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def test_each_bad_file_gets_its_code_and_costs_no_other_file(tmp_path: Path, out: Path, ray: str) -> None:
    folder = tmp_path / "in"
    whole = pdf(folder / "good.pdf", "all is well").read_bytes()
    image = scan(folder / "scan.jpg", "all is well").read_bytes()
    pdf(folder / "locked.pdf", "secret", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="fjord")
    contents = {
        "zero.pdf": b"",
        "zeros.pdf": bytes(5000),
        "blank.pdf": b" \n" * 400,
        "header-only.pdf": b"%PDF-1.7\n",
        "garbage.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "notes.pdf": b"this is a text and no PDF\n" * 9,
        "page.pdf": b"<!doctype html><html><body>no</body></html>",
        "letter.docx": b"PK\x03\x04" + bytes(200),
        "program.pdf": b"\x7fELF" + bytes(range(256)),
        "half.jpg": image[: len(image) // 2],
        "head.jpg": image[:60],
        "half.png": scan(tmp_path / "x.png", "cut").read_bytes()[:1000],
        "is-a-scan.pdf": scan(tmp_path / "y.png", "mislabelled").read_bytes(),
        "is-a-pdf.jpg": pdf(tmp_path / "y.pdf", "mislabelled").read_bytes(),
        "no-suffix": pdf(tmp_path / "z.pdf", "no suffix").read_bytes(),
        "no-trailer.pdf": whole[: whole.index(b"xref")],
        "tail-lost.pdf": whole[: len(whole) // 5],
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    shutil.copy(QUICKSTART / "broken.pdf", folder / "broken.pdf")
    bomb(folder / "bomb.png", 35_000)
    (folder / "dangling.pdf").symlink_to(folder / "nowhere.pdf")
    os.mkfifo(folder / "pipe.pdf")
    summary = run(write_job(tmp_path), ray)
    found = results(out)
    assert found.pop("tail-lost.pdf") in ("unreadable", "empty")
    assert found == {
        "good.pdf": "text_layer",
        "scan.jpg": "rapidocr",
        "is-a-scan.pdf": "rapidocr",
        "is-a-pdf.jpg": "text_layer",
        "no-suffix": "text_layer",
        "no-trailer.pdf": "text_layer",
        "locked.pdf": "encrypted",
        "zero.pdf": "empty",
        "zeros.pdf": "unreadable",
        "blank.pdf": "unreadable",
        "header-only.pdf": "unreadable",
        "garbage.pdf": "unreadable",
        "broken.pdf": "unreadable",
        "notes.pdf": "unsupported_type",
        "page.pdf": "unsupported_type",
        "program.pdf": "unsupported_type",
        "pipe.pdf": "unsupported_type",
        "letter.docx": "unreadable",
        "half.jpg": "unreadable",
        "head.jpg": "unreadable",
        "half.png": "unreadable",
        "bomb.png": "too_large",
        "dangling.pdf": "not_found",
    }
    assert summary.documents == len(found) + 1
    assert_sound(out)
    messages = query(out, "SELECT message FROM errors")
    assert all(message.strip() and "\n" not in message and "Traceback" not in message for (message,) in messages)


def test_a_pdf_that_holds_a_image_of_35000_pixels_a_side_ends_in_a_row(tmp_path: Path, out: Path, ray: str) -> None:
    side = 35_000
    packed = zlib.compress(b"\xff" * (side // 8 * side), 1)
    image = b"/Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 8400 8400] /Contents 5 0 R "
        b"/Resources << /XObject << /I 4 0 R >> >> >>",
        b"<< %b /Width %d /Height %d /Length %d >> stream\n%b\nendstream" % (image, side, side, len(packed), packed),
        b"<< /Length 30 >> stream\n8400 0 0 8400 0 0 cm /I Do    \nendstream",
    )
    numbered = (b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, start=1))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bomb.pdf").write_bytes(b"%PDF-1.7\n" + b"".join(numbered) + b"trailer << /Root 1 0 R >>\n%%EOF")
    pdf(tmp_path / "in" / "good.pdf", "all is well")
    summary = run(write_job(tmp_path), ray)
    assert summary.pages == 2
    ((status, code, dpi),) = query(
        out, "SELECT status, error_code, dpi FROM pages WHERE text NOT LIKE 'all%' OR text IS NULL"
    )
    assert code in ("too_large", "out_of_memory") if status == "failed" else code is None
    assert dpi is None or dpi * 8400 / 72 <= 40_000_000**0.5
    assert_sound(out)


@pytest.mark.integration
def test_thousands_of_pages_stand_once_each_with_their_own_text(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "in" / "long.pdf", *(f"leaf {number}" for number in range(1, PAGES + 1)))
    summary = run(write_job(tmp_path), ray)
    assert (summary.pages, summary.pages_ok) == (PAGES, PAGES)
    assert query(out, "SELECT count(*) FROM pages WHERE trim(text, chr(10)) = 'leaf ' || page_number") == [(PAGES,)]
    assert_sound(out)
    # Pages travel in bounded pieces, however long the document is.
    files = f"SELECT count(*) FROM read_parquet('{out}/pages/*.parquet', filename = true) GROUP BY filename"
    assert max(count for (count,) in query(out, files)) <= PAGES_PER_UNIT


def test_a_document_of_too_many_pages_or_bytes_is_refused_whole(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "in" / "long.pdf", *(f"page {n}" for n in range(9)))
    (tmp_path / "in" / "fat.pdf").write_bytes(pdf(tmp_path / "x.pdf", "fat").read_bytes() + bytes(3 << 20))
    pdf(tmp_path / "in" / "good.pdf", "all is well")
    job = write_job(tmp_path, limits={"max_pages_per_document": 8, "max_file_mb": 2})
    run(job, ray)
    assert results(out) == {"long.pdf": "too_large", "fat.pdf": "too_large", "good.pdf": "text_layer"}
    # Limits do not decide results: with wider ones the same output goes on.
    run(job, ray, "limits.max_file_mb=20", "limits.max_pages_per_document=20")
    assert set(results(out).values()) == {"text_layer"}
    assert query(out, "SELECT * FROM errors") == []
    assert_sound(out)
