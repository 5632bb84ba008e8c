"""The programs of `examples/`, as a user runs them, on documents of the quickstart."""

import csv
import re
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import docpipe
import pyarrow.parquet as pq
import pytest

from ..pipeline.knowing_server import serving
from ..pipeline.outputs import QUICKSTART, write_job

EXAMPLES = Path(__file__).parents[2] / "examples"
Example = Callable[..., str]

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for name in ("invoice-de.pdf", "broken.pdf", "receipt-1.jpg"):
        shutil.copy(QUICKSTART / name, folder / name)
    return folder


@pytest.fixture
def example(ray: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Example:
    def run(name: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def asked(ray: str, documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output with answers: one that is printed in the invoice, and one that is printed nowhere."""
    folder = tmp_path_factory.mktemp("asked")
    questions = [
        {"id": "number", "ask": "What is the invoice number?"},
        {"id": "total", "ask": "What is the total?", "type": "money"},
    ]
    with serving(lambda prompt: "E2018092011804" if "number" in prompt else "987654.31 EUR") as server:
        job = write_job(
            folder,
            inputs={"paths": [str(documents)]},
            tasks={"ocr": {"engine": "auto"}, "docvqa": {"engine": "m", "questions": questions}},
            engines={"m": {"kind": "openai", "base_url": server.url, "model": "knowing-1"}},
        )
        summary = docpipe.run(docpipe.load_job(job))
    assert summary.answers == 4
    return folder / "out"


def test_run_a_job(example: Example, documents: Path, tmp_path: Path) -> None:
    job = write_job(tmp_path, inputs={"paths": [str(documents)]})
    said = example("run_a_job.py", job, tmp_path / "out")
    assert "3 pages read, 0 failed, 0 done before" in said
    assert "more failed than the job allows: 1 of 3 documents failed" in said
    assert "invoice-de.pdf: ok, 2 pages" in said
    assert "  unreadable: " in said
    assert "0 pages read, 0 failed, 3 done before" in example("run_a_job.py", job, tmp_path / "out")


def test_ray_pipeline(example: Example, documents: Path, tmp_path: Path) -> None:
    said = example("ray_pipeline.py", documents, tmp_path / "amounts")
    rows = pq.read_table(tmp_path / "amounts").sort_by([("uri", "ascending"), ("page_number", "ascending")]).to_pylist()
    assert [(Path(row["uri"]).name, row["page_number"], row["text_source"], row["error_code"]) for row in rows] == [
        ("broken.pdf", None, "none", "unreadable"),
        ("invoice-de.pdf", 1, "text_layer", None),
        ("invoice-de.pdf", 2, "text_layer", None),
        ("receipt-1.jpg", 1, "rapidocr", None),
    ]
    assert re.search(r"^4 rows, ", said, re.MULTILINE)
    assert said.rstrip().endswith("1 failures")
    assert rows[1]["amounts"] == 5


def test_answers_to_duckdb(example: Example, asked: Path) -> None:
    said = example("answers_to_duckdb.py", asked)
    assert any(line.split()[:3] == ["number", "2", "2"] for line in said.splitlines())
    assert any(line.split()[:3] == ["invoice-de.pdf", "E2018092011804", "987654.31"] for line in said.splitlines())


def test_review_list(example: Example, asked: Path, tmp_path: Path) -> None:
    example("review_list.py", asked, tmp_path / "review.csv", 0.5)
    with (tmp_path / "review.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {(Path(row["file"]).name, row["question"]) for row in rows}
    assert ("invoice-de.pdf", "What is the invoice number?") not in found
    assert {("invoice-de.pdf", "What is the total?"), ("receipt-1.jpg", "What is the total?")} <= found
    supports = [float(row["support"]) for row in rows]
    assert supports == sorted(supports)
