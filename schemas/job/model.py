"""The data model of job.yaml: inputs, tasks, engines and output.

`load_job` in `load` reads the file and resolves its paths.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from .engines import Engine, EngineSettings, TextReaderSettings
from .references import in_order, references
from .tasks import Tasks
from .text_engines import AUTO, TextEngine, is_text_engine, other_reader, text_engine
from .types import (
    Address,
    Count,
    EngineName,
    EnvironmentName,
    Items,
    Location,
    Manifest,
    Name,
    Pages,
    Section,
    Share,
    Text,
    line_error,
    mistake,
)
from .weight_free import asked_engines


class Inputs(Section):
    """The documents; at least one of `paths` and `manifest`."""

    paths: Items[Location] = Field(
        default=(),
        description="Files, folders and globs, on this machine or at any fsspec URL such as `s3://bucket/scans/`.",
    )
    manifest: Manifest | None = Field(
        default=None,
        description="Table of documents, as .parquet, .csv or .jsonl. Its columns are `uri` and optionally "
        "`document_id` and `questions`; all others are kept as attributes.",
    )
    exclude: Items[Text] = Field(
        default=(),
        description="Globs of documents and folders to leave out. A glob that begins with `**/`, such as "
        "`**/draft-*`, matches anywhere; any other is relative to the folder of the job file.",
    )
    pages: Pages | None = Field(
        default=None,
        description="Pages to read of every document, such as `1-50`, `1,3,5-9` or `10-`; null means all.",
    )
    reuse: Location | None = Field(
        default=None,
        description="Earlier output whose page texts are reused if the file and the ocr task are the same. Not allowed "
        "in a job whose models read single pages, since it needs the pages themselves.",
    )
    passwords_env: EnvironmentName | None = Field(
        default=None, description="Name of the environment variable that contains passwords to try, one per line."
    )

    @model_validator(mode="after")
    def _some_documents(self) -> Self:
        if not self.paths and self.manifest is None:
            raise mistake("needs paths or a manifest")
        return self


class Render(Section):
    """How pages become images."""

    dpi: Annotated[int, Field(ge=18, le=1200)] = Field(default=150, description="Resolution in dots per inch.")
    max_pixels: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = Field(
        default=40_000_000,
        description="Maximum number of pixels of an image; above it the dpi is lowered, and `pages.dpi` records it.",
    )


class Limits(Section):
    """Limits for one file or page; above them it fails with an error code and the job continues."""

    max_file_mb: Annotated[float, Field(gt=0)] = Field(default=2048, description="Maximum size of a file in MiB.")
    page_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60, description="Maximum wall-clock seconds for a page."
    )
    page_memory_mb: Count = Field(
        default=2048,
        description="Maximum address space in MiB of a process that parses pages; loading the parser takes about 600.",
    )
    max_pages_per_document: Count = Field(default=20_000, description="Maximum number of pages of a document.")


class Output(Section):
    """Where the tables go."""

    path: Location = Field(description="Folder for the tables, on this machine or at any fsspec URL.")


class OnError(Section):
    """How many pages and documents may fail before the job counts as failed (exit code 3)."""

    max_failed_pages: Share = Field(
        default=0.05, description="Maximum share of failed pages among all pages of the job, over all its runs."
    )
    max_failed_documents: Share = Field(
        default=0.05, description="Maximum share of failed documents among all documents of the job, over all its runs."
    )
    abort_after: Count = Field(
        default=200, description="The job stops if its first pages, as many as this number, all fail."
    )


class RayCluster(Section):
    """Where the job runs."""

    address: Address | None = Field(
        default=None,
        description="null runs here, with a Ray of its own where that pays; `auto` or `host:port` is a running cluster "
        "that this machine belongs to. From outside a cluster, use `docpipe submit`.",
    )


def _version(value: Any) -> Any:
    # True and 1.0 equal 1, so the literal alone would let them pass.
    if type(value) is not int or value != 1:
        raise mistake("must be 1, the version of this format")
    return value


class Job(Section):
    """A docpipe job."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of the format: 1.")
    name: Name = Field(
        default="job", description="Name of the job in reports and logs; by default the name of the job file."
    )
    inputs: Inputs = Field(description="The documents.")
    render: Render = Field(default=Render(), description="How pages become images.")
    layout: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the regions of a page (titles, tables, figures …) are detected; `auto` is on if a task "
        "needs them.",
    )
    tasks: Tasks = Field(description="What to do with the pages; at least one task.")
    engines: dict[EngineName, Engine] = Field(
        default={},
        description="Models by name, for tasks to refer to. The names of built-in engines are reserved.",
        json_schema_extra={"additionalProperties": False},
    )
    limits: Limits = Field(default=Limits(), description="Limits for one file or page.")
    output: Output = Field(description="Where the tables go.")
    on_error: OnError = Field(
        default=OnError(), description="How many pages and documents may fail before the job counts as failed."
    )
    ray: RayCluster = Field(default=RayCluster(), description="Where the job runs.")
    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def folder(self) -> Path:
        """Where relative names of a manifest and of `inputs.exclude` start: the job file's folder.

        The working directory where no file was read.
        """
        return self._folder

    @property
    def used_engines(self) -> dict[str, EngineSettings]:
        """The engines that are asked about images, by name; an engine that follows another in a list comes after it."""
        lists = [self.engines_of(task) for task in self.tasks.given]
        named = {name: self.engines.get(name) for name in in_order(lists)}
        return {name: settings for name, settings in named.items() if isinstance(settings, EngineSettings)}

    def engines_of(self, task: str) -> tuple[str, ...]:
        """The engines of a task of the job, in the order in which they are asked; `auto` is resolved."""
        models = tuple(name for name, settings in self.engines.items() if isinstance(settings, EngineSettings))
        return asked_engines(self.tasks.given[task].engine, task, models)

    @property
    def text_engine(self) -> TextEngine:
        """The engine that reads the pages' own text; the output of models is compared with that of `auto`."""
        if self.tasks.ocr is None:
            return AUTO
        name = self.tasks.ocr.engine
        if is_text_engine(name):
            return text_engine(name)
        settings = self.reader_settings
        return AUTO if settings is None else other_reader(name, settings.page_seconds)

    @property
    def reader_settings(self) -> TextReaderSettings | None:
        """The section of the text reader from another package that reads the pages; None if another engine does."""
        settings = self.engines.get(self.tasks.ocr.engine) if self.tasks.ocr is not None else None
        return settings if isinstance(settings, TextReaderSettings) else None

    def __eq__(self, other: object) -> bool:
        # Not its folder: the same keys are the same job.
        return isinstance(other, Job) and self.__dict__ == other.__dict__

    @model_validator(mode="wrap")
    @classmethod
    def _keys_and_references(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report mistakes between sections together with those inside sections, so that one run shows all."""
        found = [InitErrorDetails(type=mistake(reason), loc=place, input=None) for place, reason in references(data)]
        try:
            job = handler(data)
        except ValidationError as error:
            found += [line_error(item) for item in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True) from None
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return job
