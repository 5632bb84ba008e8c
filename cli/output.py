"""Verbs on an output folder: inspect, eval, report, export, forget, compact."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ..pipeline.export.formats import EXPORT_FORMATS
from .arguments import AsJson, OutputFolder

_FORMATS = "; ".join(f"{one.name}: {one.meaning}" for one in EXPORT_FORMATS) + "."


def inspect(output: OutputFolder, as_json: AsJson = False) -> None:
    """Show the contents of an output folder: counts, failures by code, throughput."""
    from ..pipeline.commands.inspect import inspect_output, inspection_text

    inspection = inspect_output(output)
    typer.echo(json.dumps(inspection) if as_json else inspection_text(inspection))


def evaluate_output(
    output: OutputFolder,
    truth: Annotated[
        list[Path], typer.Option("--truth", metavar="LABELS.jsonl", help="Labelled data; may be repeated.")
    ],
    ignore_case: Annotated[bool, typer.Option(help="Ignore case when comparing page texts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score an output folder against labelled text, answers and charts."""
    from ..evaluation.evaluate import evaluate, evaluation_text

    result = evaluate(output, truth, ignore_case=ignore_case)
    typer.echo(json.dumps(result) if as_json else evaluation_text(result))


def report(
    output: OutputFolder,
    pages: Annotated[int, typer.Option(min=1, max=200, help="Maximum number of pages to show.")] = 40,
) -> None:
    """Write OUT/report.html: pages with their boxes, answers with their evidence, redrawn charts, failures."""
    from ..pipeline.report.write import write_report

    typer.echo(write_report(output, pages))


def export(
    output: OutputFolder,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=_FORMATS, show_default=False)],
    folder: Annotated[
        str | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Folder to write to; by default OUT/export/FORMAT.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write every document in another format, one file each."""
    from ..pipeline.export.write import export_output, exported_text, failures_text
    from ..pipeline.run.summary import TOO_MANY_FAILURES

    done = export_output(output, to, folder)
    typer.echo(json.dumps(vars(done)) if as_json else exported_text(done))
    if done.failed:
        typer.echo(failures_text(done), err=True)
        raise typer.Exit(TOO_MANY_FAILURES)


def forget(
    output: OutputFolder,
    document_id: Annotated[
        str,
        typer.Argument(metavar="DOCUMENT_ID", help="The document_id, as in the table documents.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Delete a document from every table."""
    from ..pipeline.commands.forget import forget_document

    gone = forget_document(output, document_id)
    told = (
        f"{document_id}: {gone['pages']} pages deleted; the next run reads the document again unless inputs exclude it"
    )
    typer.echo(json.dumps(gone) if as_json else told)


def compact(output: OutputFolder, as_json: AsJson = False) -> None:
    """Merge small files of the tables into larger ones."""
    from ..pipeline.commands.compact import compact_output
    from ..schemas.tables import COMMIT_TABLES

    joined = compact_output(output)
    told = ", ".join(
        f"{table}: {joined[table]['before']} files merged into {joined[table]['after']}" for table in COMMIT_TABLES
    )
    typer.echo(json.dumps(joined) if as_json else told)
