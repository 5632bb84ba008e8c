"""Grounding measured on documents whose true values and their boxes are known.

    python benchmarks/grounding.py --corpus FOLDER [--cache FILE] [--fit] [--json FILE] [--misses]

`--corpus` holds `receipts/` (pictures, read by OCR; `qa.jsonl`, `ocr.jsonl`), `invoices/` (PDF; `qa.jsonl`) and
`tables/` (PDF; `tables.jsonl`). What is measured, for each of them:

- of true values, the share whose place overlaps a true box: IoU of 0.5, or 90% of it covered by at most twice its area;
- the area under the ROC curve of `support`, true values against false ones of the same kind: a value of another
  document, the same value with one digit changed, and for texts one with a word changed. False values that do
  stand in the document are left out;
- a calibration table, true and false values in equal weight;
- milliseconds of CPU a value, also in a document of 100,000 words.

Files are halved into those that the constants of `operators/support.py` were fitted to (`train`) and the rest
(`held`). `--fit` fits them anew and prints them.
"""

import argparse
import hashlib
import json
import pickle
import random
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from docpipe.operators.ground import Evidence, Grounding, ground_value
from docpipe.operators.support import FAULTS, OCR, TEXT_LAYER, faults, support_of
from docpipe.operators.value_search import find_matches
from docpipe.schemas.page import PageReading, TextLines

Box = tuple[float, float, float, float]
OVERLAP = 0.5
CONTAINED = 0.9
LARGEST = 2.0
EVIDENCE_OF = {"receipt lines": "receipts"}
# A false value of these kinds is rare among those that are made here, and not among those that models make.
AT_LEAST = {"conflicting numbers": 6.0, "loose ends": 9.0, "padded": 4.0, "torn": 1.5, "splits": 8.0}
AT_LEAST_IN_TEXT_LAYER = {"wrong words": 5.0}
# And here of these kinds false values are frequent that stand there indeed in another form.
AT_MOST = {"other form": 1.0, "padded": 6.0}
WORD = re.compile(r"\w+(?:[.,'/:-]\w+)*")
KINDS = {"date": "date", "invoice_date": "date", "total": "money"}


@dataclass(frozen=True)
class Value:
    """A value asked for in one document; `boxes` are (page, box in shares), `false` says how it was made, if it is."""

    source: str
    file: str
    text: str
    kind: str
    question: str
    boxes: tuple[tuple[int, Box], ...]
    own: tuple[tuple[int, Box], ...] = ()
    page: int | None = None
    false: str = ""
    field: str = ""


@dataclass
class Asked:
    value: Value
    grounding: Grounding
    milliseconds: float
    plain: Grounding | None = None


@dataclass
class Documents:
    """Evidence by (source, file, page or None for all pages), built when it is asked for."""

    readings: dict[tuple[str, str], list[PageReading]]
    built: dict[tuple[str, str, int | None], Evidence] = field(default_factory=dict)

    def evidence(self, source: str, file: str, page: int | None) -> Evidence:
        key = (source, file, page)
        if key not in self.built:
            readings = self.readings[source, file]
            self.built[key] = Evidence([(r.page_number, r.lines) for r in readings if page in (None, r.page_number)])
        return self.built[key]


def is_train(file: str) -> bool:
    return hashlib.sha256(file.encode()).digest()[0] % 2 == 0


