"""Scores of an output folder against labels: text, boxes, answers, chart values, calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .metrics.boxes import IOU_THRESHOLD, Box, best_iou, matched_ious
from .metrics.calibration import auc, calibration_error, reliability
from .metrics.charts import ChartScore, Point, score_chart
from .metrics.text import (
    RELAXED_TOLERANCE,
    anls,
    corpus_error_rate,
    exact_match,
    f1,
    normalised,
    relaxed_accuracy,
    word_counts,
)
from .predictions import Predictions, box_of
from .truth import ChartTruth, PageTruth, Place, QuestionTruth

Scores = dict[str, Any]

RIGHT = 0.9
"""ANLS from which an answer counts as right for the precision: the value itself, but for a character of a long one."""


def score_pages(pages: Sequence[PageTruth], predictions: Predictions, *, ignore_case: bool = False) -> Scores:
    """Character error rate, word F1 and line boxes of the labelled pages that the output has."""
    pairs: list[tuple[str, str]] = []
    ious = list[float]()
    missing = 0
    words = (0, 0, 0)
    for truth in pages:
        key = _key(truth.place, predictions)
        if key not in predictions.pages:
            missing += 1
            continue
        page = predictions.pages[key]
        wanted = normalised(truth.text, ignore_case=ignore_case)
        read = normalised(page["text"] or "", ignore_case=ignore_case)
        pairs.append((wanted, read))
        hits, found, all_words = word_counts(wanted, read)
        words = words[0] + hits, words[1] + found, words[2] + all_words
        size = truth.place.size or _size(page)
        boxes = [_shares(box, size) for _, box in truth.lines if box is not None] if size else []
        ious += matched_ious(boxes, [box_of(line["bbox"]) for line in predictions.lines.get(key, ()) if line["bbox"]])
    return {
        "pages": len(pairs),
        "pages_missing": missing,
        "character_error_rate": _rounded(corpus_error_rate(pairs)) if pairs else None,
        "word_f1": _rounded(f1(*words)) if pairs else None,
        "boxes": len(ious),
        "box_recall_at_0.5": _share([value >= IOU_THRESHOLD for value in ious]),
        "mean_iou": _mean(ious),
    }


@dataclass(frozen=True)
class _Answered:
    """One question with what came of it; `iou` is None where no box is labelled, `given` whether there is an answer."""

    given: bool
    similarity: float
    exact: bool
    relaxed: bool
    iou: float | None
    confidence: float | None
    support: float | None
    absent: bool


def score_questions(questions: Sequence[QuestionTruth], predictions: Predictions) -> Scores:
    """ANLS, exact and relaxed accuracy, evidence boxes and calibration of the questions that were asked."""
    done: list[_Answered] = []
    missing = not_asked = 0
    for truth in questions:
        document = predictions.document(truth.place.file)
        if document is None:
            missing += 1
            continue
        asked = normalised(truth.question, ignore_case=True)
        rows = [row for row in predictions.answers.get(document, ()) if _asked(row, asked)]
        if not rows:
            not_asked += 1
            continue
        done.append(_answered(truth, _best(rows, truth.place.page), document, predictions))
    present = [answer for answer in done if not answer.absent]
    ious = [answer.iou for answer in done if answer.iou is not None]
    return {
        "questions": len(done),
        "questions_of_missing_files": missing,
        "questions_not_asked": not_asked,
        "coverage": _share([answer.given for answer in done]),
        "precision": _share([answer.similarity >= RIGHT for answer in done if answer.given]),
        "anls": _mean([answer.similarity for answer in done]),
        "exact_match": _share([answer.exact for answer in done]),
        "relaxed_accuracy": _share([answer.relaxed for answer in done]),
        "anls_where_answered_by_the_document": _mean([answer.similarity for answer in present]),
        "not_found_recall": _share([answer.exact for answer in done if answer.absent]),
        "evidence_boxes": len(ious),
        "evidence_precision_at_0.5": _share([value >= IOU_THRESHOLD for value in ious]),
        "confidence": _calibration([(answer.confidence, answer.similarity > 0) for answer in done]),
        "support": _calibration([(answer.support, answer.similarity > 0) for answer in done]),
    }


def score_charts(charts: Sequence[ChartTruth], predictions: Predictions) -> Scores:
    """Values within 5 %, and relative mapping similarity, of the labelled charts with numbers."""
    total, by_kind, missing = ChartScore(0, 0.0, 0, 0), dict[str, ChartScore](), 0
    for truth in charts:
        key = _key(truth.place, predictions)
        if key not in predictions.pages:
            missing += 1
            continue
        score = score_chart(truth.points, _points(predictions.points.get(key, ())))
        total += score
        by_kind[truth.kind] = by_kind.get(truth.kind, ChartScore(0, 0.0, 0, 0)) + score
    return {
        "charts": len(charts) - missing,
        "charts_missing": missing,
        "values": total.wanted,
        "values_within_5_percent": _rounded(total.recall) if total.wanted else None,
        "values_f1": _rounded(total.f1) if total.wanted else None,
        "rms_f1": _rounded(total.rms_f1) if total.wanted else None,
        "values_within_5_percent_by_type": {kind: _rounded(score.recall) for kind, score in sorted(by_kind.items())},
    }


def _answered(truth: QuestionTruth, row: Mapping[str, Any], document: str, predictions: Predictions) -> _Answered:
    has_answer = row["status"] == "answered"
    given = row["answer"] if has_answer and row["answer"] else ""
    support, confidence = row["support"], row["confidence"]
    if not truth.answers:
        right = row["status"] in ("not_found", "declined")
        return _Answered(has_answer, float(right), right, right, None, confidence, support, True)
    value = None
    if truth.boxes:
        found = [(entry["page_number"], box_of(entry["bbox"])) for entry in row["evidence"] or ()]
        values = [0.0]
        for page, box in truth.boxes:
            size = truth.place.size or _size(predictions.pages.get((document, page), {}))
            if size:
                values.append(best_iou([_shares(box, size)], [other for number, other in found if number == page]))
        value = max(values)
    tolerance = RELAXED_TOLERANCE if truth.tolerance is None else truth.tolerance
    return _Answered(
        has_answer,
        anls(truth.answers, given),
        exact_match(truth.answers, given),
        relaxed_accuracy(truth.answers, given, tolerance),
        value,
        confidence,
        support,
        False,
    )


def _asked(row: Mapping[str, Any], asked: str) -> bool:
    return normalised(row["question"], ignore_case=True) == asked


def _best(rows: Sequence[dict[str, Any]], page: int) -> dict[str, Any]:
    """Of several pages' answers that of the labelled page, else the best supported one."""

    def rank(row: dict[str, Any]) -> tuple[bool, bool, float]:
        return row["page_number"] == page, row["status"] == "answered", row["support"] or 0.0

    return max(rows, key=rank)


