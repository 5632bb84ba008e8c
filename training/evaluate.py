"""Every figure of the model's card from a checkpoint folder, as JSON and as lines of a table.

    python -m docpipe.training.evaluate CHECKPOINT --pages 200 --corpus CORPUS

Synthetic pages are drawn from seeds that training never uses. `--corpus` is a folder with `receipts`, `invoices` and
`charts` in the form that `docpipe eval` reads. `--seconds` also times a question about a receipt on this processor.
"""

import argparse
import io
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ..evaluation.metrics.boxes import IOU_THRESHOLD, Box, best_iou
from ..evaluation.metrics.charts import ChartScore, Point, score_chart
from ..evaluation.metrics.text import anls, corpus_error_rate, f1, normalised, relaxed_accuracy, word_counts
from ..evaluation.synthetic import SyntheticPage, draw_page
from ..evaluation.synthetic.fonts import find_faces
from ..evaluation.synthetic.pages import DOCUMENTS
from ..evaluation.truth import PageTruth, QuestionTruth, read_truth
from ..models.boxes.parse import parse_boxes
from ..models.internvl2.model import InternVL2
from ..operators.charts.parse import ChartParseError, parse_chart, points
from ..operators.values.not_found import is_not_found
from .asking import Asked, answers
from .prompts import chart_prompt, grounding_prompt, ocr_prompt, question_prompt

# A namespace of seeds of its own, see probe.py.
_SEED = (11, 11, 11)
_OCR_TOKENS, _ANSWER_TOKENS, _CHART_TOKENS, _BOX_TOKENS = 1024, 64, 512, 96


@dataclass
class Tally:
    """What was measured of one set of documents."""

    texts: list[tuple[str, str]]
    similarities: list[float]
    relaxed: list[bool]
    absent: list[bool]
    ious: list[float]
    charts: ChartScore

    @classmethod
    def empty(cls) -> "Tally":
        return cls([], [], [], [], [], ChartScore(0, 0.0, 0, 0))

    def figures(self) -> dict[str, Any]:
        def mean(values: Sequence[float] | Sequence[bool]) -> float | None:
            return round(sum(values) / len(values), 4) if values else None

        counts = [word_counts(*pair) for pair in self.texts]
        words = f1(*(sum(column) for column in zip(*counts, strict=True))) if counts else None
        return {
            "pages": len(self.texts),
            "character_error_rate": round(corpus_error_rate(self.texts), 4) if self.texts else None,
            "word_f1": None if words is None else round(words, 4),
            "boxes": len(self.ious),
            "boxes_iou_0.5": mean([value >= IOU_THRESHOLD for value in self.ious]),
            "questions": len(self.similarities),
            "anls": mean(self.similarities),
            "relaxed_accuracy": mean(self.relaxed),
            "absent_questions": len(self.absent),
            "absent_recognised": mean(self.absent),
            "chart_values": self.charts.wanted,
            "chart_values_within_5_percent": round(self.charts.recall, 4) if self.charts.wanted else None,
            "chart_rms_f1": round(self.charts.rms_f1, 4) if self.charts.wanted else None,
        }

    def text(self, truth: str, read: str, ignore_case: bool = False) -> None:
        self.texts.append((normalised(truth, ignore_case=ignore_case), normalised(read, ignore_case=ignore_case)))

    def answer(self, wanted: Sequence[str], given: str, tolerance: float | None) -> None:
        if not wanted:
            self.absent.append(is_not_found(given))
            return
        self.similarities.append(anls(wanted, given))
        self.relaxed.append(relaxed_accuracy(wanted, given, 0.05 if tolerance is None else tolerance))

    def box(self, wanted: Sequence[Box], output: str) -> None:
        found = parse_boxes(output).boxes
        self.ious.append(best_iou(wanted, [found[0].bbox]) if found else 0.0)


def synthetic(model: InternVL2, pages: Iterable[SyntheticPage]) -> dict[str, Any]:
    """Figures of all pages together and of each kind."""
    tallies: dict[str, Tally] = defaultdict(Tally.empty)
    for page in pages:
        both = (tallies["all"], tallies[page.kind])
        phrases = [line for line in page.lines if [other.text for other in page.lines].count(line.text) == 1][:3]
        asked = [Asked(question_prompt(question.question), _ANSWER_TOKENS) for question in page.questions]
        asked += [Asked(grounding_prompt(line.text), _BOX_TOKENS) for line in phrases]
        first = Asked(chart_prompt(), _CHART_TOKENS) if page.chart else Asked(ocr_prompt(), _OCR_TOKENS)
        read, *others = answers(model, Image.fromarray(page.image), [first, *asked])
        for tally in both:
            if page.chart:
                wanted = [Point((row[0], *row[2:]), float(row[1])) for row in page.chart.rows]
                tally.charts += score_chart(wanted, chart_points(read))
            else:
                tally.text(page.text, read)
            for question, given in zip(page.questions, others, strict=False):
                tally.answer(question.answers, given, question.tolerance)
            for line, output in zip(phrases, others[len(page.questions) :], strict=True):
                tally.box([shares(line.box, (page.width, page.height))], output)
    return {kind: tally.figures() for kind, tally in tallies.items()}


def chart_points(output: str) -> list[Point]:
    """The values that the product reads in an answer; none where it holds no table."""
    try:
        found = points(parse_chart(output))
    except ChartParseError:
        return []
    single = len({point.series for point in found}) == 1
    return [
        Point((point.x,) if single or not point.series else (point.x, point.series), point.y)
        for point in found
        if point.y is not None
    ]


def corpus(model: InternVL2, folder: Path) -> dict[str, Any]:
    """Figures of the real documents in `folder`, by its subfolders."""
    return {
        name: labelled(model, folder / name) for name in ("receipts", "invoices", "charts") if (folder / name).is_dir()
    }