def read_documents(corpus: Path, cache: Path | None) -> dict[tuple[str, str], list[PageReading]]:
    """Pages of the three folders, the receipts and (a second time) the invoices by OCR."""
    if cache is not None and cache.exists():
        return dict(pickle.loads(cache.read_bytes()))
    from docpipe.operators.page_reader import PageReader
    from docpipe.operators.parsed_page import ReadSettings

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


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def shares(box: list[float], width: float, height: float) -> Box:
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def true_values(corpus: Path) -> Iterator[Value]:
    sizes = {row["file"]: (row["width"], row["height"]) for row in rows(corpus / "receipts/ocr.jsonl")}
    for row in rows(corpus / "receipts/qa.jsonl"):
        boxes = tuple((1, shares(box, *sizes[row["file"]])) for box in row.get("boxes", ()))
        kind = KINDS.get(row["field"], "string")
        yield Value("receipts", row["file"], row["answers"][0], kind, row["question"], boxes, field=row["field"])
    for row in rows(corpus / "receipts/ocr.jsonl"):
        for line in row["lines"]:
            same = tuple(
                (1, shares(other["box"], *sizes[row["file"]]))
                for other in row["lines"]
                if other["text"] == line["text"]
            )
            yield Value("receipt lines", row["file"], line["text"], "string", "", same)
    for row in rows(corpus / "invoices/qa.jsonl"):
        boxes = tuple((b["page"], shares(b["box"], row["width"], row["height"])) for b in row["boxes"])
        kind = "money" if row["field"].endswith("amount") else KINDS.get(row["field"], "string")
        for source in ("invoices", "invoices by OCR"):
            yield Value(source, row["file"], row["answers"][0], kind, row["question"], boxes, field=row["field"])
    pages = defaultdict(list)
    for row in rows(corpus / "tables/tables.jsonl"):
        pages[row["file"], row["page"]].append(row)
    for (file, page), tables in pages.items():
        cells = [(table, cell) for table in tables for cell in table["cells"] if cell["text"].strip() and "box" in cell]
        by_text = defaultdict(list)
        for table, cell in cells:
            by_text[cell["text"]].append((page, shares(cell["box"], table["width"], table["height"])))
        for table, cell in cells:
            heads = [
                other["text"]
                for other in table["cells"]
                if (other["row"] == cell["row"] and other["col"] == 0)
                or (other["col"] <= cell["col"] <= other["col_end"] and other["row"] <= 1)
            ]
            own = ((page, shares(cell["box"], table["width"], table["height"])),)
            question = " ".join(head for head in heads if head != cell["text"])
            yield Value("tables", file, cell["text"], "string", question, tuple(by_text[cell["text"]]), own, page)


def false_values(values: list[Value], printed: dict[tuple[str, str], str], rng: random.Random) -> Iterator[Value]:
    """For each true value one of another document, one with a digit changed, one with a word changed."""
    others: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for value in values:
        others[value.source, value.field].append(value)
    for value in values:
        candidates = [
            (how, text)
            for how, text in (
                ("other", rng.choice(others[value.source, value.field]).text),
                ("digit", with_digit_changed(value.text, rng)),
                ("word", with_word_changed(value.text, rng.choice(others[value.source, value.field]).text, rng)),
            )
            if text
        ]
        for how, text in candidates:
            mine = spaced_words(text)
            there = printed[value.source, value.file]
            # Labels are printed glued to what stands beside them; a number is another one where digits stand beside it.
            within = mine.replace(" ", "") in there.replace(" ", "") and not any(map(str.isdigit, mine))
            if mine.strip() and mine not in there and not within:
                yield replace(value, text=text, false=how, boxes=(), own=())


def with_digit_changed(text: str, rng: random.Random) -> str:
    places = [index for index, character in enumerate(text) if character.isdigit()]
    if not places:
        return ""
    at = rng.choice(places)
    return text[:at] + rng.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]


def with_word_changed(text: str, other: str, rng: random.Random) -> str:
    words = text.split()
    places = [index for index, word in enumerate(words) if word.isalpha() and len(word) > 3]
    spare = [word for word in other.split() if word.isalpha() and len(word) > 3 and word not in words]
    if len(words) < 3 or not places or not spare:
        return ""
    words[rng.choice(places)] = rng.choice(spare)
    return " ".join(words)


def overlaps(found: Box, true: Box) -> bool:
    width = max(0.0, min(found[2], true[2]) - max(found[0], true[0]))
    shared = width * max(0.0, min(found[3], true[3]) - max(found[1], true[1]))
    area, wanted = area_of(found), area_of(true)
    if shared >= OVERLAP * (area + wanted - shared):
        return True
    return shared >= CONTAINED * wanted and area <= LARGEST * wanted


def lies_inside(found: Box, true: Box) -> bool:
    width = max(0.0, min(found[2], true[2]) - max(found[0], true[0]))
    shared = width * max(0.0, min(found[3], true[3]) - max(found[1], true[1]))
    return shared >= CONTAINED * area_of(found)


def area_of(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def around(grounding: Grounding) -> list[tuple[int, Box]]:
    """The box around the places on each page, and each place."""
    by_page: dict[int, list[Box]] = defaultdict(list)
    for place in grounding.places:
        by_page[place.page_number].append(place.box)
    found = [
        (page, (min(b[0] for b in bs), min(b[1] for b in bs), max(b[2] for b in bs), max(b[3] for b in bs)))
        for page, bs in by_page.items()
    ]
    return found + [(place.page_number, place.box) for place in grounding.places]


def hits(grounding: Grounding, boxes: tuple[tuple[int, Box], ...], judge: Any = overlaps) -> bool:
    return any(page == other and judge(box, true) for page, box in around(grounding) for other, true in boxes)


def auc(true: list[float], false: list[float]) -> float:
    """Area under the ROC curve: how often a true value has more support than a false one, ties counting half."""
    scores = np.array(true + false)
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(scores))
    for start, end in zip(starts, ends, strict=True):
        ranks[order[start:end]] = (start + end + 1) / 2
    positive = ranks[: len(true)].sum() - len(true) * (len(true) + 1) / 2
    return float(positive / (len(true) * len(false)))


