"""`docpipe submit`: a job on a Ray cluster through Ray Jobs, followed to its end.

What travels: the job with its paths resolved, and the source of this package. What does not: environment variables,
so that no secret appears in the cluster's list of jobs; the nodes must have the variables that the job names.
"""

import asyncio
import hashlib
import json
import os
import shlex
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..pipeline.run.stopping import JOB_STOP_SECONDS
from ..schemas.errors import INTERRUPTED, InvalidJobError, JobBrokenError, MissingResourceError
from ..schemas.job.model import Job

_ANSWER_SECONDS = 10.0
_RECONNECTS = 30
_AGENT_SECONDS = 120.0
_JOB_KEY = "docpipe_job"


@dataclass(frozen=True)
class Submission:
    """A job on the cluster; `attached` if it was already running and is only followed."""

    client: Any
    submission_id: str
    attached: bool


def submission_id(job: Job) -> str:
    """One for each output, so that the same job cannot run twice at once."""
    return f"docpipe-{hashlib.sha256(job.output.path.encode()).hexdigest()[:20]}"


def submit_job(job: Job, address: str, arguments: Sequence[str]) -> Submission:
    """Start a job on the cluster, or attach to it if it is running there.

    Args:
        job: valid, with paths resolved; local paths must be visible on the nodes.
        address: URL of the cluster's dashboard, such as `http://head:8265`.
        arguments: further arguments of `docpipe run`.

    Raises:
        MissingResourceError: the cluster does not answer, runs another Ray, or `docpipe[cluster]` is not installed.
        InvalidJobError: another job that writes to the same output runs there.
    """
    client = _client(address)
    name, content = submission_id(job), json.dumps(job.model_dump(mode="json", exclude_none=True), sort_keys=True)
    digest = hashlib.sha256(json.dumps([content, *arguments]).encode()).hexdigest()[:20]
    standing = {details.submission_id: details for details in client.list_jobs()}.get(name)
    if standing is not None:
        if not standing.status.is_terminal():
            if (standing.metadata or {}).get(_JOB_KEY) != digest:
                raise InvalidJobError(
                    f"{address}: another job that writes to {job.output.path} is running there as {name}; wait for it, "
                    f"or stop it with: ray job stop {name} --address {address}"
                )
            return Submission(client, name, attached=True)
        client.delete_job(name)
    with tempfile.TemporaryDirectory(prefix="docpipe-submit-") as folder:
        (Path(folder) / "job").mkdir()
        # JSON is YAML too.
        (Path(folder) / "job" / "job.yaml").write_text(content, encoding="utf-8")
        command = ["python", "-m", "docpipe.cli", "run", "job.yaml", "--address", "auto", *arguments]
        submission = {
            "entrypoint": shlex.join(command),
            "submission_id": name,
            "runtime_env": {
                "working_dir": f"{folder}/job",
                "py_modules": [str(copy_package(Path(folder) / "source"))],
                "env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": str(JOB_STOP_SECONDS)},
            },
            "metadata": {_JOB_KEY: digest, "name": job.name},
        }
        _submit(client, submission, address)
    return Submission(client, name, attached=False)


def _submit(client: Any, submission: dict[str, Any], address: str) -> None:
    """Submit a job, and wait for the agent of a cluster that has just started."""
    deadline = time.monotonic() + _AGENT_SECONDS
    while True:
        try:
            client.submit_job(**submission)
            return
        except RuntimeError as error:
            if "No available agent" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise MissingResourceError(
                    f"{address}: the cluster has had no agent that accepts jobs for {_AGENT_SECONDS:.0f} s; is "
                    "ray[default] installed on its nodes?"
                ) from error
        time.sleep(1.0)


def follow(submission: Submission, write: Callable[[str], None]) -> int:
    """Pass on the log of the job until it ends, and return its exit code, or 130 if it was stopped.

    Raises JobBrokenError where the cluster ended it, or can no longer be asked.
    """
    shown = failures = 0
    while True:
        try:
            shown = asyncio.run(_pass_on(submission, write, shown))
            info = submission.client.get_job_info(submission.submission_id)
        except (OSError, RuntimeError) as error:
            failures += 1
            if failures == _RECONNECTS:
                raise JobBrokenError(
                    f"{submission.submission_id}: the cluster does not respond any more ({error}); the job may still "
                    "be running; the same command follows it again"
                ) from error
            time.sleep(2.0)
            continue
        failures = 0
        if not info.status.is_terminal():
            time.sleep(1.0)
            continue
        if info.status.value == "SUCCEEDED":
            return 0
        if info.status.value == "STOPPED":
            return INTERRUPTED
        if info.driver_exit_code is not None and 0 < info.driver_exit_code < 256:
            return int(info.driver_exit_code)
        raise JobBrokenError(f"{submission.submission_id}: {' '.join(str(info.message).split())[:500]}")


def copy_package(folder: Path) -> Path:
    """A copy of this package's source, without tests and caches, in `folder/docpipe`."""
    root, copy = Path(__file__).parents[1], folder / "docpipe"
    copy.mkdir(parents=True)
    for module in (*root.glob("*.py"), root / "py.typed"):
        shutil.copy(module, copy / module.name)
    ignore = shutil.ignore_patterns("__pycache__", "quickstart", "*.pyc")
    for package in root.glob("*/__init__.py"):
        shutil.copytree(package.parent, copy / package.parent.name, ignore=ignore)
    return copy


async def _pass_on(submission: Submission, write: Callable[[str], None], shown: int) -> int:
    """Write the log from its character `shown` on, and return how far it was written."""
    position = 0
    async for piece in submission.client.tail_job_logs(submission.submission_id):
        if position + len(piece) > shown:
            write(piece[max(0, shown - position) :])
            shown = position + len(piece)
        position += len(piece)
    return shown


def _client(address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidJobError(f"--address {address}: must be the URL of the dashboard, such as http://head:8265")
    if url.username or url.password:
        raise InvalidJobError("--address: a URL must not contain credentials (the value is not shown)")
    try:
        socket.create_connection((url.hostname, url.port or 8265), timeout=_ANSWER_SECONDS).close()
        with urllib.request.urlopen(f"{address.rstrip('/')}/api/version", timeout=_ANSWER_SECONDS) as answer:
            there = str(json.load(answer)["ray_version"])
    except (OSError, ValueError, KeyError) as error:
        raise MissingResourceError(
            f"--address {address}: no Ray dashboard answers there ({error}); it listens on port 8265 of the head node"
        ) from error
    import ray

    if there != ray.__version__:
        raise MissingResourceError(
            f"--address {address}: the cluster runs Ray {there}, this machine {ray.__version__}; use the same version"
        )
    try:
        from ray.job_submission import JobSubmissionClient

        return JobSubmissionClient(address)
    except (ImportError, RuntimeError) as error:
        raise MissingResourceError(
            f"docpipe submit needs Ray's job client ({error}); install it with: pip install 'docpipe[cluster]'"
        ) from error
