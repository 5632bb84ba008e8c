"""What is asked in training: the operators' own prompts, and the answers that their parsers read."""

import json
from collections.abc import Sequence

from ..evaluation.synthetic.labels import Box, Chart

NOT_FOUND = "not found"
SHORT_ANSWER = "Answer the question using a single word or phrase."
_KINDS = {
    "number": "The answer is a number, written as on the page.",
    "money": "The answer is an amount of money with its currency, written as on the page.",
    "date": "The answer is a date with day, month and year, written as on the page.",
}


def ocr_prompt(region: str | None = None) -> str:
    if region == "table":
        read = "Extract all text of this table, one row a line, with cells separated by ' | '."
        return f"{read} Write only what is printed, and nothing else."
    what = "page" if region is None else "image"
    return (
        f"Extract all text of this {what} in reading order, line by line, exactly as it is printed. "
        "Write only the text, and nothing else."
    )


def question_prompt(ask: str, kind: str = "string", *, may_be_absent: bool = True) -> str:
    lines = [ask.strip()]
    if kind in _KINDS:
        lines.append(_KINDS[kind])
    if may_be_absent:
        lines.append(f"If the document does not say, answer: {NOT_FOUND}")
    return f"{ask.strip()} {SHORT_ANSWER}" if len(lines) == 1 else "\n".join([*lines, SHORT_ANSWER])


def chart_prompt() -> str:
    return (
        "Extract the data of this chart. Answer with one JSON object only:\n"
        '{"type": "bar|line|pie|scatter|area|table|other", "title": "…", "x": "title of the x axis", '
        '"y": "title of the y axis", "columns": ["name of the x values", "name of each series"], '
        '"rows": [["x value", "value of each series"]]}\n'
        'Write every value as it is printed, and "" where there is none. '
        "Estimate a value that is not printed from the axis."
    )


def grounding_prompt(phrase: str) -> str:
    return f"Please provide the bounding box coordinate of the region this sentence describes: <ref>{phrase}</ref>"


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


def grounding_answer(phrase: str, boxes: Sequence[Box], width: int, height: int) -> str:
    """`<ref>…</ref><box>[[x1, y1, x2, y2]]</box>`, whole numbers from 0 to 1000 over the image's width and height."""
    scaled = []
    for x0, y0, x1, y1 in boxes:
        sides = (x0 / width, y0 / height, x1 / width, y1 / height)
        scaled.append("[" + ", ".join(str(min(1000, max(0, round(1000 * side)))) for side in sides) + "]")
    return f"<ref>{phrase}</ref><box>[{', '.join(scaled)}]</box>"


def all_prompts() -> list[str]:
    """Every prompt once, for the tokenizer."""
    return [
        ocr_prompt(),
        ocr_prompt("text"),
        ocr_prompt("table"),
        *(question_prompt("", kind) for kind in ("string", *_KINDS)),
        question_prompt("", may_be_absent=False),
        chart_prompt(),
        grounding_prompt(""),
    ]
