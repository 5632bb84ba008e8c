"""Grounding measured on documents whose true values and their boxes are known.

    python benchmarks/grounding --corpus FOLDER [--cache FILE] [--fit] [--json FILE] [--misses]

`--corpus` holds `receipts/` (images, read by OCR; `qa.jsonl`, `ocr.jsonl`), `invoices/` (PDF; `qa.jsonl`) and
`tables/` (PDF; `tables.jsonl`). What is measured, for each of them:

- of true values, the share whose place overlaps a true box: IoU of 0.5, or 90% of it covered by at most twice its area;
- the area under the ROC curve of `support`, true values against false ones of the same kind: a value of another
  document, the same value with one digit changed, and for texts one with a word changed. False values that do
  stand in the document are left out;
- a calibration table, true and false values in equal weight;
- milliseconds of CPU a value, also in a document of 100,000 words.

Files are halved into those that the constants of `operators/grounding/support.py` were fitted to (`train`) and the rest
(`held`). `--fit` fits them anew and prints them.
"""

import argparse
import json
import pickle
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from docpipe.operators.grounding.ground import Evidence, Grounding, ground_value
from docpipe.schemas.page import PageReading
from fit import fit
from large import cost_of_large
from scores import Asked, calibration, part_of, report
from values import Value, false_values, rows, spaced_words, true_values

EVIDENCE_OF = {"receipt lines": "receipts"}


@dataclass
class Documents:
    """Evidence by (source, file, page or None for all pages), built when it is asked for."""

    readings: dict[tuple[str, str], list[PageReading]]
    built: dict[tuple[str, str, int | None], Evidence] = field(default_factory=dict)

    def evidence(self, value: Value) -> Evidence:
        source = EVIDENCE_OF.get(value.source, value.source)
        key = (source, value.file, value.page)
        if key not in self.built:
            readings = self.readings[source, value.file]
            pages = [(r.page_number, r.lines) for r in readings if value.page in (None, r.page_number)]
            self.built[key] = Evidence(pages)
        return self.built[key]


def read_documents(corpus: Path, cache: Path | None) -> dict[tuple[str, str], list[PageReading]]:
    """Pages of the three folders, the receipts and (a second time) the invoices by OCR."""
    if cache is not None and cache.exists():
        return dict(pickle.loads(cache.read_bytes()))
    from docpipe.operators.reading.messages import ReadSettings
    from docpipe.operators.reading.reader import PageReader

    plan = (
        ("receipts", "receipts", "*.jpg", "rapidocr"),
        ("invoices", "invoices", "*.pdf", "auto"),
        ("tables", "tables", "*.pdf", "auto"),
        ("invoices by OCR", "invoices", "*.pdf", "rapidocr"),
    )
    found = {}
    for source, folder, pattern, engine in plan:
        with PageReader(ReadSettings(engine=engine)) as reader:
            for path in sorted((corpus / folder).glob(pattern)):
                pages = range(1, reader.probe(str(path)).page_count + 1)
                found[source, path.name] = list(reader.read_many(str(path), pages))
    if cache is not None:
        cache.write_bytes(pickle.dumps(found))
    return found


def printed_words(documents: Documents, corpus: Path) -> dict[tuple[str, str], str]:
    """What is printed in each document by its ground truth (receipts) or text layer."""
    found = {}
    for row in rows(corpus / "receipts/ocr.jsonl"):
        text = spaced_words(" ".join(line["text"] for line in row["lines"]))
        found["receipts", row["file"]] = found["receipt lines", row["file"]] = text
    for (source, file), readings in documents.readings.items():
        if source in ("invoices", "tables"):
            text = spaced_words(" ".join(" ".join(r.lines.text) for r in readings))
            found[source, file] = text
            if source == "invoices":
                found["invoices by OCR", file] = text
    return found


def ask(value: Value, documents: Documents, question: bool) -> tuple[Grounding, float]:
    evidence = documents.evidence(value)
    started = time.process_time()
    grounding = ground_value(value.text, evidence, kind=value.kind, question=value.question if question else "")
    return grounding, 1000 * (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="file for the pages that were read")
    parser.add_argument("--fit", action="store_true", help="fit the weights of support to the training files")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--misses", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    documents = Documents(read_documents(arguments.corpus, arguments.cache))
    rng = random.Random(0)
    true = list(true_values(arguments.corpus))
    values = true + list(false_values(true, printed_words(documents, arguments.corpus), rng))
    asked = []
    for value in values:
        grounding, milliseconds = ask(value, documents, True)
        plain = ask(value, documents, False)[0] if value.question and value.boxes else None
        asked.append(Asked(value, grounding, milliseconds, plain))
    if arguments.fit:
        fit(asked, documents.evidence)
    summary = {"measured": report(asked, arguments.misses)}
    for name, sources in (
        ("text layer", ("invoices", "tables")),
        ("OCR", ("receipts", "receipt lines", "invoices by OCR")),
    ):
        mine = [a for a in asked if a.value.source in sources and part_of(a.value) == "held"]
        summary[f"calibration, {name}, held"] = calibration(mine)
        print(f"calibration, {name}, held-out files")
        for row in summary[f"calibration, {name}, held"]:
            print("  ", row)
    summary["large"] = [cost_of_large(words) for words in (1_000, 10_000, 100_000)]
    for row in summary["large"]:
        print(row)
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