def labelled(model: InternVL2, folder: Path) -> dict[str, Any]:
    """Figures of one folder of documents with label files beside them, first pages only."""
    truth = read_truth([path for name in ("ocr", "qa", "charts") if (path := folder / f"{name}.jsonl").exists()])
    questions: dict[str, list[QuestionTruth]] = defaultdict(list)
    for question in truth.questions:
        if question.place.page == 1:
            questions[question.place.file].append(question)
    texts: dict[str, PageTruth] = {page.place.file: page for page in truth.pages if page.place.page == 1}
    charts = {chart.place.file: chart for chart in truth.charts}
    tally = Tally.empty()
    for file in sorted({*questions, *texts, *charts}):
        image, size = first_page(folder / file)
        located = [each for each in questions[file] if each.answers and any(page == 1 for page, _ in each.boxes)]
        asked = [Asked(question_prompt(each.question), _ANSWER_TOKENS) for each in questions[file]]
        asked += [Asked(grounding_prompt(each.answers[0]), _BOX_TOKENS) for each in located]
        if file in texts:
            asked.append(Asked(ocr_prompt(), _OCR_TOKENS))
        if file in charts:
            asked.append(Asked(chart_prompt(), _CHART_TOKENS))
        given = iter(answers(model, image, asked))
        for each in questions[file]:
            tally.answer(each.answers, next(given), each.tolerance)
        for each in located:
            tally.box([shares(box, each.place.size or size) for page, box in each.boxes if page == 1], next(given))
        if file in texts:
            # SROIE's transcripts are in capitals whatever was printed.
            tally.text(texts[file].text, next(given), ignore_case=True)
        if file in charts:
            tally.charts += score_chart(charts[file].points, chart_points(next(given)))
    return tally.figures()


def first_page(path: Path) -> tuple[Image.Image, tuple[float, float]]:
    """The first page as an image, and its size in the unit of its labels: points of a PDF, else pixels."""
    if path.suffix.lower() != ".pdf":
        image = Image.open(path).convert("RGB")
        return image, (float(image.width), float(image.height))
    import pymupdf

    with pymupdf.open(path) as document:
        page = document[0]
        data = page.get_pixmap(dpi=110).tobytes("png")
        return Image.open(io.BytesIO(data)).convert("RGB"), (page.rect.width, page.rect.height)


def shares(box: Box, size: tuple[float, float]) -> Box:
    return box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1]


def seconds(folder: Path, faces: Any, threads: int, dtype: str) -> dict[str, float]:
    """Median wall seconds on this processor: a question about a receipt, the text of a receipt, a chart."""
    torch.set_num_threads(threads)
    model = InternVL2.load(folder, dtype=dtype)
    result = {}
    cases: tuple[tuple[str, str, str, int], ...] = (
        ("question_on_receipt", "receipt", question_prompt("What is the total amount on this receipt?"), 64),
        ("text_of_receipt", "receipt", ocr_prompt(), _OCR_TOKENS),
        ("chart", "bar", chart_prompt(), _CHART_TOKENS),
    )
    for name, kind, prompt, tokens in cases:
        times = []
        for index in range(5):
            image = Image.fromarray(draw_page(kind, [*_SEED, index], faces, 0.0).image)
            began = time.perf_counter()
            answers(model, image, [Asked(prompt, tokens)])
            times.append(time.perf_counter() - began)
        result[name] = round(float(np.median(times)), 3)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--pages", type=int, default=160, help="synthetic pages, all kinds in turn; 0 for none")
    parser.add_argument("--damage", type=float, help="of synthetic pages, 0 to 1; different where not given")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=int, metavar="THREADS", help="time the model on this processor")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    faces = find_faces(options.fonts)
    dtype = "bfloat16" if options.device.startswith("cuda") else "float32"
    result: dict[str, Any] = {"checkpoint": str(options.checkpoint)}
    model = InternVL2.load(options.checkpoint, dtype=dtype, device=options.device)
    if options.pages:
        kinds = list(DOCUMENTS)
        drawn = (draw_page(kinds[i % 8], [*_SEED, i], faces, options.damage) for i in range(options.pages))
        result["synthetic"] = synthetic(model, drawn)
    if options.corpus:
        result["real"] = corpus(model, options.corpus)
    if options.seconds:
        result["seconds"] = {
            dtype: seconds(options.checkpoint, faces, options.seconds, dtype) for dtype in ("float32", "bfloat16")
        }
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    for line in table(result):
        print(line)


def table(result: dict[str, Any]) -> list[str]:
    """The card's rows in Markdown, the demanded figure beside each of the synthetic ones."""
    demanded: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
        ("character_error_rate", "≤ 0.05", lambda value: value <= 0.05),
        ("boxes_iou_0.5", "≥ 0.85", lambda value: value >= 0.85),
        ("anls", "≥ 0.85", lambda value: value >= 0.85),
        ("chart_values_within_5_percent", "≥ 0.70", lambda value: value >= 0.7),
    )
    rows = ["", "| figure | demanded | synthetic | receipts | invoices | charts |", "|---|---|---|---|---|---|"]
    synthetic_figures, real = result.get("synthetic", {}).get("all", {}), result.get("real", {})
    for name, demand, holds in demanded:
        value = synthetic_figures.get(name)
        verdict = "" if value is None else " (met)" if holds(value) else " (not met)"
        others = [str(real.get(folder, {}).get(name)) for folder in ("receipts", "invoices", "charts")]
        rows.append(f"| {name} | {demand} | {value}{verdict} | {' | '.join(others)} |")
    return rows


if __name__ == "__main__":
    main()
