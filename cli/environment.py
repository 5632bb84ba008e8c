"""Verbs on docpipe itself and on this machine: schema, doctor."""

import json
from typing import Annotated

import typer

from ..schemas.errors import InvalidJobError
from .arguments import AsJson


def schema(what: Annotated[str, typer.Argument(metavar="job|tables", show_default=False)]) -> None:
    """Print the JSON Schema of job.yaml, or the tables with the types and meanings of their columns."""
    if what == "job":
        from ..schemas.job.json_schema import job_json_schema

        typer.echo(json.dumps(job_json_schema(), indent=2))
    elif what == "tables":
        from ..schemas.table_docs import tables_text

        typer.echo(tables_text())
    else:
        raise InvalidJobError(f"docpipe schema: unknown argument {what!r}; use 'job' or 'tables'")


def doctor(as_json: AsJson = False) -> None:
    """Show the resources of this machine, which engines can run, and a fix for each that cannot."""
    from ..pipeline.commands.doctor import doctor_text, examine

    examined = examine()
    typer.echo(json.dumps(examined) if as_json else doctor_text(examined))
