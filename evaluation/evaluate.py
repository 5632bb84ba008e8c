"""`docpipe eval`: the quality of an output folder's tables against labelled data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..schemas.errors import InvalidJobError
from .predictions import read_predictions
from .scores import score_charts, score_pages, score_questions
from .truth import read_truth


def evaluate(output: str, truth_files: Sequence[Path], *, ignore_case: bool = False) -> dict[str, Any]:
    """Scores by what the labels hold: `text`, `answers`, `charts`.

    Raises:
        InvalidJobError: the label files are malformed, hold no row, or none of their files is in the output.
        MissingResourceError: a label file or the output is not there.
    """
    truth = read_truth(truth_files)
    names = ", ".join(map(str, truth_files))
    if not (truth.pages or truth.questions or truth.charts):
        raise InvalidJobError(f"{names}: no row of labels in it")
    predictions = read_predictions(output)
    places = [
        *(page.place for page in truth.pages),
        *(question.place for question in truth.questions),
        *(chart.place for chart in truth.charts),
    ]
    if not any(predictions.document(place.file) for place in places):
        raise InvalidJobError(
            f"{output}: holds none of the labelled files, {places[0].file} for example; labels are matched with "
            f"documents by file name"
        )
    result: dict[str, Any] = {"output": output, "truth": [str(path) for path in truth_files]}
    if truth.pages:
        result["text"] = score_pages(truth.pages, predictions, ignore_case=ignore_case)
    if truth.questions:
        result["answers"] = score_questions(truth.questions, predictions)
    if truth.charts:
        result["charts"] = score_charts(truth.charts, predictions)
    return result


def evaluation_text(result: dict[str, Any]) -> str:
    lines = [f"{result['output']} against {', '.join(result['truth'])}"]
    for part in ("text", "answers", "charts"):
        if part in result:
            lines += [part, *(_line(name, value) for name, value in result[part].items())]
    return "\n".join(lines)


def _line(name: str, value: Any) -> str:
    title = f"  {name.replace('_', ' '):<38}"
    if value is None or value == {}:
        return f"{title}none"
    if isinstance(value, dict) and "bins" in value:
        head = f"{title}AUC {value['auc']}, calibration error {value['expected_calibration_error']}"
        rows = [
            f"    {entry['from']:.1f} to {entry['to']:.1f}: {entry['count']:>5}, mean {entry['mean']:.3f}, right "
            f"{entry['right']:.3f}"
            for entry in value["bins"]
        ]
        return "\n".join([head, *rows])
    if isinstance(value, dict):
        return title + ", ".join(f"{key} {entry}" for key, entry in value.items())
    return f"{title}{value}"
