"""Arguments and options that several verbs share, and the job that they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..schemas.job.model import Job

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY.PATH=VALUE", help="Override a key of the job; may be repeated.", show_default=False
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Process at most this number of documents.", show_default=False)]
Overwrite = Annotated[bool, typer.Option(help="Delete the output of earlier runs and start from scratch.")]
RetryFailed = Annotated[bool, typer.Option(help="Process failed pages, files, questions and charts again.")]
OutputFolder = Annotated[str, typer.Argument(metavar="OUT", help="An output folder or URL.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print only JSON on standard output.")]


def loaded(job_file: Path, overrides: list[str] | None) -> tuple["Job", Path]:
    """The job, and the folder that its relative paths are relative to."""
    from ..schemas.job.load import load_job

    return load_job(job_file, overrides or ()), job_file.absolute().parent
