"""An output with everything in it that a report or an export can meet, from real readings of real documents.

Answers and charts are written by hand, right ones and wrong ones, since no model runs here.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pymupdf
from docpipe.operators.files.local_copy import sha256_of
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.output.commit import Provenance, commit_batch, write_empty_tables
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run.fingerprint import FINGERPRINT_PATH
from docpipe.pipeline.tables.page_rows import ReadPage, page_tables
from docpipe.schemas.errors import DocumentError, ErrorCode, Failure, Stage
from docpipe.schemas.page import PageReading
from docpipe.schemas.tables import TABLES

from ..shared import writable_copy
from .outputs import QUICKSTART

PROVENANCE = Provenance("run-1", "f" * 32, "t" * 32)
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><b>&amp;\u202e{{ 7 * 7 }}"
HOSTILE_NAME = "<img src=x onerror=alert(1)> & 'quotes'.pdf"
REAL = ("invoice-de.pdf", "receipt-1.jpg", "rotated-page.pdf", "scan-on-its-side.pdf", "state-table.pdf")
BARS = (("2019", 12.5), ("2020", 18.0), ("2021", 7.25), ("2022", 21.0))

Row = dict[str, Any]


def chart_pdf(path: Path) -> list[Row]:
    """A page with a bar chart whose values are printed over the bars; returns the boxes of these labels in shares."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    page.insert_text((120, 40), "Revenue in million euros", fontsize=14)
    boxes = []
    for i, (year, value) in enumerate(BARS):
        x, top = 60 + 80 * i, 240 - 8 * value
        page.draw_rect((x, top, x + 44, 240), fill=(0.2, 0.4, 0.8), color=None)
        page.insert_text((x + 10, 256), year, fontsize=10)
        label = f"{value:.4g}"
        page.insert_text((x + 12, top - 4), label, fontsize=10)
        boxes.append({"x0": (x + 10) / 400, "y0": (top - 15) / 300, "x1": (x + 40) / 400, "y1": (top - 2) / 300})
    page.draw_line((50, 240), (380, 240))
    path.write_bytes(document.tobytes())
    return boxes


