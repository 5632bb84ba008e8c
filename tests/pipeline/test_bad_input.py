"""Whatever is put into a job, every file and page ends in a row, with the error code that says why."""

import ctypes
import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from docpipe.pipeline.planning import PAGES_PER_UNIT
from docpipe.schemas.errors import CommandError, InvalidJobError, JobBrokenError, MissingResourceError
from PIL import Image, ImageDraw

from .outputs import (
    QUICKSTART,
    assert_sound,
    cli,
    joined,
    pdf,
    query,
    run,
    texts,
    without_traceback,
    write_job,
)

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


@pytest.fixture(scope="module")
def ray(ray_address: str) -> Iterator[str]:
    with joined(ray_address) as address:
        yield address


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def results(out: Path) -> dict[str, str]:
    """What became of each file, by its name: an error code, or the status and text source of its pages."""
    sql = (
        "SELECT unnest(uris), coalesce(d.error_code, string_agg(DISTINCT coalesce(p.error_code, text_source), ' ')) "
        "FROM documents d LEFT JOIN pages p USING (document_id) GROUP BY document_id, uris, d.error_code"
    )
    return {uri.rsplit("/", 1)[-1]: result for uri, result in query(out, sql)}


def scan(path: Path, text: str) -> Path:
    image = Image.new("L", (900, 500), 255)
    ImageDraw.Draw(image).text((60, 120), text, fill=0, font_size=60)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


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
    picture = scan(folder / "scan.jpg", "all is well").read_bytes()
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
        "half.jpg": picture[: len(picture) // 2],
        "head.jpg": picture[:60],
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


def test_a_pdf_that_holds_a_picture_of_35000_pixels_a_side_ends_in_a_row(tmp_path: Path, out: Path, ray: str) -> None:
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


def test_five_thousand_pages_stand_once_each_with_their_own_text(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "in" / "long.pdf", *(f"leaf {number}" for number in range(1, 5001)))
    summary = run(write_job(tmp_path), ray)
    assert (summary.pages, summary.pages_ok) == (5000, 5000)
    assert query(out, "SELECT count(*) FROM pages WHERE trim(text, chr(10)) = 'leaf ' || page_number") == [(5000,)]
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


def test_odd_names_are_read_and_written_down(tmp_path: Path, out: Path, ray: str) -> None:
    names = [
        "with space.pdf",
        'it\'s "quoted".pdf',
        "two\nlines.pdf",
        "tab\there.pdf",
        "Übergrößenträger.pdf",
        "請求書.pdf",
        "percent%20sign.pdf",
        "hash#and?query.pdf",
        "star*[a].pdf",
        "e\u0301 combining.pdf",
        "-dash.pdf",
        "x" * 240 + ".pdf",
    ]
    for number, name in enumerate(names):
        pdf(tmp_path / "in" / name, f"name {number}")
    (tmp_path / "in" / ".hidden.pdf").write_bytes(b"")
    job = write_job(tmp_path)
    summary = run(job, ray)
    assert (summary.documents, summary.pages_ok) == (12, 12)
    assert set(results(out)) == set(names)
    assert_sound(out)
    again = run(job, None)
    assert (again.changes.same, again.pages_skipped) == (12, 12)


@pytest.mark.parametrize("kind", ["picture", "pdf"])
def test_names_that_are_not_utf8_are_read_and_written_as_urls(tmp_path: Path, out: Path, ray: str, kind: str) -> None:
    source = scan(tmp_path / "x.png", "picture") if kind == "picture" else pdf(tmp_path / "x.pdf", "pdf")
    (tmp_path / "in").mkdir()
    with open(os.fsencode(tmp_path / "in") + b"/latin-\xe9 \xff%.pdf", "wb") as file:  # noqa: PTH123 - no text
        file.write(source.read_bytes())
    summary = run(write_job(tmp_path), ray)
    assert query(out, "SELECT code, message FROM errors") == []
    assert (summary.documents, texts(out)) == (1, [kind])
    ((uri,),) = query(out, "SELECT unnest(uris) FROM documents")
    assert uri.startswith("file:///")
    assert uri.endswith("/latin-%E9%20%FF%25.pdf")
    assert run(write_job(tmp_path), None).changes.same == 1


def test_odd_names_in_paths_output_and_manifest(tmp_path: Path, ray: str) -> None:
    folder = tmp_path / 'it\'s an "odd" [folder] ü'
    pdf(folder / "in" / "a b.pdf", "one")
    (folder / "list.csv").write_text('uri\n"in/a b.pdf"\n')
    out = folder / "o'ut [1]"
    summary = run(write_job(folder, inputs={"manifest": "list.csv"}, output={"path": str(out)}), ray)
    assert (summary.pages_ok, summary.documents) == (1, 1)
    job = write_job(folder, inputs={"paths": ["in/*.pdf", "in"]}, output={"path": str(out)})
    again = run(job, None)
    assert (again.documents, again.pages_skipped) == (1, 1)
    assert [path.name for path in out.glob("pages/*.parquet") if "0" * 32 not in path.name]


def manifest(folder: Path, name: str, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return write_job(folder, inputs={"manifest": name})


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("m.csv", "path,document_id\na.pdf,1\n", InvalidJobError, r"m\.csv.*no column 'uri', only path, document_id"),
        ("m.csv", "uri,document_id\na.pdf,1\nb.pdf,1\n", InvalidJobError, r"document_id '1' names 2 files: .*a\.pdf"),
        ("m.csv", "uri,group\na.pdf,x\na.pdf,y\n", InvalidJobError, r"a\.pdf' stands in 2 different rows"),
        ("m.csv", 'uri\n""\n', InvalidJobError, "row 1: 'uri' is empty"),
        ("m.csv", b"\xff\xfe\x00broken", InvalidJobError, "cannot be read|no column 'uri'"),
        ("m.csv", "", InvalidJobError, "cannot be read"),
        ("m.csv", "uri\n", MissingResourceError, "no documents found"),
        ("m.csv", "uri\na.pdf\nb.pdf\n", MissingResourceError, r"a\.pdf: no such file"),
        ("m.jsonl", '{"uri": "a.pdf"}\n{"uri": ', InvalidJobError, "cannot be read"),
        ("m.jsonl", '{"uri": 7}\n', InvalidJobError, "row 1: 'uri' is empty or not a text"),
        ("m.jsonl", '{"uri": "a.pdf", "document_id": "a\\nb"}\n', InvalidJobError, "document_id 'a"),
        ("m.parquet", b"PAR1", InvalidJobError, "cannot be read"),
        ("m.csv", "uri,questions\na.pdf,x\n", InvalidJobError, "questions"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, out: Path, name: str, content: str | bytes, error: type[CommandError], says: str
) -> None:
    with pytest.raises(error, match=says):
        run(manifest(tmp_path, name, content), None)
    assert not list(out.glob("*/*.parquet")) or query(out, "SELECT * FROM pages") == []


def test_a_manifest_that_is_not_there_is_a_missing_resource(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"m\.csv.*no such file"):
        run(write_job(tmp_path, inputs={"manifest": "m.csv"}), None)


def test_rows_of_a_manifest_whose_file_is_missing_fail_and_the_others_run(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "a.pdf", "all is well")
    rows = [
        {"uri": "a.pdf"},
        {"uri": "gone.pdf", "document_id": "g"},
        {"uri": str(tmp_path)},
        {"uri": "memory://x.pdf"},
    ]
    run(manifest(tmp_path, "m.jsonl", "".join(json.dumps(row) + "\n" for row in rows)), ray)
    codes = dict(query(out, "SELECT uri, code FROM errors"))
    assert codes[f"{tmp_path}/gone.pdf"] == "not_found"
    assert query(out, "SELECT document_id, status FROM documents WHERE document_id = 'g'") == [("g", "failed")]
    assert query(out, "SELECT count(*) FROM documents WHERE status = 'ok'") == [(1,)]
    assert query(out, "SELECT count(*) FROM documents") == [(len(rows),)]
    assert_sound(out)
    # The file turns up: the next run takes it.
    pdf(tmp_path / "gone.pdf", "here again")
    run(tmp_path / "job.yaml", ray)
    assert query(out, "SELECT status FROM documents WHERE document_id = 'g'") == [("ok",)]
    assert "here again" in texts(out)
    assert_sound(out)


@pytest.mark.parametrize("make", ["empty folder", "no folder", "glob without match"])
def test_a_job_without_documents_is_a_missing_resource(tmp_path: Path, out: Path, make: str) -> None:
    if make == "empty folder":
        (tmp_path / "in").mkdir()
    job = write_job(tmp_path, inputs={"paths": ["in/*.pdf" if make.startswith("glob") else "in"]})
    with pytest.raises(MissingResourceError, match=str(tmp_path / "in")):
        run(job, None)


def test_a_file_that_changes_or_goes_while_the_job_runs_is_told(tmp_path: Path, out: Path, ray: str) -> None:
    from docpipe.pipeline import page_stage as module

    pdf(tmp_path / "in" / "a.pdf", "a one")
    pdf(tmp_path / "in" / "b.pdf", "b one")
    pdf(tmp_path / "in" / "c.pdf", "c one")
    pack = module.pack_units

    def meddle(*arguments: object, **options: object) -> object:
        (tmp_path / "in" / "a.pdf").unlink()
        pdf(tmp_path / "in" / "b.pdf", "b rewritten")
        return pack(*arguments, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pack_units", meddle)
        run(write_job(tmp_path), ray)
    assert results(out) == {"a.pdf": "not_found", "b.pdf": "unreadable", "c.pdf": "text_layer"}
    assert_sound(out)
    run(tmp_path / "job.yaml", ray)
    assert "b rewritten" in texts(out)


def obey_permissions() -> None:
    """Takes from a child process what lets root read and write everything."""
    libc = ctypes.CDLL(None)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def test_what_may_not_be_read_or_written_is_told(tmp_path: Path, ray_address: str) -> None:
    user = {"preexec_fn": obey_permissions}
    pdf(tmp_path / "in" / "good.pdf", "all is well")
    pdf(tmp_path / "in" / "secret.pdf", "secret").chmod(0)
    pdf(tmp_path / "in" / "closed" / "x.pdf", "secret").parent.chmod(0)
    (tmp_path / "in").chmod(0o755)
    job = write_job(tmp_path)
    planned = cli("plan", job, "--json", cwd=tmp_path, **user)
    assert planned.returncode == 0, planned.stderr
    report = json.loads(planned.stdout)
    assert (report["documents"], report["documents_failed"]) == (3, 2)
    (tmp_path / "out").mkdir(mode=0o555)
    refused = cli("run", job, cwd=tmp_path, **user)
    assert refused.returncode == 1, refused.stderr
    assert "writable" in refused.stderr
    without_traceback(refused.stderr)
    (tmp_path / "out").chmod(0o777)
    ran = cli("run", job, "--json", cwd=tmp_path, **user)
    (tmp_path / "in" / "closed").chmod(0o700)
    assert ran.returncode == 3, ran.stderr
    without_traceback(ran.stderr)
    found = results(tmp_path / "out")
    assert found == {"good.pdf": "text_layer", "secret.pdf": "permission_denied", "closed": "permission_denied"}
    assert_sound(tmp_path / "out")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 192 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "docpipe-test", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_the_job_and_the_next_run_goes_on(tmp_path: Path, small_disk: Path, ray: str) -> None:
    for number in range(6):
        pages = [f"document {number} page {n} {os.urandom(200).hex()}" for n in range(120)]
        pdf(tmp_path / "in" / f"{number}.pdf", *pages)
    out = small_disk / "out"
    job = write_job(tmp_path, output={"path": str(out)})
    for _ in range(2):
        with pytest.raises(JobBrokenError, match="No space left on device while writing"):
            run(job, ray)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    summary = run(job, ray)
    assert (summary.pages, summary.pages_failed) == (720, 0)
    assert summary.pages_ok + summary.pages_skipped == 720
    assert_sound(out)
