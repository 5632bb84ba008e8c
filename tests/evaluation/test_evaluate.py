"""`docpipe eval`: an output that says what the labels say is perfect, and every mistake costs its own figure."""

import copy
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from docpipe.cli import app
from docpipe.evaluation.evaluate import evaluate, evaluation_text
from docpipe.evaluation.synthetic.folder import write_folder
from docpipe.evaluation.synthetic.fonts import built_in_faces
from docpipe.pipeline.output.commit import Provenance, commit_batch, write_empty_tables
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.tables import TABLES
from typer.testing import CliRunner

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled") / "documents"
    write_folder(folder, ["receipt", "form", "bar", "line"], 8, 3, built_in_faces(), 0.0)
    return folder


def labels(folder: Path) -> list[Path]:
    return [folder / f"{name}.jsonl" for name in ("ocr", "qa", "charts")]


def perfect(folder: Path) -> Rows:
    """Rows of tables that say exactly what the labels say."""
    rows: Rows = {"documents": [], "pages": [], "lines": [], "answers": [], "chart_points": []}

    def read(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]

    def box(sides: list[float], row: dict[str, Any]) -> dict[str, float]:
        size = (row["width"], row["height"]) * 2
        return {name: side / whole for name, side, whole in zip(("x0", "y0", "x1", "y1"), sides, size, strict=True)}

    for page in read("ocr"):
        key = {"document_id": page["file"], "page_number": 1}
        rows["documents"].append(
            {"document_id": page["file"], "uris": [f"file:///scans/{page['file']}"], "status": "ok", "run_id": "r"}
        )
        text = "\n".join(line["text"] for line in page["lines"])
        size = {"width": page["width"], "height": page["height"], "unit": "px"}
        rows["pages"].append(
            {**key, **size, "status": "ok", "text": text, "text_source": "test", "seconds": 0.0, "run_id": "r"}
        )
        for place, line in enumerate(page["lines"]):
            rows["lines"].append(
                {
                    **key,
                    "line_id": f"{page['file']}-{place}",
                    "reading_order": place,
                    "text": line["text"],
                    "bbox": box(line["box"], page),
                    "source": "test",
                }
            )
    for place, question in enumerate(read("qa")):
        known = bool(question["answers"])
        evidence = [{"page_number": 1, "bbox": box(sides, question), "text": ""} for sides in question["boxes"][:1]]
        rows["answers"].append(
            {
                **{"document_id": question["file"], "page_number": 1, "question_id": str(place)},
                **{"question": question["question"], "type": "string", "engine": "e", "model": "m", "attempts": 1},
                **{"prompt_version": "1", "run_id": "r", "grounding": "exact", "evidence": evidence},
                "status": "answered" if known else "not_found",
                "answer": question["answers"][0] if known else None,
                "confidence": 0.9 if known else 0.5,
            }
        )
    for chart in read("charts"):
        for row in chart["rows"]:
            rows["chart_points"].append(
                {
                    **{"document_id": chart["file"], "page_number": 1, "chart_id": chart["file"], "grounding": "none"},
                    "x": row[0],
                    "y": float(row[1]),
                    # As the product does: the axis' title where there is one series.
                    "series": row[2] if len(row) > 2 else chart["header"][1],
                }
            )
    return rows


def write(folder: Path, rows: Rows) -> str:
    store = Store(str(folder))
    provenance = Provenance("r", "f", "t")
    write_empty_tables(store, provenance)
    tables = {name: pa.Table.from_pylist(entries, schema=TABLES[name]) for name, entries in rows.items()}
    documents = tables.pop("documents")
    commit_batch(store, provenance, "pages", tables)
    commit_batch(store, provenance, "documents", {"documents": documents})
    return str(folder)


def test_what_the_labels_say_is_perfect(labelled: Path, tmp_path: Path) -> None:
    result = evaluate(write(tmp_path / "out", perfect(labelled)), labels(labelled))
    text, answers, charts = result["text"], result["answers"], result["charts"]
    assert (text["pages"], text["pages_missing"], text["character_error_rate"], text["word_f1"]) == (8, 0, 0, 1)
    assert text["box_recall_at_0.5"] == 1
    assert answers["anls"] == answers["exact_match"] == answers["not_found_recall"] == 1
    assert answers["evidence_precision_at_0.5"] == 1
    assert answers["questions_not_asked"] == 0
    assert answers["confidence"]["auc"] is None
    assert charts["values_within_5_percent"] == charts["values_f1"] == 1
    assert "character error rate" in evaluation_text(result)