def hostile_pdf(path: Path) -> None:
    """Pages with hostile text, with text in other scripts and directions, and a blank one."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    page.insert_text((30, 60), HOSTILE.replace("\u202e", ""), fontsize=8)
    page.insert_text(
        (30, 90), "An ordinary line below it, so that the page has enough text to be believed.", fontsize=9
    )
    scripts = document.new_page(width=400, height=300)
    html = (
        '<p dir="rtl" style="font-size:14px">שלום עולם, זה מסמך לבדיקה של כיוון הכתיבה</p>'
        '<p dir="rtl" style="font-size:14px">مرحبا بالعالم هذا مستند للاختبار</p>'
        '<p style="font-size:14px">これは日本語の文書です。請注意方向。</p>'
        '<p style="font-size:14px">Ordinary words close the page of many scripts.</p>'
    )
    scripts.insert_htmlbox((30, 30, 370, 200), html)
    turned = document.new_page(width=400, height=300)
    turned.insert_text((60, 250), "Words that climb up the page", fontsize=12, rotate=90)
    turned.insert_text((340, 40), "Words that go down the page", fontsize=12, rotate=270)
    turned.insert_text((100, 150), "And a line that lies flat", fontsize=12)
    document.new_page(width=400, height=300)
    path.write_bytes(document.tobytes())


def build_output(folder: Path, settings: ReadSettings | None = None) -> Path:
    """Documents in `folder/in` and the output of reading them in `folder/out`; returns the latter."""
    source = folder / "in"
    source.mkdir(parents=True)
    for name in (*REAL, "broken.pdf"):
        shutil.copy(QUICKSTART / name, source / name)
    hostile_pdf(source / HOSTILE_NAME)
    labels = chart_pdf(source / "chart.pdf")
    store = Store(str(folder / "out"))
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    write_empty_tables(store, PROVENANCE)
    documents, failures = [], []
    with PageReader(settings or ReadSettings(layout=True)) as reader:
        for path in sorted(source.iterdir()):
            try:
                info = reader.probe(str(path))
            except DocumentError as error:
                documents.append(document_row(path, None, error.code.value))
                failures.append(error_row(documents[-1]["document_id"], path, None, error.code.value, error.message))
                continue
            documents.append(document_row(path, info.page_count, None, info.media_type))
            read = [reader.read(str(path), number + 1) for number in range(info.page_count)]
            commit_pages(store, documents[-1]["document_id"], path, read, labels)
    ids = {Path(row["uris"][0]).name: row["document_id"] for row in documents}
    tables = {
        "documents": pa.Table.from_pylist(documents, schema=TABLES["documents"]),
        "errors": pa.Table.from_pylist(failures, schema=TABLES["errors"]),
        "answers": pa.Table.from_pylist(document_answers(store, ids), schema=TABLES["answers"]),
    }
    commit_batch(store, PROVENANCE, "documents", tables)
    return folder / "out"


def own_output(everything: Path, folder: Path) -> Path:
    """The documents and the output of `everything` in `folder`, as if they had been read there; returns the latter."""
    writable_copy(everything.parent, folder)
    for file in (*folder.glob("out/documents/*.parquet"), *folder.glob("out/errors/*.parquet")):
        table = pq.ParquetFile(file).read()
        rows = table.to_pylist()
        for row in rows:
            moved = [str(folder / "in" / Path(uri).name) for uri in row.get("uris") or [row.get("uri")]]
            row |= {"uris": moved} if "uris" in row else {"uri": moved[0]}
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    return folder / "out"


def commit_pages(
    store: Store, document_id: str, path: Path, read: Sequence[PageReading], labels: Sequence[Row]
) -> None:
    """One batch of all pages of a document, the last page of the hostile one having failed."""
    if path.name == HOSTILE_NAME:
        failure = Failure(ErrorCode.TIMEOUT, f"no answer in time {HOSTILE}", Stage.OCR, 1)
        read = [*read[:-1], PageReading(read[-1].page_number, 400.0, 300.0, "pt", failure=failure)]
    tables = page_tables([ReadPage(document_id, str(path), reading) for reading in read], "run-1")
    if path.name == "chart.pdf":
        tables["charts"], tables["chart_points"] = chart_tables(document_id, labels)
    if path.name == HOSTILE_NAME:
        line = tables["lines"].to_pylist()[0]
        evidence = [evidence_row(1, line["bbox"], HOSTILE)]
        hostile = answer_row(document_id, "q-hostile", HOSTILE, HOSTILE, evidence, "exact", 0.9, page_number=1)
        tables["answers"] = pa.Table.from_pylist([hostile], schema=TABLES["answers"])
    commit_batch(store, PROVENANCE, "pages", tables)


def document_answers(store: Store, ids: dict[str, str]) -> list[Row]:
    """A right answer, one in the wrong place, a made-up one, one that was not found, declined, and one that failed."""
    invoice, receipt = ids["invoice-de.pdf"], ids["receipt-1.jpg"]
    number = word_box(store, invoice, "E2018092011804")
    ask = "What is the invoice number?"
    return [
        answer_row(
            invoice,
            "number",
            ask,
            "E2018092011804",
            [evidence_row(1, number, "E2018092011804")],
            "exact",
            0.99,
            second_answer="E2018092011804",
            second_engine="key_value",
            agrees=True,
        ),
        answer_row(
            invoice,
            "date",
            "When was it issued?",
            "20. September 2018",
            [evidence_row(1, {"x0": 0.1, "y0": 0.9, "x1": 0.3, "y1": 0.92}, "20.09.2018")],
            "fuzzy",
            0.81,
            type="date",
            value_date=date(2018, 9, 20),
        ),
        answer_row(
            invoice,
            "iban",
            "What is the IBAN?",
            "DE00 1234",
            [],
            "none",
            0.03,
            tried=["key_value", "internvl2"],
            second_answer="DE99 5678",
            second_engine="verifier",
            agrees=False,
        ),
        answer_row(
            invoice,
            "buyer",
            "Who is the buyer?",
            None,
            [],
            "none",
            None,
            status="declined",
            engine="key_value",
            tried=["key_value"],
            model="",
            prompt_version="",
            confidence=None,
            raw_output="no label is near a name",
        ),
        answer_row(
            receipt, "total", "What is the total?", "99.99", [], "none", 0.02, value_number=99.99, currency="MYR"
        ),
        answer_row(receipt, "vat", "What is the VAT number?", None, [], "none", None, status="not_found"),
        answer_row(
            receipt, "paid", "Is it paid?", None, [], "none", None, status="failed", error_code="truncated_output"
        ),
    ]


def word_box(store: Store, document_id: str, text: str) -> Row:
    """The box of a word that was read."""
    for file in store.list_files("lines"):
        for line in store.read_table(file.path).to_pylist():
            for word in line["words"] or ():
                if line["document_id"] == document_id and text in word["text"]:
                    return word["bbox"]  # type: ignore[no-any-return]
    raise AssertionError(f"{text} was not read")


def document_row(path: Path, pages: int | None, code: str | None, media_type: str | None = None) -> Row:
    digest = sha256_of(str(path))
    return {
        "document_id": digest[:32],
        "uris": [str(path)],
        "content_sha256": digest,
        "media_type": media_type,
        "size_bytes": path.stat().st_size,
        "page_count": pages,
        "status": "failed" if code else ("partial" if path.name == HOSTILE_NAME else "ok"),
        "error_code": code,
        "run_id": "run-1",
    }


def error_row(document_id: str, path: Path, page: int | None, code: str, message: str) -> Row:
    return {
        "document_id": document_id,
        "uri": str(path),
        "page_number": page,
        "stage": Stage.READ.value,
        "code": code,
        "message": message,
        "attempts": 1,
        "run_id": "run-1",
        "failed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }


def evidence_row(page: int, box: Row, text: str) -> Row:
    return {"page_number": page, "bbox": box, "text": text, "line_id": None}


def answer_row(
    document_id: str,
    question_id: str,
    question: str,
    answer: str | None,
    evidence: list[Row],
    grounding: str,
    support: float | None,
    **more: Any,
) -> Row:
    return {
        "document_id": document_id,
        "page_number": evidence[0]["page_number"] if evidence else None,
        "question_id": question_id,
        "question": question,
        "type": "string",
        "status": "answered",
        "answer": answer,
        "confidence": 0.87,
        "evidence": evidence,
        "grounding": grounding,
        "support": support,
        "tried": ["internvl2"],
        "engine": "internvl2",
        "model": "InternVL2-2B",
        "prompt_version": "1",
        "raw_output": answer,
        "attempts": 1,
        "run_id": "run-1",
        **more,
    }


def chart_tables(document_id: str, labels: Sequence[Row]) -> tuple[pa.Table, pa.Table]:
    """The bar chart with one value read wrong (no evidence), a chart of each other type, and one that failed."""
    read = [(year, value if year != "2021" else 70.25) for year, value in BARS]
    chart = {
        "document_id": document_id,
        "page_number": 1,
        "chart_id": "chart-bar",
        "bbox": {"x0": 0.1, "y0": 0.05, "x1": 0.97, "y1": 0.9},
        "chart_type": "bar",
        "title": "Revenue in million euros",
        "y_label": "million euros",
        "columns": ["year", "revenue"],
        "rows": [[year, f"{value:.4g}"] for year, value in read],
        "status": "ok",
        "tried": ["internvl2"],
        "confidence": 0.8,
        "support": 0.75,
        "source": "figure",
        "engine": "internvl2",
        "model": "InternVL2-2B",
        "prompt_version": "1",
        "attempts": 1,
        "run_id": "run-1",
    }
    series = {
        "columns": ["year", "north", HOSTILE],
        "rows": [[str(2000 + i), f"{3 * i + 1}", f"1{i},500"] for i in range(9)],
        "title": HOSTILE,
    }
    others = [
        {**chart, **series, "chart_id": f"chart-{kind}", "chart_type": kind, "bbox": None, "support": None}
        for kind in ("line", "pie", "scatter", "area", "table", "other")
    ]
    failed = {
        **chart,
        "chart_id": "chart-failed",
        "columns": [],
        "rows": [],
        "status": "failed",
        "error_code": "bad_output",
        "title": None,
    }
    points = [
        {
            "document_id": document_id,
            "page_number": 1,
            "chart_id": "chart-bar",
            "series": "revenue",
            "x": year,
            "x_number": float(year),
            "y": value,
            "bbox": None if year == "2021" else box,
            "grounding": "none" if year == "2021" else "exact",
            "support": 0.04 if year == "2021" else 0.96,
        }
        for (year, value), box in zip(read, labels, strict=True)
    ]
    return (
        pa.Table.from_pylist([chart, *others, failed], schema=TABLES["charts"]),
        pa.Table.from_pylist(points, schema=TABLES["chart_points"]),
    )
