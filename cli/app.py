"""The application with all verbs, in the order in which `--help` lists them."""

from typing import Annotated

import typer

from .. import __version__
from . import document, environment, job, model, output
from .texts import TextsCommand

app = typer.Typer(
    help="Batch document AI: converts PDFs, scans and charts to Parquet tables with verifiable boxes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(job.run)
app.command()(job.submit)
app.command()(job.validate)
app.command()(job.plan)
app.command()(output.inspect)
app.command("eval")(output.evaluate_output)
app.command()(document.read)
app.command(cls=TextsCommand)(document.locate)
app.command()(output.report)
app.command()(output.export)
app.command()(output.forget)
app.command()(output.compact)
app.command()(environment.schema)
app.command()(environment.doctor)
app.command()(model.bench)

models_app = typer.Typer(help="Check InternVL2 checkpoints, or write random ones.", no_args_is_help=True)
models_app.command()(model.check)
models_app.command()(model.synth)
app.add_typer(models_app, name="models")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"docpipe {__version__}")
        raise typer.Exit
