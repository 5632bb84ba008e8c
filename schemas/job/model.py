"""job.yaml as a model: what is read, what is done with it, and where it goes.

`load_job` in `job_file` reads the file and resolves its paths.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .engines import Engine
from .references import references
from .tasks import Tasks
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
    mistake,
)


class Inputs(Section):
    """The documents; at least one of `paths` and `manifest`."""

    paths: Items[Location] = Field(
        default=(),
        description="Files, folders and globs, on this machine or at any fsspec URL such as `s3://bucket/scans/`.",
    )
    manifest: Manifest | None = Field(
        default=None,
        description="Table of documents, .parquet, .csv or .jsonl. Columns: `uri`, and optionally "
        "`document_id` and `questions`; all others are kept as attributes.",
    )
    exclude: Items[Text] = Field(
        default=(),
        description="Globs of documents and folders to leave out. One that begins with `**/`, such as "
        "`**/draft-*`, holds anywhere, any other from the folder of the job file.",
    )
    pages: Pages | None = Field(
        default=None,
        description="Pages to take of every document, such as `1-50`, `1,3,5-9` or `10-`; null is all.",
    )
    reuse: Location | None = Field(
        default=None,
        description="Earlier output whose page texts are taken over where file and ocr task are the same; not in a "
        "job that asks models about single pages, which needs the pages themselves.",
    )
    passwords_env: EnvironmentName | None = Field(
        default=None, description="Name of the environment variable that holds passwords to try, one a line."
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
        description="Pixels of an image at most; above, the dpi is lowered, and `pages.dpi` says so.",
    )


class Limits(Section):
    """What one file or page may cost; beyond, it fails with an error code and the job goes on."""

    max_file_mb: Annotated[float, Field(gt=0)] = Field(default=2048, description="Size of a file in MiB.")
    page_seconds: Annotated[float, Field(gt=0)] = Field(default=60, description="Wall-clock seconds for a page.")
    page_memory_mb: Count = Field(
        default=2048,
        description="Address space in MiB of a process that parses pages; loading the parser takes some 600.",
    )
    max_pages_per_document: Count = Field(default=20_000, description="Pages of a document.")


class Output(Section):
    """Where the tables go."""

    path: Location = Field(description="Folder for the tables, on this machine or at any fsspec URL.")


class OnError(Section):
    """How much may fail before the job counts as failed (exit code 3)."""

    max_failed_pages: Share = Field(default=0.05, description="Share of all pages of the job, over all its runs.")
    max_failed_documents: Share = Field(
        default=0.05, description="Share of all documents of the job, over all its runs."
    )
    abort_after: Count = Field(default=200, description="The job stops if the first so many pages all fail.")


class RayCluster(Section):
    """Where the job runs."""

    address: Address | None = Field(
        default=None,
        description="null is this machine; `auto` or `host:port` is a running cluster, from inside it. "
        "From outside, use `docpipe submit`.",
    )


def _version(value: Any) -> Any:
    # True and 1.0 equal 1, so the literal alone would let them pass.
    if type(value) is not int or value != 1:
        raise mistake("must be 1, the version of this format")
    return value


class Job(Section):
    """A job of docpipe."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of this format: 1.")
    name: Name = Field(
        default="job", description="Name of the job in reports and logs; the job file's name where left out."
    )
    inputs: Inputs = Field(description="The documents.")
    render: Render = Field(default=Render(), description="How pages become images.")
    layout: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether regions of a page are found: `auto` is on where a task needs them.",
    )
    tasks: Tasks = Field(description="What to do with the pages; at least one task.")
    engines: dict[EngineName, Engine] = Field(
        default={},
        description="Models by name; tasks refer to them. The names of built-in engines are taken.",
        json_schema_extra={"additionalProperties": False},
    )
    limits: Limits = Field(default=Limits(), description="What one file or page may cost.")
    output: Output = Field(description="Where the tables go.")
    on_error: OnError = Field(default=OnError(), description="How much may fail before the job counts as failed.")
    ray: RayCluster = Field(default=RayCluster(), description="Where the job runs.")
    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def folder(self) -> Path:
        """Where relative names of a manifest and of `inputs.exclude` start: the job file's folder.

        The working directory where no file was read.
        """
        return self._folder

    def __eq__(self, other: object) -> bool:
        # Not its folder: the same keys are the same job.
        return isinstance(other, Job) and self.__dict__ == other.__dict__

    @model_validator(mode="wrap")
    @classmethod
    def _keys_and_references(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Reports mistakes between sections beside those inside them, so that one run shows all."""
        found = [InitErrorDetails(type=mistake(reason), loc=place, input=None) for place, reason in references(data)]
        try:
            job = handler(data)
        except ValidationError as error:
            found += [_detail(item) for item in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True) from None
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return job


def _detail(item: Any) -> InitErrorDetails:
    kind = item["type"]
    if kind == "job":
        kind = PydanticCustomError("job", "{reason}", item["ctx"])
    return InitErrorDetails(type=kind, loc=item["loc"], input=item["input"], ctx=item.get("ctx", {}))