def _points(rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Values with their names; the series of a chart that has only one is the title of its axis and names nothing."""
    series: dict[str, set[str | None]] = {}
    for row in rows:
        series.setdefault(row["chart_id"], set()).add(row["series"])
    return [
        Point(
            tuple(name for name in (row["x"], row["series"] if len(series[row["chart_id"]]) > 1 else None) if name),
            row["y"],
        )
        for row in rows
        if row["y"] is not None
    ]


def _calibration(pairs: Sequence[tuple[float | None, bool]]) -> Scores | None:
    """AUC, calibration error and table of a column of confidences; None where it has none."""
    known = [(value, right) for value, right in pairs if value is not None]
    if not known:
        return None
    values, right = [value for value, _ in known], [ok for _, ok in known]
    bins = reliability(values, right)
    area = auc(values, right)
    return {
        "auc": None if area is None else _rounded(area),
        "expected_calibration_error": _rounded(calibration_error(bins)),
        "bins": [
            {
                "from": entry.low,
                "to": entry.high,
                "count": entry.count,
                "mean": _rounded(entry.confidence),
                "right": _rounded(entry.right),
            }
            for entry in bins
        ],
    }


def _key(place: Place, predictions: Predictions) -> tuple[str, int]:
    return predictions.document(place.file) or "", place.page


def _size(page: Mapping[str, Any]) -> tuple[float, float] | None:
    return (page["width"], page["height"]) if page.get("width") and page.get("height") else None


def _shares(box: Box, size: tuple[float, float]) -> Box:
    width, height = size
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _mean(values: Sequence[float]) -> float | None:
    return _rounded(sum(values) / len(values)) if values else None


def _share(values: Sequence[bool]) -> float | None:
    return _mean([float(value) for value in values])


def _rounded(value: float) -> float:
    return round(value, 4)
