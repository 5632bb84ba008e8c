"""Verbs on a job file: run, submit, validate, plan."""

import json
from typing import Annotated

import typer

from ..schemas.errors import INTERRUPTED
from .arguments import AsJson, JobFile, Limit, Overrides, Overwrite, RetryFailed, loaded


def run(
    job_file: JobFile,
    overrides: Overrides = None,
    limit: Limit = None,
    overwrite: Overwrite = False,
    retry_failed: RetryFailed = False,
    address: Annotated[str | None, typer.Option(help="Address of a running Ray cluster.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Run a job; the same command resumes it."""
    job, base = loaded(job_file, overrides)
    from ..pipeline.run.context import RunOptions
    from ..pipeline.run.run import run_job
    from ..pipeline.run.summary import exit_code, summary_json, summary_text
    from ..pipeline.telemetry.progress import reporter

    with reporter() as progress:
        summary = run_job(job, base, RunOptions(limit, overwrite, retry_failed, address), progress)
    typer.echo(json.dumps(summary_json(summary)) if as_json else summary_text(summary))
    code, reasons = exit_code(summary, job.on_error)
    for reason in reasons:
        typer.echo(reason, err=True)
    raise typer.Exit(code)


def submit(
    job_file: JobFile,
    address: Annotated[str, typer.Option(help="URL of the cluster's dashboard, http://HEAD:8265.", show_default=False)],
    overrides: Overrides = None,
    limit: Limit = None,
    overwrite: Overwrite = False,
    retry_failed: RetryFailed = False,
) -> None:
    """Run a job on a Ray cluster through Ray Jobs, follow its log, and exit with its exit code."""
    from ..jobs.submit import follow, submit_job

    job, _ = loaded(job_file, overrides)
    options = {"--overwrite": overwrite, "--retry-failed": retry_failed}
    arguments = [name for name, given in options.items() if given] + (["--limit", str(limit)] if limit else [])
    submission = submit_job(job, address, arguments)
    how = "is already running, following it" if submission.attached else "submitted"
    typer.echo(f"{submission.submission_id}: {how}", err=True)
    try:
        code = follow(submission, lambda text: typer.echo(text, nl=False))
    except KeyboardInterrupt:
        typer.echo(
            f"docpipe: the job keeps running; the same command follows it again. To stop the job: "
            f"ray job stop {submission.submission_id} --address {address}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(code)


def validate(job_file: JobFile, overrides: Overrides = None) -> None:
    """Check a job file and report each mistake, without running anything."""
    loaded(job_file, overrides)
    typer.echo(f"{job_file}: valid")


def plan(job_file: JobFile, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Show what a run would do: documents, pages, pages done, stages, engines, tiles and tokens."""
    job, base = loaded(job_file, overrides)
    from ..pipeline.commands.plan import plan_job, plan_text

    report = plan_job(job, base)
    typer.echo(json.dumps(report) if as_json else plan_text(report))
