"""All prompts for models; a changed prompt needs a new version in `PROMPT_VERSIONS`.

The prompts for questions and for boxes are those of InternVL2's own benchmarks (OpenGVLab/InternVL,
eval/vqa/evaluate_vqa.py and eval/refcoco/evaluate_grounding.py).
"""

from collections.abc import Mapping, Sequence

from ...schemas.answer_types import ANSWER_TYPES, AnswerType
from ..values.answers import answer_kind
from ..values.choices import choice_letters
from ..values.not_found import NOT_FOUND

PROMPT_VERSIONS: Mapping[str, str] = {
    "ocr": "ocr-2",
    "docvqa": "docvqa-1",
    "chart": "chart-1",
    "table": "table-1",
    "grounding": "grounding-1",
}
"""The version of each task's prompt; it is part of the tables and of the job's fingerprint."""

SHORT_ANSWER = "Answer the question using a single word or phrase."
LETTER_ANSWER = "Answer with the option's letter from the given choices directly."

_REGIONS = {
    "table": "Extract all text of this table, one row a line, with cells separated by ' | '.",
    "formula": "Write this formula in LaTeX.",
}


def ocr_prompt(region: str | None = None) -> str:
    """Ask for the text of a page, or of the image of one region; `region` is its `blocks.kind`."""
    if region in _REGIONS:
        return f"{_REGIONS[region]} Write only what is printed, and nothing else."
    what = "page" if region is None else "image"
    return (
        f"Extract all text of this {what} in reading order, line by line, exactly as it is printed. "
        "Write only the text, and nothing else."
    )


def question_prompt(
    ask: str, kind: AnswerType = "string", choices: Sequence[str] = (), *, may_be_absent: bool = True
) -> str:
    """Ask a question about one or more pages.

    Args:
        ask: the question from the job.
        choices: options of a question whose type needs them; they get letters where these cannot be confused with
            options.
        may_be_absent: whether to request `not found` where the page has no answer. Without it, the prompt of a
            question of type `string` is exactly that of the reference's benchmarks.
    """
    expected = answer_kind(kind).expected
    lines = [ask.strip()]
    if ANSWER_TYPES[kind].needs_choices:
        letters = choice_letters(choices)
        lines += (
            [f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True)] if letters else choices
        )
    if expected:
        lines.append(expected)
    if may_be_absent:
        lines.append(f"If the document does not say, answer: {NOT_FOUND}")
    if ANSWER_TYPES[kind].needs_choices:
        suffix = LETTER_ANSWER if choice_letters(choices) else "Answer with one of the given choices only."
    else:
        suffix = SHORT_ANSWER
    return f"{ask.strip()} {suffix}" if len(lines) == 1 else "\n".join([*lines, suffix])


def chart_prompt() -> str:
    """Ask for a chart's type, titles and numbers as one line of JSON, which `parse_chart` parses."""
    return (
        "Extract the data of this chart. Answer with one JSON object only:\n"
        '{"type": "bar|line|pie|scatter|area|table|other", "title": "…", "x": "title of the x axis", '
        '"y": "title of the y axis", "columns": ["name of the x values", "name of each series"], '
        '"rows": [["x value", "value of each series"]]}\n'
        'Write every value as it is printed, and "" where there is none. '
        "Estimate a value that is not printed from the axis. "
        f"If the picture shows neither a chart nor a table, answer: {NOT_FOUND}"
    )


def table_prompt() -> str:
    """Ask for the cells of a table as HTML, which `ParseTable` parses."""
    return (
        "Write this table as HTML. Use only <table>, <tr>, <th> and <td>, with rowspan and colspan where a cell spans "
        "several rows or columns, and <th> for the cells of the header. Write every cell exactly as it is printed, and "
        f"an empty cell where nothing is printed. If the picture does not show a table, answer: {NOT_FOUND}"
    )


def grounding_prompt(phrase: str) -> str:
    """Ask for the box of what `phrase` describes; the answer has `<box>[[x1, y1, x2, y2]]</box>`, from 0 to 1000."""
    return f"Please provide the bounding box coordinate of the region this sentence describes: <ref>{phrase}</ref>"
