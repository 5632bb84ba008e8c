"""What is asked in training, in the operators' own words, and the answers that their parsers read."""

import json

import numpy as np

from ..evaluation.synthetic.labels import Box, Chart
from ..models.boxes.format import format_box, ref
from ..operators.inference.prompts import chart_prompt, grounding_prompt, ocr_prompt, question_prompt
from ..operators.values.not_found import NOT_FOUND
from ..schemas.answer_types import ANSWER_TYPES, AnswerType

ANSWER_KINDS: tuple[AnswerType, ...] = tuple(kind for kind in ANSWER_TYPES if kind not in ("boolean", "choice"))
"""Types of questions that synthetic pages have; the prompts of the others add what a larger model follows."""

__all__ = [
    "ANSWER_KINDS",
    "NOT_FOUND",
    "AnswerType",
    "chart_answer",
    "chart_prompt",
    "grounding_answer",
    "grounding_prompt",
    "ocr_prompt",
    "question_prompt",
]


def chart_answer(chart: Chart) -> str:
    values = {
        "type": chart.kind,
        "title": chart.title,
        "x": chart.x_title,
        "y": chart.y_title,
        "columns": chart.columns,
        "rows": chart.table,
    }
    return json.dumps(values, ensure_ascii=False)


def grounding_answer(phrase: str, box: Box, width: int, height: int) -> str:
    """`<ref>…</ref><box>[[x1, y1, x2, y2]]</box>`; what sticks out of the image is cut off.

    Raises:
        ValueError: the box lies wholly outside the image, or the phrase holds a tag.
    """
    x0, y0, x1, y1 = (min(1.0, max(0.0, side)) for side in np.divide(box, (width, height, width, height)).tolist())
    return ref(phrase) + format_box((x0, y0, x1, y1))


def all_prompts() -> list[str]:
    """Every prompt once, for the tokenizer."""
    return [
        ocr_prompt(),
        ocr_prompt("text"),
        ocr_prompt("table"),
        *(question_prompt("", kind) for kind in ANSWER_KINDS),
        question_prompt("", may_be_absent=False),
        chart_prompt(),
        grounding_prompt(""),
    ]
