"""The command line: one function a verb, each thin over the package.

Heavy imports happen inside the verbs, so that `--help` and `validate` answer at once.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from . import __version__
from .schemas.errors import CommandError, InvalidJobError, MissingResourceError
from .schemas.printable import printable

app = typer.Typer(
    help="Batch document AI: PDFs, scans and charts into Parquet with boxes that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Set a key of the job.", show_default=False)
]
OutputFolder = Annotated[str, typer.Argument(metavar="OUT", help="An output folder or URL.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]

INTERRUPTED = 130


@app.command()
def run(
    job_file: JobFile,
    overrides: Overrides = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take so many documents only.", show_default=False)] = None,
    overwrite: Annotated[bool, typer.Option(help="Delete what the output holds and start afresh.")] = False,
    retry_failed: Annotated[bool, typer.Option(help="Read again what failed before.")] = False,
    address: Annotated[str | None, typer.Option(help="A running Ray cluster.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Run a job; run again, it goes on where it stopped."""
    job, base = _loaded(job_file, overrides)
    from .pipeline.outcome import exit_code, summary_json, summary_text
    from .pipeline.progress import reporter
    from .pipeline.run import run_job
    from .pipeline.run_context import RunOptions

    with reporter() as progress:
        summary = run_job(job, base, RunOptions(limit, overwrite, retry_failed, address), progress)
    typer.echo(json.dumps(summary_json(summary)) if as_json else summary_text(summary))
    code, reasons = exit_code(summary, job.on_error)
    for reason in reasons:
        typer.echo(reason, err=True)
    raise typer.Exit(code)


@app.command()
def submit(
    job_file: JobFile,
    address: Annotated[str, typer.Option(help="URL of the cluster's dashboard, http://HEAD:8265.", show_default=False)],
    overrides: Overrides = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take so many documents only.", show_default=False)] = None,
    overwrite: Annotated[bool, typer.Option(help="Delete what the output holds and start afresh.")] = False,
    retry_failed: Annotated[bool, typer.Option(help="Read again what failed before.")] = False,
) -> None:
    """Run a job on a Ray cluster through Ray Jobs; its exit code becomes ours."""
    from .jobs.submit import follow, submit_job

    job, _ = _loaded(job_file, overrides)
    options = {"--overwrite": overwrite, "--retry-failed": retry_failed}
    arguments = [name for name, given in options.items() if given] + (["--limit", str(limit)] if limit else [])
    submission = submit_job(job, address, arguments)
    how = "runs already, following it" if submission.attached else "submitted"
    typer.echo(f"{submission.submission_id}: {how}", err=True)
    try:
        code = follow(submission, lambda text: typer.echo(text, nl=False))
    except KeyboardInterrupt:
        typer.echo(
            f"docpipe: the job goes on; the same command follows it again, and it ends with: "
            f"ray job stop {submission.submission_id} --address {address}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(code)


@app.command()
def validate(job_file: JobFile, overrides: Overrides = None) -> None:
    """Check a job and name each mistake; runs nothing."""
    _loaded(job_file, overrides)
    typer.echo(f"{job_file}: valid")


@app.command()
def plan(job_file: JobFile, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Show what would run: documents, pages, what is done already, stages and engines."""
    job, base = _loaded(job_file, overrides)
    from .pipeline.plan_report import plan_job, plan_text

    report = plan_job(job, base)
    typer.echo(json.dumps(report) if as_json else plan_text(report))


@app.command()
def inspect(output: OutputFolder, as_json: AsJson = False) -> None:
    """Show what is in an output folder: counts, failures by code, throughput."""
    from .pipeline.inspect_output import inspect_output, inspection_text

    inspection = inspect_output(output)
    typer.echo(json.dumps(inspection) if as_json else inspection_text(inspection))


@app.command("eval")
def evaluate_output(
    output: OutputFolder,
    truth: Annotated[
        list[Path], typer.Option("--truth", metavar="LABELS.jsonl", help="Labelled data; may be given several times.")
    ],
    ignore_case: Annotated[bool, typer.Option(help="Compare page texts without regard to case.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score an output folder against labelled text, answers and charts."""
    from .evaluation.evaluate import evaluate, evaluation_text

    result = evaluate(output, truth, ignore_case=ignore_case)
    typer.echo(json.dumps(result) if as_json else evaluation_text(result))


@app.command()
def locate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A document.", show_default=False)],
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="To look for.", show_default=False)] = None,
    texts_file: Annotated[
        str | None, typer.Option("--from", metavar="TEXTS.txt", help="A text a line; - for standard input.")
    ] = None,
    page: Annotated[int | None, typer.Option(min=1, help="Look at this page only.", show_default=False)] = None,
    passwords_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="A variable with one password a line.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find where texts stand in a document, with their support."""
    from .pipeline.locate import locate as look_up
    from .pipeline.locate import location_json, location_text, read_texts

    wanted = [*(texts or ()), *(read_texts(texts_file) if texts_file else ())]
    location = look_up(file, wanted, page, passwords_env)
    for text, grounding in location.texts:
        typer.echo(json.dumps(location_json(text, grounding)) if as_json else location_text(text, grounding))
    for failure in location.failures:
        typer.echo(f"docpipe: {failure}", err=True)


