"""Questions of a manifest: a column with a list of questions for each document, in the format of job.yaml."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ...operators.docvqa.question_type import question_type
from ...operators.inference.work import Question
from ...schemas.errors import InvalidJobError
from ...schemas.job.tasks import QuestionSettings

_QUESTIONS = TypeAdapter(tuple[QuestionSettings, ...])


def to_json(value: Any, where: str) -> str | None:
    """The questions of one row as canonical JSON; None for none.

    Args:
        value: value of the column: JSON text or nested values. Each question is a mapping as in job.yaml, or its text
            alone, from which an id is made.
        where: file and row, for messages.

    Raises:
        InvalidJobError: it is not a list of questions, or two have the same id.
    """
    if value is None or value == "":
        return None
    try:
        given = json.loads(value) if isinstance(value, str) else value
        if not isinstance(given, list):
            raise ValueError("is not a list")
        found = _QUESTIONS.validate_python([_section(item) for item in given])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidJobError(f"{where}: column 'questions', {place}: {first['msg']}") from None
    except ValueError as error:
        raise InvalidJobError(
            f"{where}: column 'questions' {error}; use a JSON list of questions as in job.yaml"
        ) from None
    ids = [question.id for question in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise InvalidJobError(f"{where}: column 'questions' uses an id more than once: {', '.join(twice)}")
    return json.dumps([_dumped(q) for q in found], ensure_ascii=False, sort_keys=True) if found else None


def question_of(section: QuestionSettings) -> Question:
    """A question of the job or of a manifest, with its type."""
    choices = tuple(section.choices or ())
    return Question(section.id, section.ask, section.type or question_type(section.ask, choices), choices)


def _dumped(section: QuestionSettings) -> dict[str, Any]:
    return {**section.model_dump(mode="json"), "type": question_of(section).type}


def from_json(text: str | None) -> tuple[Question, ...]:
    """The questions that `to_json` wrote."""
    return tuple(
        Question(one["id"], one["ask"], one["type"], tuple(one["choices"] or ())) for one in json.loads(text or "[]")
    )


def _section(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"id": _id_from(item), "ask": item}
    if not isinstance(item, dict):
        raise ValueError(f"contains {item!r}, which is not a question")
    # Parquet has null for keys that only other rows have.
    section = {key: value for key, value in item.items() if value is not None}
    if isinstance(section.get("choices"), list):
        section["choices"] = tuple(section["choices"])
    return section


def _id_from(question: str) -> str:
    """An id made of the letters and digits of the question."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in question.lower()).strip("-")[:60]
    return "-".join(filter(None, name.split("-"))) or "question"
