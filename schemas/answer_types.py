"""The types of answers, which job.yaml, the command line and the tables share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AnswerType = Literal["string", "number", "money", "date", "boolean", "choice"]


@dataclass(frozen=True)
class AnswerTypeDescription:
    """What an answer of a type is.

    Attributes:
        meaning: as a phrase.
        columns: columns of `answers` that its value fills, besides `answer`.
        needs_choices: whether its question has `choices`.
    """

    meaning: str
    columns: tuple[str, ...] = ()
    needs_choices: bool = False


ANSWER_TYPES: Mapping[AnswerType, AnswerTypeDescription] = {
    "string": AnswerTypeDescription("any text"),
    "number": AnswerTypeDescription("one number", ("value_number",)),
    "money": AnswerTypeDescription("one amount of money", ("value_number", "currency")),
    "date": AnswerTypeDescription("one date with day, month and year", ("value_date",)),
    "boolean": AnswerTypeDescription("yes or no", ("value_boolean",)),
    "choice": AnswerTypeDescription("one of the choices of the question", needs_choices=True),
}
"""How each is asked for, parsed and searched is in `operators/values/answers.py`."""


def answer_types_text() -> str:
    """The types as a table in Markdown."""
    rows = "\n".join(
        f"| `{name}` | {described.meaning} | {', '.join(f'`{column}`' for column in described.columns) or '–'} |"
        for name, described in ANSWER_TYPES.items()
    )
    return f"| type | an answer is | columns besides `answer` |\n|---|---|---|\n{rows}\n"