@app.command()
def report(
    output: OutputFolder,
    pages: Annotated[int, typer.Option(min=1, max=200, help="Show so many pages at most.")] = 40,
) -> None:
    """Write OUT/report.html: pages with their boxes, answers with their evidence, charts drawn again, failures."""
    from .pipeline.report.write import write_report

    typer.echo(write_report(output, pages))


@app.command()
def export(
    output: OutputFolder,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help="markdown, jsonl, hocr or pdf.", show_default=False)
    ],
    folder: Annotated[
        str | None, typer.Option("--out", metavar="FOLDER", help="OUT/export/FORMAT by default.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write every document in another format, one file each; pdf is a searchable PDF."""
    from .pipeline.export.write import export_output, exported_text, failures_text
    from .pipeline.outcome import TOO_MANY_FAILURES

    done = export_output(output, to, folder)
    typer.echo(json.dumps(vars(done)) if as_json else exported_text(done))
    if done.failed:
        typer.echo(failures_text(done), err=True)
        raise typer.Exit(TOO_MANY_FAILURES)


@app.command()
def forget(
    output: OutputFolder,
    document_id: Annotated[str, typer.Argument(metavar="DOCUMENT_ID", help="As in documents.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Delete a document from every table."""
    from .pipeline.forget import forget_document

    gone = forget_document(output, document_id)
    told = f"{document_id}: {gone['pages']} pages deleted; the next run reads it again unless inputs leave it out"
    typer.echo(json.dumps(gone) if as_json else told)


@app.command()
def compact(output: OutputFolder, as_json: AsJson = False) -> None:
    """Join small files of the tables into larger ones."""
    from .pipeline.compact import compact_output

    joined = compact_output(output)
    told = ", ".join(
        f"{table}: {joined[table]['before']} files, now {joined[table]['after']}" for table in ("pages", "documents")
    )
    typer.echo(json.dumps(joined) if as_json else told)


@app.command()
def schema(what: Annotated[str, typer.Argument(metavar="job|tables", show_default=False)]) -> None:
    """Print the JSON Schema of job.yaml, or the tables with their types and meanings."""
    if what == "job":
        from .schemas.job_schema import job_json_schema

        typer.echo(json.dumps(job_json_schema(), indent=2))
    elif what == "tables":
        from .schemas.table_docs import tables_text

        typer.echo(tables_text())
    else:
        raise InvalidJobError(f"docpipe schema: {what!r} is not known; 'job' or 'tables'")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Show what this machine has, which engines can run, and the fix for each that can not."""
    from .pipeline.doctor import doctor_text, examine

    examined = examine()
    typer.echo(json.dumps(examined) if as_json else doctor_text(examined))


@app.command()
def bench(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An InternVL2 folder.", show_default=False)],
    device: Annotated[str, typer.Option(help="cuda or cpu; cuda where there is one.", show_default=False)] = "",
    dtype: Annotated[str, typer.Option(help="bfloat16, float16 or float32.")] = "bfloat16",
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Documents; those of the quickstart else.", show_default=False)
    ] = None,
    pages: Annotated[int, typer.Option(min=1, help="Pages to read.")] = 8,
    max_tiles: Annotated[int, typer.Option(min=1, max=64, help="Tiles a page at most.")] = 12,
    new_tokens: Annotated[int, typer.Option(min=2, help="Tokens of an answer.")] = 64,
    as_json: AsJson = False,
) -> None:
    """Measure a model on this machine, part by part, against what the device could do."""
    from .evaluation.bench import bench_json, bench_model, bench_text, engine_of
    from .jobs import QUICKSTART

    settings, where = engine_of(model, dtype, device)
    folder = documents or QUICKSTART.parent / "quickstart" / "documents"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = bench_model(settings, where, files, pages, max_tiles, new_tokens)
    typer.echo(json.dumps(bench_json(found)) if as_json else bench_text(found))


models_app = typer.Typer(help="Look at checkpoints of InternVL2, or make random ones.", no_args_is_help=True)
app.add_typer(models_app, name="models")


@models_app.command("check")
def models_check(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A checkpoint folder.", show_default=False, readable=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Say which InternVL2 a folder holds, whether it is complete, and the memory that it needs."""
    from .models.internvl2.check import check_model, checked_json, checked_text

    checked = check_model(path)
    typer.echo(json.dumps(checked_json(checked)) if as_json else checked_text(checked))


@models_app.command("synth")
def models_synth(
    name: Annotated[str, typer.Argument(metavar="NAME", help="1B 2B 4B 8B 26B 40B 76B", show_default=False)],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A new folder.", show_default=False)],
    tiny: Annotated[bool, typer.Option(help="The same layout, about a megabyte.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other weights.")] = 0,
) -> None:
    """Write a random checkpoint of a published shape, for tests of loading and of speed."""
    from .models.internvl2.sizes import published_size
    from .models.internvl2.synth import synthesize

    typer.echo(f"{synthesize(published_size(name), path, tiny=tiny, seed=seed)}: written; its weights are random")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"docpipe {__version__}")
        raise typer.Exit


def _loaded(job_file: Path, overrides: list[str] | None) -> tuple[Any, Path]:
    """The job, and the folder that its relative paths start from."""
    from .schemas.job_file import load_job

    return load_job(job_file, overrides or ()), job_file.absolute().parent


def main() -> None:
    """Entry point: every failure becomes a message and an exit code of the contract."""
    sys.exit(_exit_code())


def _tell(message: str) -> None:
    """What ends a command, on standard error."""
    if os.environ.get("DOCPIPE_LOG_FORMAT"):
        from .pipeline.log import log_line

        log_line("error", message)
    else:
        typer.echo(printable(f"docpipe: {message}"), err=True)


def _exit_code() -> int:
    try:
        # Prints bad usage itself; it turns Ctrl-C into an exit without a word.
        app()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except CommandError as error:
        _tell(str(error))
        code = error.exit_code
    except ModuleNotFoundError as error:
        # Only the packages of an extra can be missing from an installed docpipe.
        _tell(f"{error}; install it with: pip install 'docpipe[internvl2]'")
        code = MissingResourceError.exit_code
    except Exception as error:
        # A folder that may not be read, a damaged table: a traceback would not explain it.
        _tell(f"{type(error).__name__}: {error}")
        if os.environ.get("DOCPIPE_TRACEBACK"):
            traceback.print_exc()
        code = CommandError.exit_code
    if code == INTERRUPTED:
        _tell("interrupted; run the job again to go on")
    return code


if __name__ == "__main__":
    main()
