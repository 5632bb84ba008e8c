"""`docpipe locate` finds texts in real documents and answers in the contract's form."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from docpipe.operators.grounding.ground import GroundingKind
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.commands.locate import locate, read_texts
from docpipe.schemas.errors import ErrorCode, Failure, InvalidJobError, JobBrokenError, MissingResourceError, Stage
from docpipe.schemas.page import PageReading

from ..outputs import QUICKSTART, Docpipe, pdf, without_traceback

DATA = Path(__file__).parents[2] / "data"
INVOICE = DATA / "documents" / "invoice.pdf"


def _fields(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "documents" / name).read_text().splitlines()]


def test_the_fields_of_an_invoice_are_found_at_their_published_boxes() -> None:
    fields = _fields("invoice.jsonl")
    location = locate(str(INVOICE), [field["answers"][0] for field in fields])
    for field, (text, grounding) in zip(fields, location.texts, strict=True):
        assert grounding.kind == GroundingKind.EXACT, text
        assert grounding.support is not None
        assert grounding.support > 0.9
        width, height = field["width"], field["height"]
        place = grounding.places[0]
        middle = ((place.box[0] + place.box[2]) / 2 * width, (place.box[1] + place.box[3]) / 2 * height)
        assert any(
            true["page"] == place.page_number
            and true["box"][0] <= middle[0] <= true["box"][2]
            and true["box"][1] <= middle[1] <= true["box"][3]
            for true in field["boxes"]
        ), text


def test_a_receipt_without_a_text_layer_is_read_by_ocr() -> None:
    found, missing = locate(str(QUICKSTART / "receipt-1.jpg"), ["total", "no such words on it"]).texts
    assert found[1].kind in (GroundingKind.EXACT, GroundingKind.FUZZY)
    assert missing[1].kind == GroundingKind.NONE


def test_json_is_one_object_a_text_and_nothing_else(docpipe: Docpipe, tmp_path: Path) -> None:
    document = pdf(tmp_path / "a.pdf", "first page 12.50", "second page 99.10")
    (tmp_path / "texts.txt").write_text("second page\n\n12,50\n")
    ran = docpipe("locate", document, "FIRST page", "--from", tmp_path / "texts.txt", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [row["text"] for row in rows] == ["FIRST page", "second page", "", "12,50"]
    assert all(list(row) == ["text", "grounding", "support", "evidence"] for row in rows)
    assert [row["grounding"] for row in rows] == ["exact", "exact", "none", "fuzzy"]
    assert rows[2]["support"] is None
    evidence = rows[1]["evidence"][0]
    assert list(evidence) == ["page_number", "bbox", "text"]
    assert (evidence["page_number"], evidence["text"]) == (2, "second page")
    box = evidence["bbox"]
    assert 0 <= box["x0"] < box["x1"] <= 1
    assert 0 <= box["y0"] < box["y1"] <= 1


def test_people_see_page_box_support_and_the_evidence(docpipe: Docpipe, tmp_path: Path) -> None:
    document = pdf(tmp_path / "a.pdf", "first page", "second page")
    shown = docpipe("locate", document, "Second Page", "third page")
    assert shown.returncode == 0
    assert "exact, support 0.99" in shown.stdout
    assert "page 2  0." in shown.stdout
    assert "none, support 0.0" in shown.stdout


def test_one_page_can_be_looked_at_alone(tmp_path: Path) -> None:
    document = pdf(tmp_path / "a.pdf", "same words", "same words")
    assert locate(str(document), ["same words"]).texts[0][1].places[0].page_number == 1
    assert locate(str(document), ["same words"], page=2).texts[0][1].places[0].page_number == 2


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = pdf(tmp_path / "a.pdf", "first page", "second page")
    whole = PageReader.read_many

    def first_page_crashes(reader: PageReader, path: str, pages: Sequence[int]) -> Iterator[PageReading]:
        yield PageReading(1, failure=Failure(ErrorCode.CRASHED, "the parser crashed", Stage.READ))
        yield from whole(reader, path, pages[1:])

    monkeypatch.setattr(PageReader, "read_many", first_page_crashes)
    location = locate(str(document), ["second page"])
    assert location.texts[0][1].places[0].page_number == 2
    assert location.failures == (f"{document}: page 1: crashed: the parser crashed",)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([INVOICE], 2, "no text is given"),
        (["no-such-file.pdf", "x"], 4, "no-such-file.pdf: no such file"),
        ([INVOICE, "x", "--page", "99"], 2, "there is no page 99"),
        ([INVOICE, "x", "--page", "0"], 2, "--page"),
        ([INVOICE, "--from", "no-such-texts.txt"], 4, "no-such-texts.txt"),
        ([QUICKSTART / "broken.pdf", "x"], 1, "broken.pdf"),
        ([DATA, "x"], 2, "folder"),
        ([DATA / "documents" / "sample-files__libreoffice-writer-password.pdf", "x"], 4, "--passwords-env"),
        ([INVOICE, "x", "--passwords-env", "NO_SUCH_VARIABLE"], 4, "NO_SUCH_VARIABLE"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    docpipe: Docpipe, arguments: list[str | Path], code: int, says: str
) -> None:
    ran = docpipe("locate", *arguments, "--json")
    assert (ran.returncode, ran.stdout) == (code, "")
    assert says in ran.stderr
    without_traceback(ran.stderr)


def test_an_encrypted_document_opens_with_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORDS", "wrong\nopenpassword")
    file = DATA / "documents" / "sample-files__libreoffice-writer-password.pdf"
    assert locate(str(file), ["document"], passwords_env="PASSWORDS").texts[0][1].support is not None


def test_texts_come_one_a_line_whatever_ends_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_bytes("\ufeffeins\r\n\r\nzwei".encode())
    assert read_texts(str(file)) == ["eins", "", "zwei"]
    file.write_bytes(b"")
    assert read_texts(str(file)) == []
    file.write_bytes(b"good\nb\xffd\n")
    with pytest.raises(InvalidJobError, match=r"texts\.txt:2: .*UTF-8"):
        read_texts(str(file))
    with pytest.raises(MissingResourceError, match="No such file"):
        read_texts(str(tmp_path / "other.txt"))


def test_a_document_of_failed_pages_only_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "cut.jpg"
    file.write_bytes((QUICKSTART / "receipt-1.jpg").read_bytes()[:300])
    with pytest.raises(JobBrokenError, match=r"cut\.jpg"):
        locate(str(file), ["x"])
