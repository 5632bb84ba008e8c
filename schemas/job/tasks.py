"""The tasks of job.yaml: what docpipe does with every page or document."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..answer_types import ANSWER_TYPES, AnswerType
from .text_engines import AUTO, TEXT_ENGINES, OcrPrecision
from .types import Count, EngineNames, Identifier, Items, Language, NonEmpty, Section, Share, Text, mistake
from .weight_free import AUTO_ENGINE, weight_free_of


class Use(StrEnum):
    """The tasks that use images, by their keys in `Tasks`."""

    OCR = "ocr"
    DOCVQA = "docvqa"
    CHART = "chart"
    TABLE = "table"


class MaxTiles(Section):
    """The maximum number of tiles of 448 × 448 pixels that an image is cut into."""

    ocr: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles for reading the text of a page.")
    docvqa: Annotated[int, Field(ge=1, le=64)] = Field(default=18, description="Tiles of a page for a question.")
    chart: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles of a chart.")
    table: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles of a table.")


class MaxNewTokens(Section):
    """The maximum number of tokens that a model may generate for one request."""

    ocr: Count = Field(default=4096, description="Tokens for the text of a page.")
    docvqa: Count = Field(default=128, description="Tokens for an answer.")
    chart: Count = Field(default=1024, description="Tokens for a chart.")
    table: Count = Field(default=4096, description="Tokens for a table.")


class OcrTask(Section):
    """The text of every page, with a box for every line and word."""

    engine: str = Field(
        default=AUTO.name,
        description="The engine that reads the pages. "
        + "; ".join(f"`{engine.name}` {engine.meaning}" for engine in TEXT_ENGINES)
        + "; or the name of an engine under `engines`.",
    )
    languages: NonEmpty[Language] = Field(
        default=("en",),
        description="ISO 639-1 codes of the languages in the documents. `rapidocr` reads all its languages "
        "with one model, so the list selects no model: it only checks that this model supports them "
        "(Latin, Chinese and Japanese characters). An unsupported language is an error for `rapidocr`, and "
        "for `auto` too, because scanned pages would be read as wrong text; `text_layer` reads every script. "
        "A text reader of another package gets the list. A model under `engines` does not: it reads the languages "
        "that it was trained for.",
    )

    running_headers: Literal["drop", "keep"] = Field(
        default="drop",
        description="Whether running headers, footers and page numbers are left out of `pages.text` and of Markdown "
        "(`drop`) or belong to them (`keep`). Their lines, and their blocks of kind `header` and `footer`, are kept "
        "in either case.",
    )
    precision: OcrPrecision = Field(
        default="auto",
        description="Precision in which `rapidocr` multiplies. `auto` is bfloat16 on processors that compute it "
        "natively, and float32 on others; the record of the run has what was chosen, and the job can go on on another "
        "machine. A precision that is named is part of the job; `bfloat16` is an error on other processors.",
    )

    @field_validator("languages")
    @classmethod
    def _no_language_twice(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) < len(languages):
            raise mistake("names a language twice")
        return languages


def _engine_of(task: str) -> Any:
    own = weight_free_of(task)
    assert own is not None
    return Field(
        default=AUTO_ENGINE,
        description="The engines that are asked, in order, until one is sure: one name or a list of names. "
        f"`{own.name}` {own.meaning} and needs no model; other names are those under `engines`. `auto` asks "
        f"`{own.name}` first, then the model under `engines`, if there is one; if there are several, name them "
        "in a list. An engine without a model can only be the first, and two tasks must not name the same models in "
        "opposite orders.",
    )


def _accept() -> Any:
    return Field(
        default=0.9,
        description="The least confidence, between 0 and 1, at which an engine counts as sure. Below it, an engine "
        "without a model declines, and a model passes the request on if another engine follows; the result of the last "
        "model is always kept. A model that reports no confidence is not sure.",
    )


class QuestionSettings(Section):
    """One question about every document or page."""

    id: Identifier = Field(
        description="Name of the question in the tables: letters, digits, `_`, `-`, `.`; unique in the job."
    )
    ask: Text = Field(description="The question as the model gets it.")
    type: AnswerType | None = Field(
        default=None,
        description="The type that the answer is parsed as. If it is left out, it is inferred from the words of the "
        "question where they say it (`how many`, `when`, `what is the total amount`), and from `choices`; otherwise it "
        "is `string`. `answers.type` has the type that was used.",
    )
    choices: NonEmpty[Text] | None = Field(
        default=None,
        description="The possible answers; required for `type: choice` and not allowed for other types.",
    )

    @model_validator(mode="after")
    def _choices_fit_the_type(self) -> Self:
        if self.type is not None and ANSWER_TYPES[self.type].needs_choices and self.choices is None:
            raise mistake(f"type {self.type} needs choices: […]")
        if self.type is not None and not ANSWER_TYPES[self.type].needs_choices and self.choices is not None:
            wanted = " or ".join(name for name, described in ANSWER_TYPES.items() if described.needs_choices)
            raise mistake(f"choices belong to type {wanted}, not to type {self.type}")
        if self.choices is not None and len(set(self.choices)) < len(self.choices):
            raise mistake("choices names an answer twice")
        return self


class DocvqaTask(Section):
    """Questions that are answered from the pages, with evidence."""

    engine: EngineNames = _engine_of("docvqa")
    accept: Share = _accept()
    verify: bool = Field(
        default=False,
        description="Whether the next engine is asked even if the one before it was sure. The answer is that of the "
        "first; `second_answer`, `second_engine` and `agrees` have what the other engine gave.",
    )
    scope: Literal["document", "page"] = Field(
        default="document", description="Whether each question is asked once per document or once per page."
    )
    questions: Items[QuestionSettings] = Field(
        default=(),
        description="The questions. A manifest may contain further questions for single documents. If this list is "
        "empty, the manifest must have a column `questions`.",
    )

    @field_validator("questions")
    @classmethod
    def _each_id_once(cls, questions: tuple[QuestionSettings, ...]) -> tuple[QuestionSettings, ...]:
        ids = [question.id for question in questions]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise mistake(f"the ids of questions must differ; used more than once: {', '.join(twice)}")
        return questions


class ChartTask(Section):
    """The values behind charts."""

    engine: EngineNames = _engine_of("chart")
    accept: Share = _accept()
    source: Literal["figures", "pages"] = Field(
        default="figures",
        description="`figures` reads the figures that the layout model finds; `pages` reads each page as a chart.",
    )


class TableTask(Section):
    """The tables of the pages as rows, columns and cells."""

    engine: EngineNames = _engine_of("table")
    accept: Share = _accept()


class Tasks(Section):
    """What to do with the pages; at least one task."""

    ocr: OcrTask | None = Field(default=None, description="The text of every page, with boxes.")
    docvqa: DocvqaTask | None = Field(default=None, description="Questions about each document or page.")
    chart: ChartTask | None = Field(default=None, description="The values behind charts.")
    table: TableTask | None = Field(default=None, description="The tables of the pages, cell by cell.")

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.given:
            *first, last = type(self).model_fields
            raise mistake(f"needs at least one task: {', '.join(first)} or {last}")
        return self

    @property
    def given(self) -> dict[str, OcrTask | DocvqaTask | ChartTask | TableTask]:
        """The tasks of the job by name."""
        return {name: task for name in type(self).model_fields if (task := getattr(self, name)) is not None}

    def scope(self, name: str) -> Literal["document", "page"]:
        """Whether a task is about single pages, or about whole documents once their pages are read."""
        scope: Literal["document", "page"] = getattr(self.given[name], "scope", "page")
        return scope
