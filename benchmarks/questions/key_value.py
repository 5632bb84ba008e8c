"""The engine key_value on labelled invoices and receipts, and on questions that they do not answer.

    python benchmarks/questions/key_value.py --corpus FOLDER --readings FOLDER [--accept 0.9]
        [--peer] [--wrong] [--json FILE]

`--corpus` holds `invoices/` and `receipts/` with `qa.jsonl`; `--readings` keeps what was read of them, so that OCR runs
once. What is measured, with the shipped ranker:

- coverage: the share of questions that is answered with at least the confidence `--accept`;
- precision: the share of these answers that is right: equal in value, or similar to a true answer by ANLS >= 0.9;
- boxes: the share of right answers whose place overlaps a true box: an IoU of 0.5, or 90 % of it covered;
- calibration: by bins of the confidence, how many answers are right;
- false answers: the share of `benchmarks/questions/unanswerable.txt` that is answered, each asked of five documents;
- milliseconds of CPU for a question and page, and for preparing a page once.

The shipped ranker was trained on these documents too. What it makes of layouts that it has not seen is printed by
`training/key_value.py`, which leaves families of layouts out. `--peer` asks invoice2data (`pip install
invoice2data pdfplumber`), with its own templates, for the fields that both have.
"""

import argparse
import json
import pickle
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docpipe.evaluation.metrics.boxes import best_iou
from docpipe.evaluation.metrics.calibration import calibration_error, reliability
from docpipe.evaluation.metrics.text import anls
from docpipe.operators.docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from docpipe.operators.docvqa.key_value.facts import read_facts
from docpipe.operators.docvqa.key_value.question import read_question
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.values.dates import find_dates
from docpipe.operators.values.locale import LocaleHint, locale_hint
from docpipe.operators.values.numbers import find_numbers, parse_number
from docpipe.schemas.page import PageReading

RIGHT_ANLS = 0.9
PLAN = (("invoices", "*.pdf", "auto"), ("receipts", "*.jpg", "rapidocr"))
ASKED_OF = 5
PEER_FIELDS = {
    "invoice_number": "invoice_number",
    "invoice_date": "date",
    "grand_total_amount": "amount",
    "seller": "issuer",
}


def readings_of(folder: Path, kept: Path, source: str, pattern: str, engine: str) -> dict[str, list[PageReading]]:
    kept.mkdir(parents=True, exist_ok=True)
    found = {}
    with PageReader(ReadSettings(engine=engine), 180.0) as reader:
        for path in sorted((folder / source).glob(pattern)):
            stored = kept / f"{source}-{engine}-{path.name}.pickle"
            if not stored.exists():
                pages = range(1, reader.probe(str(path)).page_count + 1)
                stored.write_bytes(pickle.dumps(list(reader.read_many(str(path), pages))))
            found[path.name] = pickle.loads(stored.read_bytes())
    return found


def is_right(text: str, answers: Sequence[str], kind: str, hint: LocaleHint) -> bool:
    """Equal in value, or similar enough."""
    if anls(list(answers), text) >= RIGHT_ANLS:
        return True
    if kind == "money":
        values = {number.value for number in find_numbers(text, hint, money=True)} - {None}
        return any(parse_number(one, hint) in values for one in answers)
    if kind == "date":
        ours = {date.value for date in find_dates(text, hint)} - {None}
        return bool(ours & {date.value for one in answers for date in find_dates(one, hint)})
    return False


def overlaps(given: KeyValueAnswer, boxes: Sequence[tuple[int, tuple[float, ...]]]) -> bool:
    """Whether a line of the answer lies where the truth does."""
    for place in given.places:
        x0, y0, x1, y1 = place.box
        for page, box in boxes:
            if page != place.page_number:
                continue
            width, height = min(x1, box[2]) - max(x0, box[0]), min(y1, box[3]) - max(y0, box[1])
            covered = max(width, 0.0) * max(height, 0.0) / max((x1 - x0) * (y1 - y0), 1e-9)
            if best_iou([box], [(x0, y0, x1, y1)]) >= 0.5 or covered >= 0.9:  # type: ignore[list-item]
                return True
    return False


