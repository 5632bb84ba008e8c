"""The verbs together, in the order in which `--help` lists them."""

from typing import Annotated

import typer

from .. import __version__
from . import document, environment, job, model, output

app = typer.Typer(
    help="Batch document AI: PDFs, scans and charts into Parquet with boxes that can be checked.",
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
app.command()(document.locate)
app.command()(output.report)
app.command()(output.export)
app.command()(output.forget)
app.command()(output.compact)
app.command()(environment.schema)
app.command()(environment.doctor)
app.command()(model.bench)

models_app = typer.Typer(help="Look at checkpoints of InternVL2, or make random ones.", no_args_is_help=True)
models_app.command()(model.check)
models_app.command()(model.synth)
app.add_typer(models_app, name="models")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"docpipe {__version__}")
        raise typer.Exit