def test_a_question_that_was_declined_costs_coverage_and_no_precision(labelled: Path, tmp_path: Path) -> None:
    rows = copy.deepcopy(perfect(labelled))
    whole = evaluate(write(tmp_path / "whole", rows), labels(labelled))["answers"]
    known = [row for row in rows["answers"] if row["status"] == "answered"]
    assert whole["precision"] == 1
    assert whole["coverage"] == pytest.approx(len(known) / len(rows["answers"]), abs=1e-3)
    known[0].update(status="declined", answer=None, evidence=[])
    next(row for row in rows["answers"] if row["status"] == "not_found").update(status="declined")
    known[1].update(answer="quite another thing")
    part = evaluate(write(tmp_path / "part", rows), labels(labelled))["answers"]
    assert part["coverage"] < whole["coverage"]
    assert part["precision"] == pytest.approx((len(known) - 2) / (len(known) - 1), abs=1e-3)
    assert part["not_found_recall"] == 1


def test_each_mistake_costs_its_own_figure(labelled: Path, tmp_path: Path) -> None:
    rows = copy.deepcopy(perfect(labelled))
    rows["pages"][0]["text"] = "nothing of it"
    answered = [row for row in rows["answers"] if row["status"] == "answered"]
    answered[0].update(answer="quite another thing", confidence=0.1)
    next(row for row in rows["answers"] if row["status"] == "not_found").update(status="answered", answer="invented")
    moved = next(row for row in answered if row["evidence"])
    moved["evidence"][0]["bbox"] = {"x0": 0.0, "y0": 0.0, "x1": 0.001, "y1": 0.001}
    rows["chart_points"][0]["y"] *= 1.2
    result = evaluate(write(tmp_path / "out", rows), labels(labelled))
    assert 0 < result["text"]["character_error_rate"] < 1
    assert result["answers"]["exact_match"] < 1
    assert result["answers"]["not_found_recall"] < 1
    assert result["answers"]["evidence_precision_at_0.5"] < 1
    assert result["answers"]["confidence"]["auc"] > 0.5
    assert 0.5 < result["charts"]["values_within_5_percent"] < 1


def test_labels_in_pixels_without_a_size_take_the_pages_own(labelled: Path, tmp_path: Path) -> None:
    stripped = []
    for line in (labelled / "qa.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        stripped.append(json.dumps({key: value for key, value in row.items() if key not in ("width", "height")}))
    (tmp_path / "qa.jsonl").write_text("\n".join(stripped), encoding="utf-8")
    result = evaluate(write(tmp_path / "out", perfect(labelled)), [tmp_path / "qa.jsonl"])
    assert result["answers"]["evidence_precision_at_0.5"] == 1


def test_rows_of_a_batch_that_was_never_committed_do_not_count(labelled: Path, tmp_path: Path) -> None:
    rows = perfect(labelled)
    output = write(tmp_path / "out", rows)
    stray = pa.Table.from_pylist([{**rows["lines"][0], "line_id": "stray"}], schema=TABLES["lines"])
    Store(output).write_table("lines/part-stray.parquet", stray, {})
    before = len(rows["lines"])
    assert evaluate(output, labels(labelled))["text"]["boxes"] == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"labels.jsonl:1: is no row of labels"),
        ('{"page": 1}', r"labels.jsonl:1: key 'file' is missing"),
        ('{"file": "a.png"}', r"labels.jsonl:1: is no row of labels: none of the keys"),
        ('{"file": "a.png", "question": "?"}', r"key 'answers' is missing"),
        ("", r"labels.jsonl: no row of labels in it"),
        ('{"file": "other.png", "text": "x"}', r"holds none of the labelled files, other.png"),
    ],
)
def test_a_mistake_in_the_labels_is_named(content: str, message: str, labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(content, encoding="utf-8")
    output = write(tmp_path / "out", perfect(labelled))
    with pytest.raises(InvalidJobError, match=message):
        evaluate(output, [tmp_path / "labels.jsonl"])


def test_missing_files_and_outputs_are_named(labelled: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"nowhere.jsonl"):
        evaluate(str(tmp_path), [tmp_path / "nowhere.jsonl"])
    with pytest.raises(MissingResourceError, match="no committed output"):
        evaluate(str(tmp_path), labels(labelled))


def test_the_command_prints_json_and_nothing_else(labelled: Path, tmp_path: Path) -> None:
    output = write(tmp_path / "out", perfect(labelled))
    options = [part for path in labels(labelled) for part in ("--truth", str(path))]
    result = CliRunner().invoke(app, ["eval", output, *options, "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answers"]["anls"] == 1