def ask(value: Value, documents: Documents, question: bool) -> tuple[Grounding, float]:
    evidence = documents.evidence(EVIDENCE_OF.get(value.source, value.source), value.file, value.page)
    started = time.process_time()
    grounding = ground_value(value.text, evidence, kind=value.kind, question=value.question if question else "")
    return grounding, 1000 * (time.process_time() - started)


def spaced_words(text: str) -> str:
    """Words and numbers without case and without punctuation at their ends, between spaces."""
    return f" {' '.join(WORD.findall(text.casefold()))} "


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


def report(asked: list[Asked], misses: bool) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for source in ("receipts", "receipt lines", "invoices by OCR", "invoices", "tables"):
        for part in ("train", "held", "all"):
            mine = [a for a in asked if a.value.source == source and part in ("all", part_of(a.value))]
            true, false = [a for a in mine if not a.value.false], [a for a in mine if a.value.false]
            if not true:
                continue
            boxed = [a for a in true if a.value.boxes]
            supports = [a.grounding.support or 0.0 for a in true]
            line: dict[str, Any] = {
                "values": len(true),
                "box": share(hits(a.grounding, a.value.boxes) for a in boxed),
                "box_no_question": share(hits(a.plain or a.grounding, a.value.boxes) for a in boxed),
                "box_or_inside": share(
                    hits(a.grounding, a.value.boxes) or hits(a.grounding, a.value.boxes, lies_inside) for a in boxed
                ),
                "not_found": share(not a.grounding.places for a in true),
                "auc": round(auc(supports, [a.grounding.support or 0.0 for a in false]), 4),
            }
            for how in ("other", "digit", "word"):
                some = [a.grounding.support or 0.0 for a in false if a.value.false == how]
                if some:
                    line[f"auc_{how}"] = round(auc(supports, some), 4)
            if source == "tables":
                line["own_cell"] = share(hits(a.grounding, a.value.own) for a in boxed)
                line["own_cell_no_question"] = share(hits(a.plain or a.grounding, a.value.own) for a in boxed)
            line["ms_mean"] = round(statistics.fmean(a.milliseconds for a in mine), 3)
            line["ms_median"] = round(statistics.median(a.milliseconds for a in mine), 3)
            line["ms_max"] = round(max(a.milliseconds for a in mine), 2)
            summary[f"{source} / {part}"] = line
            print(f"{source:16} {part:6}", " ".join(f"{k}={v}" for k, v in line.items()))
    if misses:
        for a in asked:
            v, g = a.value, a.grounding
            found = [(p.page_number, p.text, [round(x, 3) for x in p.box]) for p in g.places]
            if v.false and (g.support or 0) > 0.5:
                print("FALSE", v.source, v.file, v.false, repr(v.text), g.kind.value, round(g.support or 0, 3), found)
            elif not v.false and v.boxes and not hits(g, v.boxes):
                true = [(p, [round(x, 3) for x in b]) for p, b in v.boxes[:3]]
                print("MISS", v.source, v.file, repr(v.text), g.kind.value, round(g.support or 0, 3), found, true)
    return summary


def part_of(value: Value) -> str:
    return "train" if is_train(value.file) else "held"


def share(of: Any) -> float:
    of = list(of)
    return round(sum(of) / max(1, len(of)), 4)


def calibration(asked: list[Asked]) -> list[dict[str, float]]:
    """Of values with support in a range, the share that is true, true and false values weighing the same in all."""
    table = []
    total = {bool(flag): sum(bool(a.value.false) == flag for a in asked) for flag in (True, False)}
    edges = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.01)
    for low, high in pairwise(edges):
        inside = [a for a in asked if low <= (a.grounding.support or 0.0) < high]
        true = sum(1 for a in inside if not a.value.false) / total[False]
        false = sum(1 for a in inside if a.value.false) / total[True]
        if inside:
            mean = statistics.fmean(a.grounding.support or 0.0 for a in inside)
            table.append(
                {"from": low, "to": min(high, 1.0), "values": len(inside), "mean_support": round(mean, 3)}
                | {"true": round(true / (true + false), 3)}
            )
    return table


