"""`docpipe read` gives the rows of a run, page by page, and tells what could not be read."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import fsspec
import psutil
import pyarrow.parquet as pq
import pytest
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.reading.timing import StageSeconds
from docpipe.pipeline.commands import read_print
from docpipe.pipeline.commands.read import file_reader, plan_file, read, rows_of_pages
from docpipe.pipeline.commands.read_print import print_files, printer
from docpipe.pipeline.export.jsonl import json_line
from docpipe.schemas.errors import ErrorCode, Failure, InvalidJobError, JobBrokenError, MissingResourceError, Stage
from docpipe.schemas.page import PageReading
from docpipe.schemas.tables import TABLES
from PIL import Image, ImageDraw

from ..outputs import DOCPIPE, QUICKSTART, Docpipe, cli, pdf, run, tiff, without_traceback, write_job

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
INVOICE = DOCUMENTS / "invoice.pdf"
ENCRYPTED = DOCUMENTS / "sample-files__libreoffice-writer-password.pdf"
BROKEN = QUICKSTART / "broken.pdf"

PASSING = {"run_id", "seconds", "failed_at"}
"""Columns in which two readings of the same file differ."""


def printed(*files: Path | str, to: str = "markdown", layout: bool = False) -> tuple[int, str, list[str]]:
    """Exit code, output and warnings of a command in this process."""
    out: list[str] = []
    warned: list[str] = []
    with file_reader(layout=layout, passwords_env=None) as reader:
        code = print_files(reader, [str(file) for file in files], printer(to, out.append, len(files)), warned.append)
    return code, "".join(out), warned


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def lasting(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Rows as text, in an order of their own, without what differs from run to run."""
    return sorted(json_line({name: value for name, value in row.items() if name not in PASSING}) for row in rows)