def true_rows(folder: Path, source: str) -> dict[str, list[dict[str, Any]]]:
    """The questions of each file, with boxes in shares."""
    sizes = {}
    if (folder / source / "ocr.jsonl").exists():
        for line in (folder / source / "ocr.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            sizes[row["file"]] = row["width"], row["height"]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (folder / source / "qa.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        width, height = sizes.get(row["file"]) or (row["width"], row["height"])
        places = [(box["page"], box["box"]) if isinstance(box, dict) else (1, box) for box in row.get("boxes") or ()]
        row["places"] = [(page, (b[0] / width, b[1] / height, b[2] / width, b[3] / height)) for page, b in places]
        rows[row["file"]].append(row)
    return rows


def measure(
    corpus: Path, source: str, readings: dict[str, list[PageReading]], accept: float, wrong: bool
) -> dict[str, Any]:
    given, right, boxes, with_box, asked = 0, 0, 0, 0, 0
    confidences, truths = [], []
    preparing, answering, pages_asked, pages = 0.0, 0.0, 0, 0
    by_field: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for file, rows in true_rows(corpus, source).items():
        hint = locale_hint("\n".join(line for page in readings[file] for line in page.lines.text))
        started = time.process_time()
        facts = read_facts(readings[file], hint)
        preparing, pages = preparing + time.process_time() - started, pages + len(readings[file])
        for row in rows:
            started = time.process_time()
            found = answer(row["question"], facts, hint)
            answering, pages_asked = answering + time.process_time() - started, pages_asked + len(readings[file])
            asked += 1
            by_field[row["field"]][0] += 1
            if isinstance(found, Declined):
                continue
            good = is_right(found.text, row["answers"], read_question(row["question"]).kind, hint)
            confidences.append(found.confidence)
            truths.append(good)
            if found.confidence < accept:
                continue
            given, right = given + 1, right + good
            by_field[row["field"]][1] += 1
            by_field[row["field"]][2] += good
            if good and row["places"]:
                with_box += 1
                boxes += overlaps(found, row["places"])
            if wrong and not good:
                print(f"wrong: {file} {row['question']} {found.text!r} {found.confidence:.3f}, not {row['answers']}")
    bins = reliability(confidences, truths)
    return {
        "questions": asked,
        "coverage": round(given / max(asked, 1), 3),
        "precision": round(right / max(given, 1), 3),
        "boxes": round(boxes / max(with_box, 1), 3),
        "by field (asked, answered, right)": dict(by_field),
        "calibration error": round(calibration_error(bins), 3),
        "bins": [f"{b.low:.1f}-{b.high:.1f}: {b.count} answers, {b.right:.2f} right" for b in bins],
        "ms a question and page": round(1000 * answering / max(pages_asked, 1), 2),
        "ms to prepare a page": round(1000 * preparing / max(pages, 1), 1),
    }


def false_answers(readings: dict[str, list[PageReading]], accept: float, wrong: bool) -> dict[str, Any]:
    text = (Path(__file__).parent / "unanswerable.txt").read_text(encoding="utf-8")
    questions = [line for line in text.splitlines() if line and not line.startswith("#")]
    files = sorted(readings)
    prepared = {}
    answered, asked, at_least_once = 0, 0, set()
    for at, question in enumerate(questions):
        for step in range(ASKED_OF):
            file = files[(at * ASKED_OF + step * 7) % len(files)]
            if file not in prepared:
                hint = locale_hint("\n".join(line for page in readings[file] for line in page.lines.text))
                prepared[file] = read_facts(readings[file], hint), hint
            facts, hint = prepared[file]
            found = answer(question, facts, hint)
            asked += 1
            if not isinstance(found, Declined) and found.confidence >= accept:
                answered += 1
                at_least_once.add(question)
                if wrong:
                    print(f"answered all the same: {file} {question} {found.text!r} {found.confidence:.3f}")
    return {
        "questions": len(questions), "asked": asked, "answered": round(answered / asked, 4),
        "questions answered anywhere": len(at_least_once),
    }  # fmt: skip


def peer(corpus: Path, source: str) -> dict[str, Any]:
    """What invoice2data with its own templates makes of the same PDFs, whose text pdfplumber reads."""
    from invoice2data import extract_data
    from invoice2data.extract.loader import read_templates
    from invoice2data.input import pdfplumber

    templates = read_templates()
    asked = given = right = 0
    for file, rows in true_rows(corpus, source).items():
        try:
            found = extract_data(str(corpus / source / file), templates=templates, input_module=pdfplumber) or {}
        except Exception as error:
            print(f"invoice2data: {file}: {type(error).__name__}: {error}")
            found = {}
        for row in rows:
            name = PEER_FIELDS.get(row["field"])
            if name is None:
                continue
            asked += 1
            value = found.get(name)
            if value is not None:
                given += 1
                shown = value.strftime("%d.%m.%Y") if hasattr(value, "strftime") else str(value)
                kind = read_question(row["question"]).kind
                right += is_right(shown, row["answers"], kind, LocaleHint())
    return {"asked": asked, "coverage": round(given / max(asked, 1), 3), "precision": round(right / max(given, 1), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="print what is answered wrongly")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    everything: dict[str, list[PageReading]] = {}
    for source, pattern, engine in PLAN:
        readings = readings_of(arguments.corpus, arguments.readings, source, pattern, engine)
        everything |= readings
        figures[source] = measure(arguments.corpus, source, readings, arguments.accept, arguments.wrong)
    figures["unanswerable"] = false_answers(everything, arguments.accept, arguments.wrong)
    if arguments.peer:
        figures["invoice2data on invoices"] = peer(arguments.corpus, "invoices")
    for name, values in figures.items():
        print(name)
        for key, value in values.items():
            print(f"  {key}: {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
