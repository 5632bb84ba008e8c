"""Every prompt that goes to a model, in one place; what is changed here gets a new version in `PROMPT_VERSIONS`.

The wording for questions and for boxes is the one that InternVL2 is measured with (OpenGVLab/InternVL,
eval/vqa/evaluate_vqa.py and eval/refcoco/evaluate_grounding.py).
"""

from collections.abc import Mapping, Sequence

from ..values.answers import AnswerType
from ..values.choices import choice_letters
from ..values.not_found import NOT_FOUND

PROMPT_VERSIONS: Mapping[str, str] = {
    "ocr": "ocr-2",
    "docvqa": "docvqa-1",
    "chart": "chart-1",
    "grounding": "grounding-1",
}
"""Task to the version of its prompt, as it stands in the tables and in the job's fingerprint."""

SHORT_ANSWER = "Answer the question using a single word or phrase."
LETTER_ANSWER = "Answer with the option's letter from the given choices directly."

_EXPECTED = {
    "number": "The answer is a number, written as on the page.",
    "money": "The answer is an amount of money with its currency, written as on the page.",
    "date": "The answer is a date with day, month and year, written as on the page.",
    "boolean": "The answer is yes or no.",
}
_REGIONS = {
    "table": "Extract all text of this table, one row a line, with cells separated by ' | '.",
    "formula": "Write this formula in LaTeX.",
}


def ocr_prompt(region: str | None = None) -> str:
    """Ask for the text of a whole page, or of a region of this `blocks.kind` cut out of one."""
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
    """Ask about a page, or about several.

    Args:
        ask: the question as the job has it.
        choices: of a question of type `choice`; lettered where letters cannot be confused with them.
        may_be_absent: whether to ask for `not found` where the page does not say. Without it, a question of type
            `string` is put exactly as in the reference's benchmarks.
    """
    lines = [ask.strip()]
    if kind == "choice":
        letters = choice_letters(choices)
        lines += (
            [f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True)] if letters else choices
        )
    if kind in _EXPECTED:
        lines.append(_EXPECTED[kind])
    if may_be_absent:
        lines.append(f"If the document does not say, answer: {NOT_FOUND}")
    if kind == "choice":
        suffix = LETTER_ANSWER if choice_letters(choices) else "Answer with one of the given choices only."
    else:
        suffix = SHORT_ANSWER
    return f"{ask.strip()} {suffix}" if len(lines) == 1 else "\n".join([*lines, suffix])


def chart_prompt() -> str:
    """Ask for a chart's type, titles and numbers as one line of JSON, which `parse_chart` reads."""
    return (
        "Extract the data of this chart. Answer with one JSON object only:\n"
        '{"type": "bar|line|pie|scatter|area|table|other", "title": "…", "x": "title of the x axis", '
        '"y": "title of the y axis", "columns": ["name of the x values", "name of each series"], '
        '"rows": [["x value", "value of each series"]]}\n'
        'Write every value as it is printed, and "" where there is none. '
        "Estimate a value that is not printed from the axis. "
        f"If the picture shows neither a chart nor a table, answer: {NOT_FOUND}"
    )


def grounding_prompt(phrase: str) -> str:
    """Ask for the box of what `phrase` describes; the answer holds `<box>[[x1, y1, x2, y2]]</box>`, in 0 to 1000."""
    return f"Please provide the bounding box coordinate of the region this sentence describes: <ref>{phrase}</ref>"