def fit(asked: list[Asked], documents: Documents, rounds: int = 4000) -> None:
    """Fits the weights of `operators/support.py` to the best match of each value of the training files; prints them.

    Logistic regression by gradient descent; no fault may speak for a match, and each weight is drawn a little to the
    one it has, so that a fault which the training files lack keeps its own.
    """
    for name, recognised, present in (("TEXT_LAYER", False, TEXT_LAYER), ("OCR", True, OCR)):
        rows, labels, weights = [], [], []
        for a in asked:
            if part_of(a.value) != "train":
                continue
            evidence = documents.evidence(EVIDENCE_OF.get(a.value.source, a.value.source), a.value.file, a.value.page)
            matches = find_matches(a.value.text, evidence, a.value.kind)
            best = max(matches, key=support_of, default=None)
            if best is not None and best.recognised == recognised:
                rows.append(faults(best))
                labels.append(not a.value.false)
                weights.append(a.value.source)
        x, y = np.array(rows), np.array(labels, np.float64)
        share_of = {(source, label): 0 for source in set(weights) for label in (0.0, 1.0)}
        for key in zip(weights, y, strict=True):
            share_of[key] += 1
        w = np.array([1 / share_of[key] ** 0.5 for key in zip(weights, y, strict=True)])
        for label in (0.0, 1.0):
            w[y == label] /= 2 * w[y == label].sum()
        prior = np.array(present.faults)
        bias, penalties = present.faultless, prior.copy()
        bounds = AT_LEAST if recognised else AT_LEAST | AT_LEAST_IN_TEXT_LAYER
        least = np.array([bounds.get(fault, 0.0) for fault in FAULTS])
        most = np.array([AT_MOST.get(fault, np.inf) for fault in FAULTS])
        scale = np.maximum(x.std(axis=0), 0.02)
        for _ in range(rounds):
            p = 1 / (1 + np.exp(-(bias - x @ penalties)))
            error = w * (p - y)
            bias -= 2.0 * (error.sum() + 1e-4 * (bias - present.faultless))
            gradient = -(x * error[:, None]).sum(axis=0) / scale**2 + 3e-3 * (penalties - prior)
            penalties = np.clip(penalties - 0.5 * gradient, least, most)
        print(f"{name} = Weights({bias:.2f}, ({', '.join(f'{v:.2f}' for v in penalties)}))  # {len(y)} values")


def large_document(words: int) -> tuple[Evidence, float]:
    """A document of pages of 500 words out of 5,000, and the seconds that its index took."""
    rng = random.Random(1)
    vocabulary = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(5000)]
    pages = []
    for page in range(1, words // 500 + 1):
        text, boxes, line_boxes, line_text, owner = [], [], [], [], []
        for line in range(50):
            y = 0.02 + line * 0.019
            row = [rng.choice(vocabulary) if rng.random() < 0.9 else f"{rng.random() * 1e4:.2f}" for _ in range(10)]
            for column, word in enumerate(row):
                boxes.append((0.05 + column * 0.09, y, 0.05 + column * 0.09 + 0.009 * len(word) * 0.9, y + 0.012))
                text.append(word)
                owner.append(line)
            line_text.append(" ".join(row))
            line_boxes.append((0.05, y, 0.95, y + 0.012))
        nothing = np.full(len(line_text), np.nan, np.float32)
        pages.append(
            (
                page,
                TextLines(
                    line_text,
                    np.array(line_boxes, np.float32),
                    [None] * len(line_text),
                    nothing,
                    np.full(len(line_text), -1, np.int32),
                    text,
                    np.array(boxes, np.float32),
                    np.full(len(text), np.nan, np.float32),
                    np.array(owner, np.int32),
                ),
            )
        )
    started = time.process_time()
    evidence = Evidence(pages)
    for value in ("warm", "1.00", "2024-01-01", "warm up now", "-"):
        ground_value(value, evidence)
    return evidence, time.process_time() - started


def cost_of_large(words: int) -> dict[str, float]:
    evidence, seconds = large_document(words)
    rng = random.Random(2)
    texts = evidence.words.text
    values = []
    for _ in range(60):
        at, count = rng.randrange(len(texts) - 400), rng.choice((1, 3, 10, 40, 300))
        run = " ".join(texts[at : at + count])
        values += [run, with_digit_changed(run, rng) or run[::-1], run.replace("e", "c", 2)]
    values += ["7", "a", "x" * 2000, "ab" * 1000, "e t a", "1.1", "ett" * 600]
    taken = []
    for value in values:
        started = time.process_time()
        ground_value(value, evidence, question="what is the total of the estate")
        taken.append(1000 * (time.process_time() - started))
    return {
        "words": words,
        "index_seconds": round(seconds, 2),
        "ms_mean": round(statistics.fmean(taken), 2),
        "ms_median": round(statistics.median(taken), 2),
        "ms_p95": round(float(np.quantile(taken, 0.95)), 2),
        "ms_max": round(max(taken), 2),
    }


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
        fit(asked, documents)
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
