"""What the schema of job.yaml knows and this version cannot do yet."""

from .job import Job

_REASON = "not available in this version: docpipe 0.1 reads text only"


def unavailable_features(job: Job) -> list[str]:
    """Every part of `job` that this version cannot run, as `key: reason`; empty for a job that can run."""
    tasks = [name for name in ("docvqa", "chart") if getattr(job.tasks, name) is not None]
    return [
        *(f"tasks.{name}: {_REASON}" for name in tasks),
        *(f"engines.{name}: kind {engine.kind} is {_REASON}" for name, engine in job.engines.items()),
    ]