def fails_on(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page of each document crashes the parser."""
    whole = PageReader.read_parts

    def read_parts(
        reader: PageReader, parts: Sequence[tuple[str, Sequence[int]]], spent: StageSeconds
    ) -> Iterator[PageReading]:
        for reading in whole(reader, parts, spent):
            crash = Failure(ErrorCode.CRASHED, "the parser crashed", Stage.READ, 3)
            yield PageReading(page, failure=crash) if reading.page_number == page else reading

    monkeypatch.setattr(PageReader, "read_parts", read_parts)


@pytest.mark.slow
def test_rows_are_those_of_a_run(tmp_path: Path, ray: str) -> None:
    names = (
        "text-with-figure.pdf",
        "pollutant-thresholds.pdf",
        "population-by-age.pdf",
        "receipt-1.jpg",
        "scan-on-its-side.pdf",
        "broken.pdf",
    )
    files = [QUICKSTART / name for name in names] + [ENCRYPTED]
    tasks = {"ocr": {"engine": "auto"}, "chart": {"engine": "vector"}, "table": {"engine": "grid"}}
    run(write_job(tmp_path, inputs={"paths": [str(file) for file in files]}, tasks=tasks, layout="off"), ray)
    code, text, _ = printed(*files, to="json")
    found = objects(text)
    assert (code, len(found)) == (3, len(files))
    assert all(list(entry) == list(TABLES) for entry in found)
    for table in TABLES:
        parts = (tmp_path / "out" / table).glob("*.parquet")
        of_run = [row for part in parts for row in pq.read_table(part).to_pylist()]
        of_read = [row for entry in found for row in entry[table]]
        assert lasting(of_read) == lasting(of_run), table
    assert {row["run_id"] for entry in found for row in entry["pages"]} == {""}
    assert {row["text_source"] for entry in found for row in entry["pages"]} == {"text_layer", "rapidocr"}


def test_python_gives_pages_lines_and_boxes() -> None:
    result = read(INVOICE)
    assert (result.document.status, result.document.page_count, result.documents) == ("ok", 1, (result.document,))
    (page,) = result.pages
    assert page.text is not None
    assert "Beitragsrechnung zur Kraftfahrtversicherung" in page.text
    assert page.text == "".join(f"{line.text}\n" for line in page.lines) == result.text
    assert all(line.box is not None and 0 <= line.box.x0 < line.box.x1 <= 1 for line in result.lines)
    assert {line.block_id for line in result.lines} == {block.block_id for block in result.blocks}
    assert (result.answers, result.charts, result.errors) == ((), (), ())
    with pytest.raises(FrozenInstanceError):
        page.text = ""  # type: ignore[misc]


def test_one_file_is_printed_bare_and_several_under_their_names(tmp_path: Path) -> None:
    one = pdf(tmp_path / "a_one.pdf", "only page")
    two = pdf(tmp_path / "two.pdf", "first page", "# second page")
    assert printed(one) == (0, "only page\n", [])
    pages = "<!-- page 1 -->\n\nfirst page\n\n<!-- page 2 -->\n\n\\# second page\n"
    assert printed(two) == (0, pages, [])
    assert read(two).markdown == pages
    assert printed(one, two) == (0, f"# a\\_one.pdf\n\nonly page\n\n# two.pdf\n\n{pages}", [])


def test_a_blank_document_prints_nothing_and_is_well(tmp_path: Path) -> None:
    assert printed(pdf(tmp_path / "blank.pdf", "")) == (0, "", [])


def test_tables_with_rulings_and_charts_are_printed_without_the_layout_model() -> None:
    ruled = read(QUICKSTART / "pollutant-thresholds.pdf")
    assert len(ruled.tables) == 7
    # Each cell is printed once, in its table.
    assert ruled.markdown.count("Hydrogen Cyanide (HCN)") == 1
    assert "\n| Hydrogen Cyanide (HCN) | 200 | - | - |\n" in ruled.markdown
    (chart,) = read(QUICKSTART / "population-by-age.pdf").charts
    assert (chart.chart_type, len(chart.points)) == ("bar", 15)


def test_layout_makes_titles_and_tables() -> None:
    result = read(str(INVOICE), layout=True)
    assert {"title", "table"} <= {block.kind for block in result.blocks}
    assert "\n## " in result.markdown
    assert "| --- |" in result.markdown


def test_a_receipt_without_a_text_layer_is_read_by_ocr() -> None:
    (page,) = read(QUICKSTART / "receipt-1.jpg").pages
    assert (page.text_source, page.unit) == ("rapidocr", "px")
    assert page.confidence is not None
    assert len(page.lines) > 10


def test_files_that_cannot_be_read_are_named_and_the_others_are_printed(docpipe: Docpipe, tmp_path: Path) -> None:
    good = pdf(tmp_path / "good.pdf", "good page")
    ran = docpipe("read", BROKEN, tmp_path / "missing.pdf", good, tmp_path, ENCRYPTED)
    assert (ran.returncode, ran.stdout) == (3, "# good.pdf\n\ngood page\n")
    told = ran.stderr.splitlines()
    assert len(told) == 4
    for line, name, why in zip(
        told,
        (BROKEN, tmp_path / "missing.pdf", tmp_path, ENCRYPTED),
        ("damaged", "no such file", "not a regular file", "--passwords-env"),
        strict=True,
    ):
        assert line.startswith(f"docpipe: {name}: ")
        assert why in line


def test_in_json_every_file_has_its_line(tmp_path: Path) -> None:
    good = pdf(tmp_path / "good.pdf", "good page")
    code, text, warned = printed(BROKEN, good, to="json")
    failed, well = objects(text)
    assert (code, len(warned)) == (3, 1)
    assert [row["status"] for row in failed["documents"]] == ["failed"]
    assert [(row["code"], row["page_number"]) for row in failed["errors"]] == [("unreadable", None)]
    assert failed["pages"] == well["errors"] == []
    assert [row["text"] for row in well["pages"]] == ["good page\n"]
    assert [row["document_id"] for row in well["documents"]] == [row["document_id"] for row in well["lines"]]


def test_much_json_waits_on_disk_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pdf(tmp_path / "a.pdf", *(f"page {number} €" for number in range(1, 9)))
    monkeypatch.setattr(read_print, "_IN_MEMORY", 10)
    monkeypatch.setattr(read_print, "_CHUNK", 7)
    (entry,) = objects(printed(file, to="json")[1])
    assert [row["text"] for row in entry["pages"]] == [page.text for page in read(file).pages]
    assert [row["page_number"] for row in entry["lines"]] == list(range(1, 9))


def test_a_page_that_cannot_be_read_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pdf(tmp_path / "a.pdf", "first page", "second page")
    fails_on(1, monkeypatch)
    code, text, warned = printed(file)
    assert (code, warned) == (3, [f"{file}: page 1: crashed: the parser crashed"])
    assert "*This page could not be read: crashed*" in text
    assert "second page" in text
    result = read(file)
    assert (result.document.status, [page.status for page in result.pages]) == ("partial", ["failed", "ok"])
    assert [(error.page_number, error.code, error.attempts) for error in result.errors] == [(1, "crashed", 3)]


def test_a_document_of_failed_pages_only_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "cut.jpg"
    file.write_bytes((QUICKSTART / "receipt-1.jpg").read_bytes()[:300])
    with pytest.raises(JobBrokenError, match=r"cut\.jpg"):
        read(file)
    code, text, warned = printed(file, to="json")
    assert (code, len(warned)) == (1, 1)
    assert [row["status"] for row in objects(text)[0]["documents"]] == ["failed"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "Missing argument"),
        (["no-such-file.pdf"], 4, "no-such-file.pdf: no such file"),
        (["nosuch://bucket/a.pdf"], 4, "nosuch://bucket/a.pdf: "),
        ([BROKEN], 1, "broken.pdf: the document is damaged"),
        ([DOCUMENTS], 2, "not a regular file"),
        ([ENCRYPTED], 4, "--passwords-env"),
        ([INVOICE, "--passwords-env", "NO_SUCH_VARIABLE"], 4, "--passwords-env: the environment has no variable"),
        ([INVOICE, "--to", "html"], 2, "--to html: is not one of markdown, json"),
        ([INVOICE, "--ask", "What is the total?", "--type", "sum"], 2, "--type sum: is not one of string, number"),
        ([INVOICE, "--ask", "Which?", "--type", "choice"], 2, "--type choice needs the choices"),
        ([INVOICE, "--ask", " "], 2, "--ask: the question is empty"),
        ([INVOICE, "--type", "money"], 2, "--type is the type of a question"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    docpipe: Docpipe, arguments: list[str | Path], code: int, says: str
) -> None:
    ran = docpipe("read", *arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert says in ran.stderr
    without_traceback(ran.stderr)


def test_python_raises_what_the_command_says(tmp_path: Path) -> None:
    with pytest.raises(InvalidJobError, match="--type sum"):
        read(INVOICE, ask={"total": "What is the total?"}, answer_type="sum")
    with pytest.raises(MissingResourceError, match=r"missing\.pdf: no such file"):
        read(tmp_path / "missing.pdf")
    with pytest.raises(JobBrokenError, match=r"broken\.pdf: the document is damaged"):
        read(BROKEN)
    with pytest.raises(InvalidJobError, match="not a regular file"):
        read(tmp_path)


def test_questions_are_answered_from_the_words_of_the_file(docpipe: Docpipe) -> None:
    asked = ("--ask", "What is the total amount?", "--ask", "What is the passport number?")
    ran = docpipe("read", QUICKSTART / "invoice-fr.pdf", *asked)
    assert ran.returncode == 0
    total, passport = ran.stdout.splitlines()[-2:]
    assert total.startswith("- What is the total amount? **671,15 €** (page 1, box 0.8")
    assert float(total.rsplit("confidence ", 1)[1].rstrip(")")) >= 0.9
    assert passport.startswith("- What is the passport number? declined (")
    (row,) = objects(docpipe("read", QUICKSTART / "invoice-fr.pdf", "--to", "json", *asked[:2]).stdout)
    (answer,) = row["answers"]
    assert (answer["question_id"], answer["type"]) == ("q1", "money")
    assert (answer["value_number"], answer["currency"]) == (671.15, "EUR")
    assert (answer["engine"], answer["tried"], answer["grounding"]) == ("key_value", ["key_value"], "exact")


def test_python_asks_with_ids_of_its_own() -> None:
    result = read(QUICKSTART / "invoice-fr.pdf", ask={"number": "What is the invoice number?", "why": "Why is it so?"})
    number, why = result.answers
    assert (number.question_id, number.answer, number.status) == ("number", "FA-2017-0010", "answered")
    assert number.evidence[0].page_number == 1
    assert (why.status, why.answer) == ("declined", None)


def test_an_encrypted_document_opens_with_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORDS", "wrong\nopenpassword")
    assert read(ENCRYPTED, passwords_env="PASSWORDS").text.strip()


def test_a_remote_file_is_read_and_named_by_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = fsspec.filesystem("memory")
    store.pipe("/read/a.pdf", pdf(tmp_path / "a.pdf", "far page").read_bytes())
    result = read("memory://read/a.pdf")
    assert (result.text, result.document.uris) == ("far page\n", ("memory:///read/a.pdf",))
    with pytest.raises(MissingResourceError, match=r"memory://read/b\.pdf: no such file"):
        read("memory://read/b.pdf")


def test_pages_come_as_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pdf(tmp_path / "a.pdf", *(f"page {number}" for number in range(1, 301)))
    whole, taken = PageReader.read_parts, []

    def counted(
        reader: PageReader, parts: Sequence[tuple[str, Sequence[int]]], spent: StageSeconds
    ) -> Iterator[PageReading]:
        for reading in whole(reader, parts, spent):
            taken.append(reading.page_number)
            yield reading

    monkeypatch.setattr(PageReader, "read_parts", counted)
    with file_reader(layout=False, passwords_env=None) as reader:
        pages = rows_of_pages(reader, plan_file(reader, str(file)))
        for number in (1, 2, 3):
            assert next(pages).number == number
            assert taken == list(range(1, number + 1))


def test_the_command_imports_neither_ray_nor_the_parser_and_writes_nothing(tmp_path: Path) -> None:
    file = pdf(tmp_path / "in" / "a.pdf", "only page")
    (tmp_path / "tmp").mkdir()
    code = (
        "import sys\nfrom docpipe.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'ray', 'torch', 'pymupdf', 'onnxruntime', 'cv2', 'duckdb'} & set(sys.modules)\n"
        "sys.exit(f'{code} {sorted(heavy)}')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "read", str(file)],
        cwd=tmp_path / "in",
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.stdout, ran.stderr.strip()) == ("only page\n", "0 []")
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["in", "a.pdf", "tmp"]


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    file = pdf(tmp_path / "a.pdf", "10 \u00a3")
    ran = cli("read", file, text=False, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (ran.returncode, ran.stdout.decode()) == (0, "10 £\n")


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DOCPIPE, "read", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where the tests run in the background, a shell has told them to ignore Ctrl-C, and they would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    file = pdf(tmp_path / "a.pdf", *("some text of a page " * 5 for _ in range(2000)))
    process = started(file)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "<!-- page 1 -->\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=120) == 0


def test_ctrl_c_ends_with_130_and_takes_the_children_along(tmp_path: Path) -> None:
    frames = [Image.new("L", (1000, 600), 255) for _ in range(40)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).text((60, 60), f"page {number}", fill=0, font_size=40)
    process = started(tiff(tmp_path / "a.tif", *frames))
    assert process.stdout is not None
    assert process.stdout.readline() == "<!-- page 1 -->\n"
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "interrupted" in stderr
    without_traceback(stderr)
    assert psutil.wait_procs(children, timeout=60)[1] == []
