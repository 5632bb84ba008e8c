"""The reader returns a reading for every page, with a failure for each that fails, and raises nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from docpipe.operators.reading import ocr_process, parser_sandbox
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.errors import DocumentError, ErrorCode, Stage
from PIL import Image, ImageDraw

from ..raw_pdf import mapped, one_page, shown, written

DATA = Path(__file__).parents[2] / "data" / "documents"

FAKES = '''
import ctypes, os, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from docpipe.operators.documents.media_type import DocumentInfo
from docpipe.operators.reading.messages import ParsedPage
from docpipe.operators.reading.messages import SettledPages, pack
from docpipe.operators.text_layer.quality import LayerParts, TextLayer, Usability, Verdict
from docpipe.schemas.errors import DocumentError, ErrorCode
from docpipe.operators.text_layer.running import compared_pages, edges_of
from docpipe.schemas.page import Blocks, PageReading, TextLines, TextSourceReason

def footed(number):
    boxes = np.array([[0.1, 0.4, 0.9, 0.42], [0.4, 0.95, 0.6, 0.97]], np.float32)
    return TextLines(["body", f"Page {number}"], boxes, [None, None], np.full(2, np.nan, np.float32),
                     np.array([0, 1], np.int32), ["body", f"Page {number}"], boxes, np.full(2, np.nan, np.float32),
                     np.array([0, 1], np.int32))

class Parser:
    """A parser scripted by the file that it opens: each line of the file tells it what to do on that page."""
    def __init__(self, layout): pass
    def read_settled(self, parts, settings):
        settled, examined = {}, 0
        for path, number in ((path, number) for path, numbers in parts for number in numbers):
            place, examined = examined, examined + 1
            try:
                page = self.read_page_in_steps(path, number, settings)
            except DocumentError:
                break
            if not page.needs_ocr:
                settled[place] = page.reading
        return SettledPages(examined, list(settled), pack(list(settled.values())) if settled else None)
    def probe(self, path, passwords, sample):
        return DocumentInfo("application/pdf", len(Path(path).read_text().splitlines()))
    def edges(self, path, numbers, settings):
        kinds = Path(path).read_text().splitlines()
        if any(kinds[number - 1] == "crash" for number in numbers): ctypes.string_at(0)
        return {number: edges_of(footed(number), (100.0, 200.0)) for number in numbers}
    def read_page_in_steps(self, path, number, settings, with_image=False):
        what = Path(path).read_text().splitlines()[number - 1]
        if what.startswith("text then "):
            reading = PageReading(number, 100.0, 200.0, "pt", 0, text_source="text_layer", text="text\\n")
            return self.text_first(ParsedPage(reading, Verdict(Usability.USABLE)), what.removeprefix("text then "))
        return self.read_at_once(path, number, what)
    def text_first(self, text, what):
        yield text
        return self.read_at_once("", text.reading.page_number, what)
    def read_at_once(self, path, number, what):
        if what == "crash": ctypes.string_at(0)
        if what == "crash once":
            mark = Path(path + ".mark")
            if not mark.exists():
                mark.touch()
                ctypes.string_at(0)
        if what == "hang": time.sleep(600)
        if what == "bomb": b = b"x" * (1 << 40)
        if what == "broken": raise DocumentError(ErrorCode.UNREADABLE, "broken")
        if what == "bug": raise ZeroDivisionError("a bug")
        if what == "nonsense": return 42
        reading = PageReading(number, 100.0, 200.0, "pt", 0, text="")
        if what == "footed":
            lines = footed(number)
            blocks = Blocks(["text", "text"], lines.boxes, lines.text, lines.confidence)
            reading = replace(reading, text_source="text_layer", text="", lines=lines, blocks=blocks)
            count = len(Path(path).read_text().splitlines())
            return ParsedPage(reading, Verdict(Usability.USABLE), compared=tuple(compared_pages(number, count)))
        if what.startswith(("layer", "more ink")):
            doubt = TextSourceReason.INVISIBLE_TEXT if what.startswith("layer") else TextSourceReason.INK_OUTSIDE_TEXT
            reading = replace(reading, text_source_reason=doubt)
            word, box = what.removeprefix("layer "), np.array([[0, 0, 1, 0.5]], np.float32)
            lines = TextLines([word], box, [None], np.full(1, np.nan, np.float32), np.zeros(1, np.int32), [word], box,
                              np.full(1, np.nan, np.float32), np.zeros(1, np.int32))
            layer = TextLayer(lines, Blocks(["text"], box, [word], np.full(1, np.nan, np.float32)), np.ones(1, bool))
            verdict = Verdict(Usability.DOUBTFUL, doubt)
            image = np.full((20, 10, 3), 3 if what.endswith("ocr hang") else 1, np.uint8)
            parts = LayerParts(layer) if doubt is TextSourceReason.INK_OUTSIDE_TEXT else LayerParts(doubtful=(layer,))
            return ParsedPage(reading, verdict, True, image, parts, np.ones((20, 10), bool))
        if what.startswith("ocr"):
            kind = {"ocr": 1, "ocr crash": 2, "ocr hang": 3, "ocr bug": 4}[what]
            image = np.full((20, 10, 3), kind, np.uint8)
            return ParsedPage(reading, Verdict(Usability.UNUSABLE), True, image, ink=np.ones((20, 10), bool))
        return ParsedPage(reading, Verdict(Usability.USABLE))

class Ocr:
    def __init__(self, reader, threads, languages, settings, precision, device): pass
    def read_many(self, images): return [self.read(image) for image in images]
    def read(self, image):
        kind = int(image[0, 0, 0])
        if kind == 2: os.abort()
        if kind == 3: time.sleep(600)
        if kind == 4: raise RuntimeError("no such kernel")
        return TextLines(["read"], np.array([[0, 0, 1, 0.5]], np.float32), [None], np.ones(1, np.float32),
                         np.full(1, -1, np.int32))
'''


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_reader_fakes.py").write_text(FAKES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(parser_sandbox, "_PARSER", "page_reader_fakes:Parser")
    monkeypatch.setattr(ocr_process, "_OCR", "page_reader_fakes:Ocr")


def run(tmp_path: Path, *pages: str, **limits: Any) -> list[Any]:
    path = tmp_path / "pages"
    path.write_text("\n".join(pages))
    with PageReader(ReadSettings(), **{"page_seconds": 20.0, "memory_mb": 1024, **limits}) as reader:
        return [reader.read(str(path), number + 1) for number in range(len(pages))]


@pytest.mark.parametrize(
    ("what", "code", "stage", "attempts"),
    [
        ("crash", ErrorCode.CRASHED, Stage.READ, 3),
        ("broken", ErrorCode.UNREADABLE, Stage.READ, 1),
        ("bug", ErrorCode.UNREADABLE, Stage.READ, 1),
        ("nonsense", ErrorCode.CRASHED, Stage.READ, 1),
        ("bomb", ErrorCode.OUT_OF_MEMORY, Stage.READ, 2),
        ("ocr crash", ErrorCode.CRASHED, Stage.OCR, 3),
        ("ocr bug", ErrorCode.ENGINE_FAILED, Stage.OCR, 1),
    ],
)
@pytest.mark.usefixtures("fakes")
def test_a_failure_costs_its_page_only(tmp_path: Path, what: str, code: ErrorCode, stage: Stage, attempts: int) -> None:
    before, failed, after = run(tmp_path, "fine", what, "ocr")
    assert before.failure is None
    assert after.failure is None
    assert after.text_source == "rapidocr"
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.stage, failed.failure.attempts) == (code, stage, attempts)
    assert failed.failure.message
    assert failed.text is None
    assert failed.page_number == 2
    assert (failed.width == 100.0) == (stage is Stage.OCR)


@pytest.mark.parametrize(("what", "code"), [("hang", "timeout"), ("crash", "crashed"), ("bomb", "out_of_memory")])
@pytest.mark.usefixtures("fakes")
def test_text_that_was_there_before_drawing_failed_is_kept(tmp_path: Path, what: str, code: str) -> None:
    fine, kept, after = run(tmp_path, "fine", f"text then {what}", "ocr", page_seconds=3.0)
    assert (kept.failure, kept.text, kept.warnings) == (None, "text\n", (f"not_drawn: {code}",))
    assert (fine.warnings, after.warnings, after.text_source) == ((), (), "rapidocr")


@pytest.mark.usefixtures("fakes")
def test_a_page_that_could_not_be_drawn_is_not_drawn_again_for_a_model(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_text("text then hang")
    with PageReader(ReadSettings(), page_seconds=2.0, memory_mb=1024) as reader:
        reading, image = reader.read_with_image(str(path), 1)
    assert image is None
    assert reading.text == "text\n"
    assert reading.failure is not None
    assert (reading.failure.code, reading.failure.stage) == (ErrorCode.TIMEOUT, Stage.RENDER)
    assert "page 1 " in reading.failure.message


@pytest.mark.usefixtures("fakes")
def test_a_page_that_takes_too_long_is_named_with_the_limit(tmp_path: Path) -> None:
    stalled, unread, kept = run(tmp_path, "hang", "layer ocr hang", "more ink, ocr hang", page_seconds=2.0)
    for page, doing in ((stalled, "reading or drawing page 1"), (unread, "OCR of page 2")):
        assert page.failure is not None
        assert page.failure.message == f"{doing} took longer than limits.page_seconds, 2 s"
    assert (kept.failure, kept.text, kept.warnings) == (None, "more ink, ocr hang\n", ("no_ocr: timeout",))


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize("order", [0, 2])
def test_many_pages_at_a_time_are_read_like_each_by_itself(tmp_path: Path, order: int) -> None:
    pages = ["fine", "fine", "ocr", "broken", "fine", "crash", "fine", "ocr", "ocr crash", "fine", "bug", "fine"]
    pages = pages[3 * order :] + pages[: 3 * order]
    path = tmp_path / "pages"
    path.write_text("\n".join(pages))
    numbers = [number for number in range(1, len(pages) + 1) if number != 2]
    with PageReader(ReadSettings(), page_seconds=20.0, memory_mb=1024) as reader:
        many = list(reader.read_many(str(path), numbers))
    one = [reading for reading in run(tmp_path, *pages) if reading.page_number != 2]
    assert [reading.page_number for reading in many] == numbers
    assert [(r.text_source, r.text, r.failure) for r in many] == [(r.text_source, r.text, r.failure) for r in one]


@pytest.mark.usefixtures("fakes")
def test_pages_of_several_documents_are_read_like_each_by_itself(tmp_path: Path) -> None:
    written = {"a": ["fine", "crash", "fine"], "b": ["broken"], "c": ["ocr", "fine"], "d": ["fine"] * 3}
    parts: list[tuple[str, list[int]]] = []
    for name, pages in written.items():
        (tmp_path / name).write_text("\n".join(pages))
        parts.append((str(tmp_path / name), list(range(1, len(pages) + 1))))
    with PageReader(ReadSettings(), page_seconds=20.0, memory_mb=1024) as reader:
        together = list(reader.read_parts(parts))
        alone = [reader.read(path, number) for path, numbers in parts for number in numbers]
    seen = [(r.page_number, r.text_source, r.failure) for r in together]
    assert seen == [(r.page_number, r.text_source, r.failure) for r in alone]
    assert [r.failure is not None for r in together] == [False, True, False, True, False, False, False, False, False]


@pytest.mark.usefixtures("fakes")
def test_a_page_that_hangs_delays_at_most_two_calls(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_text("\n".join(["fine"] * 20 + ["hang"] + ["fine"] * 20))
    with PageReader(ReadSettings(), page_seconds=1.0, memory_mb=1024) as reader:
        calls: list[str] = []
        call = reader._parser.call

        def counted(method: str, *args: Any, deadline: float) -> Any:
            calls.append(method)
            return call(method, *args, deadline=deadline)

        reader._parser.call = counted  # type: ignore[method-assign]
        readings = list(reader.read_many(str(path), range(1, 42)))
    assert [r.page_number for r in readings if r.failure] == [21]
    assert calls.count("read_settled") <= 2


@pytest.mark.usefixtures("fakes")
def test_a_bomb_in_a_fresh_process_is_tried_once(tmp_path: Path) -> None:
    (failed,) = run(tmp_path, "bomb")
    assert failed.failure.code == ErrorCode.OUT_OF_MEMORY
    assert failed.failure.attempts == 1


@pytest.mark.parametrize(("what", "stage"), [("hang", Stage.READ), ("ocr hang", Stage.OCR)])
@pytest.mark.usefixtures("fakes")
def test_a_stall_ends_at_the_deadline(tmp_path: Path, what: str, stage: Stage) -> None:
    failed, after = run(tmp_path, what, "fine", page_seconds=0.5)
    assert (failed.failure.code, failed.failure.stage, failed.failure.attempts) == (ErrorCode.TIMEOUT, stage, 1)
    assert failed.seconds < 300
    assert after.failure is None


@pytest.mark.usefixtures("fakes")
def test_a_page_that_crashes_costs_the_pages_around_it_nothing(tmp_path: Path) -> None:
    pages = run(tmp_path, "footed", "footed", "crash", "footed", "footed")
    failures = [page.failure.code if page.failure else None for page in pages]
    assert failures == [None, None, ErrorCode.CRASHED, None, None]
    assert [page.text for page in pages] == ["body\n", "body\n", None, "body\n", "body\n"]
    assert all(page.blocks.kind == ["text", "footer"] for page in pages if page.failure is None)


@pytest.mark.usefixtures("fakes")
def test_a_single_crash_costs_nothing(tmp_path: Path) -> None:
    (page,) = run(tmp_path, "crash once")
    assert page.failure is None


@pytest.mark.usefixtures("fakes")
def test_ocr_fills_in_lines_blocks_and_ink(tmp_path: Path) -> None:
    (page,) = run(tmp_path, "ocr")
    assert page.text == "read\n"
    assert page.blocks.text == ["read"]
    assert page.lines.block.tolist() == [0]
    assert page.unexplained_ink == pytest.approx(0.5)
    assert page.seconds > 0


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize(
    ("layer", "source", "reason"),
    [("read", "text_layer", "kept_after_ocr"), ("xylo", "rapidocr", "invisible_text")],
)
def test_why_a_doubtful_text_layer_is_kept_or_not_goes_with_the_page(
    tmp_path: Path, layer: str, source: str, reason: str
) -> None:
    (page,) = run(tmp_path, f"layer {layer}")
    assert (page.text_source, page.text_source_reason) == (source, reason)


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader(ReadSettings(layout=False), page_seconds=60, memory_mb=2048) as made:
        yield made


def test_real_documents(reader: PageReader) -> None:
    info = reader.probe(str(DATA / "invoice.pdf"))
    assert info.media_type == "application/pdf"
    page = reader.read(str(DATA / "invoice.pdf"), 1)
    assert page.failure is None
    assert page.text_source == "text_layer"
    assert len(page.lines) > 10


def test_bad_documents(reader: PageReader) -> None:
    with pytest.raises(DocumentError) as caught:
        reader.probe(str(DATA / "qpdf__issue-101.pdf"))
    assert caught.value.code == ErrorCode.UNREADABLE
    page = reader.read(str(DATA / "qpdf__issue-101.pdf"), 1)
    assert page.failure is not None
    assert page.failure.code == ErrorCode.UNREADABLE
    page = reader.read(str(DATA / "nothing.pdf"), 1)
    assert page.failure is not None
    assert page.failure.code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize("engine", ["text_layer", "auto"])
def test_real_documents_together_give_what_each_page_gives(engine: str) -> None:
    names = (
        "invoice.pdf",
        "table.pdf",
        "pdfminer_six__issue-449-vertical.pdf",
        "sample-files__habibi-oneline-cmap.pdf",
    )
    paths = [str(DATA / name) for name in (*names, "qpdf__issue-101.pdf", "ocr_test_rotated_90.pdf", "phototest.tif")]
    with PageReader(ReadSettings(engine=engine)) as reader:
        infos = reader.probe_many(paths)
        for path, info in zip(paths, infos, strict=True):
            assert isinstance(info, DocumentError) == (path == str(DATA / "qpdf__issue-101.pdf"))
        parts = [
            (path, range(1, min(info.page_count, 3) + 1))
            for path, info in zip(paths, infos, strict=True)
            if not isinstance(info, DocumentError)
        ]
        parts.insert(2, (str(DATA / "qpdf__issue-101.pdf"), range(1, 2)))
        together = list(reader.read_parts(parts))
        alone = [reader.read(path, number) for path, numbers in parts for number in numbers]
    assert len(together) > 8
    for a, b in zip(together, alone, strict=True):
        assert (a.page_number, a.text, a.text_source, a.failure) == (b.page_number, b.text, b.text_source, b.failure)
        assert a.lines.text == b.lines.text
        assert a.blocks.text == b.blocks.text
        for name in ("boxes", "block", "word_boxes", "word_line"):
            assert np.array_equal(getattr(a.lines, name), getattr(b.lines, name))


def test_a_real_scan_is_read(reader: PageReader) -> None:
    page = reader.read(str(DATA / "phototest.tif"), 1)
    assert page.failure is None
    assert page.text_source == "rapidocr"
    assert page.text is not None
    assert "quick brown dog" in page.text
    assert page.unexplained_ink is not None
    assert page.unexplained_ink < 0.1
    assert (np.diff(page.lines.block) >= 0).all()


def test_the_parent_imports_no_parser() -> None:
    code = (
        "import sys, docpipe.operators.reading.reader\n"
        "assert not {'pymupdf', 'PIL', 'cv2', 'onnxruntime', 'ray', 'torch'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["invoice.pdf", "phototest.tif", "ocr_test_rotated_90.pdf"])
def test_a_page_comes_with_its_image_in_the_call_that_reads_it(
    reader: PageReader, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(DATA / name)
    rendered_later, later = reader.read_with_image(path, 1, lambda reading: True)
    monkeypatch.setattr(reader, "draw", lambda *_: pytest.fail("a second call"))
    reading, image = reader.read_with_image(path, 1)
    assert image is not None
    assert later is not None
    assert np.array_equal(image, later)
    assert (reading.text, reading.dpi, reading.text_source) == (
        rendered_later.text,
        rendered_later.dpi,
        rendered_later.text_source,
    )


@pytest.mark.parametrize("every", [True, False])
def test_many_pages_with_images_are_like_each_by_itself(every: bool) -> None:
    """Text layers come many a call, so their pages are rendered after; an image file has its image at once."""
    names = ("invoice.pdf", "phototest.tif", "pdfplumber__issue-1054-example.pdf", "qpdf__issue-101.pdf")
    parts = [(str(DATA / name), [1]) for name in names]
    with PageReader(ReadSettings(engine="text_layer")) as reader:
        read = zip(parts, reader.read_parts_with_images(parts, every=every), strict=True)
        together = [reader.with_image(path, reading, image) for (path, _), (reading, image) in read]
        alone = [reader.read_with_image(path, 1) for path, _ in parts]
    assert [image is None for _, image in alone] == [False, False, False, True]
    for (a, image), (b, other) in zip(together, alone, strict=True):
        assert (a.text, a.dpi, a.blank, a.text_source, a.failure) == (b.text, b.dpi, b.blank, b.text_source, b.failure)
        assert (image is None) == (other is None)
        assert image is None or np.array_equal(image, other)


def test_a_scan_is_laid_out_from_the_image_that_the_parser_holds_or_makes_again() -> None:
    """Between OCR and layout the parser keeps the image; a process that does not have it renders it again."""
    path, sent = str(DATA / "phototest.tif"), []
    with PageReader(ReadSettings(layout=True)) as reader:
        call = reader._parser.call

        def counted(method: str, *args: Any, **options: Any) -> Any:
            sent.append((method, sum(isinstance(arg, np.ndarray) for arg in args)))
            return call(method, *args, **options)

        reader._parser.call = counted  # type: ignore[method-assign]
        held = reader.read(path, 1)
        read = reader._ocr.sandbox.call

        def lost(*args: Any, **options: Any) -> Any:
            found = read(*args, **options)
            reader._parser.close()
            return found

        reader._ocr.sandbox.call = lost  # type: ignore[method-assign]
        again = reader.read(path, 1)
    assert sent == [("read_page_in_steps", 0), ("layout", 0)] * 2
    assert held.failure is None
    assert again.failure is None
    assert len(held.blocks) > 0
    assert (held.blocks.kind, held.lines.text) == (again.blocks.kind, again.lines.text)
    assert np.array_equal(held.blocks.boxes, again.blocks.boxes)


CASES = Path(__file__).parents[2] / "data" / "cases"


def test_a_scan_under_a_digital_header_is_read(reader: PageReader) -> None:
    page = reader.read(str(CASES / "03_scan_under_digital_header.pdf"), 1)
    assert (page.text_source, page.text_source_reason) == ("text_layer", "ink_outside_text")
    text = page.text or ""
    assert text.index("REGISTRY OFFICE") < text.index("DELIVERY NOTE 20731") < text.index("176.10")
    assert set(page.lines.source) == {"text_layer", "rapidocr"}


def test_digits_of_an_ocr_layer_that_ocr_does_not_read_are_not_kept(reader: PageReader) -> None:
    page = reader.read(str(CASES / "04_old_ocr_layer_wrong_digits.pdf"), 1)
    text = page.text or ""
    assert page.text_source_reason == "ocr_layer_confirmed"
    assert all(right in text for right in ("176.10", "48.90", "20731", "Customer Rosenberg Trading"))
    assert not any(wrong in text for wrong in ("116.10", "43.90", "2O73l"))
    assert not np.isnan(page.lines.word_confidence).any()


def test_a_font_with_a_wrong_map_is_read_from_its_pixels(reader: PageReader) -> None:
    page = reader.read(str(CASES / "05_one_font_bad_map.pdf"), 1)
    text = page.text or ""
    assert (page.text_source, page.text_source_reason) == ("text_layer", "font_map_wrong")
    assert text.startswith("INVOICE NUMBER 20731\n")
    assert "4711.50 EUR" in text
    assert "JOWPJDF" not in text


def test_a_font_with_wrong_digits_is_read_from_its_pixels(reader: PageReader, tmp_path: Path) -> None:
    resources, objects = mapped({"3": "8", "8": "3"})
    lines = ("Invoice number 20731", "Total amount due: 4,385.10 EUR", "Payable within thirty days after receipt")
    content = b"".join(shown(line, y=700 - 20 * place) for place, line in enumerate(lines))
    page = reader.read(str(written(tmp_path / "a.pdf", one_page(content, resources) | objects)), 1)
    assert (page.text_source, page.text_source_reason) == ("rapidocr", "font_map_wrong")
    assert (page.text or "").splitlines() == list(lines)


def test_lines_whose_digits_have_no_value_are_read_from_their_pixels(reader: PageReader, tmp_path: Path) -> None:
    resources, objects = mapped(dict.fromkeys("0123456789", "\ufffd"))
    lines = ("Payable within thirty days after receipt", "Item costs 122.31 EUR in all of 2003")
    content = b"".join(shown(line, y=700 - 20 * place) for place, line in enumerate(lines))
    page = reader.read(str(written(tmp_path / "a.pdf", one_page(content, resources) | objects)), 1)
    assert (page.text or "").splitlines() == list(lines)
    assert (page.lines.source, page.text_source_reason) == (["text_layer", "rapidocr"], "font_map_wrong")


@pytest.mark.parametrize("colours", [("white", "#e4e4e4"), ("#0000ff", "#610000")])
def test_print_that_is_faint_or_as_light_as_its_ground_is_read(
    reader: PageReader, tmp_path: Path, colours: tuple[str, str]
) -> None:
    image = Image.new("RGB", (800, 400), colours[0])
    ImageDraw.Draw(image).text((60, 150), "Total 4,711.50 EUR", fill=colours[1], font_size=40)
    image.save(tmp_path / "a.png")
    with pymupdf.open() as document:
        document.new_page(width=400, height=200).insert_image((0, 0, 400, 200), filename=tmp_path / "a.png")
        document.save(tmp_path / "a.pdf")
    for name in ("a.png", "a.pdf"):
        page = reader.read(str(tmp_path / name), 1)
        assert (page.text, page.blank) == ("Total 4,711.50 EUR\n", False)
        assert page.warnings == ("faint_print: contrast",)


@pytest.mark.parametrize(
    ("wrong", "text", "warnings"),
    [
        ({}, "Total 1274.50 for 17 items", ()),
        ({"1": "7", "7": "1"}, "Total 7214.50 for 71 items", ("fonts_doubtful: 5",)),
    ],
)
def test_a_text_layer_that_is_trusted_says_which_words_may_be_others(
    tmp_path: Path, wrong: dict[str, str], text: str, warnings: tuple[str, ...]
) -> None:
    resources, objects = mapped(wrong)
    path = written(tmp_path / "a.pdf", one_page(shown("Total 1274.50 for 17 items"), resources) | objects)
    with PageReader(ReadSettings(engine="text_layer")) as reader:
        alone = reader.read(str(path), 1)
        (together,) = reader.read_many(str(path), [1])
    assert (alone.text, alone.warnings) == (f"{text}\n", warnings)
    assert (together.text, together.warnings) == (f"{text}\n", warnings)


def test_leaders_do_not_condemn_a_text_layer(reader: PageReader) -> None:
    page = reader.read(str(CASES / "15_actualtext_leaders.pdf"), 1)
    assert (page.text_source, page.text_source_reason) == ("text_layer", None)
    assert "Person Number A" in (page.text or "").splitlines()[1]
    assert "\ufffd" not in (page.text or "")


@pytest.mark.parametrize("engine", ["auto", "text_layer"])
def test_hidden_words_are_counted(engine: str) -> None:
    with PageReader(ReadSettings(engine=engine)) as reader:
        (page,) = reader.read_many(str(CASES / "16_text_nobody_sees.pdf"), [1])
    assert page.warnings == ("hidden_text: 13",)
    assert "222" not in (page.text or "")
